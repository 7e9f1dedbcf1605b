//! A datastore of a backup server.

use serde::{Deserialize, Serialize};

use super::figures::Usage;
use crate::model::id::ResourceId;
use crate::model::job::LastRun;
use crate::model::known::Known;
use crate::model::shared::Shared;
use crate::model::time::Timestamp;

/// Whether a datastore can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatastoreStatus {
    /// It answers.
    Available,
    /// Its owner took it out of use.
    Maintenance,
    /// It ought to answer and does not.
    Failing,
}

/// A datastore of a backup server.
#[derive(Clone, Debug, PartialEq)]
pub struct Datastore {
    /// Stable id.
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// Whether it can be used.
    pub status: DatastoreStatus,
    /// Why not, in the host's words.
    pub problem: Option<String>,
    /// The kind of maintenance it is in, such as `offline` or `read-only`.
    pub maintenance: Option<String>,
    /// The owner's comment; hostile text.
    pub comment: Option<String>,
    /// Space.
    pub usage: Usage,
    /// When it will be full if it goes on like this; `None` while it shrinks or too little is known.
    pub full_at: Option<Timestamp>,
    /// How many bytes of backups each byte on disk holds.
    pub dedup: Option<f64>,
    /// How collecting garbage goes.
    pub garbage: Option<Shared<GarbageCollection>>,
    /// Its namespaces, the root one first.
    pub namespaces: Known<Shared<Vec<Namespace>>>,
    /// What it lies on, such as `filesystem` or `s3`; since version 4.
    pub backend: Option<String>,
    /// Whether a removable one is mounted, in the host's word; since version 4.
    pub mount: Option<String>,
}

/// A namespace of a datastore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// Its path; empty for the root.
    pub path: String,
    /// Backup groups in it.
    pub groups: Option<usize>,
    /// Backups in it.
    pub backups: Option<u64>,
    /// When the latest one was made.
    pub latest: Option<Timestamp>,
}

/// How collecting garbage in a datastore goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GarbageCollection {
    /// Bytes on disk.
    pub disk_bytes: Option<u64>,
    /// Bytes that the backups' indices refer to.
    pub index_bytes: Option<u64>,
    /// Bytes that wait to be removed.
    pub pending_bytes: Option<u64>,
    /// Bytes that the last run removed.
    pub removed_bytes: Option<u64>,
    /// Chunks that are broken.
    pub bad_chunks: Option<u64>,
    /// When it runs.
    pub schedule: Option<String>,
    /// When it runs next.
    pub next_run: Option<Timestamp>,
    /// The last run.
    pub last_run: Option<LastRun>,
}
