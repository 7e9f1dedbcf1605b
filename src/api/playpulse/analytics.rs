//! A server's figures over a day, a week, a month or a quarter.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::get;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::analytics_view::{
    AnalyticsFigures, CpuFigures, MemoryFigures, NetworkFigures, PlaypulseAnalytics, UserFigures,
};
use super::envelope::PlaypulseAnswer;
use super::figures::trend;
use super::status::per_cent;
use crate::api::dialect::{Answer, Playpulse, Reply};
use crate::api::games::caller::Caller;
use crate::api::games::find;
use crate::api::guard::HistoryRead;
use crate::api::openapi::PeonProblem;
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::history::Aggregate;
use crate::model::id::ResourceId;
use crate::model::metric::MetricKey;
use crate::model::time::Window;
use crate::telemetry::clock;

const GIB: f64 = 1_073_741_824.0;

/// The most points of a series.
const MOST_POINTS: u64 = 2000;

/// Buckets that a trend is read off.
const TREND_POINTS: usize = 96;

/// Which figures.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct AnalyticsQuery {
    /// `24h`, `7d`, `30d` or `90d`; `24h` unless told.
    timeframe: Option<String>,
    /// `cpu`, `memory`, `network` and `users`, separated by commas; all unless told.
    metrics: Option<String>,
    /// `minute`, `hour` or `day`; what fits the timeframe unless told.
    granularity: Option<String>,
}

/// Tell a server's figures over a timeframe.
#[utoipa::path(
    tag = "playpulse",
    params(
        ("server_id" = String, Path, description = "The server's id in any form"),
        AnalyticsQuery,
    ),
    responses(
        (status = 200, body = PlaypulseAnswer<PlaypulseAnalytics>),
        (status = 404, body = PeonProblem),
        (status = 422, body = PeonProblem, description = "A parameter is wrong"),
    ),
)]
#[get("/servers/{server_id}/analytics")]
pub(crate) async fn get_playpulse_server_analytics(
    _: Caller<Playpulse, HistoryRead>,
    id: Path<String>,
    query: Query<AnalyticsQuery>,
    shared: Data<Shared>,
) -> Answer<Playpulse, PlaypulseAnswer<PlaypulseAnalytics>> {
    let asked = Asked::read(&query)?;
    let shown = find::one(&shared, &id).await?;
    let now = clock::now();
    let window = Window::ending_at(now, asked.span);
    let past = Past {
        shared: &shared,
        id: &shown.id,
        window,
        interval: shared.parts.targets.interval().as_secs_f64(),
    };
    let metrics = past.figures(&asked).await?;
    let points = asked.span.as_secs() / asked.step.as_secs();
    let points = usize::try_from(points.min(MOST_POINTS)).unwrap_or(1);
    let wanted = asked.series();
    let rows = shared
        .parts
        .history
        .range_of_resource(&shown.id, &wanted, window, points)
        .await?;
    let step_ms = rows.first().map_or(0, |row| row.step_ms);
    let at = rows.first().map(|row| row.at.clone()).unwrap_or_default();
    let has_sample = |index: &usize| {
        let value = |row: &crate::history::Points| row.avg.get(*index).copied();
        rows.iter().filter_map(value).any(f64::is_finite)
    };
    let data_points = (0..at.len()).filter(has_sample).count();
    let series = rows.iter().zip(&wanted).map(|(row, metric)| {
        let finite = |value: &f64| Some(*value).filter(|value| value.is_finite());
        (
            metric.as_str().to_owned(),
            row.avg.iter().map(finite).collect(),
        )
    });
    Ok(Reply::ok(PlaypulseAnswer::new(PlaypulseAnalytics {
        timeframe: asked.timeframe,
        reasons: reasons(&metrics, &asked),
        metrics,
        step_seconds: step_ms / 1000,
        at: at.iter().map(|at| at.seconds()).collect(),
        series: series.collect(),
        data_points,
        generated_at: now.rfc3339(),
    })))
}

/// What was asked for.
struct Asked {
    timeframe: &'static str,
    span: Duration,
    step: Duration,
    metrics: Vec<&'static str>,
}

const DAY: Duration = Duration::from_secs(86_400);
const GROUPS: [&str; 4] = ["cpu", "memory", "network", "users"];

impl Asked {
    fn read(query: &AnalyticsQuery) -> Result<Self, Problem> {
        let wrong = |field: &str, known: &[&str]| {
            let text = format!("must be one of: {}", known.join(", "));
            Problem::new(Kind::Unprocessable, "validation_failed", text).in_field(field)
        };
        let (timeframe, days, usual) = match query.timeframe.as_deref() {
            None | Some("24h") => ("24h", 1, "minute"),
            Some("7d") => ("7d", 7, "hour"),
            Some("30d") => ("30d", 30, "hour"),
            Some("90d") => ("90d", 90, "day"),
            Some(_) => return Err(wrong("timeframe", &["24h", "7d", "30d", "90d"])),
        };
        let step = match query.granularity.as_deref().unwrap_or(usual) {
            "minute" => Duration::from_secs(60),
            "hour" => Duration::from_secs(3600),
            "day" => DAY,
            _ => return Err(wrong("granularity", &["minute", "hour", "day"])),
        };
        let metrics = match query.metrics.as_deref().filter(|text| !text.is_empty()) {
            None => GROUPS.to_vec(),
            Some(text) => text
                .split(',')
                .map(|word| {
                    let known = GROUPS.into_iter().find(|known| *known == word.trim());
                    known.ok_or_else(|| wrong("metrics", &GROUPS))
                })
                .collect::<Result<_, _>>()?,
        };
        Ok(Self {
            timeframe,
            span: DAY * days,
            step,
            metrics,
        })
    }

