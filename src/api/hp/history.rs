//! Past figures, down-sampled for charts without losing their peaks.

pub(super) mod aggregate;
pub(super) mod export;
pub(super) mod resources;

use actix_web::get;
use actix_web::web::{Data, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, HistoryRead};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::history::Points;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::{self, Metric, MetricKey, Unit};
use crate::state::Fleet;
use crate::telemetry::clock;

use super::span::Span;
use super::words;

/// Which figures of one resource.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct HistoryQuery {
    /// The resource, by our id or by any alias that `/api` knows.
    resource: String,
    /// Metrics, separated by commas; all of its kind unless told.
    metrics: Option<String>,
    /// First moment, in milliseconds; an hour before `to` unless told.
    from: Option<i64>,
    /// First moment after, in milliseconds; now unless told.
    to: Option<i64>,
    /// The most buckets; 240 unless told, 1 to 2000.
    points: Option<usize>,
}

/// Which figure of many resources.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct HistoryOfAllQuery {
    /// The metric.
    metric: String,
    /// Only resources of this kind.
    #[param(schema_with = words::resource_kind)]
    kind: Option<ResourceKind>,
    /// First moment, in milliseconds; an hour before `to` unless told.
    from: Option<i64>,
    /// First moment after, in milliseconds; now unless told.
    to: Option<i64>,
    /// The most buckets; 240 unless told, 1 to 2000.
    points: Option<usize>,
}

/// One metric of one resource.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Series {
    /// Which metric.
    metric: String,
    /// What its numbers count; `null` where others push it.
    #[schema(value_type = Option<String>)]
    unit: Option<Unit>,
    /// Length of a bucket.
    step_ms: i64,
    /// Where averages that a host had kept are shown, the longest time that one stands for.
    imported_step_ms: Option<i64>,
    /// When each bucket begins, in milliseconds.
    at: Vec<i64>,
    /// Average in each bucket; `null` is a gap.
    avg: Vec<Option<f64>>,
    /// Smallest in each bucket.
    min: Vec<Option<f64>>,
    /// Largest in each bucket.
    max: Vec<Option<f64>>,
}

/// Past figures of one resource.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct History {
    /// Whose.
    resource: String,
    /// First moment, in milliseconds.
    from: i64,
    /// First moment after, in milliseconds.
    to: i64,
    /// One series for each metric, in the order asked for.
    series: Vec<Series>,
}

/// One resource's part of [`HistoryOfAll`].
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResourceSeries {
    /// Whose.
    resource: String,
    /// Where averages that a host had kept are shown, the longest time that one stands for.
    imported_step_ms: Option<i64>,
    /// When each bucket begins, in milliseconds.
    at: Vec<i64>,
    /// Average in each bucket; `null` is a gap.
    avg: Vec<Option<f64>>,
    /// Smallest in each bucket.
    min: Vec<Option<f64>>,
    /// Largest in each bucket.
    max: Vec<Option<f64>>,
}

/// Past figures of many resources.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryOfAll {
    /// Which metric.
    metric: String,
    /// What its numbers count.
    #[schema(schema_with = words::unit)]
    unit: Unit,
    /// First moment, in milliseconds.
    from: i64,
    /// First moment after, in milliseconds.
    to: i64,
    /// One series for each resource that has the metric.
    resources: Vec<ResourceSeries>,
}

/// Past figures of one resource.
#[utoipa::path(tag = "hp", params(HistoryQuery), responses((status = 200, body = History)))]
#[get("/history")]
pub(super) async fn get_history(
    _: Allow<Hp, HistoryRead>,
    query: Query<HistoryQuery>,
    shared: Data<Shared>,
) -> Answer<Hp, History> {
    let span = Span::new(query.from, query.to, query.points, clock::now())?;
    let resource = find(&query.resource, &shared)?;
    let keys = metrics(query.metrics.as_deref(), &resource, &shared)?;
    let history = &shared.parts.history;
    let series = history
        .range_of_resource(&resource, &keys, span.window, span.points)
        .await?;
    Ok(Reply::ok(History {
        resource: resource.to_string(),
        from: span.window.from.millis(),
        to: span.window.to.millis(),
        series: series.iter().map(Series::from).collect(),
    }))
}

