//! What happens to game servers, told to webhooks that asked for it and to live clients.
//!
//! It follows from what is recorded of changes: [`steps`] reads off rows what happened, and the
//! number of the last row that was told is kept in the transaction that queues the messages. So
//! each thing is told once, and what happened while nobody ran this is told afterwards.

mod steps;

use std::sync::Arc;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::changes::{self, Attribute, ChangeLog};
use crate::db::{Connection, Db, DbError};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::resource::{GameServer, Resource};
use crate::notify::outbox::{self, OutboxError};
use crate::notify::{Channels, Happening, ServerEvent};
use crate::services::game_names::{self, GameNames};
use crate::services::settings;
use crate::state::{Fleet, Live};
use crate::telemetry::{Chain, clock};

/// Under which key the number of the last row is kept.
const KEY: &str = "server_events";

/// Rows that are read at a time.
const AT_ONCE: usize = 500;

/// Events that a live client may lag behind.
const BACKLOG: usize = 256;

/// Tells what happens to game servers. Cheap to clone; clones share.
#[derive(Clone)]
pub struct ServerEvents {
    db: Db,
    live: Live,
    names: GameNames,
    channels: Channels,
    told: broadcast::Sender<Arc<Happening>>,
}

impl ServerEvents {
    /// Over the present and the way to tell people.
    #[must_use]
    pub fn new(db: Db, live: Live, names: GameNames, channels: Channels) -> Self {
        Self {
            db,
            live,
            names,
            channels,
            told: broadcast::Sender::new(BACKLOG),
        }
    }

    /// Every event from now on.
    #[must_use]
    pub fn follow(&self) -> broadcast::Receiver<Arc<Happening>> {
        self.told.subscribe()
    }

    /// By which others tell what happens beside it.
    #[must_use]
    pub fn teller(&self) -> broadcast::Sender<Arc<Happening>> {
        self.told.clone()
    }

    /// Tells what happens until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut steps = self.live.follow();
        loop {
            if let Err(error) = self.tell().await {
                tracing::error!("cannot tell what happened to servers: {}", Chain(&error));
            }
            let concerns = |id: &ResourceId| id.kind() == ResourceKind::Game;
            loop {
                let step = tokio::select! {
                    step = steps.recv() => step,
                    () = stop.cancelled() => return,
                };
                match step {
                    Ok(step) => {
                        let diff = &step.diff;
                        if diff.changed.iter().chain(&diff.gone).any(concerns) {
                            break;
                        }
                    }
                    Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return,
                }
            }
        }
    }

    /// Tells what is recorded and was not told yet.
    async fn tell(&self) -> Result<(), OutboxError> {
        loop {
            let (from, rows) = self.db.reader.run(unread).await?;
            let upto = rows.last().map_or(from.at, |(id, _)| *id);
            if from.is_kept && upto == from.at {
                return Ok(());
            }
            let is_more = rows.len() >= AT_ONCE;
            let rows: Vec<_> = rows.into_iter().map(|(_, change)| change).collect();
            let events = self.events(&steps::steps(&rows)).await?.into_iter();
            let events: Vec<Happening> = events.map(Happening::from).collect();
            let (audience, now, queued) = (self.channels.enabled(), clock::now(), events.clone());
            let written = self
                .db
                .writer
                .run(move |tx| -> Result<usize, OutboxError> {
                    settings::write(tx, KEY, &upto.into())?;
                    outbox::enqueue_happenings(tx, &queued, &audience, now)
                })
                .await?;
            if written > 0 {
                self.channels.bell().ring();
            }
            for event in events {
                // An error means that nobody follows, which is fine.
                let _ = self.told.send(Arc::new(event));
            }
            if !is_more {
                return Ok(());
            }
        }
    }

    /// The events of steps, of servers whose host is still watched.
    async fn events(&self, steps: &[steps::Step]) -> Result<Vec<ServerEvent>, DbError> {
        let fleet = self.live.fleet();
        let is_watched = |id: &ResourceId| {
            let target = id.target_text().parse().ok();
            target.is_some_and(|target| fleet.target(&target).is_some())
        };
        let steps: Vec<_> = steps
            .iter()
            .filter(|step| is_watched(&step.server))
            .collect();
        let asked = steps.iter().map(|step| {
            let game = seen(&fleet, &step.server).and_then(|game| game.game.clone());
            (step.server.clone(), game)
        });
        let now = clock::now();
        let names = self.names.of(asked.collect(), now).await?;
        let mut events = Vec::new();
        for step in steps {
            let Some(called) = names.get(&step.server) else {
                continue;
            };
            let seen = seen(&fleet, &step.server);
            let name = match (&called.title, seen) {
                (Some(title), _) => Some(title.clone()),
                (None, Some(game)) => Some(game.name.clone()),
                (None, None) => self.last_name(&step.server).await?,
            };
            // Figures of a moment that is long over say nothing of it.
            let seen = seen.filter(|game| Some(game.status) == step.after);
            events.extend(step.news().into_iter().map(|news| {
                ServerEvent {
                    news,
                    at: step.at,
                    server: step.server.clone(),
                    numbered: called.numbered(),
                    short: game_names::short(&step.server),
                    name: name.clone(),
                    game: called.game().map(str::to_owned),
                    before: step.before,
                    after: step.after,
                    uptime_s: seen
                        .and_then(|game| game.started_at)
                        .map(|at| step.at.since(at).as_secs()),
                    cpu: seen.and_then(|game| game.cpu).map(|share| share * 100.0),
                    memory: seen
                        .and_then(|game| game.memory.ratio())
                        .map(|share| share * 100.0),
                }
            }));
        }
        Ok(events)
    }

    /// What a server was called that is gone.
    async fn last_name(&self, server: &ResourceId) -> Result<Option<String>, DbError> {
        let log = ChangeLog::new(self.db.clone());
        let names = log.values_of(server, Attribute::Name).await?;
        Ok(names.into_iter().next_back().map(|(_, name)| name))
    }
}

fn seen<'a>(fleet: &'a Fleet, id: &ResourceId) -> Option<&'a GameServer> {
    match fleet.resource(id).map(|resource| &**resource) {
        Some(Resource::Game(game)) => Some(game),
        _ => None,
    }
}

/// Behind which row is read.
struct From {
    at: i64,
    /// Whether that was kept; before the first time, what is recorded is nobody's news.
    is_kept: bool,
}

fn unread(connection: &Connection) -> Result<(From, Vec<(i64, changes::Change)>), DbError> {
    let kept = settings::read(connection, KEY)?.and_then(|value| value.as_i64());
    let latest = changes::latest_id(connection)?;
    // Numbers begin anew where all rows were forgotten.
    let at = kept.unwrap_or(latest).min(latest);
    let from = From {
        at,
        is_kept: kept.is_some(),
    };
    let rows = changes::since(connection, at, ResourceKind::Game, AT_ONCE)?;
    Ok((from, rows))
}

#[cfg(test)]
mod tests;
