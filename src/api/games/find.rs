//! Servers by any of their ids, those that are only being made included.

use std::collections::HashSet;
use std::sync::Arc;

use super::Parts;
use crate::api::problem::{Kind, Problem};
use crate::model::game_action::GameAction;
use crate::model::id::ResourceId;
use crate::services::game_names::{self, GameName};
use crate::services::games::Server;
use crate::services::jobs::{Job, JobState, Order};
use crate::telemetry::clock;

/// A server that is there, or is being made.
#[derive(Clone, Debug)]
pub(in crate::api) struct Shown {
    /// Our own id of it.
    pub(in crate::api) id: ResourceId,
    /// What it is called.
    pub(in crate::api) called: GameName,
    /// As it was seen last; `None` while it is only being made.
    pub(in crate::api) server: Option<Server>,
    /// What makes it, while it was not seen yet.
    pub(in crate::api) making: Option<Arc<Job>>,
}

impl Shown {
    /// Its name for people.
    pub(in crate::api) fn title(&self) -> String {
        let seen = || self.server.as_ref().map(|server| server.seen.name.clone());
        let made = || self.making.as_ref().map(|job| job.resource_name.clone());
        let title = self.called.title.clone().or_else(seen).or_else(made);
        title.unwrap_or_default()
    }

    /// Its id in PEON's form.
    pub(in crate::api) fn numbered(&self) -> String {
        self.called.numbered()
    }

    /// Its id in Playpulse's form.
    pub(in crate::api) fn short(&self) -> String {
        game_names::short(&self.id)
    }

    /// Its game, as the catalogue calls it.
    pub(in crate::api) fn game(&self) -> Option<&str> {
        let seen = self.server.as_ref();
        match (seen.map(|server| server.seen.game.as_deref()), &self.making) {
            (Some(game), _) => game,
            (None, Some(job)) => game_of(job),
            (None, None) => None,
        }
    }
}

fn game_of(job: &Job) -> Option<&str> {
    match &job.order {
        Order::Game(GameAction::Create { game }) => Some(game),
        Order::Game(_) | Order::Guest { .. } => None,
    }
}

/// A server, or the job that makes one, with its game.
type Row = (ResourceId, Option<String>, Option<Server>, Option<Arc<Job>>);

/// Every server, by name.
///
/// # Errors
/// When the database fails.
pub(in crate::api) async fn all(shared: &Parts) -> Result<Vec<Shown>, Problem> {
    let servers = shared.parts.games.list();
    let seen: HashSet<ResourceId> = servers.iter().map(|one| one.seen.id.clone()).collect();
    let making = making(shared).filter(|job| !seen.contains(&job.resource) && !job.state.is_over());
    let mut rows: Vec<Row> = servers
        .into_iter()
        .map(|server| {
            let (id, game) = (server.seen.id.clone(), server.seen.game.clone());
            (id, game, Some(server), None)
        })
        .collect();
    rows.extend(making.map(|job| {
        let game = game_of(&job).map(str::to_owned);
        (job.resource.clone(), game, None, Some(job))
    }));
    let asked = rows.iter().map(|(id, game, ..)| (id.clone(), game.clone()));
    let names = shared
        .parts
        .game_names
        .of(asked.collect(), clock::now())
        .await
        .map_err(|error| Problem::internal("database", &error))?;
    let shown = rows.into_iter().filter_map(|(id, _, server, making)| {
        Some(Shown {
            called: names.get(&id)?.clone(),
            id,
            server,
            making,
        })
    });
    let mut shown: Vec<Shown> = shown.collect();
    shown.sort_by_key(|one| (one.title(), one.id.clone()));
    Ok(shown)
}

/// The latest job that makes each server.
fn making(shared: &Parts) -> impl Iterator<Item = Arc<Job>> {
    let mut known = HashSet::new();
    let jobs = shared.parts.games.jobs().list();
    jobs.into_iter()
        .filter(|job| game_of(job).is_some())
        .filter(move |job| known.insert(job.resource.clone()))
}

/// One server by its id in any form, or by its name.
///
/// # Errors
/// When there is none, or the database fails.
pub(in crate::api) async fn one(shared: &Parts, id: &str) -> Result<Shown, Problem> {
    let resolved = shared.parts.game_names.resolve(id);
    let wanted = match &resolved {
        Some(id) => id.as_str(),
        None => id,
    };
    let missing = || {
        let id: String = id.chars().take(120).collect();
        let text = format!("there is no server {id}");
        Problem::new(Kind::NotFound, "server_not_found", text)
    };
    let shown = match shared.parts.games.find(wanted) {
        Ok(server) => {
            let id = server.seen.id.clone();
            let game = server.seen.game.clone();
            (id, game, Some(server), None)
        }
        Err(_) => {
            let job = making(shared)
                .find(|job| job.resource.as_str() == wanted && job.state != JobState::Ok);
            let job = job.ok_or_else(missing)?;
            let game = game_of(&job).map(str::to_owned);
            (job.resource.clone(), game, None, Some(job))
        }
    };
    let (id, game, server, making) = shown;
    let names = shared
        .parts
        .game_names
        .of(vec![(id.clone(), game)], clock::now())
        .await
        .map_err(|error| Problem::internal("database", &error))?;
    Ok(Shown {
        called: names.get(&id).cloned().ok_or_else(missing)?,
        id,
        server,
        making,
    })
}
