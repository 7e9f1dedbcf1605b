//! The ways to tell people, as somebody set them up.

mod carry;
mod service;
mod table;

use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;

pub use carry::ReadyChannel;
pub use service::Channels;

use super::error::{ConfigError, NotifyError};
use super::outbox::{Health, OutboxError};
use crate::db::DbError;
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;
use crate::secret::SecretError;

/// One configured channel. Its secret is not part of it.
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
    /// Whether a secret is kept with it.
    pub has_secret: bool,
    /// Whether it is told anything.
    pub enabled: bool,
    /// When it was set up.
    pub created_at: Timestamp,
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
}

/// A channel to be set up.
pub struct NewChannel {
    /// Which kind.
    pub kind: String,
    /// A name no other channel has.
    pub name: String,
    /// The kind's own settings.
    pub config: Value,
    /// The kind's one secret.
    pub secret: Option<SecretString>,
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
    /// What to do with the secret.
    pub secret: SecretChange,
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
    /// A field of the configuration is wrong.
    #[error("use the configuration: {0}")]
    Invalid(ConfigError),
    /// The secret cannot be kept or read.
    #[error("use the secret of a channel")]
    Secret(#[from] SecretError),
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
