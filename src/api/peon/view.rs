//! Servers as the documents show them. What is not known is null.

use serde::Serialize;
use utoipa::ToSchema;

use super::status;
use crate::api::games::find::Shown;
use crate::model::resource::GameServer;
use crate::model::time::Timestamp;

/// A server in the list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonServer {
    /// Its id, such as `valheim_001`.
    id: String,
    /// Its name.
    name: String,
    /// The game's id in the catalogue.
    game: Option<String>,
    /// `running`, `starting`, `stopping`, `stopped`, `paused`, `creating`, `error` or `unknown`.
    status: &'static str,
    /// Players online.
    players: Option<u32>,
    /// Players that fit in.
    max_players: Option<u32>,
    /// When it was made, where we made it.
    created_at: Option<String>,
    /// When players were last seen on it, where they are on it now.
    last_activity: Option<String>,
}

impl PeonServer {
    pub(super) fn new(shown: &Shown) -> Self {
        let seen = shown.server.as_ref().map(|server| &server.seen);
        let answer = seen.and_then(|seen| seen.answer.value());
        let players = answer.and_then(|answer| answer.players);
        let at = answer.and_then(|answer| answer.at);
        Self {
            id: shown.numbered(),
            name: shown.title(),
            game: shown.game().map(str::to_owned),
            status: status::word(shown),
            players,
            max_players: answer.and_then(|answer| answer.max_players),
            created_at: created_at(shown),
            last_activity: at
                .filter(|_| players.is_some_and(|count| count > 0))
                .map(Timestamp::rfc3339),
        }
    }
}

fn created_at(shown: &Shown) -> Option<String> {
    let made = shown.server.as_ref()?.made.as_ref()?;
    Some(made.created_at.rfc3339())
}

/// Who is on a server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonPlayers {
    /// How many.
    current: Option<u32>,
    /// How many fit in.
    max: Option<u32>,
    /// Their names, where the game gives them.
    list: Option<Vec<String>>,
}

/// How players get in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonConnection {
    /// Name or address.
    host: Option<String>,
    /// Port.
    port: Option<u16>,
    /// `required` or `none`; never the password itself.
    password: Option<&'static str>,
}

/// What a server uses.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonResources {
    /// Per cent of the processor that it may use.
    cpu_percent: Option<f64>,
    /// Memory without the page cache, in MiB.
    memory_mb: Option<f64>,
    /// Disk that its data takes, in GiB.
    disk_gb: Option<f64>,
}

/// One server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonServerDetails {
    /// Its id, such as `valheim_001`.
    id: String,
    /// Its name.
    name: String,
    /// The game's id in the catalogue.
    game: Option<String>,
    /// `running`, `starting`, `stopping`, `stopped`, `paused`, `creating`, `error` or `unknown`.
    status: &'static str,
    /// What is wrong with it, in words.
    problem: Option<String>,
    /// Who is on it.
    players: PeonPlayers,
    /// How players get in.
    connection: PeonConnection,
    /// What it uses.
    resources: PeonResources,
    /// Seconds since it was started.
    uptime: Option<u64>,
    /// When it was last backed up.
    last_backup: Option<String>,
    /// When it was made, where we made it.
    created_at: Option<String>,
    /// Map or world.
    map: Option<String>,
    /// Version of the game.
    version: Option<String>,
}

impl PeonServerDetails {
    pub(super) fn new(shown: &Shown, last_backup: Option<Timestamp>, now: Timestamp) -> Self {
        let seen = shown.server.as_ref().map(|server| &server.seen);
        let answer = seen.and_then(|seen| seen.answer.value());
        let making = shown.making.as_ref();
        Self {
            id: shown.numbered(),
            name: shown.title(),
            game: shown.game().map(str::to_owned),
            status: status::word(shown),
            problem: seen
                .and_then(|seen| seen.problem.clone())
                .or_else(|| making.and_then(|job| job.message.clone())),
            players: PeonPlayers {
                current: answer.and_then(|answer| answer.players),
                max: answer.and_then(|answer| answer.max_players),
                list: answer
                    .and_then(|answer| answer.names.as_ref())
                    .map(|names| names.to_vec()),
            },
            connection: connection(seen),
            resources: resources(seen),
            uptime: seen
                .and_then(|seen| seen.started_at)
                .map(|started| now.since(started).as_secs()),
            last_backup: last_backup.map(Timestamp::rfc3339),
            created_at: created_at(shown),
            map: answer.and_then(|answer| answer.map.clone()),
            version: answer.and_then(|answer| answer.version.clone()),
        }
    }
}

fn connection(seen: Option<&GameServer>) -> PeonConnection {
    let port = seen.and_then(|seen| seen.ports.first());
    let asked = seen.and_then(|seen| seen.query.as_ref());
    let answer = seen.and_then(|seen| seen.answer.value());
    PeonConnection {
        host: port
            .and_then(|port| port.host.clone())
            .or_else(|| asked.map(|asked| asked.host.clone())),
        port: port
            .map(|port| port.port)
            .or_else(|| asked.map(|asked| asked.port)),
        password: answer
            .and_then(|answer| answer.password)
            .map(|asked| if asked { "required" } else { "none" }),
    }
}

fn resources(seen: Option<&GameServer>) -> PeonResources {
    let scaled = |bytes: Option<u64>, unit: f64| bytes.map(|bytes| rounded(lossy(bytes) / unit));
    PeonResources {
        cpu_percent: seen
            .and_then(|seen| seen.cpu)
            .map(|share| rounded(share * 100.0)),
        memory_mb: scaled(seen.and_then(|seen| seen.memory.used), 1_048_576.0),
        disk_gb: scaled(seen.and_then(|seen| seen.disk.used), 1_073_741_824.0),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "figures for people need no byte precision"
)]
pub(super) fn lossy(bytes: u64) -> f64 {
    bytes as f64
}

/// To two places.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
