//! The jobs there are: one of a kind per guest at a time, and not too many per target.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::model::action::Action;
use crate::model::id::{JobId, TargetId};
use crate::model::resource::Guest;
use crate::model::time::Timestamp;

use super::error::ControlError;
use super::job::{Job, JobState};

/// Jobs under way on one target at a time: each asks its host now and then.
const AT_ONCE: usize = 4;
/// Jobs that are remembered after their end.
const REMEMBERED: usize = 200;

/// All jobs, oldest first.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    all: Vec<Arc<Job>>,
    /// How to break off those that are followed.
    pub(super) cancels: HashMap<JobId, Arc<Notify>>,
}

impl Jobs {
    /// Takes the place for a command, so that it cannot be given twice at a time.
    pub(super) fn reserve(
        &mut self,
        guest: &Guest,
        target: TargetId,
        action: Action,
        by: &str,
        now: Timestamp,
    ) -> Result<Arc<Job>, ControlError> {
        let under_way = || self.all.iter().filter(|job| !job.state.is_over());
        let same =
            under_way().find(|job| job.guest == guest.id && job.action.word() == action.word());
        if let Some(job) = same {
            return Err(ControlError::InFlight {
                action: action.word(),
                job: job.id.clone(),
            });
        }
        let count = under_way().filter(|job| job.target == target).count();
        if count >= AT_ONCE {
            return Err(ControlError::Busy { count });
        }
        let job = Arc::new(Job {
            id: JobId::random(),
            target,
            guest: guest.id.clone(),
            guest_name: guest.name.clone(),
            vmid: guest.vmid,
            node: guest.node.clone(),
            action,
            by: by.to_owned(),
            state: JobState::Asking,
            progress: None,
            message: None,
            task: None,
            log: Vec::new(),
            asked_at: now,
            ended_at: None,
            cancelling: false,
        });
        let over = self.all.iter().filter(|job| job.state.is_over()).count();
        if over >= REMEMBERED
            && let Some(oldest) = self.all.iter().position(|job| job.state.is_over())
        {
            self.all.remove(oldest);
        }
        self.all.push(Arc::clone(&job));
        Ok(job)
    }

    /// Takes in a job that was under way before the program started.
    pub(super) fn restore(&mut self, job: Job) -> Arc<Job> {
        let job = Arc::new(job);
        self.all.push(Arc::clone(&job));
        job
    }

    pub(super) fn find(&self, id: &JobId) -> Option<Arc<Job>> {
        self.all.iter().find(|job| job.id == *id).cloned()
    }

    pub(super) fn list(&self) -> Vec<Arc<Job>> {
        self.all.iter().rev().cloned().collect()
    }

    /// Changes a job that is under way.
    pub(super) fn change(&mut self, id: &JobId, change: impl FnOnce(&mut Job)) -> Arc<Job> {
        let place = self
            .all
            .iter_mut()
            .find(|job| job.id == *id)
            .expect("invariant: a job under way is not forgotten");
        change(Arc::make_mut(place));
        let job = Arc::clone(place);
        if job.state.is_over() {
            self.cancels.remove(id);
        }
        job
    }
}
