//! Commands that take a while, whoever carries them out: what they are, that they do not get in
//! each other's way, and that people can watch them.
//!
//! Start with [`Jobs::reserve`].

mod job;
mod registry;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, broadcast};

use crate::model::id::JobId;
use crate::telemetry::clock;

pub use crate::services::audit::Asker;
pub use job::{Job, JobState, Order};
pub use registry::NewJob;

use registry::Registry;

/// Changes of jobs that a slow follower may lag behind.
const BACKLOG: usize = 64;

/// Why a job was not begun or broken off.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JobError {
    /// Something is under way already that it would get in the way of.
    #[error("{action} is under way already, as {job}")]
    InFlight {
        /// What is under way.
        action: &'static str,
        /// The job that does it.
        job: JobId,
    },
    /// Too many jobs at a time.
    #[error("{count} jobs are under way on this target; wait for one to end")]
    Busy {
        /// How many.
        count: usize,
    },
    /// There is no such job.
    #[error("there is no job {id}")]
    NoJob {
        /// What was asked for.
        id: String,
    },
    /// The job is over, or cannot be broken off any more.
    #[error("the job {id} has nothing to break off")]
    NothingToCancel {
        /// Which job.
        id: JobId,
    },
}

/// All jobs since the program began. Cheap to clone; clones share.
#[derive(Clone, Debug)]
pub struct Jobs {
    registry: Arc<Mutex<Registry>>,
    changes: broadcast::Sender<Arc<Job>>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            registry: Arc::default(),
            changes: broadcast::Sender::new(BACKLOG),
        }
    }
}

impl Jobs {
    /// Takes the place for a command, so that it cannot be given twice at a time.
    ///
    /// # Errors
    /// When something is under way that it would get in the way of, or too much is.
    pub fn reserve(&self, new: NewJob) -> Result<Arc<Job>, JobError> {
        self.lock().reserve(new, clock::now())
    }

    /// Takes in a job that was under way before the program started.
    pub(super) fn restore(&self, job: Job) -> Arc<Job> {
        self.lock().restore(job)
    }

    /// The jobs, newest first; those that ended long ago are forgotten.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<Job>> {
        self.lock().list()
    }

    /// One job.
    ///
    /// # Errors
    /// When there is none of that id.
    pub fn find(&self, id: &JobId) -> Result<Arc<Job>, JobError> {
        self.lock()
            .find(id)
            .ok_or_else(|| JobError::NoJob { id: id.to_string() })
    }

    /// Every change of a job from now on.
    #[must_use]
    pub fn follow(&self) -> broadcast::Receiver<Arc<Job>> {
        self.changes.subscribe()
    }

    /// Lets a job under way be broken off until it is over: what comes back is notified then.
    pub(super) fn allow_cancel(&self, id: &JobId) -> Arc<Notify> {
        let cancel = Arc::new(Notify::new());
        self.lock().cancels.insert(id.clone(), Arc::clone(&cancel));
        cancel
    }

    /// A job under way that can be broken off, and how.
    pub(super) fn cancellable(&self, id: &JobId) -> Result<(Arc<Job>, Arc<Notify>), JobError> {
        let job = self.find(id)?;
        let cancel = self.lock().cancels.get(id).cloned();
        match cancel.filter(|_| !job.state.is_over() && !job.cancelling) {
            Some(cancel) => Ok((job, cancel)),
            None => Err(JobError::NothingToCancel { id: id.clone() }),
        }
    }

    /// Changes a job that is under way, and tells those who follow.
    pub(super) fn change(&self, id: &JobId, change: impl FnOnce(&mut Job)) -> Arc<Job> {
        let job = self.lock().change(id, change);
        // An error means that nobody follows, which is fine.
        let _ = self.changes.send(Arc::clone(&job));
        job
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
