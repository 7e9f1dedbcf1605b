//! What webhooks are told of maintenance, in the word and form of seed 001.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::alert::{Alert, AlertState, Severity};
use crate::model::id::{AlertId, ResourceId};
use crate::model::silence::Scope;
use crate::model::time::Timestamp;

/// The event as it is named to receivers.
pub(super) const WORD: &str = "system.maintenance";

/// What a time of maintenance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MaintenanceKind {
    /// A maintenance window.
    Window,
    /// An entry of a subscribed calendar.
    Calendar,
    /// A silence over more than single alerts.
    Silence,
    /// An update of the product itself.
    Update,
}

impl MaintenanceKind {
    /// What people call it.
    const fn noun(self) -> &'static str {
        match self {
            Self::Window => "maintenance",
            Self::Calendar => "maintenance from a calendar",
            Self::Silence => "silence",
            Self::Update => "update of homepulse",
        }
    }
}

/// One time of maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// What it is.
    pub kind: MaintenanceKind,
    /// The id of what says so; the version's for an update.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Since when.
    pub from: Timestamp,
    /// Until when, where that is known beforehand.
    pub until: Option<Timestamp>,
    /// Which alerts are held back; `None` for an update, which holds none back.
    pub scope: Option<Scope>,
}

/// That a time of maintenance began or ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemEvent {
    /// When that was seen.
    pub at: Timestamp,
    /// Whether it is over.
    pub is_over: bool,
    /// Which one.
    pub maintenance: Maintenance,
}

impl SystemEvent {
    /// What is said of it. What is not known is null.
    #[must_use]
    pub fn data(&self) -> Value {
        let one = &self.maintenance;
        let until = one.until.map(|until| match self.is_over {
            true => until.min(self.at),
            false => until,
        });
        json!({
            "state": if self.is_over { "ended" } else { "started" },
            "kind": one.kind,
            "id": one.id,
            "name": one.name,
            "starts_at": one.from.rfc3339(),
            "ends_at": until.or(self.is_over.then_some(self.at)).map(Timestamp::rfc3339),
            "scope": one.scope,
        })
    }

    /// What people read of it in a delivery log or a template.
    pub(super) fn as_alert(&self) -> Alert {
        let one = &self.maintenance;
        let turn = if self.is_over { "is over" } else { "began" };
        Alert {
            id: self.thread(),
            rule: "system_event".to_owned(),
            subject: WORD.to_owned(),
            resource: ResourceId::own(),
            resource_name: one.name.clone(),
            node: None,
            severity: Severity::Info,
            state: AlertState::Firing,
            message: format!("{}: the {} {turn}", one.name, one.kind.noun()),
            value: None,
            limit: None,
            started_at: self.at,
            last_seen: self.at,
            resolved_at: None,
            acknowledged_at: None,
            acknowledged_by: None,
            tags: Vec::new(),
            hold: None,
        }
    }

    /// In which beginnings and ends reach a receiver in their order.
    fn thread(&self) -> AlertId {
        AlertId::of(b"events of maintenance")
    }
}
