//! A game server: what runs it, and what it says when it is asked. Neither alone is enough: a host
//! calls a hung game running, and a query cannot tell a stopped server from an unreachable one.

use serde::{Deserialize, Serialize};

use super::figures::{Rates, Usage};
use crate::model::id::ResourceId;
use crate::model::known::Known;
use crate::model::shared::Shared;
use crate::model::time::Timestamp;

/// What became of a game server, by its runtime and its answers together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GameStatus {
    /// It answers, or it runs and cannot be asked.
    Running,
    /// It was started and does not answer yet.
    Starting,
    /// It was told to stop and still runs.
    Stopping,
    /// It is off.
    Stopped,
    /// It is held without running, or asleep until a player comes.
    Sleeping,
    /// Its runtime runs as far as anybody says, but it has not answered several times in a row.
    Unresponsive,
    /// It ended by itself, and not well.
    Crashed,
    /// Nothing says how it is.
    Unknown,
}

impl GameStatus {
    /// Every status.
    pub const ALL: [Self; 8] = [
        Self::Running,
        Self::Starting,
        Self::Stopping,
        Self::Stopped,
        Self::Sleeping,
        Self::Unresponsive,
        Self::Crashed,
        Self::Unknown,
    ];

    /// The status as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Starting => "starting",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Sleeping => "sleeping",
            Self::Unresponsive => "unresponsive",
            Self::Crashed => "crashed",
            Self::Unknown => "unknown",
        }
    }
}

/// What a runtime says of the server in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GameRuntime {
    /// What runs it, as a source kind's word such as `docker`, or `guest`.
    pub kind: String,
    /// Its name or id there, such as the container's name; hostile text.
    pub local: String,
    /// The image it was made of, where it is a container.
    pub image: Option<String>,
    /// The host's own word for its state.
    pub word: Option<String>,
    /// Exit code of the last end that was not asked for.
    pub exit_code: Option<i64>,
    /// Whether it was ended for want of memory.
    pub out_of_memory: bool,
    /// How often the runtime has started it again by itself.
    pub restarts: Option<u32>,
    /// The verdict of the image's own health check, in the host's word.
    pub health: Option<String>,
}

/// How far the number of players can be believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlayerTrust {
    /// It is what the server counts.
    Exact,
    /// Not always right; nothing may be stopped because of it.
    Unreliable,
    /// The server does not say.
    #[default]
    None,
}

/// What a server said when it was asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GameAnswer {
    /// When it last answered.
    pub at: Option<Timestamp>,
    /// The shortest time from a question to its answer, in milliseconds.
    pub round_trip_ms: Option<f64>,
    /// Players online; `None` is not zero.
    pub players: Option<u32>,
    /// Players that fit in.
    pub max_players: Option<u32>,
    /// Their names, where the server gives them; may be fewer. Hostile text.
    pub names: Option<Shared<Vec<String>>>,
    /// Players that are not people.
    pub bots: Option<u32>,
    /// Map or world; hostile text.
    pub map: Option<String>,
    /// Version of the game or server; hostile text.
    pub version: Option<String>,
    /// The name that the server gives itself; hostile text.
    pub title: Option<String>,
    /// Whether a password is asked.
    pub password: Option<bool>,
}

/// How a server is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameQuery {
    /// Name of the protocol.
    pub protocol: String,
    /// Host that is asked.
    pub host: String,
    /// Port that is asked, often not the players' own.
    pub port: u16,
}

/// A port that players or tools use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GamePort {
    /// What it is for, as the catalogue names it, such as `game` or `query`.
    pub role: String,
    /// Address it is bound to outside, where it is known.
    pub host: Option<String>,
    /// Number outside.
    pub port: u16,
    /// `tcp`, `udp`.
    pub protocol: String,
}

/// What can be done to a server where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GameAbility {
    /// Start, stop, restart.
    Power,
    /// Send commands to its console.
    Command,
    /// Read its log.
    Log,
    /// Back it up and restore it.
    Backup,
    /// Get a newer version of it.
    Update,
    /// Delete it.
    Delete,
    /// Make further servers beside it.
    Create,
}

/// A game server.
#[derive(Clone, Debug, PartialEq)]
pub struct GameServer {
    /// Stable id.
    pub id: ResourceId,
    /// Its name; hostile text.
    pub name: String,
    /// The game's id in the catalogue; `None` when it is none of those.
    pub game: Option<String>,
    /// What became of it.
    pub status: GameStatus,
    /// Why it is not well, in words for people.
    pub problem: Option<String>,
    /// What runs it; `None` when nobody says and it is only asked.
    pub runtime: Option<Shared<GameRuntime>>,
    /// The guest that it lives in, where that is known.
    pub guest: Option<ResourceId>,
    /// How it is asked; `None` when it cannot be.
    pub query: Option<Shared<GameQuery>>,
    /// What it said last, or why it said nothing.
    pub answer: Known<GameAnswer>,
    /// How many questions in a row it has not answered.
    pub silent_for: u32,
    /// How far its count of players can be believed.
    pub player_trust: PlayerTrust,
    /// Processor use as a share of all threads that it may use, 0 to 1.
    pub cpu: Option<f64>,
    /// Processor threads that it may use.
    pub cpus: Option<f64>,
    /// Memory without the page cache; the total is its limit.
    pub memory: Usage,
    /// Disk that its data takes.
    pub disk: Usage,
    /// Traffic.
    pub rates: Rates,
    /// Since when it has been up.
    pub started_at: Option<Timestamp>,
    /// Ports for players and tools, those for players first.
    pub ports: Shared<Vec<GamePort>>,
    /// What can be done to it.
    pub can: Shared<Vec<GameAbility>>,
    /// Newest version that its host knows of, where that differs from what runs.
    pub newer_version: Option<String>,
}

impl GameServer {
    /// One of which no more is known than that it is there.
    #[must_use]
    pub fn new(id: ResourceId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            game: None,
            status: GameStatus::Unknown,
            problem: None,
            runtime: None,
            guest: None,
            query: None,
            answer: Known::default(),
            silent_for: 0,
            player_trust: PlayerTrust::None,
            cpu: None,
            cpus: None,
            memory: Usage::default(),
            disk: Usage::default(),
            rates: Rates::default(),
            started_at: None,
            ports: Shared::default(),
            can: Shared::default(),
            newer_version: None,
        }
    }

    /// Players that are known to be online now.
    #[must_use]
    pub const fn players(&self) -> Option<u32> {
        match &self.answer {
            Known::Is(answer) => answer.players,
            Known::Not(_) => None,
        }
    }

    /// Whether nobody is on it for certain: unknown and doubtful counts are no proof.
    #[must_use]
    pub fn is_empty_for_certain(&self) -> bool {
        self.player_trust == PlayerTrust::Exact && self.silent_for == 0 && self.players() == Some(0)
    }
}
