//! Parts of a target that its owner does not want to see: they are taken out of every look.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::Guard;
use crate::model::facts::Facts;
use crate::model::id::ResourceId;
use crate::model::job::JobKind;
use crate::model::known::{Gap, Known};
use crate::model::resource::{GuestKind, Resource};
use crate::model::shared::Shared;
use crate::model::target::Failure;
use crate::model::time::Timestamp;
use crate::sources::{BoxFuture, ConfigError, Hint, Look, Requests, Source};

/// The key of a target's settings that holds this.
pub(super) const KEY: &str = "monitor";

/// Which parts of a target are wanted; all of them unless told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent switches"
)]
pub struct Monitor {
    /// Virtual machines.
    pub vms: bool,
    /// Containers.
    pub containers: bool,
    /// Storages.
    pub storage: bool,
    /// Backups, and the jobs that make them.
    pub backups: bool,
    /// Datastores, with the backups in them.
    pub datastores: bool,
    /// Jobs that copy backups.
    pub sync_jobs: bool,
    /// Jobs that check backups.
    pub verify_jobs: bool,
    /// Jobs that forget old backups.
    pub prune_jobs: bool,
    /// Collecting garbage.
    pub garbage_jobs: bool,
}

impl Default for Monitor {
    fn default() -> Self {
        Self {
            vms: true,
            containers: true,
            storage: true,
            backups: true,
            datastores: true,
            sync_jobs: true,
            verify_jobs: true,
            prune_jobs: true,
            garbage_jobs: true,
        }
    }
}

impl Monitor {
    /// What a target's settings say.
    #[must_use]
    pub fn of(config: &Value) -> Self {
        let given = config.get(KEY).cloned();
        given
            .and_then(|value| serde_json::from_value(value).ok())
            .unwrap_or_default()
    }

    /// Takes it out of a target's settings.
    pub(super) fn take(config: &mut Value) -> Result<Self, ConfigError> {
        let Some(value) = config.as_object_mut().and_then(|fields| fields.remove(KEY)) else {
            return Ok(Self::default());
        };
        serde_json::from_value(value).map_err(|error| ConfigError::new(KEY, error.to_string()))
    }

    /// Writes it into a target's settings; where everything is wanted nothing stands there.
    pub fn put(self, config: &mut Value) {
        let Some(fields) = config.as_object_mut() else {
            return;
        };
        fields.remove(KEY);
        if self != Self::default()
            && let Ok(value) = serde_json::to_value(self)
        {
            fields.insert(KEY.to_owned(), value);
        }
    }

    fn wants(self, resource: &Resource) -> bool {
        match resource {
            Resource::Guest(guest) => match guest.kind {
                GuestKind::Vm => self.vms,
                GuestKind::Container => self.containers,
            },
            Resource::Storage(_) => self.storage,
            Resource::Datastore(_) => self.datastores,
            Resource::Node(_) | Resource::Disk(_) | Resource::Game(_) => true,
        }
    }

    fn wants_jobs(self, kind: JobKind) -> bool {
        match kind {
            JobKind::GarbageCollection => self.garbage_jobs,
            JobKind::Prune => self.prune_jobs,
            JobKind::Sync => self.sync_jobs,
            JobKind::Verify => self.verify_jobs,
            JobKind::Tape => true,
        }
    }

    /// Takes out of a look what is not wanted.
    fn thin(self, look: &mut Look) {
        let (wanted, left_out): (Vec<Resource>, Vec<Resource>) =
            std::mem::take(&mut look.resources)
                .into_iter()
                .partition(|resource| self.wants(resource));
        look.resources = wanted;
        let is_out = |id: &ResourceId| left_out.iter().any(|resource| resource.id() == id);
        look.samples.retain(|sample| !is_out(&sample.resource));
        look.past.retain(|past| !is_out(&past.resource));
        if !self.garbage_jobs {
            for resource in &mut look.resources {
                if let Resource::Datastore(datastore) = resource {
                    datastore.garbage = None;
                }
            }
        }
        self.thin_facts(&mut look.facts);
    }

    fn thin_facts(self, facts: &mut Facts) {
        if !self.backups || !self.datastores {
            facts.backups = Shared::default();
            facts.groups = off();
        }
        if !self.backups {
            facts.backup_jobs = off();
            facts.uncovered = off();
        }
        if let Known::Is(jobs) = &mut facts.jobs
            && jobs.iter().any(|job| !self.wants_jobs(job.kind))
        {
            jobs.update(|jobs| jobs.retain(|job| self.wants_jobs(job.kind)));
        }
    }
}

fn off<T>() -> Known<T> {
    Known::Not(Gap::Failed {
        message: "switched off in the settings of the target".to_owned(),
    })
}

/// A source of which only some parts are wanted.
pub(super) struct Thinned {
    pub(super) source: Box<dyn Source>,
    pub(super) monitor: Monitor,
}

impl Source for Thinned {
    fn poll(&mut self, now: Timestamp) -> BoxFuture<'_, Result<Look, Failure>> {
        Box::pin(async move {
            let mut look = self.source.poll(now).await?;
            self.monitor.thin(&mut look);
            Ok(look)
        })
    }

    fn rotate(&mut self, now: Timestamp) -> BoxFuture<'_, ()> {
        self.source.rotate(now)
    }

    fn hint(&mut self, hint: &Hint, now: Timestamp) {
        self.source.hint(hint, now);
    }

    fn announced(&mut self) -> BoxFuture<'_, ()> {
        self.source.announced()
    }

    fn keep_to(&mut self, guard: &Guard) {
        self.source.keep_to(guard);
    }

    fn requests(&self) -> Option<Requests> {
        self.source.requests()
    }

    fn presented_fingerprint(&self) -> Option<String> {
        self.source.presented_fingerprint()
    }
}
