//! One look at a cluster: what is asked every time, what by rotation, and what may fail.

use std::collections::HashMap;
use std::time::Duration;

use super::client::{PveClient, Refusal, Reply};
use super::failure;
use super::map::{self, Context, Counted, NodeFigures};
use super::permissions;
use super::settings::Settings;
use super::wire::{Export, NodeDetail, NodeRow, Permissions, ResourceRow, StatusRow, Version};
use crate::model::id::TargetId;
use crate::model::observation::Coverage;
use crate::model::target::{Failure, FailureKind, MissingPrivilege, Reachability, TargetSummary};
use crate::model::time::Timestamp;
use crate::sources::rates::RateTracker;
use crate::sources::{BoxFuture, ConfigError, Look, Source, TargetConfig};

/// Quorum and addresses are asked for every third look, 30 s at the usual pace.
const STATUS_EVERY: u64 = 3;
/// Version and permissions change by an admin's hand: once an hour.
const SLOW_EVERY: u64 = 360;
/// Each node's details are read again after this many looks.
const DETAIL_EVERY: u64 = 60;
/// The export waits for each dead node in turn, so it is given up early and left alone for a while.
const EXPORT_LIMIT: Duration = Duration::from_secs(5);
const EXPORT_PAUSE: u64 = 6;
/// A proxied call to a node that has just died can take 30 s.
const DETAIL_LIMIT: Duration = Duration::from_secs(5);

/// An open connection to one cluster.
pub(super) struct PveSource {
    id: TargetId,
    name: String,
    settings: Settings,
    client: PveClient,
    rates: RateTracker<Counted>,
    looks: u64,
    known: Known,
    details: HashMap<String, NodeDetail>,
    detail_read_in: HashMap<String, u64>,
    export_from: u64,
}

/// What does not change with every look.
#[derive(Default)]
struct Known {
    version: Option<String>,
    cluster: Option<String>,
    quorate: Option<bool>,
    addresses: HashMap<String, String>,
    missing: Vec<MissingPrivilege>,
    complete_since: Option<u64>,
}

impl PveSource {
    pub(super) fn open(target: TargetConfig) -> Result<Self, ConfigError> {
        let settings: Settings = serde_json::from_value(target.config)
            .map_err(|error| ConfigError::new("config", error.to_string()))?;
        let secret = target
            .secret
            .ok_or_else(|| ConfigError::new("token_secret", "is missing"))?;
        let client = PveClient::new(&settings, &secret)?;
        Ok(Self {
            id: target.id,
            name: target.name,
            settings,
            client,
            rates: RateTracker::default(),
            looks: 0,
            known: Known::default(),
            details: HashMap::new(),
            detail_read_in: HashMap::new(),
            export_from: 0,
        })
    }

