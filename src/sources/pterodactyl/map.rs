//! What the client API's words and figures mean.

use super::wire::{Backup, Server, ServerLimits, Stats};
use crate::model::resource::{GameRuntime, Rates, Usage};
use crate::model::time::Timestamp;
use crate::sources::games::catalog;
use crate::sources::games::host::HostBackup;
use crate::sources::games::watch::RuntimeState;
use crate::sources::panel::server::{Found, game_port, unknown};
use crate::sources::rates::Counters;

const MIB: u64 = 1 << 20;

/// What was said of a server's use, and how traffic went since it was said before.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// `None` where its node did not say.
    pub(super) stats: Option<Stats>,
    pub(super) rates: Rates,
    /// When the panel was asked.
    pub(super) at: Option<Timestamp>,
}

/// A server of the list with what it uses.
pub(super) fn server(server: &Server, told: Option<&Told>) -> Option<Found> {
    let id = server.identifier.0.clone()?;
    let name = server.name.0.clone().unwrap_or_else(|| id.clone());
    let mut runtime = unknown("pterodactyl", id.clone(), name);
    let stats = told.and_then(|told| told.stats.as_ref());
    let word = word(server, stats);
    runtime.state = state(&word);
    runtime.game = game(server);
    runtime.facts = Some(GameRuntime {
        kind: "pterodactyl".into(),
        local: id,
        image: server.docker_image.0.clone(),
        word: Some(word),
        ..GameRuntime::default()
    });
    let (ports, host) = ports(server);
    runtime.ports = ports;
    limits(&mut runtime, &server.limits);
    if let (Some(told), Some(stats)) = (told, stats) {
        let used = &stats.resources;
        let is_up = matches!(
            runtime.state,
            RuntimeState::Running | RuntimeState::Starting | RuntimeState::Stopping
        );
        runtime.disk.used = used.disk_bytes.0.filter(|bytes| *bytes > 0);
        if is_up {
            runtime.memory.used = used.memory_bytes.0;
            runtime.cpu = share(used.cpu_absolute.0, runtime.cpus);
            runtime.rates = told.rates;
            runtime.started_at = started_at(used.uptime.0, told.at);
        }
    }
    Some(Found { runtime, host })
}

/// The one word that says most: what keeps it from running before how it runs.
fn word(server: &Server, stats: Option<&Stats>) -> String {
    let is_suspended = server.is_suspended.0 == Some(true)
        || stats.is_some_and(|stats| stats.is_suspended.0 == Some(true));
    let held = server.status.0.as_deref().filter(|word| !word.is_empty());
    match (is_suspended, held, stats) {
        (true, ..) => "suspended".into(),
        (false, Some(word), _) => word.into(),
        (false, None, Some(stats)) => stats.current_state.0.clone().unwrap_or_default(),
        (false, None, None) if server.is_node_under_maintenance.0 == Some(true) => {
            "node under maintenance".into()
        }
        (false, None, None) => "node does not answer".into(),
    }
}

/// The states of Wings, those of Docker that Pelican shows, and what the panel holds it in.
fn state(word: &str) -> RuntimeState {
    match word {
        "running" => RuntimeState::Running,
        "starting" | "installing" | "restoring_backup" | "restarting" => RuntimeState::Starting,
        "stopping" | "removing" => RuntimeState::Stopping,
        "offline" | "suspended" | "install_failed" | "reinstall_failed" | "created" | "exited"
        | "missing" => RuntimeState::Stopped,
        "paused" => RuntimeState::Paused,
        "dead" => RuntimeState::Crashed,
        _ => RuntimeState::Unknown,
    }
}

/// The game, where image or features give it away: only Minecraft's eggs have an EULA to accept.
fn game(server: &Server) -> Option<String> {
    let features = &server.egg_features.0;
    if features
        .iter()
        .any(|feature| feature.0.as_deref() == Some("eula"))
    {
        return Some("minecraft-java".into());
    }
    let catalog = catalog::current();
    let mut known = catalog.of_image(server.docker_image.0.as_deref()?);
    let first = known.next()?;
    known.next().is_none().then(|| first.id.clone())
}

fn ports(server: &Server) -> (Vec<crate::model::resource::GamePort>, Option<String>) {
    let mut rows: Vec<_> = server.relationships.allocations.data.0.iter().collect();
    rows.sort_by_key(|row| row.attributes.is_default.0 != Some(true));
    let address = |row: &super::wire::Allocation| {
        let open = ["", "0.0.0.0", "::", "127.0.0.1", "localhost"];
        [&row.ip_alias.0, &row.ip.0]
            .into_iter()
            .flatten()
            .find(|text| !open.contains(&text.as_str()))
            .cloned()
    };
    let ports = rows.iter().filter_map(|row| {
        let port = u16::try_from(row.attributes.port.0?).ok()?;
        // The panel gives every number out for both protocols.
        Some(game_port(address(&row.attributes), port, "both"))
    });
    let host = rows.first().and_then(|row| address(&row.attributes));
    (
        ports.collect(),
        host.or_else(|| server.sftp_details.ip.0.clone()),
    )
}

fn limits(runtime: &mut crate::sources::games::watch::Runtime, limits: &ServerLimits) {
    let bytes = |mib: Option<u64>| mib.filter(|mib| *mib > 0)?.checked_mul(MIB);
    let limit = |total| Usage { used: None, total };
    runtime.memory = limit(bytes(limits.memory.0));
    runtime.disk = limit(bytes(limits.disk.0));
    runtime.cpus = limits.cpu.0.filter(|cpu| *cpu > 0.0).map(|cpu| cpu / 100.0);
}

fn share(per_cent: Option<f64>, cpus: Option<f64>) -> Option<f64> {
    Some(per_cent? / 100.0 / cpus?)
}

fn started_at(uptime_ms: Option<u64>, at: Option<Timestamp>) -> Option<Timestamp> {
    let uptime = std::time::Duration::from_millis(uptime_ms.filter(|ms| *ms > 0)?);
    Some(at? - uptime)
}

/// Traffic since it was started, by its own clock.
pub(super) fn counters(stats: &Stats) -> Option<Counters> {
    Some(Counters {
        uptime: stats.resources.uptime.0.filter(|ms| *ms > 0)? / 1000,
        net_in: stats.resources.network_rx_bytes.0,
        net_out: stats.resources.network_tx_bytes.0,
        disk_read: None,
        disk_write: None,
    })
}

/// A backup that the panel keeps.
pub(super) fn backup(backup: &Backup) -> Option<HostBackup> {
    let moment = |text: &Option<String>| {
        let moment: jiff::Timestamp = text.as_deref()?.parse().ok()?;
        Some(moment.as_millisecond())
    };
    let done = moment(&backup.completed_at.0);
    Some(HostBackup {
        id: backup.uuid.0.clone()?,
        name: backup.name.0.clone().unwrap_or_default(),
        bytes: backup.bytes.0.filter(|_| done.is_some()),
        at: done.or_else(|| moment(&backup.created_at.0)),
        complete: done.is_some() && backup.is_successful.0 == Some(true),
    })
}
