//! Backups of the product itself: database, key, configuration file and own kinds of channel in
//! one archive. Made beside the running product by a plan or by hand, kept by a rule that never
//! removes the last good one, and restored while nobody runs.
//!
//! Must not know who asks. [`create`], [`verify()`] and [`restore()`] work on files alone, so that
//! the command line needs no running product; [`OwnBackups`] is the part of a running one.

mod archive;
mod create;
mod error;
mod files;
mod follow;
mod job;
mod name;
mod plan;
mod restore;
mod retention;
mod shelf;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::settings::Settings;
use crate::db::{DbError, Pace};
use crate::model::id::JobId;
use crate::model::time::Timestamp;
use crate::telemetry::{Chain, clock};

pub use archive::{ArchiveError, KeyState, Listed, Manifest};
pub(super) use create::check_room;
pub use create::{KeyChoice, Progress, Wanted, create};
pub use error::BackupError;
pub(super) use files::give_to_owner_of;
pub use job::{BackupJob, State, Work};
pub use name::{BackupName, NotAName, Reason};
pub use plan::{BackupPlan, LastRun, MOST_KEPT, due};
pub use restore::{RestoreOptions, Restored, RestoredKey, restore};
pub use shelf::{Backup, Place, list, verify};

/// Under which key the plan is kept.
const PLAN: &str = "own_backup_plan";

/// Under which key is kept how the latest scheduled one came out.
const LAST: &str = "own_backup_last";

/// Under which key is kept what checking showed, by name.
const VERDICTS: &str = "own_backup_verdicts";

/// How often it is looked whether one is due.
const TICK: Duration = Duration::from_secs(30);

/// What checking a backup showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// When.
    pub at: Timestamp,
    /// What is wrong with it; `None` where nothing is.
    pub problem: Option<String>,
}

/// Everything about backups of the product itself.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Where they lie.
    pub directory: PathBuf,
    /// When they are made.
    pub plan: BackupPlan,
    /// When the next one is due.
    pub next: Option<Timestamp>,
    /// How the latest scheduled one came out.
    pub last: Option<LastRun>,
    /// Those there are, the newest first, with what checking showed.
    pub backups: Vec<(Backup, Option<Checked>)>,
    /// The one that is being made or checked, or the latest one that was.
    pub job: Option<BackupJob>,
}

/// Makes and keeps backups of the running product.
#[derive(Clone)]
pub struct OwnBackups {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    settings: Settings,
    job: Mutex<Option<BackupJob>>,
    changed: Notify,
    stop: CancellationToken,
}

impl OwnBackups {
    /// Over a place; `stop` breaks off what is being done.
    #[must_use]
    pub fn new(place: Place, settings: Settings, stop: CancellationToken) -> Self {
        Self {
            inner: Arc::new(Inner {
                place,
                settings,
                job: Mutex::new(None),
                changed: Notify::new(),
                stop,
            }),
        }
    }

    /// Everything about them.
    ///
    /// # Errors
    /// When the settings or the directory cannot be read.
    pub async fn overview(&self) -> Result<Overview, BackupError> {
        let plan = self.plan().await?;
        let last: Option<LastRun> = self.inner.settings.get(LAST).await?;
        let mut verdicts = self.verdicts().await?;
        let place = self.inner.place.clone();
        let backups = blocking(move || list(&place)).await?;
        Ok(Overview {
            directory: self.inner.place.directory.clone(),
            next: last.as_ref().and_then(|last| due(&plan, last)),
            plan,
            last,
            backups: backups
                .into_iter()
                .map(|backup| {
                    let checked = verdicts.remove(backup.name.as_str());
                    (backup, checked)
                })
                .collect(),
            job: self.job().clone(),
        })
    }

