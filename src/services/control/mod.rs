//! Telling guests what to do: off unless a target's owner switched it on, confirmed where it can do
//! harm, entered in the audit before and after, and followed until the host's task is over.
//!
//! Start with [`Control::act`]; [`follow`] has what happens behind it.

mod entry;
mod error;
mod follow;
mod kept;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::db::{Db, DbError};
use crate::model::action::Action;
use crate::model::id::{JobId, TargetId};
use crate::model::resource::{Guest, GuestStatus, Resource};
use crate::services::audit::{Audit, NewEntry, Outcome};
use crate::services::jobs::{Jobs, NewJob, Order};
use crate::services::targets::{Controllable, Targets};
use crate::sources::control::{Aim, Controller};
use crate::state::Live;
use crate::telemetry::clock;

pub use crate::services::jobs::{Asker, Job, JobState};
pub use crate::sources::control::CommandError;
pub(in crate::services) use entry::{entry, word_of};
pub use error::ControlError;

use entry::entry_of;

/// How often a task's log is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// The first wait; later ones are longer.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
}

impl Default for Rhythm {
    /// About a dozen questions in the first minute, six in each later one.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(10),
        }
    }
}

/// Tells guests what to do.
#[derive(Clone)]
pub struct Control {
    db: Db,
    live: Live,
    targets: Targets,
    audit: Audit,
    jobs: Jobs,
    rhythm: Rhythm,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Control {
    /// Tells guests of `live` what to do, over connections that `targets` opens, until `stop`.
    /// `db` keeps what is under way.
    #[must_use]
    pub fn new(
        db: Db,
        live: Live,
        targets: Targets,
        audit: Audit,
        rhythm: Rhythm,
        stop: CancellationToken,
    ) -> Self {
        Self {
            db,
            live,
            targets,
            audit,
            jobs: Jobs::default(),
            rhythm,
            stop,
            tasks: TaskTracker::new(),
        }
    }

    /// Tells a guest to do something. Answers the job once the host has begun; it is followed from
    /// then on.
    ///
    /// # Errors
    /// When it is not allowed, not confirmed, under way already, or refused by the host. Only
    /// [`CommandError::Uncertain`] leaves open whether it was begun.
    pub async fn act(
        &self,
        guest: &str,
        action: Action,
        confirm: Option<&str>,
        by: &Asker,
    ) -> Result<Arc<Job>, ControlError> {
        let guest = self.guest(guest)?;
        let prepared = self.prepare(&guest, &action, confirm, by).await;
        let (controller, job) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                let outcome = match error {
                    ControlError::SwitchedOff { .. } => Outcome::Denied,
                    _ => Outcome::Failed,
                };
                let entry = entry_of(&guest, &action, by, outcome, error.to_string());
                self.enter(entry).await;
                return Err(error);
            }
        };
        // A task of its own: a caller who hangs up in between changes nothing.
        let (control, by) = (self.clone(), by.clone());
        let begun = self.tasks.spawn(async move {
            let begun = control.begin_and_follow(guest, action, job, controller, by);
            begun.await
        });
        begun.await.unwrap_or(Err(ControlError::Stopped))
    }

    /// Checks what can be checked without the host, and takes the command's place.
    async fn prepare(
        &self,
        guest: &Guest,
        action: &Action,
        confirm: Option<&str>,
        by: &Asker,
    ) -> Result<(Box<dyn Controller>, Arc<Job>), ControlError> {
        let target = target_of(guest)?;
        let controller = self.controller(&target).await?;
        check_confirmed(guest, action, confirm)?;
        let job = self.jobs.reserve(NewJob {
            target,
            resource: guest.id.clone(),
            resource_name: guest.name.clone(),
            order: Order::Guest {
                vmid: guest.vmid,
                node: guest.node.clone(),
                action: action.clone(),
            },
            by: by.name.clone(),
        })?;
        Ok((controller, job))
    }

    async fn begin_and_follow(
        &self,
        guest: Guest,
        action: Action,
        job: Arc<Job>,
        mut controller: Box<dyn Controller>,
        by: Asker,
    ) -> Result<Arc<Job>, ControlError> {
        match self
            .begin(&mut *controller, &guest, &job, &action, &by)
            .await
        {
            Ok(task) => {
                let stop = self.jobs.allow_cancel(&job.id);
                let job = self.jobs.change(&job.id, |job| {
                    job.task = Some(task.clone());
                    job.state = JobState::Running;
                });
                // The host works on it already: that it would not be followed after a restart is
                // no reason to say that it failed.
                if let Err(error) = kept::keep(&self.db, &job, &by).await {
                    tracing::error!("cannot keep the job {}: {error}", job.id);
                }
                self.attend(&job, task, controller, stop, by);
                Ok(job)
            }
            Err(error) => {
                self.give_up(&job, &error, &by).await;
                Err(error)
            }
        }
    }

    /// All jobs, for others who carry commands out too.
    #[must_use]
    pub const fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Follows a task from the beginning of its log until it is over.
    fn attend(
        &self,
        job: &Job,
        task: String,
        controller: Box<dyn Controller>,
        cancel: Arc<Notify>,
        by: Asker,
    ) {
        let follower = follow::Follower {
            control: self.clone(),
            job: job.id.clone(),
            task,
            controller,
            cancel,
            by,
        };
        self.tasks.spawn(follower.run());
    }

    /// Follows what was under way when the program ended. What cannot be followed any more ends
    /// with a word that says so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resume(&self) -> Result<(), DbError> {
        for (job, peer) in kept::all(&self.db).await? {
            let by = Asker {
                name: job.by.clone(),
                peer,
            };
            let job = self.jobs.restore(job);
            let why = match job.task.clone() {
                None => "homepulse was stopped before the host answered: it is not known whether \
                         it was begun"
                    .to_owned(),
                Some(task) => match self.controller(&job.target).await {
                    Ok(controller) => {
                        let cancel = self.jobs.allow_cancel(&job.id);
                        self.attend(&job, task, controller, cancel, by);
                        continue;
                    }
                    Err(error) => format!("it cannot be followed any more: {error}"),
                },
            };
            let job = self.jobs.change(&job.id, |job| {
                job.end_as(JobState::Unknown, why.clone(), clock::now());
            });
            let ended = entry(&job, &by, &word_of(&job), Outcome::Unknown, why);
            self.over(ended, &job).await;
        }
        Ok(())
    }

    /// Enters how a job came out, and forgets it as one that is under way.
    async fn over(&self, ended: NewEntry, job: &Job) {
        self.enter(ended).await;
        if let Err(error) = kept::forget(&self.db, &job.id).await {
            tracing::error!("cannot forget the job {}: {error}", job.id);
        }
    }

    /// The jobs, newest first; those that ended long ago are forgotten.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<Job>> {
        self.jobs.list()
    }

    /// One job.
    ///
    /// # Errors
    /// When there is none of that id.
    pub fn find(&self, id: &JobId) -> Result<Arc<Job>, ControlError> {
        Ok(self.jobs.find(id)?)
    }

    /// Asks the host to break a job's task off; how it ends is seen as for any other.
    ///
    /// # Errors
    /// When there is no such job, it is over, or the audit cannot be written.
    pub async fn cancel(&self, id: &JobId, by: &Asker) -> Result<Arc<Job>, ControlError> {
        let (job, cancel) = self.jobs.cancellable(id)?;
        let word = format!("{}.cancel", job.order.subject());
        let entry = entry(&job, by, &word, Outcome::Asked, String::new());
        self.audit.record(entry).await?;
        let job = self.jobs.change(id, |job| job.cancelling = true);
        cancel.notify_one();
        Ok(job)
    }

    /// Every change of a job from now on.
    #[must_use]
    pub fn follow(&self) -> broadcast::Receiver<Arc<Job>> {
        self.jobs.follow()
    }

    /// Waits until no job is followed any more, after `stop`.
    pub async fn join(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn guest(&self, id: &str) -> Result<Guest, ControlError> {
        let fleet = self.live.fleet();
        let found = fleet
            .resolve(id)
            .and_then(|id| fleet.resource(&id).cloned());
        match found.as_deref() {
            Some(Resource::Guest(guest)) => Ok(guest.clone()),
            _ => Err(ControlError::NoGuest {
                id: id.chars().take(80).collect(),
            }),
        }
    }

    async fn controller(&self, target: &TargetId) -> Result<Box<dyn Controller>, ControlError> {
        match self.targets.controller(target).await? {
            Controllable::Yes(controller) => Ok(controller),
            Controllable::SwitchedOff { name } => Err(ControlError::SwitchedOff { target: name }),
            Controllable::Unable { kind } => Err(ControlError::Unable { kind }),
        }
    }

    /// Checks privileges, enters the command in the audit and sends it.
    async fn begin(
        &self,
        controller: &mut dyn Controller,
        guest: &Guest,
        job: &Job,
        action: &Action,
        by: &Asker,
    ) -> Result<String, ControlError> {
        let aim = Aim {
            node: guest.node.clone(),
            vmid: guest.vmid,
            kind: guest.kind,
            running: matches!(guest.status, GuestStatus::Running | GuestStatus::Paused),
        };
        let missing = controller.lacking(&aim, action).await?;
        if !missing.is_empty() {
            return Err(ControlError::Denied(missing));
        }
        let asked = entry(job, by, &word_of(job), Outcome::Asked, String::new());
        self.audit.record(asked).await?;
        kept::keep(&self.db, job, by).await?;
        Ok(controller.begin(&aim, action).await?)
    }

    /// The command was not begun, as far as is known.
    async fn give_up(&self, job: &Job, error: &ControlError, by: &Asker) {
        let (state, outcome) = match error {
            ControlError::Denied(_) => (JobState::Failed, Outcome::Denied),
            ControlError::Command(CommandError::Uncertain(_)) => {
                (JobState::Unknown, Outcome::Unknown)
            }
            _ => (JobState::Failed, Outcome::Failed),
        };
        let message = error.to_string();
        let job = self.jobs.change(&job.id, |job| {
            job.end_as(state, message.clone(), clock::now())
        });
        self.over(entry(&job, by, &word_of(&job), outcome, message), &job)
            .await;
    }

    /// Enters what came of something; it has happened, so that a failure is only logged.
    async fn enter(&self, entry: NewEntry) {
        let action = entry.action.clone();
        if let Err(error) = self.audit.record(entry).await {
            tracing::error!("cannot enter the end of {action} in the audit: {error}");
        }
    }
}

fn target_of(guest: &Guest) -> Result<TargetId, ControlError> {
    let text = guest.id.target_text();
    text.parse().map_err(|_| ControlError::NoGuest {
        id: guest.id.to_string(),
    })
}

fn check_confirmed(
    guest: &Guest,
    action: &Action,
    confirm: Option<&str>,
) -> Result<(), ControlError> {
    let named = |given: &str| {
        given == guest.vmid.to_string() || (!guest.name.is_empty() && given == guest.name)
    };
    if !action.is_harmful() || confirm.map(str::trim).is_some_and(named) {
        return Ok(());
    }
    Err(ControlError::NotConfirmed {
        action: action.word(),
        vmid: guest.vmid,
        name: guest.name.clone(),
    })
}

#[cfg(test)]
mod tests;
