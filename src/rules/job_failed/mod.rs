//! A scheduled job of a backup server failed: collecting garbage, pruning, copying, verifying.

use std::fmt::Write as _;

use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::{It, Scene, Watched};
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::job::{Job, JobKind};
use crate::model::resource::Resource;
use crate::model::task::TaskOutcome;

static KIND: RuleKind = RuleKind {
    name: "job_failed",
    label: "Backup server's job failed",
    about: "Warns when the latest run of a datastore's garbage collection, prune, sync or verify \
            job failed, and when garbage collection found broken chunks.",
    of: &[ResourceKind::Datastore],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Warning, Severity::Warning, Severity::Critical]),
        Field::dwell([0.0; 3]),
    ],
};

/// Characters of the host's own words that are repeated.
const MESSAGE_LENGTH: usize = 240;

/// See the module.
pub(super) struct JobFailed;

impl Rule for JobFailed {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Plain>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let mut subject = String::new();
        let jobs = scene.view.facts.jobs.value();
        for job in jobs.map_or(&[][..], |jobs| jobs.as_slice()) {
            let on = job
                .datastore
                .as_ref()
                .and_then(|id| scene.find::<Plain>(id));
            let Some((watched, settings)) = on else {
                continue;
            };
            subject.clear();
            // Writing to a string cannot fail.
            let _ = write!(subject, "{}:{}", job.kind.word(), job.id);
            report(Reading {
                subject: &subject,
                about: watched,
                evidence: judge(scene, job, *settings),
                sentence: &|moment| sentence(watched, job, moment),
            });
        }
        look_for_broken_chunks(scene, report);
    }

    fn can_tell(&self, scene: &Scene<'_>, _: &ResourceId, subject: &str) -> bool {
        let is_known = subject == CHUNKS || scene.view.facts.jobs.value().is_some();
        scene.is_fresh() && is_known
    }
}

const CHUNKS: &str = "bad_chunks";

fn look_for_broken_chunks(scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
    for (watched, settings) in scene.on::<Plain>(ResourceKind::Datastore) {
        let It::Resource(Resource::Datastore(store)) = watched.it else {
            continue;
        };
        let bad = store
            .garbage
            .as_ref()
            .and_then(|garbage| garbage.bad_chunks);
        let evidence = match bad.filter(|_| scene.is_fresh()) {
            None => Evidence::Unknown,
            Some(bad) => Evidence::state(bad > 0, settings.severity, settings.dwell_seconds),
        };
        report(Reading {
            subject: CHUNKS,
            about: watched,
            evidence,
            sentence: &|moment| {
                let name = watched.describe();
                match moment {
                    Moment::Holds { .. } => {
                        let bad = bad.unwrap_or_default();
                        format!("{name}: {bad} broken chunks were found, backups in it are damaged")
                    }
                    Moment::Ended { .. } => format!("{name}: no broken chunks any more"),
                    Moment::Moot { why } => format!("{name}: {why}"),
                }
            },
        });
    }
}

fn judge(scene: &Scene<'_>, job: &Job, settings: Plain) -> Evidence {
    if job.disabled {
        return Evidence::Moot {
            why: "it is switched off",
        };
    }
    let is_failed = match job.last_run.as_ref().map(|run| &run.outcome) {
        _ if !scene.is_fresh() => return Evidence::Unknown,
        Some(TaskOutcome::Ok | TaskOutcome::Warnings(_)) => false,
        Some(TaskOutcome::Failed(_)) => true,
        None | Some(TaskOutcome::Running | TaskOutcome::Unknown) => return Evidence::Unknown,
    };
    Evidence::state(is_failed, settings.severity, settings.dwell_seconds)
}

fn sentence(watched: &Watched<'_>, job: &Job, moment: Moment) -> String {
    let name = watched.describe();
    let what = match job.kind {
        JobKind::GarbageCollection => "collecting garbage".to_owned(),
        JobKind::Prune => format!("the prune job {}", words::clean(&job.id)),
        JobKind::Sync => format!("the sync job {}", words::clean(&job.id)),
        JobKind::Verify => format!("the verify job {}", words::clean(&job.id)),
        JobKind::Tape => format!("the tape job {}", words::clean(&job.id)),
    };
    match (moment, job.last_run.as_ref().map(|run| &run.outcome)) {
        (Moment::Holds { .. }, Some(TaskOutcome::Failed(word))) => {
            format!(
                "{name}: {what} failed — {}",
                words::shorten(word, MESSAGE_LENGTH)
            )
        }
        (Moment::Holds { .. }, _) => format!("{name}: {what} failed"),
        (Moment::Ended { .. }, _) => format!("{name}: {what} works again"),
        (Moment::Moot { why }, _) => format!("{name}: {what} is no longer judged, {why}"),
    }
}

#[cfg(test)]
mod tests;
