//! One look at a backup server: what is asked every time, what now and then, and what may fail.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::jobs::{Job, PastOf};
use super::map;
use super::permissions::{self, Rights};
use super::stores::Store;
use super::wire::{HostStatus, TaskRow, UsageRow, Version};
use super::{KIND, PRODUCT};
use crate::model::backup::{BackupPlace, Backups};
use crate::model::facts::{Facts, TapeDevice};
use crate::model::id::TargetId;
use crate::model::job::{Job as Scheduled, JobKind};
use crate::model::known::{Gap, Known};
use crate::model::observation::Coverage;
use crate::model::resource::{Disk, NodeFacts, Rates, Resource};
use crate::model::shared::Shared;
use crate::model::target::{Failure, FailureKind, TargetSummary};
use crate::model::time::Timestamp;
use crate::sources::budget::{Allowance, Requests};
use crate::sources::lenient::List;
use crate::sources::proxmox::answer::{EndedTasks, share};
use crate::sources::proxmox::client::{ApiClient, Refusal, Reply};
use crate::sources::proxmox::past::Past;
use crate::sources::proxmox::rotation::Rotation;
use crate::sources::proxmox::settings::Settings;
use crate::sources::proxmox::{Permissions, failure, safe_in_path, skew};
use crate::sources::{BoxFuture, ConfigError, Look, Source, TargetConfig};

/// A backup server tells much at once, so half of what a cluster is asked is plenty.
const ALLOWANCE: Allowance = Allowance {
    per_minute: 30,
    details_per_stretch: 3,
    reserve: 3,
};
/// Tasks are asked for every third look, 30 s at the usual pace.
const TASKS_EVERY: u64 = 3;
/// The datastores' use every sixth: the server itself keeps it by the minute.
const USAGE_EVERY: u64 = 6;
/// Version and permissions change by an admin's hand: once an hour.
const SLOW_EVERY: u64 = 360;
/// Permissions are looked at again after this many looks while something vital is missing.
const SOON: u64 = 30;
/// How many recent tasks are asked for.
const TASKS: &str = "/nodes/localhost/tasks?limit=100";

/// An open connection to one backup server.
pub(super) struct PbsSource {
    pub(super) id: TargetId,
    pub(super) name: String,
    settings: Settings,
    pub(super) client: ApiClient,
    looks: u64,
    slow_due_in: u64,
    version: Option<String>,
    pub(super) rights: Rights,
    pub(super) stores: BTreeMap<Arc<str>, Store>,
    pub(super) jobs: BTreeMap<JobKind, Known<Vec<Scheduled>>>,
    pub(super) tape: Known<Vec<TapeDevice>>,
    pub(super) disks: Vec<Disk>,
    pub(super) host_facts: Shared<NodeFacts>,
    /// Network traffic of the server, as it keeps it itself.
    pub(super) rates: Rates,
    pub(super) rotation: Rotation<Job>,
    pub(super) past: Past<PastOf>,
    facts: Facts,
    ended_tasks: EndedTasks,
}

impl PbsSource {
    pub(super) fn open(target: TargetConfig) -> Result<Self, ConfigError> {
        let settings: Settings = serde_json::from_value(target.config)
            .map_err(|error| ConfigError::new("config", error.to_string()))?;
        if settings.control {
            return Err(ConfigError::new(
                "control",
                "must be false: homepulse tells only Proxmox VE what to do",
            ));
        }
        let secret = target
            .secret
            .ok_or_else(|| ConfigError::new("token_secret", "is missing"))?;
        Ok(Self {
            client: ApiClient::new(&PRODUCT, ALLOWANCE, &settings, &secret)?,
            id: target.id,
            name: target.name,
            settings,
            looks: 0,
            slow_due_in: 0,
            version: None,
            rights: Rights::default(),
            stores: BTreeMap::new(),
            jobs: BTreeMap::new(),
            tape: Known::default(),
            disks: Vec::new(),
            host_facts: Shared::default(),
            rates: Rates::default(),
            rotation: Rotation::default(),
            past: Past::until(target.past_until),
            facts: Facts::default(),
            ended_tasks: EndedTasks::default(),
        })
    }

