//! Backup servers as Pulse 4.3 showed them, and the backups in them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::backup::{Backup, BackupKind, BackupPlace, Verification};
use crate::model::job::{Job, JobKind};
use crate::model::resource::{self, Datastore, DatastoreStatus, Resource};
use crate::model::task::TaskOutcome;
use crate::model::time::Timestamp;
use crate::state::TargetView;

use super::items::Usage;

/// A backup server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulsePbs)]
#[serde(rename_all = "camelCase")]
pub(super) struct PbsInstance {
    id: String,
    name: String,
    host: String,
    /// `online` or `offline`.
    status: &'static str,
    version: Option<String>,
    /// A fraction.
    cpu: Option<f64>,
    /// Percent.
    memory: Option<f64>,
    memory_used: Option<u64>,
    memory_total: Option<u64>,
    uptime: Option<u64>,
    datastores: Vec<PbsDatastore>,
    /// A backup server has no such jobs: the hosts that back up to it have.
    backup_jobs: Option<Vec<PbsJob>>,
    /// `null` where the server did not tell.
    sync_jobs: Option<Vec<PbsJob>>,
    verify_jobs: Option<Vec<PbsJob>>,
    prune_jobs: Option<Vec<PbsJob>>,
    garbage_jobs: Option<Vec<PbsJob>>,
    connection_health: &'static str,
    last_seen: Option<String>,
}

/// A datastore.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulsePbsDatastore)]
#[serde(rename_all = "camelCase")]
pub(super) struct PbsDatastore {
    name: String,
    #[serde(flatten)]
    usage: Usage,
    /// `available`, `maintenance` or `error`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// `null` where the server did not tell.
    namespaces: Option<Vec<PbsNamespace>>,
    /// How many bytes of backups each byte on disk holds.
    deduplication_factor: Option<f64>,
}

/// A namespace of a datastore.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulsePbsNamespace)]
pub(super) struct PbsNamespace {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    depth: usize,
}

/// A scheduled job of a backup server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulsePbsJob)]
#[serde(rename_all = "camelCase")]
pub(super) struct PbsJob {
    id: String,
    store: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote: Option<String>,
    /// `ok`, `warning`, `error`, `running`, `unknown` or `disabled`.
    status: &'static str,
    last_run: Option<String>,
    next_run: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A backup on a backup server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulsePbsBackup)]
#[serde(rename_all = "camelCase")]
pub(super) struct PbsBackup {
    id: String,
    instance: String,
    datastore: String,
    namespace: String,
    backup_type: &'static str,
    vmid: String,
    backup_time: String,
    size: Option<u64>,
    protected: bool,
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
}

impl PbsInstance {
    /// The backup server that `view` looks at, if it is one.
    #[must_use]
    pub(super) fn of(view: &TargetView, now: Timestamp) -> Option<Self> {
        let target = &view.summary;
        if target.kind != "pbs" {
            return None;
        }
        let node = view.resources.values().find_map(|found| match &**found {
            Resource::Node(node) => Some(node),
            _ => None,
        });
        let memory = node.map(|node| node.memory).unwrap_or_default();
        let jobs = |kind| {
            let jobs = view.facts.jobs.value()?.iter();
            let ours = jobs.filter(|job| job.kind == kind);
            Some(ours.map(PbsJob::from).collect())
        };
        let is_online = target.reachability.is_online();
        Some(Self {
            id: format!("pbs-{}", target.name),
            name: target.name.clone(),
            host: target.address.clone(),
            status: if is_online { "online" } else { "offline" },
            version: target.version.clone(),
            cpu: node.and_then(|node| node.cpu),
            memory: memory.ratio().map(|ratio| ratio * 100.0),
            memory_used: memory.used,
            memory_total: memory.total,
            uptime: node
                .and_then(|node| node.booted_at)
                .map(|since| now.since(since).as_secs()),
            datastores: view
                .resources
                .values()
                .filter_map(|found| match &**found {
                    Resource::Datastore(datastore) => Some(datastore.into()),
                    _ => None,
                })
                .collect(),
            backup_jobs: Some(Vec::new()),
            sync_jobs: jobs(JobKind::Sync),
            verify_jobs: jobs(JobKind::Verify),
            prune_jobs: jobs(JobKind::Prune),
            garbage_jobs: jobs(JobKind::GarbageCollection),
            connection_health: if is_online { "healthy" } else { "error" },
            last_seen: view.seen_at.map(Timestamp::rfc3339),
        })
    }
}

