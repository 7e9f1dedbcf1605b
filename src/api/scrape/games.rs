//! Game servers for Prometheus.

use crate::model::resource::{GameServer, GameStatus, Resource};
use crate::state::Fleet;

use super::exposition::{Exposition, Kind};

type Figure = fn(&GameServer) -> Option<f64>;

const FIGURES: [(&str, &str, Figure); 6] = [
    (
        "homepulse_game_up",
        "1 while the game server runs and answers, where that is known.",
        |game| match game.status {
            GameStatus::Unknown => None,
            status => Some(f64::from(u8::from(status == GameStatus::Running))),
        },
    ),
    ("homepulse_game_players", "Players online.", |game| {
        game.players().map(f64::from)
    }),
    (
        "homepulse_game_players_max",
        "Players that fit in.",
        |game| game.answer.value()?.max_players.map(f64::from),
    ),
    (
        "homepulse_game_latency_seconds",
        "Shortest time from a question to its answer.",
        |game| game.answer.value()?.round_trip_ms.map(|ms| ms / 1e3),
    ),
    (
        "homepulse_game_cpu_ratio",
        "Processor use as a share of what the server may use.",
        |game| game.cpu,
    ),
    (
        "homepulse_game_memory_bytes",
        "Memory in use without the page cache.",
        |game| bytes(game.memory.used),
    ),
];

#[expect(
    clippy::cast_precision_loss,
    reason = "the text format knows floats only"
)]
fn bytes(count: Option<u64>) -> Option<f64> {
    count.map(|count| count as f64)
}

/// Writes every family for all targets, or for the one that is named.
pub(super) fn write(out: &mut Exposition, fleet: &Fleet, target: Option<&str>) {
    for (name, help, figure) in FIGURES {
        let mut family = out.family(name, Kind::Gauge, help);
        for view in fleet.targets() {
            let summary = &view.summary;
            let is_wanted =
                target.is_none_or(|wanted| summary.name == wanted || summary.id.as_str() == wanted);
            if !is_wanted {
                continue;
            }
            for resource in view.resources.values() {
                let Resource::Game(game) = &**resource else {
                    continue;
                };
                let labels = [
                    ("target", summary.name.as_str()),
                    ("id", game.id.local()),
                    ("name", game.name.as_str()),
                    ("game", game.game.as_deref().unwrap_or_default()),
                ];
                family.figure(&labels, figure(game));
            }
        }
    }
}
