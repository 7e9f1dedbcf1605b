//! A guest whose newest backup is too old, or that has none though a job takes it.

use super::kind::{self, Field, Pair, Parsed, Preset, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::{Scene, Watched};
use super::{Rule, words};
use crate::model::id::ResourceKind;
use crate::model::resource::Guest;

static KIND: RuleKind = RuleKind {
    name: "backup_age",
    label: "Backup too old",
    about: "Warns when the newest backup of a guest is older than so many days. A guest without \
            any backup counts once a backup job takes it.",
    of: &[ResourceKind::Guest],
    on: [true; 3],
    fields: &[
        Field::limit(
            "warning",
            "Warn when older than",
            "days",
            [0.04, 3650.0],
            [Preset::Off, Preset::Number(8.0), Preset::Number(2.0)],
        ),
        Field::limit(
            "critical",
            "Critical when older than",
            "days",
            [0.04, 3650.0],
            [
                Preset::Number(30.0),
                Preset::Number(30.0),
                Preset::Number(7.0),
            ],
        ),
    ],
};

/// See the module.
pub(super) struct BackupAge;

impl Rule for BackupAge {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Pair>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, guest, pair) in scene.guests::<Pair>() {
            let evidence = judge(scene, guest, *pair);
            report(Reading {
                subject: "backup",
                about: watched,
                evidence,
                sentence: &|moment| sentence(scene, watched, guest, evidence, moment),
            });
        }
    }
}

fn judge(scene: &Scene<'_>, guest: &Guest, pair: Pair) -> Evidence {
    let complete = scene.index.knows_all_backups();
    let Some(newest) = scene.index.newest(guest.vmid) else {
        // Where a place could not be read, a backup may lie there.
        return match is_taken(scene, guest) {
            _ if !complete || !scene.is_fresh() => Evidence::Unknown,
            None => Evidence::Unknown,
            Some(false) => Evidence::Moot {
                why: "no backup job takes it",
            },
            // The night after it was made, a new guest gets its first backup.
            Some(true) => Evidence::state(true, mildest(pair), 86_400),
        };
    };
    let age = scene.now.since(newest.at).as_secs_f64() / 86_400.0;
    let least = [pair.warning, pair.critical].into_iter().flatten();
    let least = least.fold(f64::INFINITY, f64::min);
    // That there is a fresh one is known even where not every place could be read.
    if age >= least && (!complete || !scene.is_fresh()) {
        return Evidence::Unknown;
    }
    Evidence::above(age, pair, 1.0, 0)
}

const fn mildest(pair: Pair) -> crate::model::alert::Severity {
    match pair.warning {
        Some(_) => crate::model::alert::Severity::Warning,
        None => crate::model::alert::Severity::Critical,
    }
}

/// Whether a backup job takes a guest, where that is known.
fn is_taken(scene: &Scene<'_>, guest: &Guest) -> Option<bool> {
    let facts = &scene.view.facts;
    match facts.uncovered.value() {
        Some(uncovered) => Some(uncovered.binary_search(&guest.vmid).is_err()),
        None => {
            let jobs = facts.backup_jobs.value()?;
            Some(jobs.iter().any(|job| job.covers(guest)))
        }
    }
}

fn sentence(
    scene: &Scene<'_>,
    watched: &Watched<'_>,
    guest: &Guest,
    evidence: Evidence,
    moment: Moment,
) -> String {
    let name = watched.describe();
    let place = scene
        .index
        .newest(guest.vmid)
        .map(|newest| words::clean(&newest.place));
    match (moment, evidence.value()) {
        (Moment::Holds { limit, .. }, Some(age)) => {
            let place = place.map_or_else(String::new, |place| format!(" on {place}"));
            let limit = limit.map_or_else(String::new, |limit| {
                format!(", limit {}", words::days(limit))
            });
            format!(
                "{name}: newest backup{place} is {} old{limit}",
                words::days(age)
            )
        }
        (Moment::Holds { .. }, None) => format!("{name}: has no backup at all"),
        (Moment::Ended { .. }, _) => format!("{name}: backed up again"),
        (Moment::Moot { why }, _) => format!("{name}: the age of its backup is not judged, {why}"),
    }
}

#[cfg(test)]
mod tests;