    async fn look(&mut self, now: Timestamp) -> Result<Look, Failure> {
        self.client.begin_cycle(now);
        if self.looks >= self.slow_due_in {
            self.read_slow_facts().await?;
        }
        let asked_at = Instant::now();
        let host = match self.rights.system_gap() {
            None => {
                let answer: Reply<HostStatus> = self
                    .client
                    .get("/nodes/localhost/status", None)
                    .await
                    .map_err(|refusal| refusal.failure)?;
                // Every host has memory: an answer without is no host's.
                if answer.data.memory.total.0.is_none() {
                    let path = "/nodes/localhost/status";
                    return Err(failure::of_content(&PRODUCT, path, "it names no memory"));
                }
                Some(answer)
            }
            Some(_) => None,
        };
        let skew = skew(host.as_ref().and_then(|h| h.date), asked_at.elapsed());
        if self.looks.is_multiple_of(USAGE_EVERY) {
            self.read_usage().await?;
        }
        if self.looks % TASKS_EVERY == 1 {
            self.read_tasks(now).await;
        }
        self.sum_up();
        let mut resources = Vec::with_capacity(self.stores.len() + self.disks.len() + 1);
        if let Some(host) = host {
            let certificate = map::certificate(&host.data);
            let boot_mode = host.data.boot.mode.0.clone();
            self.host_facts.update(|facts| {
                facts.certificates = Known::Is(certificate.into_iter().collect());
                facts.boot_mode = boot_mode;
            });
            let mut node = map::host(
                &self.id,
                &self.name,
                &host.data,
                self.version.as_deref(),
                self.host_facts.clone(),
                now,
            );
            node.rates = self.rates;
            resources.push(Resource::Node(node));
        }
        let stores = self.stores.iter();
        resources.extend(
            stores.map(|(name, store)| {
                Resource::Datastore(map::datastore(&self.id, name, store, now))
            }),
        );
        resources.extend(self.disks.iter().cloned().map(Resource::Disk));
        self.plan_past(now);
        self.looks += 1;
        Ok(Look {
            summary: self.summary(skew),
            coverage: Coverage::Complete,
            resources,
            samples: Vec::new(),
            facts: self.facts.clone(),
            past: self.past.take(),
        })
    }

    /// Version and permissions. A token that may see nothing at all is a failure of its own.
    async fn read_slow_facts(&mut self) -> Result<(), Failure> {
        let version: Result<Version, Refusal> = self.client.detail("/version").await;
        self.version = map::version(version.map_err(|refusal| refusal.failure)?);
        let permissions: Result<Permissions, Refusal> =
            self.client.detail("/access/permissions").await;
        self.rights = Rights::new(permissions.map_err(|refusal| refusal.failure)?);
        let token_id = self.client.token_id();
        if self.rights.are_none() {
            return Err(Failure {
                kind: FailureKind::Forbidden,
                message: format!("the API token {token_id} works, but has no permission at all"),
                fix: Some(permissions::grant_command(token_id)),
            });
        }
        let missing = self.rights.missing(token_id);
        let pause = match missing.iter().all(|missing| missing.optional) {
            true => SLOW_EVERY,
            false => SOON,
        };
        self.slow_due_in = self.looks + pause;
        Ok(())
    }

    /// The datastores' space. One whose directory has vanished makes the whole list fail; then
    /// each is asked by itself, so that the others are not hidden.
    async fn read_usage(&mut self) -> Result<(), Failure> {
        if self.rights.datastore_gap().is_some() {
            return Ok(());
        }
        let answer: Result<Reply<List<UsageRow>>, Refusal> =
            self.client.get("/status/datastore-usage", None).await;
        match answer {
            Ok(rows) => {
                let names: Vec<String> = rows
                    .data
                    .0
                    .iter()
                    .filter_map(|row| row.store.0.clone())
                    .collect();
                self.stores
                    .retain(|name, _| names.iter().any(|kept| **kept == **name));
                for row in rows.data.0 {
                    if let Some(name) = row.store.0.clone() {
                        let store = self.stores.entry(name.into()).or_default();
                        store.problem = None;
                        store.usage = Some(row);
                    }
                }
                Ok(())
            }
            Err(refusal) if refusal.status == Some(400) => self.read_usage_one_by_one().await,
            Err(refusal) => Err(refusal.failure),
        }
    }

