//! The present as live clients see it: one version of the fleet and the alerts beside it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytestring::ByteString;

use crate::model::alert::{Alert, AlertState};
use crate::model::id::{AlertId, JobId};
use crate::model::time::Timestamp;
use crate::services::jobs::Job;
use crate::state::Fleet;

/// How long Pulse lists an alert as recently resolved.
const RECENT: Duration = Duration::from_secs(5 * 60);

/// One version, with its renderings made once and shared by all who ask.
#[derive(Debug, Default)]
pub struct Present {
    /// Grows by one with every change that live clients can see.
    pub version: u64,
    /// When it was made.
    pub at: Timestamp,
    /// The watched things.
    pub fleet: Arc<Fleet>,
    open: BTreeMap<AlertId, Arc<Alert>>,
    resolved: Vec<Arc<Alert>>,
    jobs: BTreeMap<JobId, Arc<Job>>,
    pub(super) full: OnceLock<ByteString>,
    pub(super) raw_data: OnceLock<ByteString>,
}

impl Present {
    /// The version that follows, with another fleet and some alerts changed.
    #[must_use]
    pub fn next(&self, fleet: Arc<Fleet>, alerts: &[Alert], at: Timestamp) -> Self {
        let mut open = self.open.clone();
        let mut resolved = self.resolved.clone();
        for alert in alerts {
            open.remove(&alert.id);
            resolved.retain(|known| known.id != alert.id);
            match alert.state {
                AlertState::Firing => {
                    open.insert(alert.id.clone(), Arc::new(alert.clone()));
                }
                AlertState::Resolved => resolved.push(Arc::new(alert.clone())),
            }
        }
        resolved.retain(|alert| is_recent(alert, at));
        Self {
            version: self.version + 1,
            at,
            fleet,
            open,
            resolved,
            jobs: self.jobs.clone(),
            full: OnceLock::new(),
            raw_data: OnceLock::new(),
        }
    }

    /// The version that follows when what is open had to be read anew.
    #[must_use]
    pub fn restart(&self, fleet: Arc<Fleet>, open: &[Alert], at: Timestamp) -> Self {
        let empty = Self {
            version: self.version,
            resolved: self.resolved.clone(),
            jobs: self.jobs.clone(),
            ..Self::default()
        };
        empty.next(fleet, open, at)
    }

    /// The version that follows when a job began, went on or ended; what ended long ago is left out.
    #[must_use]
    pub fn with_job(&self, job: &Arc<Job>, at: Timestamp) -> Self {
        let mut next = self.next(Arc::clone(&self.fleet), &[], at);
        next.jobs.insert(job.id.clone(), Arc::clone(job));
        next.jobs
            .retain(|_, job| job.ended_at.is_none_or(|ended| at.since(ended) <= RECENT));
        next
    }

    /// Jobs under way, and those that ended within five minutes.
    pub fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values().map(|job| &**job)
    }

    /// Jobs that are new or differ since `before`.
    pub(super) fn jobs_since(&self, before: &Self) -> impl Iterator<Item = &Job> {
        let same = |job: &&Arc<Job>| {
            let old = before.jobs.get(&job.id);
            old.is_some_and(|old| Arc::ptr_eq(old, job))
        };
        let changed = self.jobs.values().filter(move |job| !same(job));
        changed.map(|job| &**job)
    }

    /// Alerts that hold.
    pub fn open_alerts(&self) -> impl Iterator<Item = &Alert> {
        self.open.values().map(|alert| &**alert)
    }

    /// Alerts that ended within five minutes before `now`.
    pub fn resolved_alerts(&self, now: Timestamp) -> impl Iterator<Item = &Alert> {
        self.resolved
            .iter()
            .map(|alert| &**alert)
            .filter(move |alert| is_recent(alert, now))
    }
}

fn is_recent(alert: &Alert, now: Timestamp) -> bool {
    alert
        .resolved_at
        .is_some_and(|ended| now.since(ended) <= RECENT)
}
