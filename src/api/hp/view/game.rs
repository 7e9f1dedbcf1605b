//! Game servers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::hp::words;
use crate::model::resource::{self, GameAbility, GameStatus, PlayerTrust};

use super::Space;

/// A port that players or tools use.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GamePort {
    /// What it is for, such as `game` or `query`.
    pub role: String,
    /// Address it is bound to, where that is known.
    pub host: Option<String>,
    /// Number.
    pub port: u16,
    /// `tcp` or `udp`.
    pub protocol: String,
}

impl From<&resource::GamePort> for GamePort {
    fn from(port: &resource::GamePort) -> Self {
        Self {
            role: port.role.clone(),
            host: port.host.clone(),
            port: port.port,
            protocol: port.protocol.clone(),
        }
    }
}

/// A game server. Texts of the server and its players are not to be trusted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Game {
    /// Number of this item in rows of vitals.
    pub handle: u32,
    /// Stable id.
    pub id: String,
    /// The target it belongs to.
    pub target: String,
    /// Its name.
    pub name: String,
    /// The game's id in the catalogue.
    pub game: Option<String>,
    /// What became of it, by its runtime and its answers together.
    #[schema(schema_with = words::game_status)]
    pub status: GameStatus,
    /// Why it is not well.
    pub problem: Option<String>,
    /// What runs it, such as `docker` or `guest`; `null` where it is only asked.
    pub runtime: Option<String>,
    /// The guest that it lives in.
    pub guest: Option<String>,
    /// Players online; `null` is not zero.
    pub players: Option<u32>,
    /// Players that fit in.
    pub players_max: Option<u32>,
    /// Players that are not people.
    pub bots: Option<u32>,
    /// Names of players, where the server tells; may be fewer than there are.
    pub names: Option<Vec<String>>,
    /// How far the number of players can be believed.
    #[schema(schema_with = words::player_trust)]
    pub player_trust: PlayerTrust,
    /// Map or world.
    pub map: Option<String>,
    /// Version that runs.
    pub version: Option<String>,
    /// A newer version that its host knows of.
    pub newer_version: Option<String>,
    /// Shortest time from a question to its answer, in milliseconds.
    pub latency_ms: Option<f64>,
    /// Questions in a row that it has not answered.
    pub silent_for: u32,
    /// Processor use, 0 to 1.
    pub cpu: Option<f64>,
    /// Processor threads that it may use.
    pub cpus: Option<f64>,
    /// Memory without the page cache.
    pub memory: Space,
    /// Disk that its data takes.
    pub disk: Space,
    /// Bytes received per second.
    pub net_in: Option<f64>,
    /// Bytes sent per second.
    pub net_out: Option<f64>,
    /// Since when it has been up, in milliseconds.
    pub started_at: Option<i64>,
    /// Ports, those for players first.
    pub ports: Vec<GamePort>,
    /// What can be done to it.
    #[schema(schema_with = words::game_abilities)]
    pub can: Vec<GameAbility>,
}

impl Game {
    /// Shows a game server.
    #[must_use]
    pub fn new(handle: u32, game: &resource::GameServer) -> Self {
        let answer = game.answer.value();
        Self {
            handle,
            id: game.id.to_string(),
            target: game.id.target_text().to_owned(),
            name: game.name.clone(),
            game: game.game.clone(),
            status: game.status,
            problem: game.problem.clone(),
            runtime: game.runtime.as_ref().map(|runtime| runtime.kind.clone()),
            guest: game.guest.as_ref().map(ToString::to_string),
            players: game.players(),
            players_max: answer.and_then(|answer| answer.max_players),
            bots: answer.and_then(|answer| answer.bots),
            names: answer.and_then(|answer| answer.names.as_ref().map(|names| names.to_vec())),
            player_trust: game.player_trust,
            map: answer.and_then(|answer| answer.map.clone()),
            version: answer.and_then(|answer| answer.version.clone()),
            newer_version: game.newer_version.clone(),
            latency_ms: answer.and_then(|answer| answer.round_trip_ms),
            silent_for: game.silent_for,
            cpu: game.cpu,
            cpus: game.cpus,
            memory: game.memory.into(),
            disk: game.disk.into(),
            net_in: game.rates.net_in,
            net_out: game.rates.net_out,
            started_at: game.started_at.map(|at| at.millis()),
            ports: game.ports.iter().map(GamePort::from).collect(),
            can: game.can.to_vec(),
        }
    }
}
