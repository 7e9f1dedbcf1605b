//! The metric catalogue.

use std::sync::Arc;

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, FleetRead};
use crate::api::shared::Shared;
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::model::metric::{CATALOGUE, Direction, Metric, MetricKind, Unit};

use crate::rules::RuleBook;

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
    /// The limits that hold for resources without limits of their own, in the judged unit.
    pub thresholds: Vec<Threshold>,
}

/// One limit of one kind of resource.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Threshold {
    /// Which kind.
    #[schema(schema_with = words::resource_kind)]
    pub of: ResourceKind,
    /// How bad it is to be beyond.
    #[schema(schema_with = words::severity)]
    pub severity: Severity,
    /// Where it begins to hold; a share from 0 to 1 where the metric has a whole.
    pub raise: f64,
    /// Where it ceases to hold.
    pub clear: f64,
}

impl MetricInfo {
    fn new(metric: &Metric, book: &mut RuleBook) -> Self {
        Self {
            key: metric.key,
            label: metric.label,
            unit: metric.unit,
            kind: metric.kind,
            direction: metric.direction,
            total: metric.total,
            of: metric.of,
            thresholds: metric
                .of
                .iter()
                .flat_map(|kind| thresholds(metric, *kind, book))
                .collect(),
        }
    }
}

fn thresholds(metric: &Metric, of: ResourceKind, book: &mut RuleBook) -> Vec<Threshold> {
    let Some(entry) = book
        .of_kind(of)
        .limits
        .iter()
        .find(|entry| entry.key.as_str() == metric.key)
    else {
        return Vec::new();
    };
    let limits = [
        (Severity::Warning, entry.limits.warning),
        (Severity::Critical, entry.limits.critical),
    ];
    limits
        .into_iter()
        .filter_map(|(severity, limit)| {
            let limit = limit?;
            Some(Threshold {
                of,
                severity,
                raise: limit.raise,
                clear: limit.clear,
            })
        })
        .collect()
}

/// Every metric, in the order charts show them.
#[utoipa::path(tag = "hp", responses((status = 200, body = [MetricInfo])))]
#[get("/metrics")]
pub(crate) async fn list_metrics(
    _: Allow<Hp, FleetRead>,
    shared: Data<Shared>,
) -> Answer<Hp, Vec<MetricInfo>> {
    let settings = shared.parts.rules.settings();
    let mut book = RuleBook::new(Arc::new(settings));
    Ok(Reply::ok(
        CATALOGUE
            .iter()
            .map(|metric| MetricInfo::new(metric, &mut book))
            .collect(),
    ))
}
