//! One engine, looked at.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use super::details::{AT_ONCE, Details};
use super::engine::{Engine, EngineError, QUICK};
use super::events::Events;
use super::figures::{Figures, Samples};
use super::probe::{self, Allowed};
use super::settings::Settings;
use super::wire::{DiskUse, Listed, Stats, Version};
use super::{failure, map};
use crate::http::Guard;
use crate::model::facts::Facts;
use crate::model::id::TargetId;
use crate::model::observation::Coverage;
use crate::model::resource::Resource;
use crate::model::target::{Failure, MissingPrivilege, TargetSummary};
use crate::model::time::Timestamp;
use crate::sources::games::catalog;
use crate::sources::games::watch::{MOST_SERVERS, Runtime, Watch};
use crate::sources::lenient::List;
use crate::sources::{BoxFuture, ConfigError, Look, Source, TargetConfig};

/// How often the version and what we may do are asked.
const IDENTITY_EVERY: Duration = Duration::from_secs(600);

/// How often the disk use of volumes is asked, which an engine adds up file by file.
const DISK_EVERY: Duration = Duration::from_secs(3600);

/// How long that may take.
const DISK_WITHIN: Duration = Duration::from_secs(90);

/// One engine, looked at.
pub(super) struct DockerSource {
    id: TargetId,
    name: String,
    settings: Settings,
    engine: Engine,
    identity: Option<Identity>,
    details: Details,
    samples: Samples,
    events: Events,
    watch: Watch,
    /// Bytes of each volume.
    volumes: HashMap<String, u64>,
    volumes_at: Option<Timestamp>,
}

/// What changes so rarely that it is asked now and then.
struct Identity {
    at: Timestamp,
    version: Option<String>,
    allowed: Allowed,
}

impl DockerSource {
    /// Checks the settings; no traffic yet.
    ///
    /// # Errors
    /// Which setting is wrong.
    pub(super) fn open(target: TargetConfig) -> Result<Self, ConfigError> {
        let settings = Settings::read(&target)?;
        let place = settings.place(target.secret.as_ref())?;
        Ok(Self {
            watch: Watch::new(target.id.clone()),
            id: target.id,
            name: target.name,
            engine: Engine::new(place)?,
            settings,
            identity: None,
            details: Details::default(),
            samples: Samples::default(),
            events: Events::default(),
            volumes: HashMap::new(),
            volumes_at: None,
        })
    }

    async fn look(&mut self, now: Timestamp) -> Result<Look, EngineError> {
        let allowed = self.identify(now).await?;
        self.events.catch_up().await;
        for id in self.events.take_news() {
            self.details.has_changed(&id);
        }
        let List(listed) = self
            .engine
            .get::<List<Listed>>(&["containers", "json"], &[("all", "1")], QUICK)
            .await?;
        let catalog = catalog::current();
        let games: Vec<&Listed> = listed
            .iter()
            .filter(|one| {
                let name = one.name();
                let owner = name.and_then(|name| self.settings.games.get(name));
                name.is_some() && map::is_game(one, owner, &catalog)
            })
            .take(MOST_SERVERS)
            .collect();
        self.details.refresh(&self.engine, &games, now).await?;
        let mut figures = self.figures(&games, now).await;
        let runtimes: Vec<Runtime> = games
            .iter()
            .filter_map(|listed| {
                let id = listed.id.0.as_deref()?;
                let inspected = self.details.of(id)?;
                let owner = listed.name().and_then(|name| self.settings.games.get(name));
                let seen = map::Seen {
                    listed,
                    inspected,
                    entry: map::game(listed, owner, &catalog),
                    figures: figures.remove(id).unwrap_or_default(),
                    disk: self.disk_of(inspected),
                    told_to_end: self.events.was_told_to_end(id),
                    out_of_memory: self.events.is_out_of_memory(id),
                };
                Some(map::runtime(seen, allowed, self.engine.place()))
            })
            .collect();
        let servers = self.watch.look(runtimes, now).await;
        Ok(Look {
            summary: self.summary(),
            coverage: Coverage::Complete,
            resources: servers.into_iter().map(Resource::Game).collect(),
            samples: Vec::new(),
            facts: Facts::default(),
            past: Vec::new(),
        })
    }

    /// Asks now and then what the engine is and what it lets us do.
    async fn identify(&mut self, now: Timestamp) -> Result<Allowed, EngineError> {
        if let Some(known) = &self.identity
            && now >= known.at
            && now.since(known.at) < IDENTITY_EVERY
        {
            return Ok(known.allowed);
        }
        let version: Version = match self.engine.get(&["version"], &[], QUICK).await {
            // Some proxies keep even this to themselves.
            Err(error) if error.status() == Some(403) => Version::default(),
            other => other?,
        };
        let is_podman = version.components.0.iter().any(|component| {
            let name = component.name.0.as_deref().unwrap_or_default();
            name.starts_with("Podman")
        });
        let product = if is_podman { "Podman" } else { "Docker" };
        let allowed = probe::ask(&self.engine).await;
        self.identity = Some(Identity {
            at: now,
            version: version
                .version
                .0
                .map(|number| format!("{product} {number}")),
            allowed,
        });
        Ok(allowed)
    }

