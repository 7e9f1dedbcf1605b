//! What hosts send by themselves: a token per target lets them in, figures go the way of every
//! observation, and what they announce makes the target be looked at, at once.
//!
//! Start with [`Push::take_points`] and [`Push::take_notification`]; [`sort`] says which figures
//! are recorded and [`setup`] prints the commands for the host.

mod counters;
mod doors;
pub mod setup;
mod sort;
mod table;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::mpsc;

use crate::db::{Db, DbError};
use crate::model::id::TargetId;
use crate::model::observation::{Observation, Outcome};
use crate::model::time::Timestamp;
use crate::secret::{Place, SecretError, Vault, hex};
use crate::services::targets::Targets;
use crate::sources::Hint;
use crate::state::Live;

pub use crate::sources::push::gunzip::unpack;
pub use crate::sources::push::line::{self, Precision};
pub use crate::sources::push::notification::{self, Notification};
pub use crate::sources::push::{Point, PushError, otlp};
pub use doors::Series;
pub use table::Announced;

use doors::Doors;

/// Why a door could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// There is no such target.
    #[error("there is no target {id}")]
    NoTarget {
        /// Which one was asked for.
        id: TargetId,
    },
    /// The database failed.
    #[error("keep the token")]
    Database(#[from] DbError),
    /// The token could not be sealed or opened.
    #[error("keep the token sealed")]
    Secret(#[from] SecretError),
}

/// What became of figures that were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// They are recorded.
    pub recorded: usize,
    /// They are known already: a look told them within the last seconds.
    pub known: usize,
    /// They are of no use, too old, or one series too many.
    pub dropped: usize,
}

/// What a target's door has taken so far.
#[derive(Clone, Debug, Default)]
pub struct DoorStatus {
    /// When anything came last.
    pub last_at: Option<Timestamp>,
    /// Bodies that were taken since the program began.
    pub bodies: u64,
    /// Figures that were recorded, known or dropped since then.
    pub figures: [u64; 3],
    /// Series that only the sender knows.
    pub series: Vec<Series>,
}

/// Takes what hosts send.
#[derive(Clone)]
pub struct Push {
    db: Db,
    vault: Vault,
    live: Live,
    targets: Targets,
    inbox: mpsc::Sender<Observation>,
    doors: Arc<Mutex<Doors>>,
}

impl Push {
    /// Opens the doors whose tokens `db` knows; what comes in goes to `inbox`.
    ///
    /// # Errors
    /// When the tokens cannot be read or opened.
    pub async fn open(
        db: Db,
        vault: Vault,
        live: Live,
        targets: Targets,
        inbox: mpsc::Sender<Observation>,
    ) -> Result<Self, DoorError> {
        let sealed = db.reader.run(table::tokens).await?;
        let mut doors = Doors::default();
        for (target, sealed) in sealed {
            match vault.unseal(&place(&target), &sealed) {
                Ok(token) => doors.open(target, token),
                // One damaged token must not keep the program from starting.
                Err(error) => {
                    tracing::warn!("the push token of {target} cannot be opened: {error}");
                }
            }
        }
        Ok(Self {
            db,
            vault,
            live,
            targets,
            inbox,
            doors: Arc::new(Mutex::new(doors)),
        })
    }

    /// The token by which a target's host may send; made when it is asked for first.
    ///
    /// # Errors
    /// When there is no such target, or the token cannot be kept.
    pub async fn token(
        &self,
        target: &TargetId,
        now: Timestamp,
    ) -> Result<SecretString, DoorError> {
        self.known_target(target)?;
        if let Some(token) = self.lock().token(target) {
            return Ok(token);
        }
        let bytes: [u8; 24] = rand::random();
        let token = SecretString::from(format!("hpp_{}", hex(&bytes)));
        let sealed = self.vault.seal(&place(target), &token)?;
        let kept = target.clone();
        let written: Result<(), DbError> = self
            .db
            .writer
            .run(move |tx| table::put_token(tx, &kept, &sealed, now))
            .await;
        written?;
        self.lock().open(target.clone(), token.clone());
        Ok(token)
    }

    /// Closes a target's door: its token is not let in any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close(&self, target: &TargetId) -> Result<(), DoorError> {
        self.lock().close(target);
        let gone = target.clone();
        let written: Result<(), DbError> = self
            .db
            .writer
            .run(move |tx| table::remove_token(tx, &gone))
            .await;
        Ok(written?)
    }

    /// Whose token it is.
    #[must_use]
    pub fn admit(&self, token: &str) -> Option<TargetId> {
        self.lock().owner(token)
    }

    /// What a target's door has taken so far; `None` while it has no token.
    #[must_use]
    pub fn status(&self, target: &TargetId) -> Option<DoorStatus> {
        self.lock().get(target).map(|door| door.status.clone())
    }

    /// Takes figures in. What a look told within the last seconds is not recorded again.
    pub async fn take_points(
        &self,
        target: &TargetId,
        points: Vec<Point>,
        now: Timestamp,
    ) -> Taken {
        let fleet = self.live.fleet();
        let (samples, taken) = {
            let mut doors = self.lock();
            let Some(door) = doors.get_mut(target) else {
                return Taken::default();
            };
            let sorted = sort::sort(points, target, fleet.target(target), door, now);
            door.count(sorted.1, now);
            sorted
        };
        if !samples.is_empty() {
            let observation = Observation {
                target: target.clone(),
                at: now,
                took: Duration::ZERO,
                outcome: Outcome::Pushed { samples },
            };
            // Nobody listens any more only when the program is ending.
            let _ = self.inbox.send(observation).await;
        }
        taken
    }

    /// Takes in what a host announced: it is kept, and the target is looked at, at once, with what
    /// it names read again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_notification(
        &self,
        target: &TargetId,
        announced: Notification,
        now: Timestamp,
    ) -> Result<(), DoorError> {
        let hint = Hint {
            kind: announced.kind.clone(),
            node: announced
                .fields
                .get("hostname")
                .map(|host| host.split('.').next().unwrap_or(host).to_owned()),
        };
        let kept = target.clone();
        let written: Result<(), DbError> = self
            .db
            .writer
            .run(move |tx| table::put_event(tx, &kept, &announced, now))
            .await;
        if let Some(door) = self.lock().get_mut(target) {
            door.count(Taken::default(), now);
        }
        self.targets.hint(target, hint);
        Ok(written?)
    }

    /// What hosts announced, newest first; the last few thousand are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn announced(
        &self,
        target: Option<TargetId>,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Announced>, DoorError> {
        let list = self
            .db
            .reader
            .run(move |connection| table::events(connection, target.as_ref(), before, limit));
        Ok(list.await?)
    }

    fn known_target(&self, target: &TargetId) -> Result<(), DoorError> {
        match self.live.fleet().target(target) {
            Some(_) => Ok(()),
            None => Err(DoorError::NoTarget { id: target.clone() }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Doors> {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(target: &TargetId) -> Place {
    Place::new("push_doors", "token", target.as_str())
}

#[cfg(test)]
mod tests;
