//! The outbox: every message that is to be sent, is being tried, was sent or was given up.
//!
//! Rows are written in the transaction that changes the alert and survive a crash at any moment.
//! A message may arrive twice, if the program dies between sending it and noting so; it then has
//! the same id. Messages about one alert reach one channel in order.

mod about;
mod batch;
mod claim;
mod counts;
mod divert;
mod enqueue;
mod gate;
mod manage;
mod note;
mod recent;
mod remind;
mod servers;
mod told;
mod used;

use serde::{Deserialize, Serialize};

pub use about::{about, forget};
pub(super) use claim::{Claim, claim, next_due};
pub use counts::counts;
pub(super) use divert::sweep;
pub use enqueue::enqueue;
pub(super) use gate::health;
pub use gate::{Breaker, BreakerState, Health, Rate};
pub use manage::{Dead, discard, reroute, send_again};
pub(super) use note::{Ending, clear_the_way, done, give_up_channel, refused, retry};
pub use recent::{LogFilter, attempts, log, recent};
pub(super) use remind::{is_due, remind};
pub use servers::enqueue_happenings;
pub use used::{alerts_of, is_used, restore, use_up};

use crate::alerts::AlertError;
use crate::db::DbError;
use crate::model::id::{AlertId, ChannelId, DeliveryId};
use crate::model::time::Timestamp;

use super::message::Occasion;

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is to be sent, or to be tried again.
    Due,
    /// The other side took it.
    Sent,
    /// It was given up; somebody may have it sent again.
    Dead,
    /// Another channel was told in this one's place.
    Moved,
    /// It need not be sent any more: somebody said so, or a later message says it too.
    Dropped,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Due,
        Self::Sent,
        Self::Dead,
        Self::Moved,
        Self::Dropped,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Moved => "moved",
            Self::Dropped => "dropped",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// One row of the delivery log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// Stable id, the same on every attempt.
    pub id: DeliveryId,
    /// About which alert; the thread of a game server's events where it tells of one.
    pub alert: AlertId,
    /// To which channel.
    pub channel: ChannelId,
    /// Why it is told.
    pub event: Occasion,
    /// Where it is.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: u32,
    /// When it is tried next, if it is due.
    pub due_at: Timestamp,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it was sent or given up.
    pub finished_at: Option<Timestamp>,
    /// Why the latest failed attempt failed.
    pub last_error: Option<String>,
    /// What the other side said when it took it.
    pub receipt: Option<String>,
    /// The id under which it went out, together with others; none before the first attempt.
    pub batch: Option<DeliveryId>,
    /// Which reminder, from 1; after how many minutes a step of the escalation comes; 0 otherwise.
    pub step: u32,
    /// The end of the quiet hours that it waits, or waited, for.
    pub held_until: Option<Timestamp>,
    /// The name of the channel in whose place this one is told.
    pub stand_in: Option<String>,
}

/// One attempt to send a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// Which one, from 1.
    pub attempt: u32,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds; none where the program ended in it.
    pub latency_ms: Option<i64>,
    /// `sent`, `failed` or `refused`; none where the program ended in it.
    pub outcome: Option<String>,
    /// The status of the other side's answer, of HTTP or of SMTP.
    pub status: Option<u16>,
    /// Why it failed.
    pub error: Option<String>,
}

/// Why the outbox could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The database failed.
    #[error("use the outbox")]
    Database(#[from] DbError),
    /// An alert could not be read.
    #[error("read what a message is about")]
    Ledger(#[from] AlertError),
    /// There is no such message.
    #[error("find the message {id}")]
    NotFound {
        /// Which one.
        id: DeliveryId,
    },
    /// It cannot be sent again, or left.
    #[error("change the message {id}: it is {state}")]
    NotDead {
        /// Which one.
        id: DeliveryId,
        /// What became of it.
        state: String,
    },
    /// An alert could not be written down.
    #[error("write down the alert {alert}")]
    Snapshot {
        /// Which alert.
        alert: AlertId,
        /// Why.
        source: serde_json::Error,
    },
}

impl From<rusqlite::Error> for OutboxError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

#[cfg(test)]
mod tests;
