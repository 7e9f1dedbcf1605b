//! Series for charts, as Pulse 4.3 gave them: percent for processor, memory and disk, bytes per
//! second for traffic, milliseconds for time.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use actix_web::get;
use actix_web::web::{Data, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Pulse, Reply};
use crate::api::guard::{Allow, HistoryRead};
use crate::api::shared::Shared;
use crate::history::{HistoryError, Points};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::{self, Metric, Unit};
use crate::model::resource::Resource;
use crate::model::time::{Timestamp, Window};
use crate::state::Fleet;
use crate::telemetry::clock;

use super::items::pulse_id;

/// Pulse's names and ours. Nodes have the first three, storages only the disk.
const SERIES: [(&str, &str); 7] = [
    ("cpu", "cpu"),
    ("memory", "memory"),
    ("disk", "disk"),
    ("diskread", "disk_read"),
    ("diskwrite", "disk_write"),
    ("netin", "net_in"),
    ("netout", "net_out"),
];

/// Points that one answer holds for each metric; shared out among the resources, so that a big
/// fleet costs no more memory than a small one.
const POINTS_IN_ALL: usize = 20_000;

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct ChartsQuery {
    /// `5m 15m 30m 1h 4h 12h 24h 7d`; anything else means `1h`, as in Pulse.
    range: Option<String>,
}

/// One point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = PulseChartPoint)]
pub(super) struct Point {
    timestamp: i64,
    value: f64,
}

/// The series of one resource by name.
type Chart = BTreeMap<&'static str, Vec<Point>>;

/// Charts of everything, by Pulse's ids.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseCharts)]
#[serde(rename_all = "camelCase")]
pub(super) struct Charts {
    #[schema(value_type = HashMap<String, HashMap<String, Vec<Point>>>)]
    data: BTreeMap<String, Chart>,
    #[schema(value_type = HashMap<String, HashMap<String, Vec<Point>>>)]
    node_data: BTreeMap<String, Chart>,
    #[schema(value_type = HashMap<String, HashMap<String, Vec<Point>>>)]
    storage_data: BTreeMap<String, Chart>,
    timestamp: i64,
    stats: ChartStats,
}

/// How far back the series reach.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseChartStats)]
#[serde(rename_all = "camelCase")]
struct ChartStats {
    oldest_data_timestamp: i64,
}

/// Series of all guests, nodes and storages.
#[utoipa::path(tag = "pulse", params(ChartsQuery), responses((status = 200, body = Charts)))]
#[get("/charts")]
pub(super) async fn get_charts(
    _: Allow<Pulse, HistoryRead>,
    query: Query<ChartsQuery>,
    shared: Data<Shared>,
) -> Answer<Pulse, Charts> {
    let now = clock::now();
    let window = Window::ending_at(now, span(query.range.as_deref()));
    let fleet = shared.hub.present().fleet.clone();
    let past = Past::read(&shared, &fleet, window).await?;
    Ok(Reply::ok(charts(&fleet, &past, now)))
}

fn span(range: Option<&str>) -> Duration {
    let minutes = match range {
        Some("5m") => 5,
        Some("15m") => 15,
        Some("30m") => 30,
        Some("4h") => 4 * 60,
        Some("12h") => 12 * 60,
        Some("24h") => 24 * 60,
        Some("7d") => 7 * 24 * 60,
        _ => 60,
    };
    Duration::from_secs(minutes * 60)
}

