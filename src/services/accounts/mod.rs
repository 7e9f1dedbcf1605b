//! People, their sessions, and tokens for programs.
//!
//! Start with [`Accounts`]. What opens the door is also held in memory, in
//! [`auth::Keyring`](crate::auth::Keyring); [`Accounts::watch`] keeps it like the database, which
//! the command line may change while the program runs.

mod error;
mod foreign;
mod login;
mod people;
mod recovery;
mod refused;
mod session;
mod setup;
mod tokens;
mod two_factor;

pub use error::AccountError;
pub use foreign::Foreign;
pub use login::LogIn;
pub use people::{NewUser, UserChange};
pub use session::{Browser, Opened};
pub use tokens::{NewToken, named_scopes};
pub use two_factor::Enrolment;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

use crate::auth::{Key, Keyring, PasswordError, PasswordHash, Person, TokenHash, store};
use crate::db::{Db, DbError};
use crate::secret::Vault;
use crate::services::audit::{self, Asker, NewEntry, Outcome};
use crate::telemetry::{Chain, clock};

/// How long a session lasts after it was last used.
pub const SESSION: Duration = Duration::from_secs(14 * 86_400);

/// How long a session lasts at most, however much it is used.
pub const LONGEST_SESSION: Duration = Duration::from_secs(90 * 86_400);

/// People who may wait for their password to be looked at.
const QUEUE: usize = 16;

/// How often the keys in memory are compared with the database.
const WATCH: Duration = Duration::from_secs(2);

/// How often uses of keys are written down.
const NOTE: Duration = Duration::from_secs(60);

/// Manages people, sessions and tokens. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    db: Db,
    vault: Vault,
    keyring: Arc<Keyring>,
    /// One password at a time: each costs 19 MiB and some ten milliseconds.
    hashing: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    nobody: Arc<PasswordHash>,
    refused: Arc<refused::Refused>,
    code_file: PathBuf,
}

/// Whom or what a change was about, for the audit.
struct Subject {
    id: String,
    name: String,
    details: Value,
}

impl Subject {
    fn new(id: impl ToString, name: &str) -> Self {
        Self {
            id: id.to_string(),
            name: name.to_owned(),
            details: json!({}),
        }
    }

    fn with(self, details: Value) -> Self {
        Self { details, ..self }
    }
}

impl Accounts {
    /// The accounts in `db`; the set-up code of a fresh installation lies in `data_dir`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(db: Db, vault: Vault, data_dir: &Path) -> Result<Self, AccountError> {
        let accounts = Self {
            db,
            vault,
            keyring: Arc::default(),
            hashing: Arc::new(Semaphore::new(1)),
            queue: Arc::new(Semaphore::new(QUEUE)),
            nobody: Arc::new(PasswordHash::of_nobody()),
            refused: Arc::default(),
            code_file: data_dir.join("setup-code"),
        };
        accounts.reload().await?;
        Ok(accounts)
    }

    /// The keys that open the door now.
    #[must_use]
    pub const fn keyring(&self) -> &Arc<Keyring> {
        &self.keyring
    }

    /// Takes the keys in memory from the database.
    async fn reload(&self) -> Result<i64, DbError> {
        type Found = (i64, Vec<(TokenHash, Key)>, Vec<(String, Person)>);
        let (epoch, keys, people) = self
            .db
            .reader
            .run(|connection| -> Result<Found, DbError> {
                let people = store::users(connection)?.into_iter().map(|user| {
                    let (role, disabled) = (user.role, user.disabled);
                    (user.name, Person { role, disabled })
                });
                let people = people.collect();
                let epoch = store::epoch(connection)?;
                Ok((epoch, store::keys(connection)?, people))
            })
            .await?;
        self.keyring.replace(keys, people);
        Ok(epoch)
    }

    /// Runs a change of people or keys, and takes it into memory before it returns.
    async fn change<T, F>(&self, change: F) -> Result<T, AccountError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, AccountError> + Send + 'static,
    {
        let done = self
            .db
            .writer
            .run(move |tx| -> Result<T, AccountError> {
                let done = change(tx)?;
                store::touch(tx)?;
                Ok(done)
            })
            .await?;
        self.reload().await?;
        Ok(done)
    }

    /// Runs a change that `by` asked for; what it says it was about is entered in the audit with
    /// it.
    async fn change_by<T, F>(
        &self,
        by: &Asker,
        action: &'static str,
        change: F,
    ) -> Result<T, AccountError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<(T, Subject), AccountError> + Send + 'static,
    {
        let by = by.clone();
        self.change(move |tx| {
            let (done, subject) = change(tx)?;
            audit::append(tx, &entry(by, action, subject, Outcome::Ok))?;
            Ok(done)
        })
        .await
    }

    /// A place to have a password looked at: one at a time, with a short queue.
    async fn place(&self) -> Result<SemaphorePermit<'_>, AccountError> {
        let _queued = self.queue.try_acquire().map_err(|_| AccountError::Busy)?;
        let place = self.hashing.acquire().await;
        place.map_err(|_| AccountError::Stopped)
    }

    async fn hash(&self, password: String, name: String) -> Result<PasswordHash, AccountError> {
        let _place = self.place().await?;
        let hash: Result<PasswordHash, PasswordError> =
            off_loop(move || PasswordHash::of(&password, &name)).await?;
        Ok(hash?)
    }

    /// Keeps the keys in memory like the database and notes when they were used, until `stop`.
    pub async fn watch(self, stop: CancellationToken) {
        let mut known = -1;
        let mut rounds = 0_u32;
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(WATCH) => {}
            }
            rounds += 1;
            match self.follow(known).await {
                Ok(epoch) => known = epoch,
                Err(error) => tracing::warn!("cannot read the accounts: {}", Chain(&error)),
            }
            if WATCH * rounds >= NOTE {
                rounds = 0;
                self.note_uses_or_warn().await;
            }
        }
        self.note_uses_or_warn().await;
    }

    async fn follow(&self, known: i64) -> Result<i64, DbError> {
        let epoch = self.db.reader.run(store::epoch).await?;
        if epoch == known {
            return Ok(known);
        }
        self.reload().await
    }

    async fn note_uses_or_warn(&self) {
        if let Err(error) = self.note_uses().await {
            tracing::warn!("cannot note when tokens were used: {}", Chain(&error));
        }
    }

    async fn note_uses(&self) -> Result<(), DbError> {
        let uses = self.keyring.take_uses();
        if uses.is_empty() {
            return Ok(());
        }
        let now = clock::now();
        let longest = i64::try_from(LONGEST_SESSION.as_millis()).unwrap_or(i64::MAX);
        self.db
            .writer
            .run(move |tx| -> Result<(), DbError> {
                for (id, at, by) in &uses {
                    store::note_use(tx, id, *at, &by.to_string(), *at + SESSION, longest)?;
                }
                store::sweep(tx, now)?;
                store::touch(tx)
            })
            .await
    }
}

/// What costs time and memory, off the event loop.
async fn off_loop<T, F>(work: F) -> Result<T, AccountError>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| AccountError::Stopped)
}

fn entry(by: Asker, action: &str, subject: Subject, outcome: Outcome) -> NewEntry {
    NewEntry {
        at: clock::now(),
        actor: by.name,
        peer: by.peer,
        action: action.to_owned(),
        resource: subject.id,
        resource_name: subject.name,
        details: subject.details,
        outcome,
        message: String::new(),
    }
}

#[cfg(test)]
mod tests;
