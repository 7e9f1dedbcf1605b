//! The ledger: every alert from the moment it fired, with who took it on and when it was over.
//!
//! Must not know why a rule fired or how people are told. Start with [`apply`], which enters what
//! rules say inside somebody else's transaction; [`Ledger`] is for everybody who reads.

mod apply;
mod foresee;
mod forget;
mod ledger;
mod log;
mod post;
mod read;
mod select;
mod standing;
mod table;

pub use apply::apply;
pub use foresee::foresee;
pub use forget::{forget, forgettable};
pub use ledger::Ledger;
pub use log::{LogEntry, was_held_to_its_end};
pub use post::{POSTED, Post, post, withdraw};
pub use read::{find, open};
pub use select::{Cursor, Filter, Page, Phase, Sort};
pub use standing::{ended_since, expired, set_hold, standing};

use crate::db::DbError;
use crate::model::alert::Alert;
use crate::model::id::AlertId;

/// What happened to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is new.
    Fired,
    /// It still holds, with other figures or another severity.
    Updated,
    /// It is over.
    Resolved,
    /// Somebody took it on.
    Acknowledged,
    /// Somebody gave it back.
    Unacknowledged,
    /// Something keeps people from being told of it.
    Held,
    /// Nothing does so any more.
    Released,
}

impl Event {
    const ALL: [Self; 7] = [
        Self::Fired,
        Self::Updated,
        Self::Resolved,
        Self::Acknowledged,
        Self::Unacknowledged,
        Self::Held,
        Self::Released,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::Updated => "updated",
            Self::Resolved => "resolved",
            Self::Acknowledged => "acknowledged",
            Self::Unacknowledged => "unacknowledged",
            Self::Held => "held",
            Self::Released => "released",
        }
    }

    /// Every word.
    #[must_use]
    pub fn words() -> [&'static str; 7] {
        Self::ALL.map(Self::word)
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.word() == word)
    }
}

/// An alert and what just happened to it.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertEvent {
    /// The alert as it is now.
    pub alert: Alert,
    /// What happened.
    pub event: Event,
}

/// Why the ledger could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// There is no such alert.
    #[error("find the alert {id}")]
    NotFound {
        /// Which id was asked for.
        id: AlertId,
    },
    /// An alert that is over cannot be taken on.
    #[error("acknowledge the alert {id}: it is resolved already")]
    Resolved {
        /// Which alert.
        id: AlertId,
    },
    /// The alert was not posted; it ends when its rule says so.
    #[error("resolve the alert {id}: a rule watches it")]
    Judged {
        /// Which alert.
        id: AlertId,
    },
    /// A cursor that no answer of ours gave out.
    #[error("go on reading the ledger from an unknown place")]
    Cursor,
    /// The database failed.
    #[error("use the alert ledger")]
    Database(#[from] DbError),
}

impl From<rusqlite::Error> for AlertError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

#[cfg(test)]
mod tests;
