//! The jobs there are: what would get in each other's way is not begun, and not too much at a time.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::model::game_action::GameAction;
use crate::model::id::{JobId, ResourceId, TargetId};
use crate::model::time::Timestamp;

use super::JobError;
use super::job::{Job, JobState, Order};

/// Jobs under way on one target at a time: each asks its host now and then.
const AT_ONCE: usize = 4;
/// The same where game servers are told something: they are made in batches, and mostly wait for
/// a download.
const GAMES_AT_ONCE: usize = 16;
/// Jobs that are remembered after their end.
const REMEMBERED: usize = 200;

/// A command that is to be given.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// The target that is told.
    pub target: TargetId,
    /// Who is told.
    pub resource: ResourceId,
    /// What that is called.
    pub resource_name: String,
    /// What it is told.
    pub order: Order,
    /// Who tells it.
    pub by: String,
}

/// Whether `new` must wait for `before`. A guest's host has locks of its own; a game server's has
/// none, so that there only the plug can be pulled while something else is under way.
fn excludes(before: &Order, new: &Order) -> bool {
    match (before, new) {
        (Order::Game(before), Order::Game(GameAction::Kill)) => *before == GameAction::Kill,
        (Order::Game(_), Order::Game(_)) => true,
        _ => before.word() == new.word(),
    }
}

/// All jobs, oldest first.
#[derive(Debug, Default)]
pub(super) struct Registry {
    all: Vec<Arc<Job>>,
    /// How to break off those that are followed.
    pub(super) cancels: HashMap<JobId, Arc<Notify>>,
}

impl Registry {
    /// Takes the place for a command, so that it cannot be given twice at a time.
    pub(super) fn reserve(&mut self, new: NewJob, now: Timestamp) -> Result<Arc<Job>, JobError> {
        let under_way = || self.all.iter().filter(|job| !job.state.is_over());
        let in_the_way = under_way()
            .filter(|job| job.resource == new.resource)
            .find(|job| excludes(&job.order, &new.order));
        if let Some(job) = in_the_way {
            return Err(JobError::InFlight {
                action: job.order.word(),
                job: job.id.clone(),
            });
        }
        let count = under_way().filter(|job| job.target == new.target).count();
        if count >= at_once(&new.order) {
            return Err(JobError::Busy { count });
        }
        let job = Arc::new(Job {
            id: JobId::random(),
            target: new.target,
            resource: new.resource,
            resource_name: new.resource_name,
            order: new.order,
            by: new.by,
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

const fn at_once(order: &Order) -> usize {
    match order {
        Order::Guest { .. } => AT_ONCE,
        Order::Game(_) => GAMES_AT_ONCE,
    }
}
