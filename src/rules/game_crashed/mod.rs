//! A game server that ended by itself, and not well.

use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::Scene;
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::model::resource::{GameServer, GameStatus};

static KIND: RuleKind = RuleKind {
    name: "game_crashed",
    label: "Game server crashed",
    about: "Warns when a game server ended by itself with an error or for want of memory, as its \
            host says.",
    of: &[ResourceKind::Game],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Warning, Severity::Critical, Severity::Critical]),
        Field::dwell([60.0, 0.0, 0.0]),
    ],
};

/// See the module.
pub(super) struct GameCrashed;

impl Rule for GameCrashed {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Plain>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, game, settings) in scene.games::<Plain>() {
            let evidence = match game.status {
                _ if !scene.is_fresh() => Evidence::Unknown,
                GameStatus::Unknown => Evidence::Unknown,
                GameStatus::Stopped | GameStatus::Stopping => Evidence::Moot {
                    why: "it is switched off",
                },
                status => Evidence::state(
                    status == GameStatus::Crashed,
                    settings.severity,
                    settings.dwell_seconds,
                ),
            };
            report(Reading {
                subject: "status",
                about: watched,
                evidence,
                sentence: &|moment| sentence(&watched.describe(), game, moment),
            });
        }
    }
}

fn sentence(name: &str, game: &GameServer, moment: Moment) -> String {
    match moment {
        Moment::Holds { held, .. } => {
            let how = game.problem.as_deref().unwrap_or("it ended by itself");
            let how = words::shorten(how, 240);
            format!("{name}: crashed {} ago — {how}", words::span(held))
        }
        Moment::Ended { held } => {
            format!("{name}: runs again {} after it crashed", words::span(held))
        }
        Moment::Moot { why } => format!("{name}: {why}"),
    }
}

#[cfg(test)]
mod tests;
