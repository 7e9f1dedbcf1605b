//! Something wrong, from the moment it was judged so to the moment it was over.

use serde::{Deserialize, Serialize};

use super::id::{AlertId, ResourceId};
use super::time::Timestamp;

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Look at it soon.
    Warning,
    /// Act now.
    Critical,
}

impl Severity {
    /// Every severity, the mildest first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Where an alert is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// It holds.
    Firing,
    /// It is over.
    Resolved,
}

/// What keeps people from being told of an alert; it is recorded and shown all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// Somebody silenced it for a while.
    Silenced,
    /// A maintenance window is open.
    Maintenance,
    /// A backup, migration or snapshot is under way.
    Locked,
    /// Somebody switched it off on purpose, as a task shows.
    Planned,
    /// Its node is in maintenance.
    NodeMaintenance,
    /// Another alert explains it.
    Inhibited,
    /// It comes and goes too often to be told each time.
    Flapping,
}

impl HoldReason {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::Silenced,
        Self::Maintenance,
        Self::Locked,
        Self::Planned,
        Self::NodeMaintenance,
        Self::Inhibited,
        Self::Flapping,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Silenced => "silenced",
            Self::Maintenance => "maintenance",
            Self::Locked => "locked",
            Self::Planned => "planned",
            Self::NodeMaintenance => "node_maintenance",
            Self::Inhibited => "inhibited",
            Self::Flapping => "flapping",
        }
    }
}

/// Why nobody is told of an alert for now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What keeps it back.
    pub reason: HoldReason,
    /// Which one of that kind: the id of the alert that explains it, or of the resource that
    /// seems to while it is not clear yet; the id of the silence, window or calendar; the lock's
    /// or task's word otherwise.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when at the latest, where that is known.
    pub until: Option<Timestamp>,
}

/// One entry of the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Stable id.
    pub id: AlertId,
    /// The rule that judged, such as `threshold`.
    pub rule: String,
    /// What about the resource, such as the metric `cpu`; with rule and resource it tells
    /// whether two judgements are the same alert.
    pub subject: String,
    /// Whose.
    pub resource: ResourceId,
    /// The resource's name when the alert began.
    pub resource_name: String,
    /// The node it was on when the alert began.
    pub node: Option<String>,
    /// How bad.
    pub severity: Severity,
    /// Where it is in its life.
    pub state: AlertState,
    /// One sentence for people.
    pub message: String,
    /// The figure that was judged, in the metric's unit.
    pub value: Option<f64>,
    /// The limit it crossed, in the same unit.
    pub limit: Option<f64>,
    /// When it began to hold.
    pub started_at: Timestamp,
    /// When it was last judged to hold.
    pub last_seen: Timestamp,
    /// When it was over.
    pub resolved_at: Option<Timestamp>,
    /// When somebody took it on.
    pub acknowledged_at: Option<Timestamp>,
    /// Who took it on.
    pub acknowledged_by: Option<String>,
    /// The resource's tags when the alert began, for routing.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What keeps people from being told of it now.
    #[serde(default)]
    pub hold: Option<Hold>,
}

/// An alert that holds, with what its own past says about telling people.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The alert.
    pub alert: Alert,
    /// When it was entered in the ledger; later than when it began to hold, by its dwell.
    pub entered_at: Timestamp,
    /// When it ends by itself, as an alert may that was posted.
    pub expires_at: Option<Timestamp>,
    /// When the same thing was entered lately, this time included, newest first.
    pub starts: Vec<Timestamp>,
    /// Whether the same thing was held back for coming and going the time before.
    pub was_flapping: bool,
}

/// What a rule says of one subject of one resource, to be entered in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub enum Transition {
    /// It began to hold.
    Fire(Finding),
    /// It holds and got worse or better within firing.
    Update(Finding),
    /// It is over.
    Clear {
        /// Which rule.
        rule: &'static str,
        /// About what.
        subject: String,
        /// Whose.
        resource: ResourceId,
        /// The figure at the end, where there is one.
        value: Option<f64>,
        /// When it was over.
        at: Timestamp,
        /// One sentence that says why it is over.
        message: String,
    },
}

impl Finding {
    /// The id of the alert that begins with this: the same each time it is asked for, so that it
    /// can be shown before it is in the ledger.
    #[must_use]
    pub fn alert_id(&self) -> AlertId {
        let name = format!(
            "{}\n{}\n{}\n{}\n{}",
            self.rule,
            self.subject,
            self.resource,
            self.since.millis(),
            self.at.millis()
        );
        AlertId::of(name.as_bytes())
    }
}

/// A rule's judgement that something is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which rule.
    pub rule: &'static str,
    /// About what.
    pub subject: String,
    /// Whose.
    pub resource: ResourceId,
    /// The resource's name now.
    pub resource_name: String,
    /// The node it is on now.
    pub node: Option<String>,
    /// The resource's tags now.
    pub tags: Vec<String>,
    /// How bad.
    pub severity: Severity,
    /// One sentence for people.
    pub message: String,
    /// The figure that was judged.
    pub value: Option<f64>,
    /// The limit it crossed.
    pub limit: Option<f64>,
    /// Since when it has held, dwell included.
    pub since: Timestamp,
    /// When it was judged.
    pub at: Timestamp,
}