    async fn look(&mut self, now: Timestamp) -> Result<Look, Failure> {
        self.client.begin_cycle();
        if self
            .known
            .complete_since
            .is_none_or(|since| self.looks - since >= SLOW_EVERY)
        {
            self.read_slow_facts().await?;
        }
        let asked_at = std::time::Instant::now();
        let resources: Reply<Vec<ResourceRow>> = self
            .client
            .get("/cluster/resources", false, None)
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
                "/cluster/resources",
                "it names no node",
            ));
        }
        if self.looks.is_multiple_of(STATUS_EVERY) {
            self.read_status().await;
        }
        let exported = self.read_export().await;
        self.read_one_detail(&resources.data).await;
        let context = Context {
            target: &self.id,
            now,
            details: &self.details,
            addresses: &self.known.addresses,
            exported: &exported,
        };
        let resources = map::resources(resources.data, &context, &mut self.rates);
        self.looks += 1;
        Ok(Look {
            summary: self.summary(skew),
            coverage: Coverage::Complete,
            resources,
            samples: Vec::new(),
        })
    }

    /// Version and permissions. A token that may see nothing at all is a failure of its own.
    async fn read_slow_facts(&mut self) -> Result<(), Failure> {
        let version: Reply<Version> = self.ask("/version").await.map_err(|r| r.failure)?;
        self.known.version = version.data.version;
        let permissions: Reply<Permissions> = self
            .ask("/access/permissions")
            .await
            .map_err(|r| r.failure)?;
        let missing = permissions::missing(&permissions.data, self.client.token_id());
        if permissions.data.is_empty() {
            return Err(Failure {
                kind: FailureKind::Forbidden,
                message: format!(
                    "the API token {} works, but has no permission at all",
                    self.client.token_id()
                ),
                fix: Some(permissions::grant_command(self.client.token_id())),
            });
        }
        // With every privilege in place there is no hurry to look again; else every 5 minutes.
        self.known.complete_since = Some(if missing.is_empty() {
            self.looks
        } else {
            self.looks.saturating_sub(SLOW_EVERY - 30)
        });
        self.known.missing = missing;
        let nodes: Result<Reply<Vec<NodeRow>>, Refusal> = self.ask("/nodes").await;
        if let Ok(nodes) = nodes {
            let pins = nodes
                .data
                .iter()
                .filter_map(|node| node.ssl_fingerprint.as_ref());
            self.client
                .learn_pins(pins.filter_map(|pin| pin.parse().ok()));
        }
        Ok(())
    }

    /// A question of the slow rotation.
    async fn ask<T: serde::de::DeserializeOwned>(
        &mut self,
        path: &str,
    ) -> Result<Reply<T>, Refusal> {
        self.client.get(path, true, None).await
    }

    /// Quorum, cluster name and the nodes' addresses; without `Sys.Audit` they stay unknown.
    async fn read_status(&mut self) {
        let answer: Result<Reply<Vec<StatusRow>>, Refusal> =
            self.client.get("/cluster/status", false, None).await;
        let Ok(rows) = answer else {
            self.known.quorate = None;
            return;
        };
        let mut cluster = None;
        let mut quorate = None;
        for row in rows.data {
            match row.kind.as_deref() {
                Some("cluster") => {
                    cluster = row.name;
                    quorate = row.quorate;
                }
                Some("node") => {
                    if let (Some(name), Some(ip)) = (row.name, row.ip) {
                        self.known.addresses.insert(name, ip);
                    }
                }
                _ => {}
            }
        }
        self.known.cluster = cluster;
        self.known.quorate = quorate;
        let mut hosts: Vec<String> = self.known.addresses.values().cloned().collect();
        hosts.sort_unstable();
        self.client.learn_addresses(hosts);
    }

    /// Load, I/O wait, swap and network of the nodes. Not there before 8.3, nor without `Sys.Audit`.
    async fn read_export(&mut self) -> HashMap<String, NodeFigures> {
        if self.looks < self.export_from {
            return HashMap::new();
        }
        let answer: Result<Reply<Export>, Refusal> = self
            .client
            .get("/cluster/metrics/export", false, Some(EXPORT_LIMIT))
            .await;
        match answer {
            Ok(export) => map::node_figures(&export.data.data),
            Err(refusal) => {
                let absent = matches!(refusal.status, Some(403 | 501));
                let pause = if absent { SLOW_EVERY } else { EXPORT_PAUSE };
                self.export_from = self.looks + pause;
                HashMap::new()
            }
        }
    }

    /// Kernel, version and processor of one node a look, the longest unread first.
    async fn read_one_detail(&mut self, rows: &[ResourceRow]) {
        let due = rows
            .iter()
            .filter(|row| row.kind.as_deref() == Some("node"))
            .filter(|row| row.status.as_deref() == Some("online"))
            .filter_map(|row| row.node.as_deref())
            .filter(|name| safe_in_path(name))
            .min_by_key(|name| self.detail_read_in.get(*name).map_or(0, |look| look + 1));
        let Some(name) = due.map(str::to_owned) else {
            return;
        };
        let last = self.detail_read_in.get(&name);
        if last.is_some_and(|look| self.looks - look < DETAIL_EVERY) {
            return;
        }
        self.detail_read_in.insert(name.clone(), self.looks);
        let answer: Result<Reply<NodeDetail>, Refusal> = self
            .client
            .get(&format!("/nodes/{name}/status"), true, Some(DETAIL_LIMIT))
            .await;
        if let Ok(detail) = answer {
            self.details.insert(name, detail.data);
        }
        let current: Vec<&str> = rows.iter().filter_map(|row| row.node.as_deref()).collect();
        self.details
            .retain(|name, _| current.contains(&name.as_str()));
        self.detail_read_in
            .retain(|name, _| current.contains(&name.as_str()));
    }

    fn summary(&mut self, clock_skew_ms: Option<i64>) -> TargetSummary {
        TargetSummary {
            id: self.id.clone(),
            name: self.name.clone(),
            kind: super::KIND.name.into(),
            address: self.settings.address.clone(),
            // The present decides about it, from one look to the next.
            reachability: Reachability::Pending,
            cluster: self.known.cluster.clone(),
            version: self.known.version.clone(),
            quorate: self.known.quorate,
            clock_skew_ms,
            missing: self.known.missing.clone(),
            requests: self.client.budget(),
            look_ms: None,
            verifies_certificate: self.settings.verify,
            last_seen: None,
        }
    }
}

impl Source for PveSource {
    fn poll(&mut self, now: Timestamp) -> BoxFuture<'_, Result<Look, Failure>> {
        Box::pin(self.look(now))
    }

    fn presented_fingerprint(&self) -> Option<String> {
        self.client.presented().map(|print| print.to_string())
    }
}

/// The host's clock minus ours, when it is off by more than its one-second header and the way to
/// it can explain.
fn skew(date: Option<Timestamp>, took: Duration) -> Option<i64> {
    let ours = crate::telemetry::clock::now() - took / 2;
    let off = date?.millis() - ours.millis();
    let explained = 1_500 + i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
    Some(if off.abs() <= explained { 0 } else { off })
}

/// A node's name goes into a path: only what a host name can be.
fn safe_in_path(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
        && !name.starts_with('.')
}
