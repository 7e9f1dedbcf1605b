//! Turns what a host of game servers says of them into [`GameServer`]s, asking each server itself.
//!
//! A host and a server each know half: the one whether a process runs, the other whether a game is
//! there. [`state`] puts both together, [`memory`] keeps what one look alone cannot know, and
//! [`ask`] bounds what asking costs. Must not know what kind of host it is.
//! Start with [`Watch::look`].

mod ask;
mod memory;
mod state;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use self::memory::Memory;
use super::query::{Options, Protocol};
use crate::http::Guard;
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::resource::{
    GameAbility, GameAnswer, GamePort, GameQuery, GameRuntime, GameServer, PlayerTrust, Rates,
    Usage,
};
use crate::model::shared::Shared;
use crate::model::time::Timestamp;

/// Unanswered questions in a row after which a server counts as unresponsive.
pub const UNANSWERED: u32 = 3;

/// Most servers of one host that are shown; the rest of a longer list is left out.
pub const MOST_SERVERS: usize = 1024;

/// One server as its host shows it at this look.
#[derive(Clone, Debug)]
pub struct Runtime {
    /// What names it on its host for good; becomes a part of its id.
    pub local: String,
    /// Its name for people; hostile text.
    pub name: String,
    /// The game's id in the catalogue, where it is known.
    pub game: Option<String>,
    /// What the host says of it.
    pub state: RuntimeState,
    /// What else the host says of it; `None` where nobody says anything.
    pub facts: Option<GameRuntime>,
    /// Since when it runs.
    pub started_at: Option<Timestamp>,
    /// Processor use as a share of all threads that it may use, 0 to 1.
    pub cpu: Option<f64>,
    /// Processor threads that it may use.
    pub cpus: Option<f64>,
    /// Memory without the page cache.
    pub memory: Usage,
    /// Disk that its data takes.
    pub disk: Usage,
    /// Traffic.
    pub rates: Rates,
    /// Ports for players and tools, those for players first.
    pub ports: Vec<GamePort>,
    /// What can be done to it.
    pub can: Vec<GameAbility>,
    /// The guest that it lives in, where that is known.
    pub guest: Option<ResourceId>,
    /// Newest version that the host knows of.
    pub newer_version: Option<String>,
    /// How it can be asked; `None` where it cannot.
    pub query: Option<QueryPlan>,
    /// What the host itself knows of players and the like.
    pub reported: Option<GameAnswer>,
    /// How far the number of players can be believed.
    pub player_trust: PlayerTrust,
    /// Seconds that a start may take before silence means something.
    pub start_timeout_s: u32,
}

/// What a host says of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuntimeState {
    /// Its process runs.
    Running,
    /// It is being started.
    Starting,
    /// It is being stopped.
    Stopping,
    /// It is off.
    Stopped,
    /// It is held without running, or asleep until a player comes.
    Paused,
    /// It ended by itself, and not well.
    Crashed,
    /// The host cannot tell.
    Unknown,
    /// Nobody says: the server is asked and no more.
    Unasked,
}

/// How a server can be asked.
#[derive(Clone, Debug)]
pub struct QueryPlan {
    /// What it speaks.
    pub protocol: &'static Protocol,
    /// Name or address.
    pub host: String,
    /// Port that is asked, often not the players' own.
    pub port: u16,
    /// What the protocol needs beyond.
    pub options: Options,
    /// Time between two questions, at least.
    pub min_interval: Duration,
    /// Whether a question wakes the server or keeps it from going to sleep.
    pub wakes: bool,
}

/// Watches the game servers of one host. What it remembers of a server that its host no longer
/// shows is forgotten.
#[derive(Debug)]
pub struct Watch {
    target: TargetId,
    memories: HashMap<ResourceId, Memory>,
    guard: Guard,
    bounds: ask::Bounds,
}

impl Watch {
    /// Begins to watch the servers of `target`.
    #[must_use]
    pub fn new(target: TargetId) -> Self {
        Self {
            target,
            memories: HashMap::new(),
            guard: Guard::default(),
            bounds: ask::Bounds::default(),
        }
    }

    /// Never asks what `guard` keeps out of, wherever hosts and names lead.
    pub fn keep_to(&mut self, guard: &Guard) {
        self.guard = guard.clone();
    }

    /// Asks the servers that it is time to ask, within a few seconds however they behave, and says
    /// how all of them are. `now` is the moment that the answers are entered under.
    pub async fn look(&mut self, runtimes: Vec<Runtime>, now: Timestamp) -> Vec<GameServer> {
        let runtimes = self.named(runtimes);
        let guard = &self.guard;
        let memories = &mut self.memories;
        for (id, runtime) in &runtimes {
            memories.entry(id.clone()).or_default().begin(runtime, now);
        }
        let due = runtimes.iter().filter_map(|(id, runtime)| {
            let plan = runtime.query.as_ref()?;
            let memory = memories.get(id)?;
            memory
                .is_due(runtime.state, plan, now)
                .then(|| ask::Due::new(id, plan, memory, guard))
        });
        for (id, answered) in ask::all(due.collect(), self.bounds).await {
            if let Some(memory) = memories.get_mut(&id) {
                memory.take(answered, now);
            }
        }
        runtimes
            .into_iter()
            .filter_map(|(id, runtime)| {
                let memory = memories.get(&id)?;
                Some(server(id, runtime, memory, now))
            })
            .collect()
    }

    /// Gives each server its id. Of two that would have the same, the first stays.
    fn named(&mut self, runtimes: Vec<Runtime>) -> Vec<(ResourceId, Runtime)> {
        let mut seen = HashSet::new();
        let named: Vec<_> = runtimes
            .into_iter()
            .take(MOST_SERVERS)
            .map(|runtime| {
                let kind = ResourceKind::Game;
                let id = ResourceId::other(kind, &self.target, &runtime.local);
                (id, runtime)
            })
            .filter(|(id, _)| seen.insert(id.clone()))
            .collect();
        self.memories.retain(|id, _| seen.contains(id));
        named
    }
}

fn server(id: ResourceId, runtime: Runtime, memory: &Memory, now: Timestamp) -> GameServer {
    let verdict = state::verdict(&runtime, memory, now);
    let running_version = verdict.answer.value().and_then(|said| said.version.clone());
    GameServer {
        id,
        name: runtime.name,
        game: runtime.game,
        status: verdict.status,
        problem: verdict.problem,
        runtime: runtime.facts.map(Shared::new),
        guest: runtime.guest,
        query: runtime.query.map(|plan| {
            Shared::new(GameQuery {
                protocol: plan.protocol.name.to_owned(),
                host: plan.host,
                port: plan.port,
            })
        }),
        answer: verdict.answer,
        silent_for: memory.silent_for(),
        player_trust: runtime.player_trust,
        cpu: runtime.cpu,
        cpus: runtime.cpus,
        memory: runtime.memory,
        disk: runtime.disk,
        rates: runtime.rates,
        started_at: runtime.started_at,
        ports: Shared::new(runtime.ports),
        can: Shared::new(runtime.can),
        newer_version: runtime
            .newer_version
            .filter(|newer| running_version.as_ref() != Some(newer)),
    }
}
