//! A guest that no backup job takes.

use serde::Deserialize;

use super::kind::{self, Field, Parsed, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::Scene;
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;

static KIND: RuleKind = RuleKind {
    name: "backup_coverage",
    label: "Guest in no backup job",
    about: "Says which guests no backup job takes, as the host counts.",
    of: &[ResourceKind::Guest],
    on: [false, true, true],
    fields: &[
        Field::severity([Severity::Info, Severity::Info, Severity::Warning]),
        // A guest that is just being made gets into its job within the hour.
        Field::dwell([3600.0, 3600.0, 3600.0]),
        Field::switch(
            "without_jobs",
            "Even where there is no backup job at all",
            [false, false, true],
        ),
    ],
};

#[derive(Deserialize)]
struct Settings {
    severity: Severity,
    dwell_seconds: u32,
    without_jobs: bool,
}

/// See the module.
pub(super) struct BackupCoverage;

impl Rule for BackupCoverage {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Settings>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let uncovered = scene.view.facts.uncovered.value();
        let jobs = scene.view.facts.backup_jobs.value();
        for (watched, guest, settings) in scene.guests::<Settings>() {
            let is_uncovered = match (uncovered, jobs) {
                (Some(list), _) => Some(list.binary_search(&guest.vmid).is_ok()),
                (None, Some(jobs)) => Some(!jobs.iter().any(|job| job.covers(guest))),
                (None, None) => None,
            };
            let evidence = match is_uncovered.filter(|_| scene.is_fresh()) {
                None => Evidence::Unknown,
                Some(_) if !settings.without_jobs && jobs.is_some_and(|jobs| jobs.is_empty()) => {
                    Evidence::Moot {
                        why: "there is no backup job at all",
                    }
                }
                Some(is_uncovered) => {
                    Evidence::state(is_uncovered, settings.severity, settings.dwell_seconds)
                }
            };
            report(Reading {
                subject: "jobs",
                about: watched,
                evidence,
                sentence: &|moment| {
                    let name = watched.describe();
                    match moment {
                        Moment::Holds { .. } => format!("{name}: no backup job takes it"),
                        Moment::Ended { held } => {
                            let held = words::span(held);
                            format!("{name}: a backup job takes it now, after {held}")
                        }
                        Moment::Moot { why } => format!("{name}: {why}"),
                    }
                },
            });
        }
    }
}

#[cfg(test)]
mod tests;
