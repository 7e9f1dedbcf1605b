//! One look at a cluster: what is asked every time, what now and then, and what may fail.

use std::collections::HashMap;
use std::time::Duration;

use super::details::{Details, Seen};
use super::jobs::{AGENT_START, GuestJob, Job, PastOf};
use super::map::{self, Context, Counted, NodeFigures};
use super::permissions::{self, Rights};
use super::wire::cluster::TaskRow;
use super::wire::{Export, NodeRow, ResourceRow, StatusRow, Version};
use super::{KIND, PRODUCT, settings_of};
use crate::model::id::TargetId;
use crate::model::known::Known;
use crate::model::observation::Coverage;
use crate::model::resource::Resource;
use crate::model::target::{Failure, FailureKind, TargetSummary};
use crate::model::time::Timestamp;
use crate::sources::budget::{Allowance, Requests};
use crate::sources::lenient::List;
use crate::sources::proxmox::answer::{EndedTasks, share};
use crate::sources::proxmox::client::{ApiClient, Refusal, Reply};
use crate::sources::proxmox::past::Past;
use crate::sources::proxmox::rotation::Rotation;
use crate::sources::proxmox::settings::Settings;
use crate::sources::proxmox::{Permissions, failure, skew};
use crate::sources::rates::RateTracker;
use crate::sources::{BoxFuture, ConfigError, Hint, Look, Source, TargetConfig};

/// At one look in 10 s: 2 requests each, one more in two of three, and 6 of the rotation between
/// two looks make 52 a minute.
const ALLOWANCE: Allowance = Allowance {
    per_minute: 60,
    details_per_stretch: 6,
    reserve: 4,
};
/// Quorum and addresses are asked for every third look, 30 s at the usual pace; tasks too, in
/// between.
const THIRD: u64 = 3;
/// Version and permissions change by an admin's hand: once an hour.
const SLOW_EVERY: u64 = 360;
/// Permissions are looked at again after this many looks while something vital is missing.
const SOON: u64 = 30;
/// The export waits for each dead node in turn, so it is given up early and left alone for a while.
const EXPORT_LIMIT: Duration = Duration::from_secs(5);
const EXPORT_PAUSE: u64 = 6;

/// An open connection to one cluster.
pub(super) struct PveSource {
    pub(super) id: TargetId,
    name: String,
    settings: Settings,
    pub(super) client: ApiClient,
    rates: RateTracker<Counted>,
    looks: u64,
    slow: SlowFacts,
    pub(super) rights: Rights,
    pub(super) seen: Seen,
    pub(super) details: Details,
    pub(super) rotation: Rotation<Job>,
    pub(super) past: Past<PastOf>,
    ended_tasks: EndedTasks,
    export: ExportState,
    /// What the next look asks out of turn, because it was announced.
    pub(super) hinted: Option<Ask>,
}

/// What is asked every third look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Quorum and addresses.
    Status,
    /// Tasks.
    Tasks,
}

/// What does not change with every look.
#[derive(Default)]
struct SlowFacts {
    version: Option<String>,
    cluster: Option<String>,
    quorate: Option<bool>,
    addresses: HashMap<String, String>,
    due_in: Option<u64>,
}

/// Whether and when the metrics export is asked for.
#[derive(Default)]
struct ExportState {
    /// Not before this look.
    from: u64,
    /// The host has none, or not for this token.
    absent: bool,
}

impl PveSource {
    pub(super) fn open(target: TargetConfig) -> Result<Self, ConfigError> {
        let (id, name, past_until) = (target.id.clone(), target.name.clone(), target.past_until);
        let (settings, secret) = settings_of(target)?;
        let client = ApiClient::new(&PRODUCT, ALLOWANCE, &settings, &secret)?;
        Ok(Self {
            id,
            name,
            settings,
            client,
            rates: RateTracker::default(),
            looks: 0,
            slow: SlowFacts::default(),
            rights: Rights::default(),
            seen: Seen::default(),
            details: Details::default(),
            rotation: Rotation::default(),
            past: Past::until(past_until),
            ended_tasks: EndedTasks::default(),
            export: ExportState::default(),
            hinted: None,
        })
    }

