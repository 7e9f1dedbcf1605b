//! A game server that nobody else can join.

use serde::Deserialize;

use super::kind::{self, Field, Parsed, RuleKind, Values};
use super::reading::{Evidence, Level, Levels, Moment, Reading};
use super::scene::Scene;
use super::settings::Side;
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::model::resource::{GameServer, PlayerTrust};

static KIND: RuleKind = RuleKind {
    name: "game_full",
    label: "Game server full",
    about: "Tells when so large a share of a game server's places has been taken for a while that \
            friends cannot join.",
    of: &[ResourceKind::Game],
    on: [false, true, true],
    fields: &[
        Field::severity([Severity::Info; 3]),
        Field::dwell([1800.0, 900.0, 300.0]),
        Field::number(
            "percent",
            "Places taken",
            "percent",
            [1.0, 100.0],
            [100.0, 100.0, 90.0],
        ),
    ],
};

/// It is over when this much less of the places is taken.
const SLACK: f64 = 0.95;

#[derive(Deserialize)]
struct Settings {
    severity: Severity,
    dwell_seconds: u32,
    percent: u32,
}

/// See the module.
pub(super) struct GameFull;

impl Rule for GameFull {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Settings>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, game, settings) in scene.games::<Settings>() {
            let places = places(game).filter(|_| scene.is_fresh());
            let evidence = places.map_or(Evidence::Unknown, |(players, all)| {
                let share = f64::from(players) / f64::from(all);
                let raise = f64::from(settings.percent) / 100.0;
                let level = Level::of(
                    share,
                    Side::Above,
                    raise,
                    raise * SLACK,
                    settings.dwell_seconds,
                );
                Evidence::Measured {
                    value: Some(share),
                    levels: Levels::only(settings.severity, level),
                    since: None,
                }
            });
            report(Reading {
                subject: "players",
                about: watched,
                evidence,
                sentence: &|moment| sentence(&watched.describe(), places, moment),
            });
        }
    }
}

/// Players and places, where both can be believed.
fn places(game: &GameServer) -> Option<(u32, u32)> {
    let all = game.answer.value()?.max_players?;
    let is_sure = game.player_trust == PlayerTrust::Exact && all > 0;
    Some((game.players()?, all)).filter(|_| is_sure)
}

fn sentence(name: &str, places: Option<(u32, u32)>, moment: Moment) -> String {
    let count = places.map_or_else(String::new, |(players, all)| {
        format!("{players} of {all} places taken")
    });
    match moment {
        Moment::Holds { held, .. } => format!("{name}: {count} for {}", words::span(held)),
        Moment::Ended { held } => {
            format!("{name}: has places again after {}", words::span(held))
        }
        Moment::Moot { why } => format!("{name}: {why}"),
    }
}

#[cfg(test)]
mod tests;