/// Past figures of every resource that has a metric.
#[utoipa::path(tag = "hp", params(HistoryOfAllQuery), responses((status = 200, body = HistoryOfAll)))]
#[get("/history/all")]
pub(super) async fn get_history_of_all(
    _: Allow<Hp, HistoryRead>,
    query: Query<HistoryOfAllQuery>,
    shared: Data<Shared>,
) -> Answer<Hp, HistoryOfAll> {
    let span = Span::new(query.from, query.to, query.points, clock::now())?;
    let metric = known(&query.metric, "metric")?;
    let ids = resources_with(metric, query.kind, &shared.hub.present().fleet);
    let history = &shared.parts.history;
    let all = history
        .range_of_metric(&metric.key(), Some(&ids), span.window, span.points)
        .await?;
    let resources = all.iter().map(ResourceSeries::from);
    Ok(Reply::ok(HistoryOfAll {
        metric: metric.key.to_owned(),
        unit: metric.unit,
        from: span.window.from.millis(),
        to: span.window.to.millis(),
        resources: resources.collect(),
    }))
}

impl From<&Points> for Series {
    fn from(points: &Points) -> Self {
        Self {
            metric: points.metric.to_string(),
            unit: unit_of(&points.metric),
            step_ms: points.step_ms,
            imported_step_ms: points.imported_step_ms,
            at: at(points),
            avg: figures(&points.avg),
            min: figures(&points.min),
            max: figures(&points.max),
        }
    }
}

impl From<&(ResourceId, Points)> for ResourceSeries {
    fn from((resource, points): &(ResourceId, Points)) -> Self {
        Self {
            resource: resource.to_string(),
            imported_step_ms: points.imported_step_ms,
            at: at(points),
            avg: figures(&points.avg),
            min: figures(&points.min),
            max: figures(&points.max),
        }
    }
}

/// What is there now and can have the metric.
fn resources_with(metric: &Metric, kind: Option<ResourceKind>, fleet: &Fleet) -> Vec<ResourceId> {
    let ids = fleet.resources().map(|resource| resource.id());
    ids.filter(|id| metric.of.contains(&id.kind()))
        .filter(|id| kind.is_none_or(|kind| id.kind() == kind))
        .cloned()
        .collect()
}

/// The resource by any of its names; one that is gone by its id alone.
fn find(text: &str, shared: &Shared) -> Result<ResourceId, Problem> {
    let fleet = &shared.hub.present().fleet;
    let known = fleet.resolve(text).or_else(|| text.parse().ok());
    known.ok_or_else(|| {
        let shown: String = text.chars().take(80).collect();
        let text = format!("there is no resource '{shown}'");
        Problem::new(Kind::NotFound, "resource_not_found", text).in_field("resource")
    })
}

/// The metrics asked for, or all that the resource's kind has; what others push for it as well.
fn metrics(
    list: Option<&str>,
    resource: &ResourceId,
    shared: &Shared,
) -> Result<Vec<MetricKey>, Problem> {
    let recorded = shared.parts.history.metrics_of(resource);
    let Some(list) = list else {
        let of_kind = metric::of_kind(resource.kind()).map(Metric::key);
        let mut all: Vec<MetricKey> = of_kind.collect();
        let pushed = recorded.into_iter().filter(|key| unit_of(key).is_none());
        all.extend(pushed);
        return Ok(all);
    };
    list.split(',')
        .map(|key| {
            let key = key.trim();
            match recorded.iter().find(|recorded| recorded.as_str() == key) {
                Some(recorded) => Ok(recorded.clone()),
                None => known(key, "metrics").map(Metric::key),
            }
        })
        .collect()
}

/// What a metric of the catalogue counts.
fn unit_of(key: &MetricKey) -> Option<Unit> {
    metric::find(key.as_str()).map(|metric| metric.unit)
}

fn known(key: &str, field: &str) -> Result<&'static Metric, Problem> {
    metric::find(key).ok_or_else(|| {
        let shown: String = key.chars().take(80).collect();
        let text = format!("there is no metric '{shown}'; /api/hp/metrics lists them");
        Problem::new(Kind::Invalid, "metric_unknown", text).in_field(field)
    })
}

fn at(points: &Points) -> Vec<i64> {
    points.at.iter().map(|at| at.millis()).collect()
}

/// Gaps as `null`, and no more digits than a chart can show.
fn figures(values: &[f64]) -> Vec<Option<f64>> {
    let short = |value: f64| {
        let scale = if value.abs() < 1000.0 { 1e4 } else { 1.0 };
        (value * scale).round() / scale
    };
    let figure = |value: &f64| value.is_finite().then(|| short(*value));
    values.iter().map(figure).collect()
}
