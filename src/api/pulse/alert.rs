//! Alerts as Pulse 4.3 showed them: ids of resource and metric, percent, camel-case subjects.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::alert::{Alert, Severity};
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::metric::{Unit, find};
use crate::state::{Fleet, TargetView};

use super::items::pulse_id;

/// An alert that holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseAlert)]
#[serde(rename_all = "camelCase")]
pub struct ActiveAlert {
    /// `<resource id>-<type>`.
    pub id: String,
    r#type: &'static str,
    level: &'static str,
    resource_id: String,
    resource_name: String,
    node: String,
    instance: String,
    message: String,
    value: Option<f64>,
    threshold: Option<f64>,
    start_time: String,
    last_seen: String,
    acknowledged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ack_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ack_user: Option<String>,
}

/// An alert that ended within the last five minutes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseResolvedAlert)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedAlert {
    #[serde(flatten)]
    alert: ActiveAlert,
    resolved_time: String,
}

impl ResolvedAlert {
    /// Shows an alert that is over.
    #[must_use]
    pub fn new(alert: &Alert, fleet: &Fleet) -> Option<Self> {
        Some(Self {
            alert: ActiveAlert::new(alert, fleet),
            resolved_time: alert.resolved_at?.rfc3339(),
        })
    }
}

impl ActiveAlert {
    /// Shows an alert; a resource that is gone keeps our own id.
    #[must_use]
    pub fn new(alert: &Alert, fleet: &Fleet) -> Self {
        let view = target_of(fleet, &alert.resource);
        let word = subject_word(alert);
        let resource_id = resource_id(alert, view);
        Self {
            id: format!("{resource_id}-{word}"),
            r#type: word,
            level: match alert.severity {
                Severity::Info | Severity::Warning => "warning",
                Severity::Critical => "critical",
            },
            resource_id,
            resource_name: alert.resource_name.clone(),
            node: alert.node.clone().unwrap_or_default(),
            instance: view
                .map(|view| view.summary.name.clone())
                .unwrap_or_default(),
            message: alert.message.clone(),
            value: alert.value.map(|value| in_pulse_units(alert, value)),
            threshold: alert.limit.map(|limit| in_pulse_units(alert, limit)),
            start_time: alert.started_at.rfc3339(),
            last_seen: alert.last_seen.rfc3339(),
            acknowledged: alert.acknowledged_at.is_some(),
            ack_time: alert.acknowledged_at.map(|at| at.rfc3339()),
            ack_user: alert.acknowledged_by.clone(),
        }
    }
}

/// The alert's id in Pulse's form, for finding it by that.
#[must_use]
pub fn alert_id(alert: &Alert, fleet: &Fleet) -> String {
    let resource = resource_id(alert, target_of(fleet, &alert.resource));
    format!("{resource}-{}", subject_word(alert))
}

fn target_of<'a>(fleet: &'a Fleet, resource: &ResourceId) -> Option<&'a TargetView> {
    let id: TargetId = resource.target_text().parse().ok()?;
    fleet.target(&id).map(|view| &**view)
}

fn resource_id(alert: &Alert, view: Option<&TargetView>) -> String {
    view.and_then(|view| {
        let resource = view.resources.get(&alert.resource)?;
        Some(pulse_id(view, resource))
    })
    .unwrap_or_else(|| alert.resource.to_string())
}

/// Pulse's word for what an alert is about.
fn subject_word(alert: &Alert) -> &'static str {
    match (alert.subject.as_str(), alert.resource.kind()) {
        ("cpu", _) => "cpu",
        ("memory", _) => "memory",
        ("disk", ResourceKind::Storage) => "usage",
        ("disk", _) => "disk",
        ("disk_read", _) => "diskRead",
        ("disk_write", _) => "diskWrite",
        ("net_in", _) => "networkIn",
        ("net_out", _) => "networkOut",
        ("temperature", _) => "temperature",
        (_, ResourceKind::Node | ResourceKind::Target) => "connectivity",
        _ => "other",
    }
}

/// Percent for shares, MiB/s for rates.
fn in_pulse_units(alert: &Alert, value: f64) -> f64 {
    match find(&alert.subject).map(|metric| metric.judged_unit()) {
        Some(Unit::Ratio) => value * 100.0,
        Some(Unit::BytesPerSecond) => value / f64::from(1 << 20),
        _ => value,
    }
}
