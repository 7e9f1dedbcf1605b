//! What AMP's words and figures mean.

use super::wire::{Backup, Instance, Metric};
use crate::model::resource::{GameAnswer, GamePort, GameRuntime, PlayerTrust, Usage};
use crate::model::time::Timestamp;
use crate::sources::games::host::HostBackup;
use crate::sources::games::watch::RuntimeState;
use crate::sources::panel::server::{Found, game_called, unknown};

/// What an instance of AMP's own is called, which hosts no game.
const OWN: &str = "ADS";

/// An instance as a server; `None` where it is AMP itself.
pub(super) fn server(instance: &Instance, panel_host: &str, now: Timestamp) -> Option<Found> {
    let id = instance.instance_id.0.clone()?;
    if instance.module.0.as_deref() == Some(OWN) {
        return None;
    }
    let name = [&instance.friendly_name.0, &instance.instance_name.0]
        .into_iter()
        .flatten()
        .find(|name| !name.is_empty());
    let mut runtime = unknown("amp", id.clone(), name.unwrap_or(&id).clone());
    let (state, word) = state(instance);
    runtime.state = state;
    runtime.facts = Some(GameRuntime {
        kind: "amp".into(),
        local: id,
        word: Some(word.to_owned()),
        ..GameRuntime::default()
    });
    runtime.game = [&instance.module_display_name.0, &instance.module.0]
        .into_iter()
        .flatten()
        .find_map(|word| game(word));
    runtime.ports = ports(instance);
    runtime.cpus = instance.container_cpus.0.filter(|cpus| *cpus > 0.0);
    runtime.memory.total = mebibytes(instance.container_memory.0).filter(|bytes| *bytes > 0);
    runtime.disk.used = mebibytes(instance.disk_usage.0).filter(|bytes| *bytes > 0);
    if matches!(state, RuntimeState::Running | RuntimeState::Starting) {
        let metric = |name: &str| instance.metrics.get(name);
        runtime.cpu = metric("CPU Usage")
            .and_then(|metric| metric.raw_value.0)
            .map(|per_cent| per_cent / 100.0);
        if let Some(memory) = metric("Memory Usage") {
            runtime.memory = Usage {
                used: memory_of(memory, memory.raw_value.0),
                total: runtime
                    .memory
                    .total
                    .or_else(|| memory_of(memory, memory.max_value.0).filter(|all| *all > 0)),
            };
        }
        if let Some(players) = metric("Active Users") {
            runtime.reported = Some(GameAnswer {
                at: Some(now),
                players: count(players.raw_value.0),
                max_players: count(players.max_value.0).filter(|most| *most > 0),
                ..GameAnswer::default()
            });
            // AMP counts by reading the log, which some of its modules cannot.
            runtime.player_trust = PlayerTrust::Unreliable;
        }
    }
    let bound = runtime.ports.first().and_then(|port| port.host.clone());
    Some(Found {
        host: bound.or_else(|| Some(panel_host.to_owned())),
        runtime,
    })
}

/// `Core/GetStatus` and `GetInstances` number the states of what an instance runs.
#[expect(
    clippy::cast_possible_truncation,
    reason = "states are small whole numbers; others are none"
)]
fn state(instance: &Instance) -> (RuntimeState, &'static str) {
    if instance.suspended.0 == Some(true) {
        return (RuntimeState::Stopped, "suspended");
    }
    if instance.running.0 == Some(false) {
        return (RuntimeState::Stopped, "instance is off");
    }
    match instance.app_state.0.map(|state| state as i64) {
        Some(0) => (RuntimeState::Stopped, "stopped"),
        Some(5) => (RuntimeState::Starting, "prepares to start"),
        Some(7) => (RuntimeState::Starting, "configuring"),
        Some(10) => (RuntimeState::Starting, "starting"),
        Some(20) => (RuntimeState::Running, "ready"),
        Some(30) => (RuntimeState::Starting, "restarting"),
        Some(40) => (RuntimeState::Stopping, "stopping"),
        Some(45) => (RuntimeState::Stopping, "prepares for sleep"),
        Some(50) => (RuntimeState::Paused, "sleeping"),
        Some(60) => (RuntimeState::Starting, "waiting"),
        Some(70) => (RuntimeState::Starting, "installing"),
        Some(75) => (RuntimeState::Starting, "updating"),
        Some(80) => (RuntimeState::Stopped, "waits for input"),
        Some(100) => (RuntimeState::Crashed, "failed"),
        Some(200) => (RuntimeState::Stopped, "suspended"),
        Some(250) => (RuntimeState::Stopped, "maintenance"),
        _ => (RuntimeState::Unknown, "indeterminate"),
    }
}

fn game(word: &str) -> Option<String> {
    match word {
        "Minecraft" | "Minecraft Java Edition" => Some("minecraft-java".into()),
        "Minecraft Bedrock" | "Minecraft Bedrock Edition" => Some("minecraft-bedrock".into()),
        word => game_called(word),
    }
}

/// The end points for players, before those for files and tools.
fn ports(instance: &Instance) -> Vec<GamePort> {
    let rows = instance.application_endpoints.0.iter();
    let mut ports: Vec<GamePort> = rows
        .filter_map(|row| {
            let (host, port) = row.endpoint.0.as_deref()?.rsplit_once(':')?;
            let name = row.display_name.0.clone().unwrap_or_default();
            let host = Some(host.to_owned());
            let is_tool = name.contains("SFTP") || name.contains("RCON");
            Some(GamePort {
                role: if is_tool {
                    name.to_lowercase()
                } else {
                    "game".into()
                },
                host: host
                    .filter(|host| !["", "0.0.0.0", "[::]", "127.0.0.1"].contains(&host.as_str())),
                port: port.parse().ok()?,
                protocol: "both".into(),
            })
        })
        .take(32)
        .collect();
    ports.sort_by_key(|port| port.role != "game");
    ports
}

fn memory_of(metric: &Metric, amount: Option<f64>) -> Option<u64> {
    let factor = match metric.units.0.as_deref() {
        Some("GB" | "GiB") => 1024.0,
        _ => 1.0,
    };
    mebibytes(amount.map(|amount| amount * factor))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
fn mebibytes(amount: Option<f64>) -> Option<u64> {
    let bytes = amount? * 1_048_576.0;
    (0.0..1e18).contains(&bytes).then_some(bytes as u64)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
fn count(number: Option<f64>) -> Option<u32> {
    let number = number?;
    (0.0..1e6).contains(&number).then_some(number as u32)
}

/// A backup that AMP keeps. Its moments are `/Date(1732264200000)/` or ISO 8601.
pub(super) fn backup(backup: &Backup) -> Option<HostBackup> {
    let moment = backup.timestamp.0.as_deref().and_then(|text| {
        let old = text.strip_prefix("/Date(").and_then(|rest| {
            let end = rest.find([')', '+'])?;
            rest[..end].parse().ok()
        });
        old.or_else(|| {
            let moment: jiff::Timestamp = text.parse().ok()?;
            Some(moment.as_millisecond())
        })
    });
    let bytes = mebibytes(backup.total_size_bytes.0.map(|bytes| bytes / 1_048_576.0));
    Some(HostBackup {
        id: backup.id.0.clone()?,
        name: backup.name.0.clone().unwrap_or_default(),
        bytes,
        at: moment,
        complete: true,
    })
}