/// Past figures by metric and resource, all in the same buckets.
#[derive(Default)]
struct Past(HashMap<&'static str, HashMap<ResourceId, Points>>);

impl Past {
    async fn read(shared: &Shared, fleet: &Fleet, window: Window) -> Result<Self, HistoryError> {
        let mut past = Self::default();
        for (_, key) in SERIES {
            let Some(metric) = metric::find(key) else {
                continue;
            };
            past.add(shared, fleet, metric, window).await?;
            if let Some(total) = metric.total.and_then(metric::find) {
                past.add(shared, fleet, total, window).await?;
            }
        }
        Ok(past)
    }

    async fn add(
        &mut self,
        shared: &Shared,
        fleet: &Fleet,
        metric: &'static Metric,
        window: Window,
    ) -> Result<(), HistoryError> {
        let ids = fleet.resources().map(|resource| resource.id());
        let ids: Vec<ResourceId> = ids
            .filter(|id| metric.of.contains(&id.kind()))
            .cloned()
            .collect();
        let points = (POINTS_IN_ALL / ids.len().max(1)).clamp(20, 120);
        let history = &shared.parts.history;
        let all = history
            .range_of_metric(&metric.key(), Some(&ids), window, points)
            .await?;
        self.0.insert(metric.key, all.into_iter().collect());
        Ok(())
    }

    /// What was known of a metric, in Pulse's units.
    fn series(&self, metric: &Metric, resource: &Resource) -> Vec<Point> {
        let of = |key: &str| self.0.get(key)?.get(resource.id());
        let Some(points) = of(metric.key) else {
            return Vec::new();
        };
        let total = metric.total.and_then(metric::find);
        let totals = total.and_then(|total| of(total.key));
        let whole_now = total.and_then(|total| (total.read)(resource));
        let value = |at: usize, value: f64| {
            if total.is_none() {
                return if metric.unit == Unit::Ratio {
                    value * 100.0
                } else {
                    value
                };
            }
            let then = totals.and_then(|totals| totals.avg.get(at).copied());
            let whole = then.filter(|whole| whole.is_finite()).or(whole_now);
            value / whole.unwrap_or(f64::NAN) * 100.0
        };
        let pairs = points.at.iter().zip(&points.avg).enumerate();
        let shown = pairs.map(|(index, (at, average))| Point {
            timestamp: at.millis(),
            value: value(index, *average),
        });
        shown.filter(|point| point.value.is_finite()).collect()
    }
}

fn charts(fleet: &Fleet, past: &Past, now: Timestamp) -> Charts {
    let mut charts = Charts {
        data: BTreeMap::new(),
        node_data: BTreeMap::new(),
        storage_data: BTreeMap::new(),
        timestamp: now.millis(),
        stats: ChartStats {
            oldest_data_timestamp: now.millis(),
        },
    };
    for view in fleet.targets() {
        for resource in view.resources.values() {
            let chart = chart(resource, past, now);
            let oldest = chart.values().flatten().map(|point| point.timestamp).min();
            let stats = &mut charts.stats;
            stats.oldest_data_timestamp =
                oldest.unwrap_or(i64::MAX).min(stats.oldest_data_timestamp);
            let id = pulse_id(view, resource);
            match &**resource {
                Resource::Guest(_) => charts.data.insert(id, chart),
                Resource::Node(_) => charts.node_data.insert(id, chart),
                Resource::Storage(_) => charts.storage_data.insert(id, chart),
                // Pulse drew no charts of them.
                Resource::Datastore(_) | Resource::Disk(_) | Resource::Game(_) => None,
            };
        }
    }
    charts
}

/// One resource's series; where nothing was recorded yet, the present figure stands alone.
fn chart(resource: &Resource, past: &Past, now: Timestamp) -> Chart {
    let names = SERIES.iter().filter(|(name, _)| match resource.kind() {
        ResourceKind::Node => ["cpu", "memory", "disk"].contains(name),
        ResourceKind::Storage => *name == "disk",
        _ => true,
    });
    names
        .filter_map(|(name, key)| {
            let metric = metric::find(key)?;
            let mut series = past.series(metric, resource);
            if series.is_empty() {
                series.extend(present(metric, resource, now));
            }
            Some((*name, series))
        })
        .collect()
}

fn present(metric: &Metric, resource: &Resource, now: Timestamp) -> Option<Point> {
    let value = metric.judged(resource)?;
    let scale = match metric.judged_unit() {
        Unit::Ratio => 100.0,
        _ => 1.0,
    };
    Some(Point {
        timestamp: now.millis(),
        value: value * scale,
    })
}
