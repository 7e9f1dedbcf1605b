//! Past figures in a few numbers: averages, percentiles, peaks and time above a limit.

use actix_web::get;
use actix_web::web::{Data, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, HistoryRead};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::history::Aggregate;
use crate::model::metric::{MetricKey, Unit};
use crate::telemetry::clock;

use super::super::span::Span;
use super::{find, metrics, unit_of};

/// The most metrics of one answer: each reads all its samples.
const MOST_METRICS: usize = 32;

/// What to sum up.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::api::hp) struct AggregateQuery {
    /// The resource, by our id or by any alias that `/api` knows; one that is gone by its id.
    resource: String,
    /// Metrics, separated by commas; all of its kind unless told, 32 at most.
    metrics: Option<String>,
    /// First moment, in milliseconds; an hour before `to` unless told.
    from: Option<i64>,
    /// First moment after, in milliseconds; now unless told.
    to: Option<i64>,
    /// A limit in the metric's unit, to learn how long it was exceeded; for one metric only.
    above: Option<f64>,
}

/// One metric in a few numbers, all from single samples; `null` where there were none.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AggregateOfMetric {
    /// Which metric.
    metric: String,
    /// What its numbers count; `null` where others push it.
    #[schema(value_type = Option<String>)]
    unit: Option<Unit>,
    /// Number of samples.
    count: u64,
    /// Average.
    avg: Option<f64>,
    /// Smallest.
    min: Option<f64>,
    /// Largest.
    max: Option<f64>,
    /// When the largest was taken first, in milliseconds.
    max_at: Option<i64>,
    /// Half of the samples are not larger.
    p50: Option<f64>,
    /// 95 % of the samples are not larger.
    p95: Option<f64>,
    /// 99 % of the samples are not larger.
    p99: Option<f64>,
    /// Seconds above the limit that was asked for, gaps not counted.
    above_seconds: Option<u64>,
}

/// Some metrics of one resource in a few numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Aggregates {
    /// Whose.
    resource: String,
    /// First moment, in milliseconds.
    from: i64,
    /// First moment after, in milliseconds.
    to: i64,
    /// The limit that was asked for.
    above: Option<f64>,
    /// One for each metric, in the order asked for.
    metrics: Vec<AggregateOfMetric>,
}

/// Past figures in a few numbers.
#[utoipa::path(tag = "hp", params(AggregateQuery), responses((status = 200, body = Aggregates)))]
#[get("/history/aggregate")]
pub(in crate::api::hp) async fn get_history_aggregate(
    _: Allow<Hp, HistoryRead>,
    query: Query<AggregateQuery>,
    shared: Data<Shared>,
) -> Answer<Hp, Aggregates> {
    let span = Span::new(query.from, query.to, None, clock::now())?;
    let resource = find(&query.resource, &shared)?;
    let keys = metrics(query.metrics.as_deref(), &resource, &shared)?;
    check(&keys, &query)?;
    let mut all = Vec::with_capacity(keys.len());
    for key in keys {
        let history = &shared.parts.history;
        let found = history.aggregate(&resource, &key, span.window, query.above);
        all.push(AggregateOfMetric::new(&key, found.await?, query.above));
    }
    Ok(Reply::ok(Aggregates {
        resource: resource.to_string(),
        from: span.window.from.millis(),
        to: span.window.to.millis(),
        above: query.above,
        metrics: all,
    }))
}

fn check(keys: &[MetricKey], query: &AggregateQuery) -> Result<(), Problem> {
    let refuse = |field: &str, message: &str| {
        Err(Problem::new(Kind::Invalid, "invalid_aggregate", message).in_field(field))
    };
    match query.above {
        _ if keys.len() > MOST_METRICS => refuse("metrics", "ask for 32 metrics at most"),
        Some(limit) if !limit.is_finite() => refuse("above", "above must be a number"),
        Some(_) if keys.len() != 1 => refuse("above", "above needs one metric in metrics"),
        _ => Ok(()),
    }
}

impl AggregateOfMetric {
    fn new(key: &MetricKey, found: Option<Aggregate>, limit: Option<f64>) -> Self {
        let figure = |read: fn(&Aggregate) -> f64| found.as_ref().map(read);
        Self {
            metric: key.to_string(),
            unit: unit_of(key),
            count: found.as_ref().map_or(0, |found| found.count),
            avg: figure(|found| found.avg),
            min: figure(|found| found.min),
            max: figure(|found| found.max),
            max_at: found.as_ref().map(|found| found.max_at.millis()),
            p50: figure(|found| found.p50),
            p95: figure(|found| found.p95),
            p99: figure(|found| found.p99),
            above_seconds: limit.and(found.as_ref()).map(|found| found.above.as_secs()),
        }
    }
}
