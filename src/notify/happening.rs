//! What webhooks may ask to be told of beside alerts, and which of them do.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::channels::Channel;
use super::error::ConfigError;
use super::server_event::{ServerEvent, ServerNews};
use super::system_event::{self, SystemEvent};
use crate::model::alert::Alert;

/// The field of a channel's settings that names the events it wants.
pub(super) const FIELD: &str = "server_events";

/// The field of a channel's settings that keeps alerts from it.
const WITHOUT_ALERTS: &str = "without_alerts";

/// The word for every event of servers.
const EVERY: &str = "server.*";

/// Something that happened and is no alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Happening {
    /// To a game server.
    Server(ServerEvent),
    /// To everything that is watched, or to the product itself.
    System(SystemEvent),
}

impl Happening {
    /// The event as it is named to receivers.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Server(event) => event.news.word(),
            Self::System(_) => system_event::WORD,
        }
    }

    /// What is said of it.
    #[must_use]
    pub fn data(&self) -> Value {
        match self {
            Self::Server(event) => event.data(),
            Self::System(event) => event.data(),
        }
    }

    /// What a webhook receives, in the form of the seed whose word the event has.
    #[must_use]
    pub fn body(&self) -> Value {
        let at = match self {
            Self::Server(event) => event.at,
            Self::System(event) => event.at,
        };
        json!({
            "event": self.word(),
            "timestamp": at.rfc3339(),
            "data": self.data(),
        })
    }

    /// Whether the receiver looks for the signature in the body, as seed 000 has it.
    pub(super) fn is_signed_inside(&self) -> bool {
        matches!(self, Self::Server(event) if event.news == ServerNews::StatusChanged)
    }

    /// What people read of it in a delivery log or a template. Its id is the thread in which events
    /// reach a receiver in their order.
    pub(super) fn as_alert(&self) -> Alert {
        match self {
            Self::Server(event) => event.as_alert(),
            Self::System(event) => event.as_alert(),
        }
    }

    /// Whether a channel wants to be told of it.
    pub(super) fn is_wanted(&self, channel: &Channel) -> bool {
        let wanted = channel.config.get(FIELD).and_then(Value::as_str);
        let is_of_server = matches!(self, Self::Server(_));
        wanted.is_some_and(|text| {
            words(text).any(|word| word == self.word() || is_of_server && word == EVERY)
        })
    }
}

impl From<ServerEvent> for Happening {
    fn from(event: ServerEvent) -> Self {
        Self::Server(event)
    }
}

impl From<SystemEvent> for Happening {
    fn from(event: SystemEvent) -> Self {
        Self::System(event)
    }
}

/// Whether a channel is told of alerts as well.
pub(super) fn takes_alerts(channel: &Channel) -> bool {
    let without = channel.config.get(WITHOUT_ALERTS);
    !without.is_some_and(|set| set.as_bool() == Some(true) || set.as_str() == Some("true"))
}

/// Checks the words that somebody filled in.
pub(super) fn check(text: &str) -> Result<(), ConfigError> {
    let known: Vec<&str> = ServerNews::ALL
        .into_iter()
        .map(ServerNews::word)
        .chain([EVERY, system_event::WORD])
        .collect();
    match words(text).find(|word| !known.contains(word)) {
        None => Ok(()),
        Some(word) => {
            let problem = format!("has the unknown '{word}'; there are: {}", known.join(", "));
            Err(ConfigError::new(FIELD, problem))
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c == ',' || c.is_whitespace())
        .filter(|word| !word.is_empty())
}
