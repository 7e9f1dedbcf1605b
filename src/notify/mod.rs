//! Telling people: channels, the durable outbox, and the dispatcher that empties it.
//!
//! Must not know rules, the fleet or incoming HTTP requests. A message is queued in the
//! transaction that changes its alert ([`outbox::enqueue`]), so that an alert cannot be shown and
//! yet never be told; [`routing`] decides who is told when; [`Dispatcher`] sends it, at least once,
//! with the same id each time. A new kind of channel is one file in `catalogue/kinds/`; what such a
//! file says is carried out by `engine`, or by `email` and `mqtt` where HTTP is not how it is told.

mod audience;
mod bell;
pub mod catalogue;
mod channels;
mod dispatcher;
mod email;
mod engine;
mod error;
mod fields;
mod happening;
mod heartbeat;
pub mod links;
mod message;
mod mqtt;
pub mod outbox;
mod pace;
mod picture;
mod render;
pub mod routing;
mod sample;
mod server_event;
mod system_event;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

pub use audience::Audience;
pub use bell::Bell;
pub use catalogue::{Catalogue, SECRET_HEADERS, Secrets};
pub use channels::{
    Channel, ChannelChange, ChannelError, ChannelState, ChannelStatus, Channels, NewChannel,
    ReadyChannel, SecretChange,
};
pub use dispatcher::Dispatcher;
pub use engine::Format;
pub use error::{ConfigError, NotifyError};
pub use happening::Happening;
pub use heartbeat::Heartbeats;
pub use message::{Links, Message, News, Occasion, Receipt};
pub use pace::Pace;
pub use picture::{Figures, Series};
pub use server_event::{ServerEvent, ServerNews, status_000, status_001};
pub use system_event::{Maintenance, MaintenanceKind, SystemEvent};

use crate::http::Outgoing;
use crate::model::time::Timestamp;
use catalogue::{Kind, Transport};

/// What notifiers are given to work with.
#[derive(Clone)]
pub struct Tools {
    /// Makes outgoing connections, and decides where to.
    pub outgoing: Outgoing,
    /// What this installation calls itself, in front of subjects.
    pub instance: String,
    /// Every kind of channel.
    pub catalogue: Catalogue,
    /// Knows what a metric did around an alert, for pictures in mails; without it there are
    /// none.
    pub figures: Option<Arc<dyn Figures>>,
}

#[cfg(test)]
impl Tools {
    /// Tools that reach sinks without certificates of public authorities.
    pub(crate) fn for_tests() -> Self {
        use crate::http::{Guard, Limits, Trust};
        let limits = Limits {
            body: 64 * 1024,
            ..Limits::default()
        };
        Self {
            outgoing: Outgoing::new(&Trust::Anyone, limits, Guard::default()).expect("a client"),
            instance: "homepulse".into(),
            catalogue: Catalogue::ours(),
            figures: None,
        }
    }
}

/// Checks a channel that is not set up.
///
/// # Errors
/// The first field that is wrong.
pub fn check(new: &NewChannel, tools: &Tools) -> Result<(), ConfigError> {
    let kind = tools.catalogue.kind(&new.kind).ok_or_else(|| {
        let known = tools.catalogue.kinds().map(|kind| kind.name.as_str());
        let known: Vec<&str> = known.collect();
        let problem = format!(
            "'{}' is unknown; give one of: {}",
            new.kind,
            known.join(", ")
        );
        ConfigError::new("kind", problem)
    })?;
    open(kind, &new.config, &new.secrets, tools).map(drop)
}

/// One channel, ready to tell.
pub trait Notifier: Send + Sync {
    /// Sends one message, within a bounded time.
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, NotifyError>>;

    /// What would be sent, with something else in the place of secrets.
    ///
    /// # Errors
    /// When the message cannot be written.
    fn preview(&self, message: &Message) -> Result<Preview, NotifyError>;

    /// Says that this program is alive, for kinds that are told nothing else.
    fn ping(&self, _is_well: bool, _now: Timestamp) -> BoxFuture<'_, Result<Receipt, NotifyError>> {
        let error = NotifyError::permanent("say that all is well", "this kind takes messages");
        async move { Err(error) }.boxed()
    }
}

/// A message as a channel would send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Its title or subject.
    pub title: String,
    /// Its text.
    pub text: String,
    /// How the text is written.
    pub format: Format,
    /// The request, where it is told by HTTP.
    pub request: Option<PreviewRequest>,
}

/// A request as it would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewRequest {
    /// `POST`, …
    pub method: String,
    /// Where to.
    pub url: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body, or the beginning of it.
    pub body: String,
}

/// A notifier, or the field that is wrong.
pub type Opened = Result<Box<dyn Notifier>, ConfigError>;

/// Checks a configuration, naming the field that is wrong, and makes the notifier. Does no I/O.
fn open(kind: &Arc<Kind>, config: &Value, secrets: &Secrets, tools: &Tools) -> Opened {
    match kind.transport {
        Transport::Http => engine::open(kind, config, secrets, tools),
        Transport::Smtp => email::open(kind, config, secrets, tools),
        Transport::Mqtt => mqtt::open(kind, config, secrets, tools),
    }
}

#[cfg(test)]
mod tests;
