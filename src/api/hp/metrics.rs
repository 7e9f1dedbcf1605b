//! The metric catalogue.

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, FleetRead};
use crate::model::id::ResourceKind;
use crate::model::metric::{CATALOGUE, Direction, Metric, MetricKind, Unit};

use super::words;

/// What is known about one metric.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MetricInfo {
    /// Its key.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What its numbers count.
    #[schema(schema_with = words::unit)]
    pub unit: Unit,
    /// How its numbers come about.
    #[schema(schema_with = words::metric_kind)]
    pub kind: MetricKind,
    /// Which way it gets worse.
    #[schema(schema_with = words::direction)]
    pub direction: Direction,
    /// The metric that is its whole.
    pub total: Option<&'static str>,
    /// Kinds of resource that can have it.
    #[schema(schema_with = words::resource_kinds)]
    pub of: &'static [ResourceKind],
}

impl From<&Metric> for MetricInfo {
    fn from(metric: &Metric) -> Self {
        Self {
            key: metric.key,
            label: metric.label,
            unit: metric.unit,
            kind: metric.kind,
            direction: metric.direction,
            total: metric.total,
            of: metric.of,
        }
    }
}

/// Every metric, in the order charts show them.
#[utoipa::path(tag = "hp", responses((status = 200, body = [MetricInfo])))]
#[get("/metrics")]
pub(crate) async fn list_metrics(_: Allow<Hp, FleetRead>) -> Answer<Hp, Vec<MetricInfo>> {
    Ok(Reply::ok(CATALOGUE.iter().map(MetricInfo::from).collect()))
}
