//! Making a server: everything that can be wrong is found before anything is made, and what was
//! made is taken away again when a later step fails.

mod config;
mod ports;

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;

use super::work::{Hands, Task, Work, is_up};
use super::{Asker, Games, GamesError, Made, NewGame, ending, entry_of, table};
use crate::model::game_action::GameAction;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::resource::GameStatus;
use crate::secret::Place;
use crate::services::audit::{NewEntry, Outcome};
use crate::services::jobs::{Job, NewJob, Order};
use crate::sources::games::catalog::{Entry, Runtime};
use crate::sources::games::host::{HostError, NewServer, NewVolume};
use crate::sources::games::label;
use crate::telemetry::clock;

/// A server that can be made as far as anybody can tell beforehand.
pub(super) struct Plan {
    made: Made,
    /// What is secret of its settings, as JSON.
    secrets: SecretString,
    new: NewServer,
    start: bool,
}

impl Games {
    /// Makes a server of the catalogue's game. Answers the job as soon as it is begun; the server
    /// has the job's resource as its id.
    ///
    /// # Errors
    /// When a setting is wrong, the terms are not accepted, a name or port is taken, or the target
    /// may not or cannot.
    pub async fn create(&self, new: NewGame, by: &Asker) -> Result<Arc<Job>, GamesError> {
        let action = GameAction::Create {
            game: new.game.chars().take(60).collect(),
        };
        let id = ResourceId::other(ResourceKind::Game, &new.target, &new.name);
        let (target, name) = (new.target.clone(), new.name.clone());
        let begun = self.begin_creating(new, &action, by).await;
        if let Err(error) = &begun {
            self.enter(NewEntry {
                at: clock::now(),
                actor: by.name.clone(),
                peer: by.peer.clone(),
                action: format!("game.{}", action.word()),
                resource: id.to_string(),
                resource_name: name.chars().take(60).collect(),
                details: serde_json::json!({ "target": target.to_string() }),
                outcome: match error {
                    GamesError::SwitchedOff { .. } => Outcome::Denied,
                    _ => Outcome::Failed,
                },
                message: error.to_string(),
            })
            .await;
        }
        begun
    }

    async fn begin_creating(
        &self,
        new: NewGame,
        action: &GameAction,
        by: &Asker,
    ) -> Result<Arc<Job>, GamesError> {
        let host = self.host_of(&new.target, &new.name).await?;
        let entry = entry_of(&new.game).ok_or_else(|| GamesError::NoGame {
            game: new.game.chars().take(60).collect(),
        })?;
        let taken = match host.taken_ports().await {
            Err(HostError::Unsupported(_)) => Vec::new(),
            other => other?,
        };
        let plan = self.plan(new, &entry, &taken, by)?;
        let job = self.jobs.reserve(NewJob {
            target: plan.made.target.clone(),
            resource: plan.made.id.clone(),
            resource_name: plan.made.local.clone(),
            order: Order::Game(action.clone()),
            by: by.name.clone(),
        })?;
        self.spawn(Work {
            games: self.clone(),
            job: Arc::clone(&job),
            host,
            by: by.clone(),
            task: Task::Create(Box::new(plan)),
        });
        Ok(job)
    }

    fn plan(
        &self,
        new: NewGame,
        entry: &Entry,
        taken: &[(u16, String)],
        by: &Asker,
    ) -> Result<Plan, GamesError> {
        check_name(&new.name)?;
        let start = new.start;
        let id = ResourceId::other(ResourceKind::Game, &new.target, &new.name);
        if self.live.fleet().resource(&id).is_some() || self.lock().contains_key(&id) {
            return Err(GamesError::Taken {
                field: "name".to_owned(),
                problem: format!("there is already a server called {}", new.name),
            });
        }
        let image = image_of(&new, entry)?;
        let memory_mb = memory_of(&new, entry)?;
        if new.cpus.is_some_and(|cpus| !(0.1..=256.0).contains(&cpus)) {
            return Err(GamesError::invalid("cpus", "must be 0.1 to 256"));
        }
        let settings = config::checked(entry, &new.config)?;
        let ports = ports::laid_out(entry, &new.ports, new.bind.as_deref())?;
        ports::check_free(&ports, taken, &self.ports_of_ours(&new))?;
        let mut environment = config::environment(entry, &settings.all, new.accept_eula)?;
        for port in &ports {
            if let Some(variable) = &port.variable {
                environment.insert(variable.clone(), port.inside.to_string().into());
            }
        }
        let volumes: Vec<NewVolume> = entry
            .volumes
            .iter()
            .map(|volume| NewVolume {
                name: format!("homepulse_{}_{}", new.name, volume.name),
                path: volume.path.clone(),
            })
            .collect();
        let made = Made {
            id,
            target: new.target,
            local: new.name.clone(),
            game: entry.id.clone(),
            config: settings.shown,
            ports: ports
                .iter()
                .map(|port| (port.name.clone(), port.outside))
                .collect(),
            volumes: volumes.iter().map(|volume| volume.name.clone()).collect(),
            created_at: clock::now(),
            created_by: by.name.clone(),
        };
        let new = NewServer {
            labels: labels(&made, &ports),
            name: new.name,
            image,
            environment,
            ports: ports.iter().flat_map(ports::Laid::bindings).collect(),
            volumes,
            memory: Some(u64::from(memory_mb) << 20),
            cpus: new.cpus,
            stop: ending::order(Some(entry), None),
        };
        Ok(Plan {
            made,
            secrets: settings.secrets,
            new,
            start,
        })
    }

