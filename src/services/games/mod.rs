//! Game servers that people run: made, started, stopped without loss, told things, deleted.
//!
//! What a host can do is behind [`GameHost`]; this decides whether it may be done, in which order,
//! and that it is seen, entered in the audit and can be broken off. A server whose host is a guest
//! is told through [`Control`]. Start with [`Games::act`]; [`work`] has what happens behind it.

mod backups;
mod confirm;
mod console;
mod create;
mod ending;
mod error;
mod guest;
mod table;
mod types;
mod work;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::db::Db;
use crate::model::game_action::GameAction;
use crate::model::id::{ResourceId, TargetId};
use crate::model::resource::{GameAbility, GameServer, Resource};
use crate::secret::Vault;
use crate::services::audit::{Audit, NewEntry, Outcome};
use crate::services::control::Control;
use crate::services::jobs::{Job, Jobs, NewJob, Order};
use crate::services::targets::{Hostable, Targets};
use crate::sources::games::catalog::{self, Catalog, Entry};
use crate::sources::games::host::GameHost;
use crate::state::Live;
use crate::telemetry::clock;

pub use crate::model::game_action::Ending;
pub use crate::services::jobs::Asker;
pub use crate::sources::games::host::{HostBackup, HostError};
pub use backups::{GameBackup, Kept, Plan as BackupPlan, Reason};
pub use error::GamesError;
pub use types::{Made, NewGame, Server};

/// What the service is made of.
pub struct GamesParts {
    /// The database.
    pub db: Db,
    /// Seals what is secret of servers' settings.
    pub vault: Vault,
    /// The present.
    pub live: Live,
    /// Opens connections to hosts.
    pub targets: Targets,
    /// Tells guests in which servers live.
    pub control: Control,
    /// Who did what.
    pub audit: Audit,
    /// The state directory: keys, and backups for which no other folder is set.
    pub data_dir: PathBuf,
    /// Ends work when the program ends.
    pub stop: CancellationToken,
}

/// Runs game servers. Cheap to clone; clones share.
#[derive(Clone)]
pub struct Games {
    db: Db,
    vault: Vault,
    live: Live,
    targets: Targets,
    control: Control,
    audit: Audit,
    jobs: Jobs,
    made: Arc<Mutex<HashMap<ResourceId, Arc<Made>>>>,
    data_dir: PathBuf,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Games {
    /// Reads which servers we have made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(parts: GamesParts) -> Result<Self, GamesError> {
        let made = parts.db.reader.run(table::all).await?;
        let made = made.into_iter().map(|one| (one.id.clone(), Arc::new(one)));
        Ok(Self {
            db: parts.db,
            vault: parts.vault,
            live: parts.live,
            targets: parts.targets,
            jobs: parts.control.jobs().clone(),
            control: parts.control,
            audit: parts.audit,
            made: Arc::new(Mutex::new(made.collect())),
            data_dir: parts.data_dir,
            stop: parts.stop,
            tasks: TaskTracker::new(),
        })
    }

    /// What is known about running each game.
    #[must_use]
    pub fn catalog(&self) -> Arc<Catalog> {
        catalog::current()
    }

    /// The present.
    #[must_use]
    pub const fn live(&self) -> &Live {
        &self.live
    }

    /// All jobs, of guests and of game servers.
    #[must_use]
    pub const fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Every server that is seen now, by name.
    #[must_use]
    pub fn list(&self) -> Vec<Server> {
        let fleet = self.live.fleet();
        let seen = fleet.resources().filter_map(|resource| match &**resource {
            Resource::Game(game) => self.server_of(game),
            _ => None,
        });
        let mut all: Vec<Server> = seen.collect();
        all.sort_by(|a, b| (&a.seen.name, &a.seen.id).cmp(&(&b.seen.name, &b.seen.id)));
        all
    }

