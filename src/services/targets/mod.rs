//! Configured targets: kept in the database with sealed secrets, polled by one task each.
//!
//! Start with [`Targets`]; [`table`] has the SQL.

mod carry;
mod change;
mod controller;
mod monitor;
mod table;
mod types;

pub(in crate::services) use carry::{ReadyTarget, write_carried};
pub use change::TargetChange;
pub use controller::{Controllable, Hostable};
pub use monitor::Monitor;
pub use types::{NewTarget, TargetError, TargetRow, TestReport};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::db::Db;
use crate::http::Guard;
use crate::model::id::TargetId;
use crate::model::observation::{Observation, Outcome};
use crate::model::target::{Failure, TargetSummary};
use crate::model::time::Timestamp;
use crate::secret::{Place, Vault};
use crate::sources::poller::{Hints, Pace, Poller};
use crate::sources::{self, Hint, Requests, Source, SourceKind, TargetConfig};
use crate::telemetry::clock;

/// Manages targets and their pollers.
#[derive(Clone)]
pub struct Targets {
    db: Db,
    vault: Vault,
    pace: Arc<Mutex<Pace>>,
    inbox: mpsc::Sender<Observation>,
    stop: CancellationToken,
    tasks: TaskTracker,
    running: Arc<Mutex<HashMap<TargetId, Running>>>,
    guard: Guard,
}

struct Running {
    stop: CancellationToken,
    trigger: Arc<Notify>,
    hints: Hints,
    requests: Option<Requests>,
}

/// How long after a target was added its host is still asked for its own past.
const PAST_WITHIN: Duration = Duration::from_secs(86_400);

/// Every kind of host that can be looked at.
pub fn kinds() -> impl Iterator<Item = &'static SourceKind> {
    sources::KINDS.iter()
}

