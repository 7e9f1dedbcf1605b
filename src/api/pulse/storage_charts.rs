//! Storage use over time, by Pulse's ids; times are RFC 3339 here, unlike in `/api/charts`.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use actix_web::get;
use actix_web::web::{Data, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::guard::{Allow, HistoryRead};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::history::Points;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::MetricKey;
use crate::model::resource::Resource;
use crate::model::time::{Timestamp, Window};
use crate::telemetry::clock;

use super::items::pulse_id;

/// Points of each series.
const POINTS: usize = 120;

/// The longest span: a year.
const LONGEST: u64 = 365 * 24 * 60;

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct StorageChartsQuery {
    /// Minutes, such as `60`, or a number with `m`, `h` or `d`, such as `24h`; 60 unless told.
    range: Option<String>,
}

/// One point.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseStoragePoint)]
pub(super) struct StoragePoint {
    value: f64,
    timestamp: String,
}

/// A storage over time: percent, and bytes.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = PulseStorageChart)]
pub(super) struct StorageChart {
    usage: Vec<StoragePoint>,
    used: Vec<StoragePoint>,
    total: Vec<StoragePoint>,
    avail: Vec<StoragePoint>,
}

/// Use of all storages over time.
#[utoipa::path(
    tag = "pulse",
    params(StorageChartsQuery),
    responses((status = 200, body = HashMap<String, StorageChart>)),
)]
#[get("/storage-charts")]
pub(crate) async fn get_storage_charts(
    _: Allow<Pulse, HistoryRead>,
    query: Query<StorageChartsQuery>,
    shared: Data<Shared>,
) -> Answer<Pulse, BTreeMap<String, StorageChart>> {
    let now = clock::now();
    let window = Window::ending_at(now, span(query.range.as_deref())?);
    let fleet = shared.hub.present().fleet.clone();
    let ids: Vec<ResourceId> = fleet
        .resources()
        .map(|resource| resource.id())
        .filter(|id| id.kind() == ResourceKind::Storage)
        .cloned()
        .collect();
    let history = &shared.parts.history;
    let mut past = Vec::new();
    for key in ["disk", "disk_total"] {
        let key = MetricKey::known(key);
        let all = history.range_of_metric(&key, Some(&ids), window, POINTS);
        past.push(all.await?.into_iter().collect::<HashMap<_, _>>());
    }
    let mut charts = BTreeMap::new();
    for view in fleet.targets() {
        for resource in view.of_kind(ResourceKind::Storage) {
            if let Resource::Storage(storage) = &**resource {
                let of = |at: usize| past.get(at).and_then(|all| all.get(&storage.id));
                let mut chart = StorageChart::default();
                chart.add_past(of(0), of(1), storage.usage.total);
                if chart.used.is_empty() {
                    chart.add(now, storage.usage.used, storage.usage.total);
                }
                charts.insert(pulse_id(view, resource), chart);
            }
        }
    }
    Ok(Reply::ok(charts))
}

/// Pulse read `24h` as 24 minutes; nobody can have meant that.
fn span(range: Option<&str>) -> Result<Duration, Fault<Pulse>> {
    let text = range.unwrap_or("60").trim();
    let digits = text.trim_end_matches(['m', 'h', 'd']);
    let unit = match &text[digits.len()..] {
        "" | "m" => Some(1),
        "h" => Some(60),
        "d" => Some(24 * 60),
        _ => None,
    };
    let minutes = digits.parse::<u64>().ok().zip(unit);
    let minutes = minutes.and_then(|(count, unit)| count.checked_mul(unit));
    match minutes {
        Some(minutes) if (1..=LONGEST).contains(&minutes) => Ok(Duration::from_secs(minutes * 60)),
        _ => {
            let text =
                "range: give minutes from 1 to 525600, or a number with m, h or d, as in 24h";
            Err(Problem::new(Kind::Invalid, "invalid_range", text)
                .in_field("range")
                .into())
        }
    }
}

impl StorageChart {
    fn add_past(&mut self, used: Option<&Points>, totals: Option<&Points>, total_now: Option<u64>) {
        let Some(used) = used else {
            return;
        };
        for (index, (at, value)) in used.at.iter().zip(&used.avg).enumerate() {
            let then = totals.and_then(|totals| totals.avg.get(index).copied());
            let total = then.filter(|total| total.is_finite());
            let used = value.is_finite().then_some(*value);
            self.push(*at, used, total.or_else(|| total_now.map(bytes)));
        }
    }

    fn add(&mut self, at: Timestamp, used: Option<u64>, total: Option<u64>) {
        self.push(at, used.map(bytes), total.map(bytes));
    }

    fn push(&mut self, at: Timestamp, used: Option<f64>, total: Option<f64>) {
        let Some(used) = used else {
            return;
        };
        let point = |value: f64| StoragePoint {
            value,
            timestamp: at.rfc3339(),
        };
        self.used.push(point(used));
        if let Some(total) = total.filter(|total| *total > 0.0) {
            self.total.push(point(total));
            self.avail.push(point((total - used).max(0.0)));
            self.usage.push(point(used / total * 100.0));
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a chart needs no byte precision"
)]
const fn bytes(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn a_range_is_minutes_unless_it_names_a_unit() {
        for (text, minutes) in [("60", 60), ("90m", 90), ("24h", 1_440), ("7d", 10_080)] {
            let span = span(Some(text)).map(|span| span.as_secs() / 60);
            assert_eq!(span.ok(), Some(minutes), "{text}");
        }
        for text in [
            "",
            "h",
            "0",
            "-5",
            "1y",
            "99999999999999999999",
            "2hh",
            "800d",
        ] {
            assert!(span(Some(text)).is_err(), "{text}");
        }
    }
}
