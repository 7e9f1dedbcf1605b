//! A game server whose plan makes backups and which has had no good one since it was due.

use super::kind::{self, Field, Pair, Parsed, Preset, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::Scene;
use super::{Rule, words};
use crate::model::id::ResourceKind;

static KIND: RuleKind = RuleKind {
    name: "game_backup_overdue",
    label: "Game server's backup overdue",
    about: "Warns when the plan of a game server wanted a backup so many hours ago, and no good one \
            was made since: of a server that was well, and read through afterwards.",
    of: &[ResourceKind::Game],
    on: [true; 3],
    fields: &[
        Field::limit(
            "warning",
            "Warn when late by",
            "hours",
            [0.5, 720.0],
            [
                Preset::Number(24.0),
                Preset::Number(6.0),
                Preset::Number(2.0),
            ],
        ),
        Field::limit(
            "critical",
            "Critical when late by",
            "hours",
            [0.5, 720.0],
            [Preset::Off, Preset::Number(72.0), Preset::Number(24.0)],
        ),
    ],
};

/// See the module.
pub(super) struct GameBackupOverdue;

impl Rule for GameBackupOverdue {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Pair>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, game, pair) in scene.games::<Pair>() {
            let plans = scene.forecasts.backups.as_ref();
            let due = plans.and_then(|plans| plans.get(&game.id));
            let evidence = match (plans, due) {
                (None, _) => Evidence::Unknown,
                (Some(_), None) => Evidence::Moot {
                    why: "no plan makes backups of it",
                },
                (Some(_), Some(due)) => {
                    let late = scene.now.since(due.due_at).as_secs_f64() / 3600.0;
                    Evidence::above(late, *pair, 1.0, 0)
                }
            };
            let last = due.and_then(|due| due.last_good);
            let age = last.map(|last| scene.now.since(last).as_secs_f64() / 86_400.0);
            report(Reading {
                subject: "backup",
                about: watched,
                evidence,
                sentence: &|moment| sentence(&watched.describe(), evidence, age, moment),
            });
        }
    }
}

fn sentence(name: &str, evidence: Evidence, age: Option<f64>, moment: Moment) -> String {
    match (moment, evidence.value()) {
        (Moment::Holds { limit, .. }, Some(late)) => {
            let limit = limit.map_or_else(String::new, |limit| {
                format!(", limit {}", words::days(limit / 24.0))
            });
            let last = age.map_or_else(
                || "there is no good one".to_owned(),
                |age| format!("the last good one is {} old", words::days(age)),
            );
            let late = words::days(late / 24.0);
            format!("{name}: its backup is {late} late{limit}; {last}")
        }
        (Moment::Holds { .. }, None) => format!("{name}: its backup is late"),
        (Moment::Ended { .. }, _) => format!("{name}: has a good backup again"),
        (Moment::Moot { why }, _) => format!("{name}: {why}"),
    }
}

#[cfg(test)]
mod tests;