    async fn read_usage_one_by_one(&mut self) -> Result<(), Failure> {
        let rows: Result<List<super::wire::StoreRow>, Refusal> =
            self.client.detail("/admin/datastore").await;
        let rows = rows.map_err(|refusal| refusal.failure)?;
        for row in rows.0 {
            let Some(name) = row.store.0.clone().filter(|name| safe_in_path(name)) else {
                continue;
            };
            let path = format!("/admin/datastore/{name}/status");
            let usage: Result<UsageRow, Refusal> = self.client.detail(&path).await;
            let store = self.stores.entry(name.into()).or_default();
            store.row = row;
            match usage {
                Ok(usage) => {
                    store.problem = None;
                    store.usage = Some(usage);
                }
                Err(refusal) => {
                    store.usage = None;
                    store.problem = Some(match refusal.told.is_empty() {
                        true => refusal.failure.message,
                        false => refusal.told,
                    });
                }
            }
        }
        Ok(())
    }

    /// Recent tasks, and what those that ended since the last time have changed.
    async fn read_tasks(&mut self, now: Timestamp) {
        if self.rights.system_gap().is_some() {
            return;
        }
        let answer: Result<Reply<List<TaskRow>>, Refusal> = self.client.get(TASKS, None).await;
        let Ok(rows) = answer else {
            return;
        };
        let tasks = map::tasks(rows.data.0);
        for task in self.ended_tasks.news(&tasks) {
            self.follow(&task, now);
        }
        share(&mut self.facts.tasks, Known::Is(tasks));
    }

    /// Puts together what is known beyond the resources.
    pub(super) fn sum_up(&mut self) {
        let facts = &mut self.facts;
        if let Some(gap) = self.rights.system_gap() {
            facts.tasks = Known::Not(gap);
        }
        let mut groups = Vec::new();
        let mut places = Vec::new();
        for (name, store) in &self.stores {
            for (namespace, contents) in &store.contents {
                groups.extend(
                    contents
                        .groups
                        .value()
                        .into_iter()
                        .flat_map(|g| g.iter().cloned()),
                );
                places.push(BackupPlace {
                    resource: map::store_id(&self.id, name),
                    name: name.to_string(),
                    node: None,
                    namespace: Some(namespace.to_string()),
                    read_at: contents.read_at,
                    backups: contents.backups.clone(),
                });
            }
        }
        facts.backups.set(Backups { places });
        share(
            &mut facts.groups,
            match self.rights.datastore_gap() {
                Some(gap) => Known::Not(gap),
                None => Known::Is(groups),
            },
        );
        let jobs = self
            .jobs
            .values()
            .filter_map(Known::value)
            .flatten()
            .cloned();
        share(
            &mut facts.jobs,
            match self.rights.datastore_gap() {
                Some(gap) => Known::Not(gap),
                None => Known::Is(map::in_order(jobs.collect())),
            },
        );
        share(
            &mut facts.tape,
            match self.rights.tape_gap() {
                Some(gap) => Known::Not(gap),
                None => self.tape.clone(),
            },
        );
        facts.backup_jobs = Known::Not(Gap::Absent);
        facts.uncovered = Known::Not(Gap::Absent);
        facts.replication = Known::Not(Gap::Absent);
        facts.ha = Known::Not(Gap::Absent);
        facts.ceph = Known::Not(Gap::Absent);
    }

    fn summary(&self, clock_skew_ms: Option<i64>) -> TargetSummary {
        let settings = &self.settings;
        TargetSummary {
            version: self.version.clone(),
            clock_skew_ms,
            missing: self.rights.missing(self.client.token_id()),
            ..settings.summary(&self.id, &self.name, KIND.name, &self.client)
        }
    }
}

impl Source for PbsSource {
    fn poll(&mut self, now: Timestamp) -> BoxFuture<'_, Result<Look, Failure>> {
        Box::pin(self.look(now))
    }

    fn rotate(&mut self, now: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(self.read_details(now))
    }

    fn requests(&self) -> Option<Requests> {
        Some(self.client.requests())
    }

    fn presented_fingerprint(&self) -> Option<String> {
        self.client.presented().map(|print| print.to_string())
    }
}