    fn wants(&self, group: &str) -> bool {
        self.metrics.contains(&group)
    }

    fn series(&self) -> Vec<MetricKey> {
        let keys = self.metrics.iter().flat_map(|group| match *group {
            "cpu" => ["cpu"].as_slice(),
            "memory" => &["memory"],
            "network" => &["net_in", "net_out"],
            _ => &["players"],
        });
        keys.map(|key| MetricKey::known(key)).collect()
    }
}

/// One server's past.
struct Past<'a> {
    shared: &'a Shared,
    id: &'a ResourceId,
    window: Window,
    /// Seconds between two samples.
    interval: f64,
}

impl Past<'_> {
    async fn of(&self, metric: &'static str) -> Result<Option<Aggregate>, Problem> {
        let key = MetricKey::known(metric);
        let history = &self.shared.parts.history;
        let figures = history.aggregate(self.id, &key, self.window, None).await;
        figures.map_err(|error| Problem::from_error(&error))
    }

    async fn figures(&self, asked: &Asked) -> Result<AnalyticsFigures, Problem> {
        let up = self.of("up").await?;
        let seconds = asked.span.as_secs_f64();
        let observed = up
            .as_ref()
            .map_or(0.0, |up| lossy(up.count) * self.interval);
        Ok(AnalyticsFigures {
            performance_score: None,
            avg_response_time: self.of("latency").await?.map(|it| round(it.avg)),
            uptime_percentage: up.map(|up| per_cent_fine(up.avg)),
            coverage: per_cent_fine((observed / seconds).min(1.0)),
            cpu: match asked.wants("cpu") {
                true => self.cpu().await?,
                false => None,
            },
            memory: match asked.wants("memory") {
                true => self.memory().await?,
                false => None,
            },
            network: match asked.wants("network") {
                true => self.network().await?,
                false => None,
            },
            users: match asked.wants("users") {
                true => self.users().await?,
                false => None,
            },
        })
    }

    async fn cpu(&self) -> Result<Option<CpuFigures>, Problem> {
        let Some(cpu) = self.of("cpu").await? else {
            return Ok(None);
        };
        let key = MetricKey::known("cpu");
        let history = &self.shared.parts.history;
        let course = history.range(self.id, &key, self.window, TREND_POINTS);
        let course = course.await.map_err(|error| Problem::from_error(&error))?;
        Ok(Some(CpuFigures {
            average: per_cent(cpu.avg),
            peak: per_cent(cpu.max),
            trend: trend(&course.avg),
        }))
    }

    async fn memory(&self) -> Result<Option<MemoryFigures>, Problem> {
        let Some(used) = self.of("memory").await? else {
            return Ok(None);
        };
        let total = self.of("memory_total").await?.map(|total| total.max);
        let total = total.filter(|total| *total > 0.0);
        Ok(Some(MemoryFigures {
            average_used: round(used.avg / GIB),
            peak_used: round(used.max / GIB),
            total: total.map(|total| round(total / GIB)),
            efficiency: total.map(|total| per_cent(used.p95 / total)),
        }))
    }

    async fn network(&self) -> Result<Option<NetworkFigures>, Problem> {
        let (received, sent) = (self.of("net_in").await?, self.of("net_out").await?);
        if received.is_none() && sent.is_none() {
            return Ok(None);
        }
        let sum = |rate: &Aggregate| (rate.avg * lossy(rate.count) * self.interval).round();
        let peaks = [&received, &sent]
            .into_iter()
            .flatten()
            .map(|rate| rate.max);
        Ok(Some(NetworkFigures {
            total_in: received.as_ref().map(sum),
            total_out: sent.as_ref().map(sum),
            peak_bandwidth: peaks.reduce(f64::max).map(f64::round),
        }))
    }

    async fn users(&self) -> Result<Option<UserFigures>, Problem> {
        let players = self.of("players").await?;
        Ok(players.map(|players| UserFigures {
            total_sessions: None,
            peak_concurrent: players.max,
            average_concurrent: round(players.avg),
            avg_session_time: None,
        }))
    }
}

fn reasons(figures: &AnalyticsFigures, asked: &Asked) -> BTreeMap<&'static str, &'static str> {
    let mut reasons = BTreeMap::new();
    reasons.insert(
        "performance_score",
        "no thresholds are set that it could be measured by",
    );
    let missing = [
        (
            "avg_response_time",
            figures.avg_response_time.is_none(),
            "it was never asked, or never answered",
        ),
        (
            "uptime_percentage",
            figures.uptime_percentage.is_none(),
            "no samples in this timeframe",
        ),
        (
            "cpu",
            asked.wants("cpu") && figures.cpu.is_none(),
            "no samples in this timeframe",
        ),
        (
            "memory",
            asked.wants("memory") && figures.memory.is_none(),
            "no samples in this timeframe",
        ),
        (
            "network",
            asked.wants("network") && figures.network.is_none(),
            "no samples in this timeframe",
        ),
        (
            "users",
            asked.wants("users") && figures.users.is_none(),
            "nobody counted players in this timeframe",
        ),
        (
            "users.total_sessions",
            figures.users.is_some(),
            "comings and goings are not recorded",
        ),
        (
            "users.avg_session_time",
            figures.users.is_some(),
            "comings and goings are not recorded",
        ),
    ];
    let missing = missing.into_iter().filter(|(_, is_missing, _)| *is_missing);
    reasons.extend(missing.map(|(name, _, reason)| (name, reason)));
    reasons
}

/// To two places.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A share as per cent, to two places.
fn per_cent_fine(share: f64) -> f64 {
    round(share * 100.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts of samples are small")]
fn lossy(count: u64) -> f64 {
    count as f64
}