    /// The first number of the host's version.
    pub(super) fn major_version(&self) -> Option<u32> {
        self.slow.version.as_ref()?.split('.').next()?.parse().ok()
    }

    /// Whether the metrics export tells of the nodes' load and network.
    pub(super) const fn has_export(&self) -> bool {
        !self.export.absent
    }

    async fn look(&mut self, now: Timestamp) -> Result<Look, Failure> {
        self.client.begin_cycle(now);
        if self.slow.due_in.is_none_or(|look| self.looks >= look) {
            self.read_slow_facts().await?;
        }
        let asked_at = std::time::Instant::now();
        let resources: Reply<Vec<ResourceRow>> = self
            .client
            .get("/cluster/resources", None)
            .await
            .map_err(|refusal| refusal.failure)?;
        let skew = skew(resources.date, asked_at.elapsed());
        // Even a token without any right sees the nodes' names: an answer without is no cluster's.
        if !resources
            .data
            .iter()
            .any(|row| row.kind.as_deref() == Some("node"))
        {
            return Err(failure::of_content(
                &PRODUCT,
                "/cluster/resources",
                "it names no node",
            ));
        }
        match (self.hinted.take(), self.looks % THIRD) {
            (Some(Ask::Status), _) | (None, 0) => self.read_status().await,
            (Some(Ask::Tasks), _) | (None, 1) => self.read_tasks(now).await,
            (None, _) => {}
        }
        let exported = self.read_export().await;
        let context = Context {
            target: &self.id,
            now,
            details: &self.details,
            addresses: &self.slow.addresses,
            exported: &exported,
        };
        let resources = map::resources(resources.data, &context, &mut self.rates);
        self.settle(&resources, now);
        self.looks += 1;
        Ok(Look {
            summary: self.summary(skew),
            coverage: Coverage::Complete,
            resources,
            samples: Vec::new(),
            facts: self.details.facts.clone(),
            past: self.past.take(),
        })
    }

    /// Version and permissions. A token that may see nothing at all is a failure of its own.
    async fn read_slow_facts(&mut self) -> Result<(), Failure> {
        let version: Version = self.ask("/version").await?;
        self.slow.version = version.version;
        let permissions: Permissions = self.ask("/access/permissions").await?;
        self.rights = Rights::new(permissions, self.slow.version.as_deref());
        let token_id = self.client.token_id();
        if self.rights.are_none() {
            return Err(Failure {
                kind: FailureKind::Forbidden,
                message: format!("the API token {token_id} works, but has no permission at all"),
                fix: Some(permissions::grant_command(token_id)),
            });
        }
        // With every vital privilege in place there is no hurry to look again.
        let missing = self.rights.missing(token_id);
        let pause = match missing.iter().all(|missing| missing.optional) {
            true => SLOW_EVERY,
            false => SOON,
        };
        self.slow.due_in = Some(self.looks + pause);
        if let Ok(nodes) = self.client.detail::<List<NodeRow>>("/nodes").await {
            let pins = nodes
                .0
                .iter()
                .filter_map(|node| node.ssl_fingerprint.as_ref());
            self.client
                .learn_pins(pins.filter_map(|pin| pin.parse().ok()));
        }
        Ok(())
    }