    /// When they are made.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub async fn plan(&self) -> Result<BackupPlan, BackupError> {
        Ok(self.inner.settings.get(PLAN).await?.unwrap_or_default())
    }

    /// Makes them by another plan from now on.
    ///
    /// # Errors
    /// When it makes no sense or cannot be kept.
    pub async fn set_plan(&self, plan: &BackupPlan) -> Result<(), BackupError> {
        plan.check()?;
        self.inner.settings.put(PLAN, plan).await?;
        self.inner.changed.notify_one();
        Ok(())
    }

    /// Begins to make a backup.
    ///
    /// # Errors
    /// When another one is being made or checked.
    pub fn begin_create(&self, by: &str, key: KeyChoice) -> Result<BackupJob, BackupError> {
        let job = self.reserve(Work::Create, by, None)?;
        let this = self.clone();
        tokio::spawn(async move {
            // How it came out stands in the job.
            let _ = this.run_create(Reason::Manual, key).await;
        });
        Ok(job)
    }

    /// Begins to read and check a backup.
    ///
    /// # Errors
    /// When there is none of that name, or another one is being made or checked.
    pub fn begin_verify(&self, by: &str, name: &BackupName) -> Result<BackupJob, BackupError> {
        let path = self.inner.place.find(name)?;
        let job = self.reserve(Work::Verify, by, Some(name.clone()))?;
        let this = self.clone();
        let name = name.clone();
        tokio::spawn(async move {
            let place = this.inner.place.clone();
            let worker = this.clone();
            let found = blocking(move || {
                verify(&place, &path, &mut |share| worker.step(share, "reading it"))
            })
            .await;
            let is_known = !matches!(
                found,
                Err(BackupError::Busy
                    | BackupError::NoRoom { .. }
                    | BackupError::Archive(ArchiveError::Ended))
            );
            if is_known {
                let problem = found.as_ref().err().map(|error| Chain(error).to_string());
                this.note_verdict(&name, problem).await;
            }
            this.end(found.map(|_| name));
        });
        Ok(job)
    }

    /// The file of that name, to be downloaded.
    ///
    /// # Errors
    /// When there is none.
    pub fn file(&self, name: &BackupName) -> Result<PathBuf, BackupError> {
        self.inner.place.find(name)
    }

    /// Removes a backup; the last good one only where that is insisted on.
    ///
    /// # Errors
    /// When there is none of that name, it is the last good one, or it cannot be removed.
    pub async fn remove(&self, name: &BackupName, even_last: bool) -> Result<(), BackupError> {
        let path = self.inner.place.find(name)?;
        if !even_last && retention::is_last_good(&self.kept().await?, name) {
            return Err(BackupError::LastGood {
                name: name.to_string(),
            });
        }
        let removing = format!("remove {}", path.display());
        std::fs::remove_file(&path).map_err(error::file(removing))
    }

    async fn kept(&self) -> Result<Vec<retention::Kept>, BackupError> {
        let verdicts = self.verdicts().await?;
        let place = self.inner.place.clone();
        let all = blocking(move || list(&place)).await?;
        let kept = all.into_iter().map(|backup| {
            let failed = verdicts
                .get(backup.name.as_str())
                .is_some_and(|checked| checked.problem.is_some());
            retention::Kept {
                good: backup.manifest.is_ok() && !failed,
                name: backup.name,
            }
        });
        Ok(kept.collect())
    }

    /// Makes one, in the place that was reserved.
    async fn run_create(&self, reason: Reason, key: KeyChoice) -> Result<BackupName, BackupError> {
        let place = self.inner.place.clone();
        let worker = self.clone();
        let wanted = Wanted {
            reason,
            key,
            pace: Pace::GENTLE,
        };
        let made = blocking(move || {
            create(&place, &wanted, clock::now(), &mut |share, doing| {
                worker.step(share, doing)
            })
        })
        .await
        .map(|(name, _)| name);
        if let Ok(name) = &made {
            // It was read back before it got its name.
            self.note_verdict(name, None).await;
        }
        match &made {
            Ok(name) => self.end(Ok(name.clone())),
            Err(error) => self.end_as(State::Failed, Chain(error).to_string(), None),
        }
        made
    }

    async fn verdicts(&self) -> Result<BTreeMap<String, Checked>, DbError> {
        Ok(self.inner.settings.get(VERDICTS).await?.unwrap_or_default())
    }

    /// Keeps what checking showed, and forgets it of backups that are gone.
    async fn note_verdict(&self, name: &BackupName, problem: Option<String>) {
        let noted = async {
            let mut all = self.verdicts().await?;
            all.retain(|name, _| self.inner.place.directory.join(name).is_file());
            all.insert(
                name.to_string(),
                Checked {
                    at: clock::now(),
                    problem,
                },
            );
            self.inner.settings.put(VERDICTS, &all).await
        };
        if let Err(error) = noted.await {
            tracing::warn!("what checking {name} showed is not kept: {}", Chain(&error));
        }
    }

    fn job(&self) -> MutexGuard<'_, Option<BackupJob>> {
        self.inner
            .job
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn reserve(
        &self,
        work: Work,
        by: &str,
        name: Option<BackupName>,
    ) -> Result<BackupJob, BackupError> {
        let mut place = self.job();
        if place
            .as_ref()
            .is_some_and(|job| job.state == State::Running)
        {
            return Err(BackupError::Busy);
        }
        let job = BackupJob {
            id: JobId::random(),
            work,
            state: State::Running,
            progress: 0.0,
            message: "beginning".into(),
            name,
            by: by.to_owned(),
            began_at: clock::now(),
            ended_at: None,
        };
        *place = Some(job.clone());
        Ok(job)
    }

    /// Takes down how far it is; `false` when it is to end.
    fn step(&self, share: f64, doing: &str) -> bool {
        if let Some(job) = self.job().as_mut() {
            job.progress = share;
            if job.message != doing {
                doing.clone_into(&mut job.message);
            }
        }
        !self.inner.stop.is_cancelled()
    }

    fn end(&self, outcome: Result<BackupName, BackupError>) {
        match outcome {
            Ok(name) => self.end_as(State::Ok, "done".into(), Some(name)),
            Err(error) => self.end_as(State::Failed, Chain(&error).to_string(), None),
        }
    }

    fn end_as(&self, state: State, message: String, name: Option<BackupName>) {
        if let Some(job) = self.job().as_mut() {
            job.state = state;
            if state == State::Ok {
                job.progress = 1.0;
            }
            job.message = message;
            job.name = name.or_else(|| job.name.take());
            job.ended_at = Some(clock::now());
        }
    }
}

/// Runs what waits for the disk on a thread that may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| DbError::Stopped)?
}
