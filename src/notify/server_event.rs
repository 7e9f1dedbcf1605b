//! What webhooks are told of game servers, in the words and forms of Playpulse and PEON.
//!
//! One thing that happened has a name in each dialect: a server that comes up is `server.started`
//! to PEON and `server.status_changed` to Playpulse. A channel gets what it
//! asks for.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::alert::{Alert, AlertState, Severity};
use crate::model::id::{AlertId, ResourceId};
use crate::model::resource::GameStatus;
use crate::model::time::Timestamp;

/// What happened, as a receiver may ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ServerNews {
    /// There is a new server.
    #[serde(rename = "server.created")]
    Created,
    /// It came up.
    #[serde(rename = "server.started")]
    Started,
    /// It is off.
    #[serde(rename = "server.stopped")]
    Stopped,
    /// It ended by itself, and not well.
    #[serde(rename = "server.crashed")]
    Crashed,
    /// It runs and does not answer.
    #[serde(rename = "server.unreachable")]
    Unreachable,
    /// It is gone.
    #[serde(rename = "server.deleted")]
    Deleted,
    /// Its status is another one: all of the above in the words of Playpulse.
    #[serde(rename = "server.status_changed")]
    StatusChanged,
}

impl ServerNews {
    /// Every event.
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::Started,
        Self::Stopped,
        Self::Crashed,
        Self::Unreachable,
        Self::Deleted,
        Self::StatusChanged,
    ];

    /// The event as it is named to receivers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "server.created",
            Self::Started => "server.started",
            Self::Stopped => "server.stopped",
            Self::Crashed => "server.crashed",
            Self::Unreachable => "server.unreachable",
            Self::Deleted => "server.deleted",
            Self::StatusChanged => "server.status_changed",
        }
    }

    /// What it says of a server, for people.
    const fn sentence(self) -> &'static str {
        match self {
            Self::Created => "was created",
            Self::Started => "is up",
            Self::Stopped => "is off",
            Self::Crashed => "crashed",
            Self::Unreachable => "runs and does not answer",
            Self::Deleted => "is gone",
            Self::StatusChanged => "is in another state",
        }
    }
}

/// One thing that happened to a game server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerEvent {
    /// What happened.
    pub news: ServerNews,
    /// When it was seen.
    pub at: Timestamp,
    /// To which server.
    pub server: ResourceId,
    /// Its id in PEON's form, such as `valheim_001`.
    pub numbered: String,
    /// Its id in Playpulse's form, such as `srv_7d2f8b1a9c3e`.
    pub short: String,
    /// Its name for people.
    pub name: Option<String>,
    /// Its game, as the catalogue calls it.
    pub game: Option<String>,
    /// How it was; `None` where nobody knows.
    pub before: Option<GameStatus>,
    /// How it is; `None` where it is gone.
    pub after: Option<GameStatus>,
    /// Seconds since it was started, where it is up and known.
    pub uptime_s: Option<u64>,
    /// Per cent of the processor that it may use.
    pub cpu: Option<f64>,
    /// Per cent of its memory limit.
    pub memory: Option<f64>,
}

impl ServerEvent {
    /// What is said of the server. What is not known is null.
    #[must_use]
    pub fn data(&self) -> Value {
        if self.news == ServerNews::StatusChanged {
            return json!({
                "server_id": self.short,
                "previous_status": self.before.map(status_000),
                "current_status": self.after.map_or("deleted", status_000),
                "uptime": self.uptime_s,
                "performance": {
                    "cpu_usage": as_in_javascript(self.cpu),
                    "memory_usage": as_in_javascript(self.memory),
                },
            });
        }
        json!({
            "server_id": self.numbered,
            "name": self.name,
            "game": self.game,
            "status": self.after.map_or("deleted", status_001),
        })
    }

    /// What people read of it in a delivery log or a template.
    pub(super) fn as_alert(&self) -> Alert {
        let name = self.name.as_deref().unwrap_or(&self.numbered);
        Alert {
            id: self.thread(),
            rule: "server_event".to_owned(),
            subject: self.news.word().to_owned(),
            resource: self.server.clone(),
            resource_name: name.to_owned(),
            node: None,
            severity: Severity::Info,
            state: AlertState::Firing,
            message: format!("{name}: {}", self.news.sentence()),
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

    /// In which the events of one server reach a receiver in their order.
    pub(super) fn thread(&self) -> AlertId {
        AlertId::of(format!("server events of {}", self.server).as_bytes())
    }
}

/// A status in PEON's word. `error` stands for what somebody should look at.
#[must_use]
pub const fn status_001(status: GameStatus) -> &'static str {
    match status {
        GameStatus::Running => "running",
        GameStatus::Starting => "starting",
        GameStatus::Stopping => "stopping",
        GameStatus::Stopped => "stopped",
        GameStatus::Sleeping => "paused",
        GameStatus::Unresponsive | GameStatus::Crashed => "error",
        GameStatus::Unknown => "unknown",
    }
}

/// A status in Playpulse's word.
#[must_use]
pub const fn status_000(status: GameStatus) -> &'static str {
    match status {
        GameStatus::Running => "online",
        GameStatus::Starting => "starting",
        GameStatus::Stopping => "stopping",
        GameStatus::Stopped | GameStatus::Sleeping => "offline",
        GameStatus::Crashed => "crashed",
        GameStatus::Unresponsive => "unresponsive",
        GameStatus::Unknown => "unknown",
    }
}

/// A figure to one place, written as JavaScript writes it: receivers parse what was signed and
/// write it again to check the signature.
fn as_in_javascript(figure: Option<f64>) -> Value {
    let Some(figure) = figure.map(|figure| (figure * 10.0).round() / 10.0) else {
        return Value::Null;
    };
    if figure.fract() == 0.0 && figure.abs() < 1e15 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and small enough")]
        return Value::from(figure as i64);
    }
    Value::from(figure)
}

#[cfg(test)]
mod tests;