    /// A question without whose answer there is no look, now and then.
    async fn ask<T: serde::de::DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        self.client
            .detail(path)
            .await
            .map_err(|refusal| refusal.failure)
    }

    /// Quorum, cluster name and the nodes' addresses; without `Sys.Audit` they stay unknown.
    async fn read_status(&mut self) {
        let answer: Result<Reply<List<StatusRow>>, Refusal> =
            self.client.get("/cluster/status", None).await;
        let Ok(rows) = answer else {
            self.slow.quorate = None;
            return;
        };
        let mut cluster = None;
        let mut quorate = None;
        for row in rows.data.0 {
            match row.kind.as_deref() {
                Some("cluster") => {
                    cluster = row.name;
                    quorate = row.quorate;
                }
                Some("node") => {
                    if let (Some(name), Some(ip)) = (row.name, row.ip) {
                        self.slow.addresses.insert(name, ip);
                    }
                }
                _ => {}
            }
        }
        self.slow.cluster = cluster;
        self.slow.quorate = quorate;
        let mut hosts: Vec<String> = self.slow.addresses.values().cloned().collect();
        hosts.sort_unstable();
        self.client.learn_addresses(hosts);
    }

    /// Recent tasks, and what those that ended since the last time have changed.
    async fn read_tasks(&mut self, now: Timestamp) {
        if self.rights.audit_gap().is_some() {
            return;
        }
        let answer: Result<Reply<List<TaskRow>>, Refusal> =
            self.client.get("/cluster/tasks", None).await;
        let Ok(rows) = answer else {
            return;
        };
        let tasks = map::cluster::tasks(rows.data.0);
        for task in self.ended_tasks.news(&tasks) {
            self.follow(&task, now);
        }
        share(&mut self.details.facts.tasks, Known::Is(tasks));
    }

    /// Load, I/O wait, swap and network of the nodes. Not there before 8.3, nor without `Sys.Audit`.
    async fn read_export(&mut self) -> HashMap<String, NodeFigures> {
        if self.looks < self.export.from {
            return HashMap::new();
        }
        let answer: Result<Reply<Export>, Refusal> = self
            .client
            .get("/cluster/metrics/export", Some(EXPORT_LIMIT))
            .await;
        match answer {
            Ok(export) => {
                self.export.absent = false;
                map::node_figures(&export.data.data)
            }
            Err(refusal) => {
                self.export.absent = matches!(refusal.status, Some(400 | 403 | 404 | 501));
                let pause = match self.export.absent {
                    true => SLOW_EVERY,
                    false => EXPORT_PAUSE,
                };
                self.export.from = self.looks + pause;
                HashMap::new()
            }
        }
    }

    /// Takes over what the look saw, for the rotation to go by.
    fn settle(&mut self, resources: &[Resource], now: Timestamp) {
        let seen = Seen::of(resources);
        let names: Vec<&str> = resources
            .iter()
            .filter_map(|resource| match resource {
                Resource::Node(node) => Some(node.name.as_str()),
                Resource::Guest(_)
                | Resource::Storage(_)
                | Resource::Datastore(_)
                | Resource::Disk(_)
                | Resource::Game(_) => None,
            })
            .collect();
        let storages_changed = seen.storages != self.seen.storages;
        let started = self.details.settle(&self.seen, &seen, &names);
        self.seen = seen;
        self.enter_gaps();
        for vmid in started {
            self.rotation
                .plan(Job::Guest(GuestJob::FileSystems, vmid), now + AGENT_START);
        }
        if storages_changed {
            self.settle_backups();
        }
        self.plan_past(now);
    }

    fn summary(&mut self, clock_skew_ms: Option<i64>) -> TargetSummary {
        let settings = &self.settings;
        TargetSummary {
            cluster: self.slow.cluster.clone(),
            version: self.slow.version.clone(),
            quorate: self.slow.quorate,
            clock_skew_ms,
            missing: self.rights.missing(self.client.token_id()),
            ..settings.summary(&self.id, &self.name, KIND.name, &self.client)
        }
    }
}

impl Source for PveSource {
    fn poll(&mut self, now: Timestamp) -> BoxFuture<'_, Result<Look, Failure>> {
        Box::pin(self.look(now))
    }

    fn rotate(&mut self, now: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(self.read_details(now))
    }

    fn hint(&mut self, hint: &Hint, now: Timestamp) {
        self.take_hint(hint, now);
    }

    fn requests(&self) -> Option<Requests> {
        Some(self.client.requests())
    }

    fn presented_fingerprint(&self) -> Option<String> {
        self.client.presented().map(|print| print.to_string())
    }
}
