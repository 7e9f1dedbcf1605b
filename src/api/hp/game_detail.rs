//! Everything known of a game server, and its players of the past week, as our own API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::history::Points;
use crate::model::resource::{self, GameAnswer, GameQuery, GameRuntime};

use super::known::Known;
use super::view::Game;

/// What a server said last.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Answer {
    /// When, in milliseconds.
    answered_at: Option<i64>,
    /// The name that the server gives itself; not to be trusted.
    title: Option<String>,
    /// Whether a password is asked.
    password: Option<bool>,
}

impl From<&GameAnswer> for Answer {
    fn from(answer: &GameAnswer) -> Self {
        Self {
            answered_at: answer.at.map(|at| at.millis()),
            title: answer.title.clone(),
            password: answer.password,
        }
    }
}

/// How a server is asked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Asking {
    /// Name of the protocol.
    protocol: String,
    /// Host that is asked.
    host: String,
    /// Port that is asked.
    port: u16,
}

impl From<&GameQuery> for Asking {
    fn from(query: &GameQuery) -> Self {
        Self {
            protocol: query.protocol.clone(),
            host: query.host.clone(),
            port: query.port,
        }
    }
}

/// What runs a server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Runtime {
    /// Which kind, such as `docker` or `guest`.
    kind: String,
    /// Its name or id there.
    local: String,
    /// The image it was made of.
    image: Option<String>,
    /// The host's own word for its state.
    state: Option<String>,
    /// Exit code of the last end that was not asked for.
    exit_code: Option<i64>,
    /// Whether it was ended for want of memory.
    out_of_memory: bool,
    /// How often the runtime has started it again by itself.
    restarts: Option<u32>,
    /// The verdict of the image's own health check.
    health: Option<String>,
}

impl From<&GameRuntime> for Runtime {
    fn from(runtime: &GameRuntime) -> Self {
        Self {
            kind: runtime.kind.clone(),
            local: runtime.local.clone(),
            image: runtime.image.clone(),
            state: runtime.word.clone(),
            exit_code: runtime.exit_code,
            out_of_memory: runtime.out_of_memory,
            restarts: runtime.restarts,
            health: runtime.health.clone(),
        }
    }
}

/// Everything known of a game server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct GameDetail {
    /// The server as live frames have it.
    game: Game,
    /// What it said last, or why that is not known.
    answer: Known<Answer>,
    /// How it is asked; `null` where it cannot be.
    query: Option<Asking>,
    /// What runs it; `null` where it is only asked.
    runtime: Option<Runtime>,
}

impl GameDetail {
    /// Shows a game server.
    pub(super) fn new(handle: u32, game: &resource::GameServer) -> Self {
        Self {
            game: Game::new(handle, game),
            answer: Known::of(&game.answer, |answer| answer.into()),
            query: game.query.as_deref().map(Asking::from),
            runtime: game.runtime.as_deref().map(Runtime::from),
        }
    }
}

/// Players hour by hour.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PlayerHours {
    /// When the first hour begins, in milliseconds.
    from: i64,
    /// Length of each, in milliseconds.
    step_ms: i64,
    /// Average of players in each hour; `null` where it is not known.
    avg: Vec<Option<f64>>,
    /// Most players at once in each hour.
    max: Vec<Option<f64>>,
    /// Most players of all hours.
    peak: Option<f64>,
    /// Share of the hours of which anything is known, 0 to 1.
    known: f64,
}

impl PlayerHours {
    /// Shows a series of players.
    pub(super) fn new(from: i64, points: &Points) -> Self {
        let figures = |values: &[f64]| -> Vec<Option<f64>> {
            let short = |value: &f64| value.is_finite().then(|| (value * 100.0).round() / 100.0);
            values.iter().map(short).collect()
        };
        let max = figures(&points.max);
        let known = max.iter().flatten().count();
        #[expect(clippy::cast_precision_loss, reason = "hours of a week")]
        let share = known as f64 / max.len().max(1) as f64;
        Self {
            from,
            step_ms: points.step_ms,
            avg: figures(&points.avg),
            peak: max.iter().flatten().copied().reduce(f64::max),
            max,
            known: share,
        }
    }
}
