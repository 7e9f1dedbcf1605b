//! A game server that takes more and more memory since it was started, and will hit its limit.

use super::kind::{self, Field, Pair, Parsed, Preset, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::Scene;
use super::{Rule, words};
use crate::model::id::ResourceKind;
use crate::model::metric::Unit;
use crate::model::resource::GameStatus;

static KIND: RuleKind = RuleKind {
    name: "game_leak",
    label: "Game server out of memory soon",
    about: "Warns when a game server will reach its memory limit within so many hours, if it goes \
            on growing as since its start: a restart while nobody plays is due.",
    of: &[ResourceKind::Game],
    on: [true; 3],
    fields: &[
        Field::limit(
            "warning",
            "Warn when full within",
            "hours",
            [0.0, 720.0],
            [Preset::Off, Preset::Number(12.0), Preset::Number(48.0)],
        ),
        Field::limit(
            "critical",
            "Critical when full within",
            "hours",
            [0.0, 720.0],
            [
                Preset::Number(1.0),
                Preset::Number(2.0),
                Preset::Number(6.0),
            ],
        ),
    ],
};

/// It is over when it will last by this much longer than the limit.
const SLACK: f64 = 1.5;

/// A trend wanders; what it says has to hold for half an hour.
const DWELL: u32 = 1800;

/// See the module.
pub(super) struct GameLeak;

impl Rule for GameLeak {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Pair>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, game, pair) in scene.games::<Pair>() {
            let found = scene.forecasts.leaking.get(&game.id);
            // A trend of the run before says nothing of this one.
            let found = found.filter(|found| {
                game.started_at
                    .is_none_or(|started| started <= found.made_at)
            });
            let evidence = match (game.status, scene.forecasts.made_at, found) {
                (GameStatus::Stopped | GameStatus::Crashed, _, _) => Evidence::Moot {
                    why: "it does not run",
                },
                (_, None, _) => Evidence::Unknown,
                (_, Some(_), None) => Evidence::fine(*pair),
                (_, Some(_), Some(found)) => {
                    let left = found.full_at.since(scene.now).as_secs_f64();
                    Evidence::below(left / 3600.0, *pair, SLACK, DWELL)
                }
            };
            let growth = found.map(|found| found.per_day);
            report(Reading {
                subject: "memory",
                about: watched,
                evidence,
                sentence: &|moment| sentence(&watched.describe(), evidence, growth, moment),
            });
        }
    }
}

fn sentence(name: &str, evidence: Evidence, growth: Option<f64>, moment: Moment) -> String {
    let left = evidence.value().map(|hours| words::days(hours / 24.0));
    match (moment, left) {
        (Moment::Holds { .. }, Some(left)) => {
            let growth = growth.map_or_else(String::new, |bytes| {
                format!(
                    ", growing by {} an hour since its start",
                    words::figure(bytes / 24.0, Unit::Bytes)
                )
            });
            format!("{name}: out of memory in about {left} if it goes on like this{growth}")
        }
        (Moment::Holds { .. }, None) => format!("{name}: takes more and more memory"),
        (Moment::Ended { .. }, _) => format!("{name}: no longer takes more and more memory"),
        (Moment::Moot { why }, _) => format!("{name}: {why}"),
    }
}

#[cfg(test)]
mod tests;
