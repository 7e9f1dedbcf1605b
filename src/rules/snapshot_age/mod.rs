//! A guest with a snapshot that somebody forgot.

use super::kind::{self, Field, Pair, Parsed, Preset, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::{Scene, Watched};
use super::{Rule, words};
use crate::model::id::ResourceKind;
use crate::model::resource::{Guest, Snapshot};

static KIND: RuleKind = RuleKind {
    name: "snapshot_age",
    label: "Snapshot too old",
    about: "Warns when the oldest snapshot of a guest is older than so many days: it grows, and \
            slows the guest down.",
    of: &[ResourceKind::Guest],
    on: [false, true, true],
    fields: &[
        Field::limit(
            "warning",
            "Warn when older than",
            "days",
            [0.04, 3650.0],
            [
                Preset::Number(90.0),
                Preset::Number(30.0),
                Preset::Number(7.0),
            ],
        ),
        Field::limit(
            "critical",
            "Critical when older than",
            "days",
            [0.04, 3650.0],
            [Preset::Off, Preset::Off, Preset::Number(30.0)],
        ),
    ],
};

/// See the module.
pub(super) struct SnapshotAge;

impl Rule for SnapshotAge {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Pair>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, guest, pair) in scene.guests::<Pair>() {
            let evidence = match guest.facts.snapshots.value() {
                Some(_) if scene.is_fresh() => match oldest(guest) {
                    None => Evidence::fine(*pair),
                    Some((_, at)) => {
                        let age = scene.now.since(at).as_secs_f64() / 86_400.0;
                        Evidence::above(age, *pair, 1.0, 0)
                    }
                },
                _ => Evidence::Unknown,
            };
            report(Reading {
                subject: "snapshot",
                about: watched,
                evidence,
                sentence: &|moment| sentence(watched, guest, evidence, moment),
            });
        }
    }
}

fn oldest(guest: &Guest) -> Option<(&Snapshot, crate::model::time::Timestamp)> {
    let snapshots = guest.facts.snapshots.value()?.iter();
    let dated = snapshots.filter_map(|snapshot| Some((snapshot, snapshot.at?)));
    dated.min_by_key(|(_, at)| *at)
}

fn sentence(watched: &Watched<'_>, guest: &Guest, evidence: Evidence, moment: Moment) -> String {
    let name = watched.describe();
    match moment {
        Moment::Holds { limit, .. } => {
            let snapshot = oldest(guest).map(|(snapshot, _)| words::clean(&snapshot.name));
            let age = evidence.value().map(words::days).unwrap_or_default();
            let limit = limit.map_or_else(String::new, |limit| {
                format!(", limit {}", words::days(limit))
            });
            format!(
                "{name}: the snapshot {} is {age} old{limit}",
                snapshot.unwrap_or_default()
            )
        }
        Moment::Ended { .. } => format!("{name}: its old snapshot is gone"),
        Moment::Moot { why } => format!("{name}: {why}"),
    }
}

#[cfg(test)]
mod tests;