    /// One server: by its id, by any alias that the present resolves, or by its name where only
    /// one has it.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, id: &str) -> Result<Server, GamesError> {
        let fleet = self.live.fleet();
        let of_id = fleet
            .resolve(id)
            .and_then(|id| fleet.resource(&id).cloned());
        if let Some(Resource::Game(game)) = of_id.as_deref()
            && let Some(server) = self.server_of(game)
        {
            return Ok(server);
        }
        let mut named = self.list().into_iter().filter(|one| one.seen.name == id);
        match (named.next(), named.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(GamesError::NoServer {
                id: id.chars().take(120).collect(),
            }),
        }
    }

    /// Targets on which servers can be made, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn makers(&self) -> Result<Vec<(TargetId, String)>, GamesError> {
        Ok(self.targets.makers().await?)
    }

    /// Tells a server to do something: everything of [`GameAction`] but creating, which is
    /// [`Games::create`]. Answers the job as soon as it is begun.
    ///
    /// # Errors
    /// When it is not allowed, not possible, not confirmed, would drive players out, or something
    /// else is under way.
    pub async fn act(
        &self,
        id: &str,
        action: GameAction,
        confirm: Option<&str>,
        by: &Asker,
    ) -> Result<Arc<Job>, GamesError> {
        let server = self.find(id)?;
        let begun = self.begin(&server, action.clone(), confirm, by).await;
        if let Err(error) = &begun {
            self.enter_refusal(&server.seen, &action, error, by).await;
        }
        begun
    }

    /// Waits until nothing is being done any more, after the program's stop.
    pub async fn join(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Checks what can be checked without the host, takes the command's place and begins.
    async fn begin(
        &self,
        server: &Server,
        action: GameAction,
        confirm: Option<&str>,
        by: &Asker,
    ) -> Result<Arc<Job>, GamesError> {
        if matches!(action, GameAction::Create { .. }) {
            return Err(GamesError::invalid("action", "servers are made otherwise"));
        }
        confirm::check(&server.seen, &action, confirm)?;
        if self.is_run_by_guest(server) {
            return self.tell_guest(server, &action, confirm, by).await;
        }
        self.begin_task(server, action.clone(), by, |server| work::Task::Act {
            server,
            action,
        })
        .await
    }

    /// Takes the place for something that a server's host can do, and begins it.
    async fn begin_task(
        &self,
        server: &Server,
        action: GameAction,
        by: &Asker,
        task: impl FnOnce(Box<Server>) -> work::Task,
    ) -> Result<Arc<Job>, GamesError> {
        require(&server.seen, confirm::ability(&action))?;
        let host = self.host(server).await?;
        let job = self.jobs.reserve(NewJob {
            target: server.target.clone(),
            resource: server.seen.id.clone(),
            resource_name: server.seen.name.clone(),
            order: Order::Game(action),
            by: by.name.clone(),
        })?;
        self.spawn(work::Work {
            games: self.clone(),
            job: Arc::clone(&job),
            host,
            by: by.clone(),
            task: task(Box::new(server.clone())),
        });
        Ok(job)
    }

    /// A connection over which the server's host can be told what to do.
    async fn host(&self, server: &Server) -> Result<Box<dyn GameHost>, GamesError> {
        self.host_of(&server.target, &server.seen.name).await
    }

    async fn host_of(
        &self,
        target: &TargetId,
        name: &str,
    ) -> Result<Box<dyn GameHost>, GamesError> {
        match self.targets.host(target, true).await? {
            Hostable::Yes(host) => Ok(host),
            Hostable::SwitchedOff { name } => Err(GamesError::SwitchedOff { target: name }),
            Hostable::Unable { .. } => Err(GamesError::Unable {
                server: name.to_owned(),
                what: "be told what to do",
            }),
        }
    }

    fn server_of(&self, game: &GameServer) -> Option<Server> {
        Some(Server {
            target: game.id.target_text().parse().ok()?,
            entry: game.game.as_deref().and_then(entry_of),
            made: self.lock().get(&game.id).cloned(),
            seen: game.clone(),
        })
    }

    fn spawn(&self, work: work::Work) {
        self.tasks.spawn(work.run());
    }

    /// Enters what came of something; it has happened, so that a failure is only logged.
    async fn enter(&self, entry: NewEntry) {
        let action = entry.action.clone();
        if let Err(error) = self.audit.record(entry).await {
            tracing::error!("cannot enter the end of {action} in the audit: {error}");
        }
    }

    async fn enter_refusal(
        &self,
        server: &GameServer,
        action: &GameAction,
        error: &GamesError,
        by: &Asker,
    ) {
        let outcome = match error {
            GamesError::SwitchedOff { .. } | GamesError::Guest(_) => Outcome::Denied,
            _ => Outcome::Failed,
        };
        let details = action.parameters().into_iter();
        self.enter(NewEntry {
            at: clock::now(),
            actor: by.name.clone(),
            peer: by.peer.clone(),
            action: format!("game.{}", action.word()),
            resource: server.id.to_string(),
            resource_name: server.name.clone(),
            details: details
                .map(|(name, value)| (name.to_owned(), Value::from(value)))
                .collect(),
            outcome,
            message: error.to_string(),
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ResourceId, Arc<Made>>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the catalogue says of a game.
fn entry_of(game: &str) -> Option<Arc<Entry>> {
    catalog::current().get(game).cloned().map(Arc::new)
}

/// The name under which its host knows a server.
fn local(server: &GameServer) -> &str {
    match &server.runtime {
        Some(runtime) if !runtime.local.is_empty() => &runtime.local,
        _ => server.id.local(),
    }
}

fn require(server: &GameServer, ability: GameAbility) -> Result<(), GamesError> {
    if server.can.contains(&ability) {
        return Ok(());
    }
    Err(unable(
        server,
        match ability {
            GameAbility::Power => "be started and stopped from here",
            GameAbility::Command => "be sent commands",
            GameAbility::Log => "show its log",
            GameAbility::Backup => "be backed up from here",
            GameAbility::Update => "be updated from here",
            GameAbility::Delete => "be deleted from here",
            GameAbility::Create => "have servers made beside it",
        },
    ))
}

fn unable(server: &GameServer, what: &'static str) -> GamesError {
    GamesError::Unable {
        server: server.name.clone(),
        what,
    }
}
