//! The ways to tell people, as somebody set them up.

mod carry;
mod proof;
mod service;
mod table;
mod tries;

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;

pub use carry::ReadyChannel;
pub use service::Channels;

use super::catalogue::Secrets;
use super::error::{ConfigError, NotifyError};
use super::outbox::{Health, OutboxError};
use crate::db::DbError;
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;
use crate::secret::SecretError;

/// One configured channel. Its secrets are not part of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Channel {
    /// Stable id.
    pub id: ChannelId,
    /// Which kind, such as `email`.
    pub kind: String,
    /// The name somebody gave it.
    pub name: String,
    /// The kind's own settings, without secrets.
    pub config: Value,
    /// The names of the secrets that are kept with it.
    pub secrets: Vec<String>,
    /// Whether it is told anything.
    pub enabled: bool,
    /// When it was set up.
    pub created_at: Timestamp,
    /// When somebody gave the code back that a test message carried.
    pub proven_at: Option<Timestamp>,
}

/// Whether a channel can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelState {
    /// Somebody has read a message that came by it, and nothing has gone wrong since.
    Proven,
    /// Nobody knows whether what it takes is read.
    Unproven,
    /// Its latest message has not arrived.
    Failing,
    /// It is switched off.
    Disabled,
}

impl ChannelState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Proven, Self::Unproven, Self::Failing, Self::Disabled];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Unproven => "unproven",
            Self::Failing => "failing",
            Self::Disabled => "disabled",
        }
    }
}

/// How many messages became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// The other side took it.
    pub sent: u32,
    /// It waits.
    pub due: u32,
    /// It was given up.
    pub dead: u32,
}

/// A channel and how it is going.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChannelStatus {
    /// The channel.
    #[serde(flatten)]
    pub channel: Channel,
    /// Why its latest message has not arrived, if it has not.
    pub last_error: Option<String>,
    /// When it last took a message.
    pub last_sent_at: Option<Timestamp>,
    /// Whether it can be reached, and what waits for it.
    pub health: Health,
    /// What became of its messages.
    pub counts: Counts,
}

impl ChannelStatus {
    /// Whether it can be relied on.
    #[must_use]
    pub const fn state(&self) -> ChannelState {
        match (
            self.channel.enabled,
            &self.last_error,
            self.channel.proven_at,
        ) {
            (false, _, _) => ChannelState::Disabled,
            (true, Some(_), _) => ChannelState::Failing,
            (true, None, None) => ChannelState::Unproven,
            (true, None, Some(_)) => ChannelState::Proven,
        }
    }
}

/// A channel to be set up.
pub struct NewChannel {
    /// Which kind.
    pub kind: String,
    /// A name no other channel has.
    pub name: String,
    /// The kind's own settings.
    pub config: Value,
    /// The kind's secrets, by field.
    pub secrets: Secrets,
    /// Whether it is told anything.
    pub enabled: bool,
}

/// What is to change about a channel; `None` leaves things as they are.
#[derive(Default)]
pub struct ChannelChange {
    /// Another name.
    pub name: Option<String>,
    /// Other settings.
    pub config: Option<Value>,
    /// What to do with secrets, by field; those that are not named are kept.
    pub secrets: BTreeMap<String, SecretChange>,
    /// Whether it is told anything from now on.
    pub enabled: Option<bool>,
}

/// What to do with a secret that nobody can read back.
#[derive(Default)]
pub enum SecretChange {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Put another one in its place.
    Replace(SecretString),
    /// Forget it.
    Drop,
}

/// Why a channel could not be managed or used.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// There is no such channel.
    #[error("find the channel {id}")]
    NotFound {
        /// Which id was asked for.
        id: ChannelId,
    },
    /// There is no such kind.
    #[error("set up a channel of the kind '{kind}', which is not known here")]
    KindUnknown {
        /// Which kind was asked for.
        kind: String,
    },
    /// Another channel has that name.
    #[error("name a channel '{name}': another one has that name")]
    NameTaken {
        /// Which name.
        name: String,
    },
    /// The configuration file owns it.
    #[error("change the channel '{name}': the configuration file owns it; change it there")]
    OwnedByFile {
        /// Its name.
        name: String,
    },
    /// A field of the configuration is wrong.
    #[error("use the configuration: {0}")]
    Invalid(ConfigError),
    /// The secret cannot be kept or read.
    #[error("use the secret of a channel")]
    Secret(#[from] SecretError),
    /// No test message that can still prove the channel is on its way.
    #[error("prove the channel: send a test message first, its code holds for 15 minutes")]
    NoCode,
    /// It is another code.
    #[error("prove the channel: that is not the code ({left} more attempts with this one)")]
    WrongCode {
        /// Attempts that are left.
        left: u32,
    },
    /// Too much was tried in a short time.
    #[error("send test messages that fast; try again in {} s", retry_after.as_secs())]
    TooMany {
        /// When to try again.
        retry_after: Duration,
    },
    /// A test message did not arrive.
    #[error("send a test message")]
    Delivery(#[from] NotifyError),
    /// The outbox failed.
    #[error("change the messages that wait for a channel")]
    Outbox(#[from] OutboxError),
    /// The database failed.
    #[error("use the channels in the database")]
    Database(#[from] DbError),
}

impl From<ConfigError> for ChannelError {
    fn from(error: ConfigError) -> Self {
        Self::Invalid(error)
    }
}

impl From<rusqlite::Error> for ChannelError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

#[cfg(test)]
mod tests;
