//! Datastores of backup servers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::hp::known::Known;
use crate::api::hp::words;
use crate::model::job;
use crate::model::resource::{self, DatastoreStatus};

/// How a task or a run of a job came out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LastRun {
    /// When it ended, in milliseconds.
    pub ended_at: Option<i64>,
    /// `running`, `ok`, `warnings`, `failed` or `unknown`.
    #[schema(schema_with = words::task_state)]
    pub state: &'static str,
    /// The host's words where it failed.
    pub error: Option<String>,
    /// Its task.
    pub task: Option<String>,
}

impl From<&job::LastRun> for LastRun {
    fn from(run: &job::LastRun) -> Self {
        Self {
            ended_at: run.ended_at.map(|at| at.millis()),
            state: run.outcome.word(),
            error: run.outcome.error().map(str::to_owned),
            task: run.task.clone(),
        }
    }
}

/// How collecting garbage in a datastore goes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Garbage {
    /// Bytes on disk.
    pub disk_bytes: Option<u64>,
    /// Bytes that the backups refer to, before deduplication.
    pub index_bytes: Option<u64>,
    /// Bytes that wait to be removed.
    pub pending_bytes: Option<u64>,
    /// Bytes that the last run removed.
    pub removed_bytes: Option<u64>,
    /// Chunks that are broken.
    pub bad_chunks: Option<u64>,
    /// When it runs, in the server's words.
    pub schedule: Option<String>,
    /// When it runs next, in milliseconds.
    pub next_run_at: Option<i64>,
    /// The last run.
    pub last_run: Option<LastRun>,
}

impl From<&resource::GarbageCollection> for Garbage {
    fn from(garbage: &resource::GarbageCollection) -> Self {
        Self {
            disk_bytes: garbage.disk_bytes,
            index_bytes: garbage.index_bytes,
            pending_bytes: garbage.pending_bytes,
            removed_bytes: garbage.removed_bytes,
            bad_chunks: garbage.bad_chunks,
            schedule: garbage.schedule.clone(),
            next_run_at: garbage.next_run.map(|at| at.millis()),
            last_run: garbage.last_run.as_ref().map(LastRun::from),
        }
    }
}

/// A namespace of a datastore.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Namespace {
    /// Its path; empty for the root.
    pub path: String,
    /// Backup groups in it.
    pub groups: Option<usize>,
    /// Backups in it.
    pub backups: Option<u64>,
    /// When the latest one was made, in milliseconds.
    pub latest_at: Option<i64>,
}

impl From<&resource::Namespace> for Namespace {
    fn from(namespace: &resource::Namespace) -> Self {
        Self {
            path: namespace.path.clone(),
            groups: namespace.groups,
            backups: namespace.backups,
            latest_at: namespace.latest.map(|at| at.millis()),
        }
    }
}

/// A datastore of a backup server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Datastore {
    /// Number of this item in rows of vitals.
    pub handle: u32,
    /// Stable id.
    pub id: String,
    /// The target it belongs to.
    pub target: String,
    /// Its name.
    pub name: String,
    /// Whether it can be used.
    #[schema(schema_with = words::datastore_status)]
    pub status: DatastoreStatus,
    /// Why not, in the host's words.
    pub problem: Option<String>,
    /// The kind of maintenance it is in.
    pub maintenance: Option<String>,
    /// The owner's comment; not to be trusted.
    pub comment: Option<String>,
    /// Bytes in use.
    pub used: Option<u64>,
    /// Bytes in all.
    pub total: Option<u64>,
    /// When it will be full by the server's own estimate, in milliseconds.
    pub full_at: Option<i64>,
    /// How many bytes of backups each byte on disk holds.
    pub dedup: Option<f64>,
    /// How collecting garbage goes.
    pub garbage: Option<Garbage>,
    /// Its namespaces, the root first.
    pub namespaces: Known<Vec<Namespace>>,
    /// What it lies on, such as `filesystem` or `s3`.
    pub backend: Option<String>,
    /// Whether a removable one is mounted, in the server's word.
    pub mount: Option<String>,
}

impl Datastore {
    /// Shows a datastore.
    #[must_use]
    pub fn new(handle: u32, store: &resource::Datastore) -> Self {
        Self {
            handle,
            id: store.id.to_string(),
            target: store.id.target_text().to_owned(),
            name: store.name.clone(),
            status: store.status,
            problem: store.problem.clone(),
            maintenance: store.maintenance.clone(),
            comment: store.comment.clone(),
            used: store.usage.used,
            total: store.usage.total,
            full_at: store.full_at.map(|at| at.millis()),
            dedup: store.dedup,
            garbage: store.garbage.as_deref().map(Garbage::from),
            namespaces: Known::list(&store.namespaces, |list| list),
            backend: store.backend.clone(),
            mount: store.mount.clone(),
        }
    }
}
