//! Following a host's task until it is over.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::model::id::JobId;
use crate::services::audit::Outcome;
use crate::sources::control::Controller;
use crate::telemetry::clock;

use super::{Asker, Control, JobState, entry, word_of};

/// Questions in a row that may fail before nobody asks any more.
const FAILURES: u32 = 30;

/// Follows one task.
pub(super) struct Follower {
    pub(super) control: Control,
    pub(super) job: JobId,
    pub(super) task: String,
    pub(super) controller: Box<dyn Controller>,
    pub(super) cancel: Arc<Notify>,
    pub(super) by: Asker,
}

impl Follower {
    /// Follows the task until it is over, and enters in the audit how it came out.
    pub(super) async fn run(mut self) {
        let control = self.control.clone();
        let stop = control.stop.clone();
        let mut wait = control.rhythm.first;
        let mut from = 0;
        let mut failures = 0;
        loop {
            tokio::select! {
                // It is kept as under way, and followed again after the next start.
                () = stop.cancelled() => return,
                () = self.cancel.notified() => self.break_off().await,
                () = tokio::time::sleep(wait) => {}
            }
            wait = (wait + wait / 2).min(control.rhythm.longest);
            match self.controller.follow(&self.task, from).await {
                Ok(progress) => {
                    failures = 0;
                    from = progress.next;
                    let ended = progress.ended;
                    if progress.lines.is_empty() && ended.is_none() {
                        continue;
                    }
                    let now = clock::now();
                    let job = control.jobs.change(&self.job, |job| {
                        job.add_lines(progress.lines);
                        if let Some(outcome) = &ended {
                            job.end(outcome, now);
                        }
                    });
                    if job.state.is_over() {
                        break;
                    }
                }
                Err(error) => {
                    failures += 1;
                    if failures >= FAILURES {
                        self.give_up(&format!("the task cannot be followed: {error}"));
                        break;
                    }
                }
            }
        }
        self.finish().await;
    }

    async fn break_off(&mut self) {
        if let Err(error) = self.controller.cancel(&self.task).await {
            let message = format!("it cannot be broken off: {error}");
            let job = self.control.jobs.change(&self.job, |job| {
                job.cancelling = false;
                job.add_lines(vec![message.clone()]);
            });
            let denied = entry(&job, &self.by, "guest.cancel", Outcome::Failed, message);
            self.control.enter(denied).await;
        }
    }

    fn give_up(&self, why: &str) {
        let now = clock::now();
        self.control.jobs.change(&self.job, |job| {
            job.end_as(JobState::Unknown, why.to_owned(), now);
        });
    }

    async fn finish(self) {
        let Ok(job) = self.control.find(&self.job) else {
            return;
        };
        let outcome = match job.state {
            JobState::Ok | JobState::Warnings => Outcome::Ok,
            JobState::Failed | JobState::Cancelled => Outcome::Failed,
            JobState::Asking | JobState::Running | JobState::Unknown => Outcome::Unknown,
        };
        let message = match job.state {
            JobState::Cancelled => "broken off".to_owned(),
            JobState::Warnings => "with warnings".to_owned(),
            _ => job.message.clone().unwrap_or_default(),
        };
        let ended = entry(&job, &self.by, &word_of(&job), outcome, message);
        self.control.over(ended, &job).await;
        // What changed shows with the host's next refresh, which comes within 10 s.
        self.control.targets.look_now(&job.target);
        if !self.control.stop.is_cancelled() {
            let again = Duration::from_secs(10).min(self.control.rhythm.longest);
            tokio::select! {
                () = self.control.stop.cancelled() => {}
                () = tokio::time::sleep(again) => self.control.targets.look_now(&job.target),
            }
        }
    }
}