    /// Ports of servers that we have made on the same target, whether they run or not.
    fn ports_of_ours(&self, new: &NewGame) -> Vec<(u16, String)> {
        let made = self.lock();
        let same = made.values().filter(|made| made.target == new.target);
        same.flat_map(|made| made.ports.values().map(|port| (*port, made.local.clone())))
            .collect()
    }

    async fn remember(&self, made: Made, secrets: &SecretString) -> Result<(), GamesError> {
        let sealed = self.vault.seal(&place(&made.id), secrets)?;
        let row = made.clone();
        let written = self
            .db
            .writer
            .run(move |tx| table::put(tx, &row, &sealed))
            .await;
        written?;
        self.lock().insert(made.id.clone(), Arc::new(made));
        Ok(())
    }

    /// Forgets that we have made a server.
    pub(super) async fn forget(&self, id: &ResourceId) -> Result<(), GamesError> {
        let gone = id.clone();
        let removed = self.db.writer.run(move |tx| table::remove(tx, &gone)).await;
        removed?;
        self.lock().remove(id);
        Ok(())
    }
}

/// Makes it, and leaves nothing behind where that fails.
pub(super) async fn make(hands: &Hands<'_>, plan: &Plan) -> Result<Option<String>, GamesError> {
    let made = hands.host.create(&plan.new, hands.progress).await?;
    let local = &made.local;
    let finished = finish(hands, plan, local).await;
    if finished.is_err() {
        hands.progress.tell("taking away what was made", None);
        // Worlds that were kept of a server of the same name are not ours to take away.
        let undone = hands.host.undo_create(&made).await;
        if let Err(error) = undone {
            tracing::error!("cannot take {local} away again: {error}");
            hands
                .progress
                .tell(format!("{local} could not be taken away: {error}"), None);
        }
        hands.games.forget(&plan.made.id).await?;
    }
    finished
}

async fn finish(hands: &Hands<'_>, plan: &Plan, local: &str) -> Result<Option<String>, GamesError> {
    hands.progress.check()?;
    hands
        .games
        .remember(plan.made.clone(), &plan.secrets)
        .await?;
    if plan.start {
        hands.progress.tell("starting it", None);
        hands.host.start(local).await?;
    }
    let wanted = plan.start;
    let seen = hands
        .seen_as(&plan.made.id, |seen| {
            !wanted || is_up(seen.status) || seen.status == GameStatus::Crashed
        })
        .await;
    match seen {
        Some(seen) if wanted && seen.status == GameStatus::Crashed => {
            // It is kept: its log says why.
            let why = seen.problem.unwrap_or_default();
            Ok(Some(format!("it was made, but ended right away: {why}")))
        }
        Some(_) => Ok(None),
        None => Ok(Some("it was made, but is not seen yet".to_owned())),
    }
}

/// Container engines take letters, digits and these; dots at the ends look like folders.
fn check_name(name: &str) -> Result<(), GamesError> {
    let fits = (2..=60).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    match fits {
        true => Ok(()),
        false => Err(GamesError::invalid(
            "name",
            "must be 2 to 60 letters, digits, '.', '_' or '-', beginning with a letter or digit",
        )),
    }
}

fn image_of(new: &NewGame, entry: &Entry) -> Result<String, GamesError> {
    let known = entry.runtimes.iter().find_map(|runtime| match runtime {
        Runtime::Docker { image, tag, .. } => Some((image.as_str(), tag.as_str())),
        Runtime::QueryOnly => None,
    });
    let plain = |text: &str| {
        !text.is_empty()
            && text.len() <= 200
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-/:@".contains(&b))
    };
    for (field, value) in [("image", &new.image), ("tag", &new.tag)] {
        if value.as_deref().is_some_and(|value| !plain(value)) {
            return Err(GamesError::invalid(field, "is no name of an image or tag"));
        }
    }
    let (image, tag) = match (&new.image, known) {
        (Some(image), _) => (image.as_str(), None),
        (None, Some((image, tag))) => (image, Some(tag)),
        (None, None) => {
            let problem = format!(
                "the catalogue knows no image of {}: give one yourself",
                entry.name
            );
            return Err(GamesError::invalid("image", problem));
        }
    };
    let has_tag = image
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains([':', '@']));
    Ok(match (new.tag.as_deref().or(tag), has_tag) {
        (Some(tag), false) => format!("{image}:{tag}"),
        (None, false) => format!("{image}:latest"),
        (_, true) => image.to_owned(),
    })
}

fn memory_of(new: &NewGame, entry: &Entry) -> Result<u32, GamesError> {
    let least = entry.resources.mem_min_mb;
    match new.memory_mb {
        None => Ok(entry.resources.mem_rec_mb),
        Some(given) if given < least => Err(GamesError::invalid(
            "memory_mb",
            format!("{} does not start with less than {least} MiB", entry.name),
        )),
        Some(given) => Ok(given),
    }
}

/// Labels by which looks recognise the server and its ports.
fn labels(made: &Made, ports: &[ports::Laid]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::from([(label::GAME.to_owned(), made.game.clone())]);
    for port in ports {
        all.insert(label::port(&port.name), port.inside.to_string());
    }
    all
}

fn place(id: &ResourceId) -> Place {
    Place::new("game_servers", "secrets", id.as_str())
}
