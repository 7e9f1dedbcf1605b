//! What is beyond a limit and is not told yet, as that has to last.

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsRead, Allow};
use crate::api::shared::Shared;
use crate::model::alert::Severity;
use crate::model::metric::{Unit, find};
use crate::services::rules::Waiting;

use super::words;

/// Something that becomes an alert if it stays as it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PendingAlert {
    /// The rule that judges.
    rule: &'static str,
    /// What about the resource, such as the metric `cpu`.
    subject: String,
    /// Whose.
    resource: String,
    /// The resource's name.
    resource_name: String,
    /// The node it is on.
    node: Option<String>,
    /// How bad it will be first.
    #[schema(schema_with = words::severity)]
    severity: Severity,
    /// Always `pending`.
    state: &'static str,
    /// One sentence.
    message: String,
    /// The figure that is judged.
    value: Option<f64>,
    /// The limit it has crossed.
    limit: Option<f64>,
    /// What both count, where the subject is a metric.
    #[schema(value_type = Option<String>)]
    unit: Option<Unit>,
    /// Since when it has been so, in milliseconds.
    since: i64,
    /// When it fires if it stays so.
    fires_at: i64,
    /// The resource's tags.
    tags: Vec<String>,
}

impl From<Waiting> for PendingAlert {
    fn from(waiting: Waiting) -> Self {
        let finding = waiting.finding;
        Self {
            rule: finding.rule,
            unit: find(&finding.subject).map(|metric| metric.judged_unit()),
            subject: finding.subject,
            resource: finding.resource.to_string(),
            resource_name: finding.resource_name,
            node: finding.node,
            severity: finding.severity,
            state: "pending",
            message: finding.message,
            value: finding.value,
            limit: finding.limit,
            since: finding.since.millis(),
            fires_at: waiting.fires_at.millis(),
            tags: finding.tags,
        }
    }
}

/// What becomes an alert if it stays as it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PendingAlerts {
    /// The next to fire first.
    alerts: Vec<PendingAlert>,
}

/// What is beyond a limit and not told yet, the next to fire first.
#[utoipa::path(tag = "hp", responses((status = 200, body = PendingAlerts)))]
#[get("/alerts/pending")]
pub(crate) async fn list_pending_alerts(
    _: Allow<Hp, AlertsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, PendingAlerts> {
    let waiting = shared.parts.rules.waiting().await?;
    let alerts = waiting.into_iter().map(PendingAlert::from).collect();
    Ok(Reply::ok(PendingAlerts { alerts }))
}
