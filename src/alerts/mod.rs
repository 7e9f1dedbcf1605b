//! The ledger: every alert from the moment it fired, with who took it on and when it was over.
//!
//! Must not know why a rule fired or how people are told. Start with [`apply`], which enters what
//! rules say inside somebody else's transaction; [`Ledger`] is for everybody who reads.

mod apply;
mod foresee;
mod ledger;
mod table;

pub use apply::apply;
pub use foresee::foresee;
pub use ledger::Ledger;

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
    /// Somebody took it on, or gave it back.
    Acknowledged,
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
