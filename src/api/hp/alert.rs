//! An alert as our own API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::alert::{self, AlertState, HoldReason, Severity};
use crate::model::metric::{Unit, find};

use super::words;

/// What keeps people from being told of an alert.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Hold {
    /// What kind of reason.
    #[schema(schema_with = words::hold_reason)]
    pub reason: HoldReason,
    /// Which one of that kind.
    pub by: String,
    /// Since when, in milliseconds.
    pub since: i64,
    /// Until when at the latest.
    pub until: Option<i64>,
}

/// Something wrong, from its beginning to its end.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Alert {
    /// Stable id.
    pub id: String,
    /// The rule that judged.
    pub rule: String,
    /// What about the resource, such as the metric `cpu`.
    pub subject: String,
    /// Whose.
    pub resource: String,
    /// The resource's name when it began.
    pub resource_name: String,
    /// The node it was on when it began.
    pub node: Option<String>,
    /// How bad.
    #[schema(schema_with = words::severity)]
    pub severity: Severity,
    /// Whether it holds.
    #[schema(schema_with = words::alert_state)]
    pub state: AlertState,
    /// One sentence.
    pub message: String,
    /// The figure that was judged.
    pub value: Option<f64>,
    /// The limit it crossed.
    pub limit: Option<f64>,
    /// What both count, where the subject is a metric.
    #[schema(value_type = Option<String>)]
    pub unit: Option<Unit>,
    /// When it began, in milliseconds.
    pub started_at: i64,
    /// When it was last judged to hold.
    pub last_seen: i64,
    /// When it was over.
    pub resolved_at: Option<i64>,
    /// When somebody took it on.
    pub acknowledged_at: Option<i64>,
    /// Who took it on.
    pub acknowledged_by: Option<String>,
    /// The resource's tags when it began.
    pub tags: Vec<String>,
    /// What keeps people from being told of it now.
    pub hold: Option<Hold>,
}

impl From<&alert::Alert> for Alert {
    fn from(alert: &alert::Alert) -> Self {
        Self {
            id: alert.id.to_string(),
            rule: alert.rule.clone(),
            subject: alert.subject.clone(),
            resource: alert.resource.to_string(),
            resource_name: alert.resource_name.clone(),
            node: alert.node.clone(),
            severity: alert.severity,
            state: alert.state,
            message: alert.message.clone(),
            value: alert.value,
            limit: alert.limit,
            unit: find(&alert.subject).map(|metric| metric.judged_unit()),
            started_at: alert.started_at.millis(),
            last_seen: alert.last_seen.millis(),
            resolved_at: alert.resolved_at.map(|at| at.millis()),
            acknowledged_at: alert.acknowledged_at.map(|at| at.millis()),
            acknowledged_by: alert.acknowledged_by.clone(),
            tags: alert.tags.clone(),
            hold: alert.hold.as_ref().map(|hold| Hold {
                reason: hold.reason,
                by: hold.by.clone(),
                since: hold.since.millis(),
                until: hold.until.map(|at| at.millis()),
            }),
        }
    }
}
