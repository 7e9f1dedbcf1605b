//! A space that will be full within days if it goes on as it did.

use super::kind::{self, Field, Pair, Parsed, Preset, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::{Scene, Watched};
use super::{Rule, words};
use crate::model::id::ResourceKind;
use crate::model::metric::Unit;

const KINDS: &[ResourceKind] = &[
    ResourceKind::Node,
    ResourceKind::Guest,
    ResourceKind::Storage,
    ResourceKind::Datastore,
];

static KIND: RuleKind = RuleKind {
    name: "time_to_full",
    label: "Full soon",
    about: "Warns when a disk, storage or datastore will be full within so many days, if it goes \
            on growing as over the past week.",
    of: KINDS,
    on: [true; 3],
    fields: &[
        Field::limit(
            "warning",
            "Warn when full within",
            "days",
            [0.0, 365.0],
            [Preset::Off, Preset::Number(7.0), Preset::Number(30.0)],
        ),
        Field::limit(
            "critical",
            "Critical when full within",
            "days",
            [0.0, 365.0],
            [
                Preset::Number(1.0),
                Preset::Number(1.0),
                Preset::Number(3.0),
            ],
        ),
    ],
};

/// It is over when it will last by this much longer than the limit.
const SLACK: f64 = 1.25;

/// A forecast wanders; what it says has to hold for an hour.
const DWELL: u32 = 3600;

/// See the module.
pub(super) struct TimeToFull;

impl Rule for TimeToFull {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Pair>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for kind in KINDS {
            for (watched, pair) in scene.on::<Pair>(*kind) {
                let found = scene.forecasts.filling.get(watched.it.id());
                let evidence = match (scene.forecasts.made_at, found) {
                    (None, _) => Evidence::Unknown,
                    (Some(_), None) => Evidence::fine(*pair),
                    (Some(_), Some(found)) => {
                        let left = found.full_at.since(scene.now).as_secs_f64();
                        Evidence::below(left / 86_400.0, *pair, SLACK, DWELL)
                    }
                };
                let growth = found.map(|found| found.per_day);
                report(Reading {
                    subject: "disk",
                    about: watched,
                    evidence,
                    sentence: &|moment| sentence(watched, evidence, growth, moment),
                });
            }
        }
    }
}

fn sentence(
    watched: &Watched<'_>,
    evidence: Evidence,
    growth: Option<f64>,
    moment: Moment,
) -> String {
    let name = watched.describe();
    let left = evidence.value().map(words::days);
    match (moment, left) {
        (Moment::Holds { .. }, Some(left)) => {
            let growth = growth.map_or_else(String::new, |bytes| {
                format!(", growing by {} a day", words::figure(bytes, Unit::Bytes))
            });
            format!("{name}: full in about {left} if it goes on like this{growth}")
        }
        (Moment::Holds { .. }, None) => format!("{name}: fills up"),
        (Moment::Ended { .. }, Some(left)) => {
            format!("{name}: fills more slowly, full in about {left}")
        }
        (Moment::Ended { .. }, None) => format!("{name}: no longer fills up"),
        (Moment::Moot { why }, _) => format!("{name}: {why}"),
    }
}

#[cfg(test)]
mod tests;
