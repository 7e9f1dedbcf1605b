//! What the orchestrator's words and figures mean.

use super::wire::{Cpu, Server, Stats};
use crate::model::resource::{GameRuntime, Usage};
use crate::sources::games::watch::RuntimeState;
use crate::sources::panel::server::{Found, game_called, unknown};

/// What names a server: its game and its warcamp.
pub(super) fn local(server: &Server) -> Option<String> {
    let game = server.game_uid.0.as_deref()?;
    let warcamp = server.servername.0.as_deref()?;
    Some(format!("{game}.{warcamp}"))
}

/// A server of the list with its figures, where they were read.
pub(super) fn server(server: &Server, stats: Option<&Stats>, panel_host: &str) -> Option<Found> {
    let id = local(server)?;
    let name = server.servername.0.clone()?;
    let mut runtime = unknown("peon", id.clone(), name);
    let word = server.container_state.0.clone().unwrap_or_default();
    runtime.state = state(&word);
    runtime.game = server.game_uid.0.as_deref().and_then(game_called);
    runtime.facts = Some(GameRuntime {
        kind: "peon".into(),
        local: id,
        word: Some(word),
        ..GameRuntime::default()
    });
    if let Some(stats) = stats.filter(|_| runtime.state == RuntimeState::Running) {
        runtime.cpu = cpu(&stats.precpu_stats, &stats.cpu_stats);
        runtime.memory = memory(stats);
    }
    Some(Found {
        runtime,
        host: Some(panel_host.to_owned()),
    })
}

fn state(word: &str) -> RuntimeState {
    match word {
        "running" => RuntimeState::Running,
        "restarting" => RuntimeState::Starting,
        "removing" => RuntimeState::Stopping,
        "created" | "exited" | "stopped" => RuntimeState::Stopped,
        "paused" => RuntimeState::Paused,
        "dead" => RuntimeState::Crashed,
        _ => RuntimeState::Unknown,
    }
}

/// Share of all threads of the host between two moments that Docker took a second apart.
fn cpu(before: &Cpu, now: &Cpu) -> Option<f64> {
    let used = now.cpu_usage.total_usage.0? - before.cpu_usage.total_usage.0?;
    let passed = now.system_cpu_usage.0? - before.system_cpu_usage.0?;
    (passed > 0.0 && used >= 0.0).then(|| used / passed)
}

fn memory(stats: &Stats) -> Usage {
    let parts = &stats.memory_stats.stats;
    let cache = parts.total_inactive_file.0.or(parts.inactive_file.0);
    let used = stats.memory_stats.usage.0;
    Usage {
        used: used.map(|used| used.saturating_sub(cache.unwrap_or(0))),
        total: stats.memory_stats.limit.0.filter(|limit| *limit > 0),
    }
}
