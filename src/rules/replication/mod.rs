//! A guest whose disks are not replicated as planned.

use serde::Deserialize;

use super::kind::{self, Field, Parsed, Preset, RuleKind, Values};
use super::reading::{Evidence, Level, Levels, Moment, Reading};
use super::scene::{Scene, Watched};
use super::settings::Side;
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::facts::Replication;
use crate::model::id::{ResourceId, ResourceKind};

static KIND: RuleKind = RuleKind {
    name: "replication",
    label: "Replication failed or late",
    about: "Warns when a replication job has failed so often in a row, or has not worked for so \
            many hours beyond its schedule.",
    of: &[ResourceKind::Guest],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Warning, Severity::Warning, Severity::Critical]),
        Field::number(
            "failures",
            "Failures in a row",
            "",
            [1.0, 1000.0],
            [5.0, 2.0, 1.0],
        ),
        Field::limit(
            "late_hours",
            "Warn when late by",
            "hours",
            [0.1, 8760.0],
            [
                Preset::Number(24.0),
                Preset::Number(6.0),
                Preset::Number(1.0),
            ],
        ),
    ],
};

#[derive(Clone, Copy, Deserialize)]
struct Settings {
    severity: Severity,
    failures: u32,
    late_hours: Option<f64>,
}

/// See the module.
pub(super) struct ReplicationHealth;

impl Rule for ReplicationHealth {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Settings>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let jobs = scene.view.facts.replication.value();
        for job in jobs.map_or(&[][..], |jobs| jobs.as_slice()) {
            let Some(vmid) = job.vmid else {
                continue;
            };
            let id = ResourceId::guest(&scene.view.summary.id, vmid);
            let Some((watched, settings)) = scene.find::<Settings>(&id) else {
                continue;
            };
            report(Reading {
                subject: &job.id,
                about: watched,
                evidence: judge(scene, job, *settings),
                sentence: &|moment| sentence(scene, watched, job, moment),
            });
        }
    }

    fn can_tell(&self, scene: &Scene<'_>, _: &ResourceId, _: &str) -> bool {
        scene.is_fresh() && scene.view.facts.replication.value().is_some()
    }
}

/// By how much a job is late: the next run it told of is over, and it did not work since.
fn lateness(scene: &Scene<'_>, job: &Replication) -> Option<f64> {
    let due = job.next_sync?;
    if job.last_sync.is_some_and(|last| last >= due) {
        return Some(0.0);
    }
    Some(scene.now.since(due).as_secs_f64() / 3600.0)
}

fn judge(scene: &Scene<'_>, job: &Replication, settings: Settings) -> Evidence {
    if !scene.is_fresh() {
        return Evidence::Unknown;
    }
    if job.disabled {
        return Evidence::Moot {
            why: "it is switched off",
        };
    }
    let failing = Level::state(job.failures >= settings.failures, 0);
    let mut levels = Levels::only(settings.severity, failing);
    let late = lateness(scene, job);
    if let (Some(limit), Some(late)) = (settings.late_hours, late) {
        let level = Level::of(late, Side::Above, limit, limit, 0);
        levels = levels.and(settings.severity, level);
    }
    Evidence::Measured {
        value: Some(f64::from(job.failures)),
        levels,
        since: None,
    }
}

fn sentence(scene: &Scene<'_>, watched: &Watched<'_>, job: &Replication, moment: Moment) -> String {
    let name = watched.describe();
    let to = job
        .target
        .as_deref()
        .map_or_else(String::new, |node| format!(" to {}", words::clean(node)));
    match moment {
        Moment::Holds { .. } => {
            let since = job.last_sync.map(|at| words::span(scene.now.since(at)));
            let since =
                since.map_or_else(String::new, |since| format!(", last worked {since} ago"));
            let what = match job.failures {
                0 => "is late".to_owned(),
                1 => "has failed".to_owned(),
                times => format!("has failed {times} times in a row"),
            };
            let error = job.error.as_deref().map_or_else(String::new, |error| {
                format!(" — {}", words::shorten(error, 240))
            });
            format!("{name}: replication{to} {what}{since}{error}")
        }
        Moment::Ended { held } => {
            format!(
                "{name}: replication{to} works again after {}",
                words::span(held)
            )
        }
        Moment::Moot { why } => format!("{name}: replication{to} is no longer judged, {why}"),
    }
}

#[cfg(test)]
mod tests;