impl Targets {
    /// Manages the targets in `db`; their pollers send to `inbox` until `stop`.
    #[must_use]
    pub fn new(
        db: Db,
        vault: Vault,
        pace: Pace,
        inbox: mpsc::Sender<Observation>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            db,
            vault,
            pace: Arc::new(Mutex::new(pace)),
            inbox,
            stop,
            tasks: TaskTracker::new(),
            running: Arc::default(),
            guard: Guard::default(),
        }
    }

    /// Sources that are sent to many addresses keep to `guard`.
    #[must_use]
    pub fn guarded(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// Starts looking at every enabled target.
    ///
    /// # Errors
    /// When the targets cannot be read; one whose secret cannot be opened is started as failing.
    pub async fn start_all(&self) -> Result<(), TargetError> {
        for row in self.list().await?.into_iter().filter(|row| row.enabled) {
            match self.open_row(&row).await {
                Ok(source) => self.start(row.id.clone(), summary_of(&row), source).await,
                Err(error) => {
                    tracing::error!(target.name = %row.name, "cannot look at {}: {error}", row.name);
                    self.show_broken(&row, &error).await;
                }
            }
        }
        Ok(())
    }

    /// All targets, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<Vec<TargetRow>, TargetError> {
        Ok(self.db.reader.run(table::all).await?)
    }

    /// Adds a target and starts looking at it.
    ///
    /// # Errors
    /// When a setting is wrong or name or address are taken; nothing is kept then.
    pub async fn add(&self, new: NewTarget) -> Result<TargetId, TargetError> {
        let id = TargetId::random();
        self.keep(id.clone(), new, false).await?;
        Ok(id)
    }

    /// Takes over the targets that the configuration file owns, and drops those it no longer does.
    ///
    /// # Errors
    /// When a setting is wrong or the database fails.
    pub async fn adopt(&self, owned: Vec<NewTarget>) -> Result<(), TargetError> {
        let known = self.list().await?;
        for row in known.iter().filter(|row| row.owned_by_file) {
            if !owned.iter().any(|new| new.name == row.name) {
                self.drop_row(&row.id).await?;
            }
        }
        for new in owned {
            let same = known.iter().find(|row| row.name == new.name);
            let id = same.map_or_else(TargetId::random, |row| row.id.clone());
            check(&new)?;
            self.write(id, new, true, true).await?;
        }
        Ok(())
    }

    /// Stops looking at a target and forgets it; its history stays until retention.
    ///
    /// # Errors
    /// When there is no such target, or the configuration file owns it.
    pub async fn remove(&self, id: &TargetId) -> Result<(), TargetError> {
        let rows = self.list().await?;
        let Some(row) = rows.iter().find(|row| row.id == *id) else {
            return Err(TargetError::NotFound { id: id.clone() });
        };
        if row.owned_by_file {
            return Err(TargetError::OwnedByFile {
                name: row.name.clone(),
            });
        }
        self.drop_row(id).await
    }

    /// Looks at a target now, beside its usual pace.
    pub fn look_now(&self, id: &TargetId) {
        if let Some(running) = self.lock().get(id) {
            running.trigger.notify_one();
        }
    }

    /// Looks at a target now, because its host announced something.
    pub fn hint(&self, id: &TargetId, hint: Hint) {
        if let Some(running) = self.lock().get(id) {
            running.hints.add(hint);
            running.trigger.notify_one();
        }
    }

    /// The span between looks.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.pace().interval
    }

    /// Looks at every target at another pace from now on.
    ///
    /// # Errors
    /// When the targets cannot be read.
    pub async fn set_interval(&self, interval: Duration) -> Result<(), TargetError> {
        let pace = || self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        pace().interval = interval;
        self.start_all().await
    }

    fn pace(&self) -> Pace {
        let pace = self.pace.lock();
        pace.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether any target is being looked at.
    #[must_use]
    pub fn is_looking(&self) -> bool {
        !self.lock().is_empty()
    }

    /// Waits until every poller has ended, after `stop`.
    pub async fn join(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn keep(&self, id: TargetId, new: NewTarget, file: bool) -> Result<(), TargetError> {
        self.check_new(&new, None).await?;
        let past_until = self.past_until(&id).await?;
        let source = open(id.clone(), &new, past_until)?;
        let row = self.write(id, new, file, true).await?;
        self.start(row.id.clone(), summary_of(&row), source).await;
        Ok(())
    }

    async fn write(
        &self,
        id: TargetId,
        new: NewTarget,
        file: bool,
        enabled: bool,
    ) -> Result<TargetRow, TargetError> {
        let row = TargetRow {
            id,
            kind: new.kind,
            name: new.name,
            config: new.config,
            enabled,
            owned_by_file: file,
        };
        let sealed = self.vault.seal(&place(&row.id), &new.secret)?;
        let now = clock::now();
        let kept = row.clone();
        self.db
            .writer
            .run(move |tx| table::put(tx, &kept, &sealed, now))
            .await?;
        Ok(row)
    }

    async fn drop_row(&self, id: &TargetId) -> Result<(), TargetError> {
        let gone = id.clone();
        self.db
            .writer
            .run(move |tx| table::remove(tx, &gone))
            .await?;
        self.stop(id).await;
        Ok(())
    }

    /// Stops looking at a target.
    async fn stop(&self, id: &TargetId) {
        if let Some(running) = self.lock().remove(id) {
            running.stop.cancel();
        }
        self.tell(id, Outcome::Removed).await;
    }

    /// The secret that is kept with a target.
    async fn secret(&self, id: &TargetId) -> Result<SecretString, TargetError> {
        let wanted = id.clone();
        let sealed = self
            .db
            .reader
            .run(move |connection| table::secret(connection, &wanted))
            .await?;
        Ok(self.vault.unseal(&place(id), &sealed)?)
    }

    async fn open_row(&self, row: &TargetRow) -> Result<Box<dyn Source>, TargetError> {
        let secret = self.secret(&row.id).await?;
        let new = NewTarget {
            name: row.name.clone(),
            kind: row.kind.clone(),
            config: row.config.clone(),
            secret,
        };
        let past_until = self.past_until(&row.id).await?;
        open(row.id.clone(), &new, past_until)
    }

    /// Until when the host's own past of a target is wanted: from before it was added, within the
    /// day in which it was. What was laid in before is not laid in twice.
    async fn past_until(&self, id: &TargetId) -> Result<Option<Timestamp>, TargetError> {
        let id = id.clone();
        let added = self
            .db
            .reader
            .run(move |connection| table::added_at(connection, &id))
            .await?;
        let now = clock::now();
        Ok(Some(added.unwrap_or(now)).filter(|added| now.since(*added) < PAST_WITHIN))
    }

    async fn start(&self, id: TargetId, summary: TargetSummary, mut source: Box<dyn Source>) {
        source.keep_to(&self.guard);
        self.tell(
            &id,
            Outcome::Configured {
                summary: Box::new(summary),
            },
        )
        .await;
        let running = Running {
            stop: self.stop.child_token(),
            trigger: Arc::new(Notify::new()),
            hints: Hints::default(),
            requests: source.requests(),
        };
        let poller = Poller {
            target: id.clone(),
            source,
            pace: self.pace(),
            inbox: self.inbox.clone(),
            trigger: Arc::clone(&running.trigger),
            hints: running.hints.clone(),
        };
        self.tasks.spawn(poller.run(running.stop.clone()));
        if let Some(before) = self.lock().insert(id, running) {
            before.stop.cancel();
        }
    }

    /// Shows a target that cannot even be opened, with the reason, instead of hiding it.
    async fn show_broken(&self, row: &TargetRow, error: &TargetError) {
        self.tell(
            &row.id,
            Outcome::Configured {
                summary: Box::new(summary_of(row)),
            },
        )
        .await;
        let failure = Failure {
            kind: crate::model::target::FailureKind::Unauthorized,
            message: format!("the target cannot be opened: {error}"),
            fix: Some("Enter the token's secret again.".into()),
        };
        self.tell(&row.id, Outcome::Failed { failure }).await;
    }

    async fn tell(&self, id: &TargetId, outcome: Outcome) {
        let observation = Observation {
            target: id.clone(),
            at: clock::now(),
            took: Duration::ZERO,
            outcome,
        };
        // Nobody listens any more only when the program is ending.
        let _ = self.inbox.send(observation).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TargetId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(id: &TargetId) -> Place {
    Place::new("targets", "secret", id.as_str())
}

/// The address as it was configured.
fn configured_address(config: &Value) -> Option<String> {
    let text = config.get("address")?.as_str()?;
    Some(text.trim_end_matches('/').to_ascii_lowercase())
}

/// The address in one form, so that `pve1`, `https://pve1` and `https://pve1:8006/` are the same.
fn address_of(kind: &str, config: &Value) -> Option<String> {
    let text = config.get("address")?.as_str()?.trim();
    let text = text.trim_end_matches('/').to_ascii_lowercase();
    let text = if text.contains("://") {
        text
    } else {
        format!("https://{text}")
    };
    let port = match kind {
        "pve" => ":8006",
        "pbs" => ":8007",
        _ => "",
    };
    let host = text.split_once("://").map_or("", |(_, host)| host);
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
        && !(host.starts_with('[') && host.ends_with(']'));
    Some(if has_port {
        text
    } else {
        format!("{text}{port}")
    })
}

/// Whether a target can be looked at as it is told, apart from what there is already.
///
/// # Errors
/// When a setting is wrong.
pub fn check(new: &NewTarget) -> Result<(), TargetError> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(TargetError::Invalid {
            field: "name",
            problem: "must be 1 to 100 characters on one line".into(),
        });
    }
    open(TargetId::random(), new, None).map(drop)
}

fn open(
    id: TargetId,
    new: &NewTarget,
    past_until: Option<Timestamp>,
) -> Result<Box<dyn Source>, TargetError> {
    let Some(kind) = sources::kind(&new.kind) else {
        let known: Vec<&str> = sources::KINDS.iter().map(|kind| kind.name).collect();
        return Err(TargetError::Invalid {
            field: "kind",
            problem: format!(
                "'{}' is unknown; give one of: {}",
                new.kind,
                known.join(", ")
            ),
        });
    };
    let mut config = new.config.clone();
    let monitor = Monitor::take(&mut config)?;
    let source = (kind.open)(TargetConfig {
        id,
        name: new.name.clone(),
        config,
        secret: Some(new.secret.clone()),
        past_until,
    })?;
    Ok(if monitor == Monitor::default() {
        source
    } else {
        Box::new(monitor::Thinned { source, monitor })
    })
}

fn summary_of(row: &TargetRow) -> TargetSummary {
    let verifies = row.config.get("verify").and_then(Value::as_bool);
    TargetSummary::configured(
        row.id.clone(),
        row.name.clone(),
        &row.kind,
        configured_address(&row.config).unwrap_or_default(),
        verifies.unwrap_or(true),
    )
}
