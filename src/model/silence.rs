//! What people set so as not to be told for a while: silences, maintenance windows, calendars.

use serde::{Deserialize, Serialize};

use super::alert::Severity;
use super::id::{AlertId, CalendarId, ResourceId, SilenceId, TargetId, WindowId};
use super::time::{Timestamp, Window};

/// Which alerts are meant. An alert has to match one entry of every list that is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// Every alert; has to be said, so that empty lists cannot silence everything by mistake.
    pub everything: bool,
    /// Single alerts, as for a snooze.
    pub alerts: Vec<AlertId>,
    /// Resources themselves, not what is under them.
    pub resources: Vec<ResourceId>,
    /// Targets and everything under them.
    pub targets: Vec<TargetId>,
    /// Names of nodes, for them and everything on them.
    pub nodes: Vec<String>,
    /// Pools of guests.
    pub pools: Vec<String>,
    /// Tags of guests.
    pub tags: Vec<String>,
    /// Rules, such as `threshold`.
    pub rules: Vec<String>,
    /// What a rule judged, such as the metric `cpu`.
    pub subjects: Vec<String>,
    /// Severities.
    pub severities: Vec<Severity>,
}

/// Telling nobody about some alerts for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Stable id.
    pub id: SilenceId,
    /// Which alerts.
    pub scope: Scope,
    /// First moment.
    pub from: Timestamp,
    /// First moment after; every silence ends.
    pub until: Timestamp,
    /// Why.
    pub note: Option<String>,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Weekday {
    /// Monday.
    #[serde(rename = "mon")]
    Monday,
    /// Tuesday.
    #[serde(rename = "tue")]
    Tuesday,
    /// Wednesday.
    #[serde(rename = "wed")]
    Wednesday,
    /// Thursday.
    #[serde(rename = "thu")]
    Thursday,
    /// Friday.
    #[serde(rename = "fri")]
    Friday,
    /// Saturday.
    #[serde(rename = "sat")]
    Saturday,
    /// Sunday.
    #[serde(rename = "sun")]
    Sunday,
}

/// When a maintenance window is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Schedule {
    /// Once.
    Once {
        /// First moment.
        from: Timestamp,
        /// First moment after.
        until: Timestamp,
    },
    /// On some days of every week.
    Weekly {
        /// The days on which it opens.
        days: Vec<Weekday>,
        /// When it opens on the clock of `zone`, such as `02:30`.
        start: String,
        /// How long it stays open, in minutes; it may run past midnight.
        minutes: u32,
        /// The time zone's name, such as `Europe/Berlin`.
        zone: String,
    },
}

impl Schedule {
    /// The moments at `start` on `days` of every week: windows as short as they can be.
    #[must_use]
    pub fn moments(days: &[Weekday], start: &str, zone: &str) -> Self {
        Self::Weekly {
            days: days.to_vec(),
            start: start.to_owned(),
            minutes: 1,
            zone: zone.to_owned(),
        }
    }
}

/// A time in which something is being worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaintenanceWindow {
    /// Stable id.
    pub id: WindowId,
    /// What people call it.
    pub name: String,
    /// Which alerts.
    pub scope: Scope,
    /// When.
    pub schedule: Schedule,
    /// Whether it counts at all.
    pub enabled: bool,
    /// When it was set up.
    pub created_at: Timestamp,
}

/// One time that a calendar marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// From when to when.
    pub span: Window,
    /// The entry's title; hostile text.
    pub title: String,
}

/// A subscribed calendar whose entries are maintenance windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Stable id.
    pub id: CalendarId,
    /// What people call it.
    pub name: String,
    /// Which alerts.
    pub scope: Scope,
    /// Time zone of entries that name none.
    pub zone: String,
    /// Whether it counts at all.
    pub enabled: bool,
    /// When it was set up.
    pub created_at: Timestamp,
    /// Times that its latest good version marks around now, by their beginning.
    pub busy: Vec<Busy>,
    /// What of its latest good version was not understood or left out, for people.
    pub problems: Vec<String>,
    /// When it was last fetched without failure.
    pub fetched_at: Option<Timestamp>,
    /// Why the latest attempt failed, if it did.
    pub last_error: Option<String>,
}
