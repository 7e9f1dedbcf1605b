//! Who is told of what, and when: routes, quiet hours, reminders and escalation.
//!
//! All of it is one document that people edit; [`Routing::decide`] is pure and the only place that
//! says what it means. The outbox asks it for every alert, *simulate* for a made-up one.

mod check;
mod decide;
mod hours;

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

pub use check::{RoutingProblem, read};
pub use decide::{Decision, Facts, Plan, Step, Verdict};
pub use hours::{ClockTime, Day, Hours};

use crate::db::DbError;
use crate::model::alert::Severity;
use crate::model::id::{ChannelId, ResourceKind, TargetId};

use super::outbox::Rate;

/// Under which key the settings hold it.
pub const SETTING: &str = "routing";

/// Who is told of what, and when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Routing {
    /// Tried from the first to the last; the first one that matches decides, unless it says to go
    /// on.
    pub routes: Vec<Route>,
    /// What holds where no route has matched: every channel, unless it says otherwise.
    pub default: Telling,
    /// How single channels are treated.
    pub channels: BTreeMap<ChannelId, Policy>,
}

/// Some alerts, and what is done with them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its name for people.
    pub name: String,
    /// Whether it is tried at all.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Which alerts it matches.
    #[serde(default)]
    pub when: Conditions,
    /// Whether later routes are tried too where it matches; what they say is added.
    #[serde(default, rename = "continue")]
    pub goes_on: bool,
    /// What is done with them.
    #[serde(default)]
    pub tell: Telling,
}

const fn yes() -> bool {
    true
}

/// Which alerts: each list that is not empty has to contain what the alert has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    /// How bad.
    pub severities: Vec<Severity>,
    /// A tag of the resource.
    pub tags: Vec<String>,
    /// Ids or names of resources; `*` stands for anything.
    pub resources: Vec<String>,
    /// Kinds of resources.
    pub kinds: Vec<ResourceKind>,
    /// Names of the nodes that resources are, or are on; `*` stands for anything.
    pub nodes: Vec<String>,
    /// Configured targets.
    pub targets: Vec<TargetId>,
    /// Rules, or rules with what they are about, such as `threshold/cpu`.
    pub rules: Vec<String>,
    /// When it is told.
    pub hours: Vec<Hours>,
}

/// Who is told of an alert, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telling {
    /// The channels: all that are enabled where this is `null`, nobody where it is empty.
    pub channels: Option<Vec<ChannelId>>,
    /// How long a calm channel waits for more to tell before it is told, in seconds.
    pub wait_seconds: u32,
    /// How long after a message news is gathered for the next one, in seconds.
    pub group_seconds: u32,
    /// Hours in which nobody is told; what happened is told when they end.
    pub quiet: Vec<Hours>,
    /// From which severity on alerts are told in quiet hours all the same; `null` for none.
    pub quiet_passes: Option<Severity>,
    /// How often it is told again while nobody takes it on, in minutes.
    pub remind_minutes: Option<u32>,
    /// Who else is told if nobody takes it on.
    pub escalate: Vec<Escalation>,
}

impl Default for Telling {
    fn default() -> Self {
        Self {
            channels: None,
            wait_seconds: 0,
            group_seconds: 20,
            quiet: Vec::new(),
            quiet_passes: Some(Severity::Critical),
            remind_minutes: None,
            escalate: Vec::new(),
        }
    }
}

/// One step of an escalation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// How long after the alert was first told, in minutes.
    pub after_minutes: u32,
    /// Exactly who is told then.
    pub channels: Vec<ChannelId>,
}

/// How one channel is treated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// How many messages it takes; `null` for as many as its kind does.
    pub rate: Option<Rate>,
    /// Who is told in its place when it cannot be reached.
    pub fallback: Option<ChannelId>,
    /// How long it may be unreachable before its messages go there, in minutes.
    pub fallback_minutes: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            rate: None,
            fallback: None,
            fallback_minutes: 10,
        }
    }
}

/// The routing that is kept; the default where nobody has set one.
///
/// # Errors
/// When the database fails, or holds something that this release does not understand.
pub fn load(connection: &Connection) -> Result<Routing, DbError> {
    let text: Option<String> = connection
        .prepare_cached("SELECT value FROM settings WHERE key = ?1")?
        .query_row([SETTING], |row| row.get(0))
        .optional()?;
    let corrupt = |_| DbError::Corrupt {
        what: format!("the setting {SETTING}"),
    };
    text.map_or_else(
        || Ok(Routing::default()),
        |text| serde_json::from_str(&text).map_err(corrupt),
    )
}

/// Keeps a routing that has been checked.
///
/// # Errors
/// When the database fails.
pub fn save(tx: &Connection, routing: &Routing) -> Result<(), DbError> {
    let text = serde_json::to_string(routing).map_err(|_| DbError::Corrupt {
        what: format!("the setting {SETTING} as JSON"),
    })?;
    tx.prepare_cached(
        "INSERT INTO settings (key, value) VALUES (?1, ?2)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?
    .execute([SETTING, text.as_str()])?;
    Ok(())
}

#[cfg(test)]
mod tests;