impl From<&Datastore> for PbsDatastore {
    fn from(datastore: &Datastore) -> Self {
        let namespaces = datastore.namespaces.value();
        Self {
            name: datastore.name.clone(),
            usage: datastore.usage.into(),
            status: match datastore.status {
                DatastoreStatus::Available => "available",
                DatastoreStatus::Maintenance => "maintenance",
                DatastoreStatus::Failing => "error",
            },
            error: datastore.problem.clone(),
            namespaces: namespaces.map(|list| list.iter().map(PbsNamespace::from).collect()),
            deduplication_factor: datastore.dedup,
        }
    }
}

impl From<&resource::Namespace> for PbsNamespace {
    fn from(namespace: &resource::Namespace) -> Self {
        let path = namespace.path.clone();
        let parent = path.rsplit_once('/').map(|(parent, _)| parent.to_owned());
        Self {
            depth: if path.is_empty() {
                0
            } else {
                path.split('/').count()
            },
            parent: parent.or_else(|| (!path.is_empty()).then(String::new)),
            path,
        }
    }
}

impl From<&Job> for PbsJob {
    fn from(job: &Job) -> Self {
        let outcome = job.last_run.as_ref().map(|run| &run.outcome);
        Self {
            id: job.id.clone(),
            store: job.store.clone(),
            remote: job.remote.clone(),
            status: match outcome {
                _ if job.disabled => "disabled",
                Some(TaskOutcome::Ok) => "ok",
                Some(TaskOutcome::Warnings(_)) => "warning",
                Some(TaskOutcome::Failed(_)) => "error",
                Some(TaskOutcome::Running) => "running",
                Some(TaskOutcome::Unknown) | None => "unknown",
            },
            last_run: job
                .last_run
                .as_ref()
                .and_then(|run| run.ended_at)
                .map(Timestamp::rfc3339),
            next_run: job.next_run.map(Timestamp::rfc3339),
            error: match outcome {
                Some(TaskOutcome::Failed(text)) => Some(text.clone()),
                _ => None,
            },
        }
    }
}

impl PbsBackup {
    /// All backups of a backup server.
    #[must_use]
    pub(super) fn all(view: &TargetView) -> Vec<Self> {
        if view.summary.kind != "pbs" {
            return Vec::new();
        }
        let all = view.facts.backups.all();
        all.map(|(place, backup)| Self::new(view, place, backup))
            .collect()
    }

    fn new(view: &TargetView, place: &BackupPlace, backup: &Backup) -> Self {
        let instance = &view.summary.name;
        let namespace = place.namespace.clone().unwrap_or_default();
        let backup_type = match backup.kind {
            BackupKind::Vm => "vm",
            BackupKind::Container => "ct",
            BackupKind::Host => "host",
            BackupKind::Unknown => "unknown",
        };
        let (store, subject) = (&place.name, &backup.subject);
        Self {
            id: format!(
                "pbs-{instance}-{store}-{namespace}-{backup_type}-{subject}-{}",
                backup.at.seconds()
            ),
            instance: instance.clone(),
            datastore: store.clone(),
            namespace,
            backup_type,
            vmid: subject.clone(),
            backup_time: backup.at.rfc3339(),
            size: backup.size,
            protected: backup.protected,
            verified: backup.verification == Some(Verification::Ok),
            comment: backup.notes.clone(),
            owner: backup.owner.clone(),
        }
    }
}
