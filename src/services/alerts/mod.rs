//! Alerts as people and programs handle them: posted from outside, taken on or snoozed by the
//! dozen, written out as a table, and forgotten in the end.
//!
//! What rules say goes through the ingest task; what is posted here goes through the same
//! transaction, [`crate::ingest::enter_events`].

mod announced;
mod bulk;
mod csv;
mod posted;
mod retention;

pub use bulk::{Action, Bulk, Failed, Outcome, Undo};
pub use csv::{HEADER, row};
pub use posted::{NewAlert, Posted};
pub use retention::{DEFAULT_RETENTION_DAYS, Retention};

use std::sync::Arc;

use tokio::sync::Notify;

use crate::alerts::{AlertError, Ledger};
use crate::db::Db;
use crate::ingest::EnterError;
use crate::model::id::TargetId;
use crate::notify::Channels;
use crate::services::settings::Settings;
use crate::services::silences::{SilenceError, Silences};
use crate::state::Live;

/// Why something could not be done to an alert.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// A field is wrong.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which one.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] AlertError),
    /// The alert cannot be silenced so.
    #[error(transparent)]
    Silence(#[from] SilenceError),
    /// The alert could not be entered.
    #[error("enter an alert")]
    Enter(#[from] EnterError),
    /// The database failed.
    #[error("handle alerts")]
    Database(#[from] crate::db::DbError),
}

fn invalid(field: &'static str, problem: impl Into<String>) -> HandleError {
    HandleError::Invalid {
        field,
        problem: problem.into(),
    }
}

/// Handles alerts. Cheap to clone.
#[derive(Clone)]
pub struct Alerts {
    db: Db,
    ledger: Ledger,
    channels: Channels,
    silences: Silences,
    settings: Settings,
    live: Live,
    entered: Arc<Notify>,
}

impl Alerts {
    /// Handles the alerts in `db`; rings `entered` when it has entered some, for the ingest task.
    #[must_use]
    pub fn new(
        db: Db,
        channels: Channels,
        silences: Silences,
        live: Live,
        entered: Arc<Notify>,
    ) -> Self {
        Self {
            ledger: Ledger::new(db.clone()),
            settings: Settings::new(db.clone()),
            db,
            channels,
            silences,
            live,
            entered,
        }
    }
}

/// Under which "target" alerts stand that are about nothing that is watched.
fn nowhere() -> TargetId {
    "tgt_posted"
        .parse()
        .expect("invariant: this is a target's id")
}

#[cfg(test)]
mod tests;
