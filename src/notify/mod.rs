//! Telling people: channels, the durable outbox, and the dispatcher that empties it.
//!
//! Must not know rules, the fleet or incoming HTTP requests. A message is queued in the
//! transaction that changes its alert ([`outbox::enqueue`]), so that an alert cannot be shown and
//! yet never be told; [`Dispatcher`] sends it, at least once, with the same id each time. A new
//! kind of channel is one folder and one line in [`KINDS`].

mod bell;
mod channels;
mod dispatcher;
mod email;
mod error;
mod fields;
mod message;
pub mod outbox;
mod pace;
mod render;
mod webhook;

use futures_util::future::BoxFuture;
use secrecy::SecretString;
use serde_json::Value;

pub use bell::Bell;
pub use channels::{
    Channel, ChannelChange, ChannelError, ChannelStatus, Channels, NewChannel, ReadyChannel,
    SecretChange,
};
pub use dispatcher::Dispatcher;
pub use error::{ConfigError, NotifyError};
pub use message::{Links, Message, News, Occasion, Receipt};
pub use pace::Pace;

/// What notifiers are given to work with.
#[derive(Clone)]
pub struct Tools {
    /// The client for outgoing HTTP. It must not follow redirects: a message goes where it was
    /// configured to go or nowhere.
    pub http: reqwest::Client,
    /// What this installation calls itself, in front of subjects.
    pub instance: String,
}

/// One channel, ready to tell.
pub trait Notifier: Send + Sync {
    /// Sends one message, within a bounded time.
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, NotifyError>>;
}

/// A notifier, or the field that is wrong.
pub type Opened = Result<Box<dyn Notifier>, ConfigError>;

/// A kind of channel.
pub struct NotifierKind {
    /// Its name, as it stands in the database and in APIs.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What its one secret is called, such as `password`.
    pub secret: &'static str,
    /// Checks a configuration, naming the field that is wrong, and makes the notifier. Does no
    /// I/O.
    pub open: fn(&Value, Option<SecretString>, &Tools) -> Opened,
}

/// Every kind of channel.
pub static KINDS: &[NotifierKind] = &[email::KIND, webhook::KIND];

/// The kind of that name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static NotifierKind> {
    KINDS.iter().find(|kind| kind.name == name)
}

#[cfg(test)]
mod tests;