    /// Figures of everything that runs; what does not answer in time has none.
    async fn figures(&mut self, games: &[&Listed], now: Timestamp) -> HashMap<String, Figures> {
        let running = games.iter().filter_map(|one| {
            let runs = matches!(one.state.0.as_deref(), Some("running" | "paused"));
            one.id.0.clone().filter(|_| runs)
        });
        let running: Vec<String> = running.collect();
        let questions = running.iter().cloned().map(|id| stats(&self.engine, id));
        // Collected first: a stream of borrowing closures is none that may change threads.
        let questions: Vec<_> = questions.collect();
        let mut asking = stream::iter(questions).buffer_unordered(AT_ONCE);
        let mut answers = Vec::new();
        while let Some((id, answer)) = asking.next().await {
            match answer {
                Ok(stats) => answers.push((id, stats)),
                Err(error) => tracing::debug!("no figures of {id}: {error}"),
            }
        }
        drop(asking);
        self.samples.keep(&running);
        let mut all = HashMap::new();
        for (id, stats) in answers {
            let Some(inspected) = self.details.of(&id) else {
                continue;
            };
            let figures = self
                .samples
                .take(&id, &stats, &inspected.host_config, now.millis());
            all.insert(id, figures);
        }
        all
    }

    /// What its volumes take together, where all that is known.
    fn disk_of(&self, inspected: &super::wire::Inspected) -> Option<u64> {
        let mounts = inspected.mounts.0.iter();
        let volumes = mounts.filter(|mount| mount.kind.0.as_deref() == Some("volume"));
        let sizes: Vec<u64> = volumes
            .map(|mount| self.volumes.get(mount.name.0.as_deref()?).copied())
            .collect::<Option<_>>()?;
        (!sizes.is_empty()).then(|| sizes.iter().sum())
    }

    async fn weigh_volumes(&mut self, now: Timestamp) {
        let is_known = self
            .volumes_at
            .is_some_and(|at| now >= at && now.since(at) < DISK_EVERY);
        if is_known {
            return;
        }
        self.volumes_at = Some(now);
        let asked = self
            .engine
            .get::<DiskUse>(&["system", "df"], &[("type", "volume")], DISK_WITHIN)
            .await;
        match asked {
            Ok(used) => {
                let sizes = used.volumes.0.into_iter().filter_map(|volume| {
                    let size = volume.usage_data?.size.0?;
                    Some((volume.name.0?, size))
                });
                self.volumes = sizes.collect();
            }
            Err(error) => tracing::debug!("the engine does not tell what volumes take: {error}"),
        }
    }

    fn summary(&self) -> TargetSummary {
        let place = self.engine.place();
        let mut summary = TargetSummary::configured(
            self.id.clone(),
            self.name.clone(),
            "docker",
            place.shown.clone(),
            place.verifies,
        );
        summary.version = self
            .identity
            .as_ref()
            .and_then(|identity| identity.version.clone());
        summary.missing = self.identity.as_ref().map(missing).unwrap_or_default();
        summary
    }
}

/// What a proxy before the engine keeps from us, one thing each.
fn missing(identity: &Identity) -> Vec<MissingPrivilege> {
    let Allowed {
        power,
        exec,
        create,
    } = identity.allowed;
    [
        (power, "containers.power", "starting and stopping servers"),
        (exec, "containers.exec", "the consoles of some games"),
        (
            create,
            "containers.create",
            "making, updating and deleting servers, and their backups",
        ),
    ]
    .into_iter()
    .filter(|(may, ..)| !may)
    .map(|(_, privilege, hides)| MissingPrivilege {
        path: "/containers".into(),
        privilege: privilege.into(),
        hides: hides.into(),
        fix: "let the proxy before the engine pass POST and DELETE of /containers".into(),
        optional: true,
    })
    .collect()
}

async fn stats(engine: &Engine, id: String) -> (String, Result<Stats, EngineError>) {
    let query = [("stream", "false"), ("one-shot", "true")];
    let path = ["containers", &id, "stats"];
    let answer = engine.get(&path, &query, QUICK).await;
    (id, answer)
}

impl Source for DockerSource {
    fn poll(&mut self, now: Timestamp) -> BoxFuture<'_, Result<Look, Failure>> {
        Box::pin(async move {
            self.look(now).await.map_err(|error| {
                // Whatever answers the next time may be another engine.
                self.identity = None;
                failure::of_look(self.engine.place(), &error)
            })
        })
    }

    fn rotate(&mut self, now: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.events.listen(&self.engine, now).await;
            self.weigh_volumes(now).await;
        })
    }

    fn announced(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(self.events.happened())
    }

    fn keep_to(&mut self, guard: &Guard) {
        self.watch.keep_to(guard);
    }

    fn presented_fingerprint(&self) -> Option<String> {
        self.engine.presented()
    }
}
