//! What is done to game servers without being asked, and only while nobody plays: stopped when
//! empty, updated, restarted; and started when somebody comes.
//!
//! [`decide`] says what is due from what [`emptiness`] has seen, both pure; the task of
//! [`GamePolicies::run`] has it carried out by [`Orders`], whose host refuses all the same while
//! somebody plays. Start with [`Policy`]; [`quiet`] finds the hours in which fewest play.

mod decide;
mod emptiness;
mod orders;
mod policy;
mod quiet;
mod table;
mod wake;
mod watchman;

#[cfg(test)]
mod tests;

pub use decide::{Beside, Decision, Order, decide};
pub use emptiness::{Emptiness, doubt};
pub use policy::Policy;
pub use quiet::{Hour, Quiet, Quietest, quietest};
pub use wake::{Call, Woken};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::watch;

use crate::db::{Db, DbError};
use crate::history::{History, HistoryError};
use crate::holds;
use crate::model::id::ResourceId;
use crate::model::metric::MetricKey;
use crate::model::time::{Timestamp, Window};
use crate::rules::Forecasts;
use crate::services::settings::Settings;
use crate::sources::BoxFuture;
use crate::state::Live;

/// Weeks of which the quietest hours are told.
const WEEKS: u32 = 8;

const HOUR: Duration = Duration::from_secs(3600);

/// Servers that may have a policy.
const MOST: u32 = 2000;

/// Why a policy could not be kept or followed.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A field is wrong.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which one.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// There are too many.
    #[error("{MOST} game servers have a policy already; remove one first")]
    TooMany,
    /// The token of a call is missing or wrong.
    #[error("the token is missing or wrong")]
    Stranger,
    /// No server is reached by that address.
    #[error("no game server is started by calls for {0}; name the address in its policy")]
    NobodyThere(String),
    /// It could not be started.
    #[error("{0}")]
    NotStarted(String),
    /// The past could not be read.
    #[error("read how many played")]
    History(#[from] HistoryError),
    /// The database failed.
    #[error("use the policies of game servers")]
    Database(#[from] DbError),
}

impl From<rusqlite::Error> for PolicyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What a server is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// To start, because somebody comes.
    Start,
    /// What is due while nobody plays.
    Due(Order),
}

/// Who tells servers what to do, enters it in the audit and refuses while somebody plays.
pub trait Orders: Send + Sync {
    /// Has `errand` begun; `why` is for people. The text says what went wrong.
    fn carry_out(
        &self,
        server: ResourceId,
        errand: Errand,
        why: String,
    ) -> BoxFuture<'_, Result<(), String>>;

    /// Whether something is being done to the server.
    fn is_busy(&self, server: &ResourceId) -> bool;
}

/// What is remembered of one server.
#[derive(Clone, Debug, Default)]
struct Kept {
    emptiness: Emptiness,
    decision: Option<Decision>,
    ordered_at: Option<Timestamp>,
    trouble: Option<String>,
}

/// How a policy is going.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// What is set; nothing is done where nothing is.
    pub policy: Policy,
    /// Whether anything was set at all.
    pub is_set: bool,
    /// Since when nobody plays for certain.
    pub empty_since: Option<Timestamp>,
    /// What is waited for, in words.
    pub waits_for: Option<String>,
    /// What was last told to it by itself.
    pub ordered_at: Option<Timestamp>,
    /// Why that was not done.
    pub trouble: Option<String>,
}

/// Keeps and follows the policies of game servers. Cheap to clone; clones share.
#[derive(Clone)]
pub struct GamePolicies {
    parts: Arc<PolicyParts>,
    policies: Arc<Mutex<HashMap<ResourceId, Policy>>>,
    kept: Arc<Mutex<HashMap<ResourceId, Kept>>>,
}

/// What the service is made of.
pub struct PolicyParts {
    /// The database.
    pub db: Db,
    /// Values that people set.
    pub settings: Settings,
    /// The present.
    pub live: Live,
    /// The past.
    pub history: History,
    /// When memories will be full.
    pub forecasts: watch::Receiver<Arc<Forecasts>>,
    /// Who carries orders out.
    pub orders: Arc<dyn Orders>,
}

impl GamePolicies {
    /// Reads the policies that are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(parts: PolicyParts) -> Result<Self, PolicyError> {
        let policies = parts.db.reader.run(table::all).await?;
        Ok(Self {
            parts: Arc::new(parts),
            policies: Arc::new(Mutex::new(policies)),
            kept: Arc::default(),
        })
    }

    /// What is set for a server, and how it is going.
    #[must_use]
    pub fn standing(&self, server: &ResourceId, now: Timestamp) -> Standing {
        let set = self.policies().get(server).cloned();
        let kept = self.kept().get(server).cloned().unwrap_or_default();
        Standing {
            is_set: set.is_some(),
            policy: set.unwrap_or_default(),
            empty_since: kept.emptiness.since(now),
            waits_for: match kept.decision {
                Some(Decision::Wait { why }) => Some(why),
                _ => None,
            },
            ordered_at: kept.ordered_at,
            trouble: kept.trouble,
        }
    }

    /// Sets what may be done to a server.
    ///
    /// # Errors
    /// When a field is wrong or the database fails; nothing is changed then.
    pub async fn set(
        &self,
        server: &ResourceId,
        policy: Policy,
        now: Timestamp,
    ) -> Result<(), PolicyError> {
        let policy = policy.checked()?;
        let (id, kept) = (server.clone(), policy.clone());
        self.parts
            .db
            .writer
            .run(move |tx| table::put(tx, &id, &kept, now))
            .await?;
        self.policies().insert(server.clone(), policy);
        Ok(())
    }

    /// Leaves a server alone from now on; whether anything was set.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear(&self, server: &ResourceId) -> Result<bool, PolicyError> {
        let id = server.clone();
        self.parts
            .db
            .writer
            .run(move |tx| table::remove(tx, &id))
            .await?;
        Ok(self.policies().remove(server).is_some())
    }

    /// The hours in a row in which fewest play, from the past weeks, on the clock of `zone`, which
    /// is UTC unless given.
    ///
    /// # Errors
    /// When there is no such zone or the past cannot be read.
    pub async fn quietest(
        &self,
        server: &ResourceId,
        length: u8,
        zone: Option<&str>,
        now: Timestamp,
    ) -> Result<Quietest, PolicyError> {
        let zone = match zone {
            Some(name) => holds::zone(name).map_err(|error| PolicyError::Invalid {
                field: error.field,
                problem: error.problem,
            })?,
            None => TimeZone::UTC,
        };
        let to = now.floor_to(HOUR);
        let window = Window::ending_at(to, HOUR * 168 * WEEKS);
        let hours = usize::try_from(168 * WEEKS).unwrap_or(usize::MAX);
        let players = MetricKey::known("players");
        let points = self
            .parts
            .history
            .range(server, &players, window, hours)
            .await?;
        let hours: Vec<Hour> = points.at.iter().copied().zip(points.avg).collect();
        Ok(quietest(&hours, length, &zone, now))
    }

    fn policies(&self) -> MutexGuard<'_, HashMap<ResourceId, Policy>> {
        self.policies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<ResourceId, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
