//! A game server of which its host knows a newer version.

use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::Scene;
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::model::resource::GameServer;

static KIND: RuleKind = RuleKind {
    name: "game_outdated",
    label: "Game server behind",
    about: "Tells when a game server's host has known of a newer version for a while: players \
            with the newer one cannot join most games.",
    of: &[ResourceKind::Game],
    on: [false, true, true],
    fields: &[
        Field::severity([Severity::Info, Severity::Info, Severity::Warning]),
        Field::dwell([86_400.0, 7_200.0, 600.0]),
    ],
};

/// See the module.
pub(super) struct GameOutdated;

impl Rule for GameOutdated {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Plain>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, game, settings) in scene.games::<Plain>() {
            let evidence = if scene.is_fresh() {
                Evidence::state(
                    game.newer_version.is_some(),
                    settings.severity,
                    settings.dwell_seconds,
                )
            } else {
                Evidence::Unknown
            };
            report(Reading {
                subject: "version",
                about: watched,
                evidence,
                sentence: &|moment| sentence(&watched.describe(), game, moment),
            });
        }
    }
}

fn sentence(name: &str, game: &GameServer, moment: Moment) -> String {
    match moment {
        Moment::Holds { .. } => {
            let newer = game.newer_version.as_deref().unwrap_or("a newer version");
            let runs = game.answer.value().and_then(|said| said.version.as_deref());
            let runs = runs.map_or_else(String::new, |runs| {
                format!(", it runs {}", words::shorten(runs, 60))
            });
            format!("{name}: there is {}{runs}", words::shorten(newer, 60))
        }
        Moment::Ended { .. } => format!("{name}: runs the newest version"),
        Moment::Moot { why } => format!("{name}: {why}"),
    }
}

#[cfg(test)]
mod tests;
