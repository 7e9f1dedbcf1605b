//! A game server that does not answer though whatever runs it says that it runs.

use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Level, Levels, Moment, Reading, Signal};
use super::scene::Scene;
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::model::resource::{GameServer, GameStatus};

static KIND: RuleKind = RuleKind {
    name: "game_offline",
    label: "Game server does not answer",
    about: "Warns when a game server has not answered several times in a row though it is said to \
            run, and the time that a start may take is over.",
    of: &[ResourceKind::Game],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Warning, Severity::Warning, Severity::Critical]),
        Field::dwell([300.0, 30.0, 0.0]),
    ],
};

/// See the module.
pub(super) struct GameOffline;

impl Rule for GameOffline {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Plain>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, game, settings) in scene.games::<Plain>() {
            let evidence = if scene.is_fresh() {
                judge(game, *settings)
            } else {
                Evidence::Unknown
            };
            report(Reading {
                subject: "answer",
                about: watched,
                evidence,
                sentence: &|moment| sentence(&watched.describe(), game, moment),
            });
        }
    }
}

fn judge(game: &GameServer, settings: Plain) -> Evidence {
    let measured = |signal| Evidence::Measured {
        value: None,
        levels: Levels::only(
            settings.severity,
            Level {
                signal,
                ..Level::state(false, settings.dwell_seconds)
            },
        ),
        since: None,
    };
    match game.status {
        GameStatus::Unknown => Evidence::Unknown,
        GameStatus::Stopped | GameStatus::Stopping => Evidence::Moot {
            why: "it is switched off",
        },
        GameStatus::Sleeping => Evidence::Moot {
            why: "it sleeps until a player comes",
        },
        GameStatus::Crashed => Evidence::Moot {
            why: "it has crashed",
        },
        GameStatus::Unresponsive => measured(Signal::Beyond),
        GameStatus::Starting => measured(Signal::Between),
        // A host may call running what still falls silent now and then.
        GameStatus::Running if game.silent_for > 0 => measured(Signal::Between),
        GameStatus::Running => measured(Signal::Within),
    }
}

fn sentence(name: &str, game: &GameServer, moment: Moment) -> String {
    match moment {
        Moment::Holds { held, .. } => {
            let problem = game.problem.as_deref().map_or_else(String::new, |problem| {
                format!(" — {}", words::shorten(problem, 240))
            });
            let runs = match &game.runtime {
                Some(_) => ", though it is said to run",
                None => "",
            };
            format!(
                "{name}: has not answered for {}{runs}{problem}",
                words::span(held)
            )
        }
        Moment::Ended { held } => format!("{name}: answers again after {}", words::span(held)),
        Moment::Moot { why } => format!("{name}: {why}"),
    }
}

#[cfg(test)]
mod tests;
