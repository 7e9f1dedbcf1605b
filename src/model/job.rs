//! Work that a backup server does by schedule.

use super::id::ResourceId;
use super::task::TaskOutcome;
use super::time::Timestamp;

/// What a scheduled job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobKind {
    /// Frees what no backup needs.
    GarbageCollection,
    /// Forgets old backups.
    Prune,
    /// Copies backups from or to another server.
    Sync,
    /// Reads backups to see whether they are whole.
    Verify,
    /// Writes backups to tape.
    Tape,
}

impl JobKind {
    /// The kind as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::GarbageCollection => "garbage_collection",
            Self::Prune => "prune",
            Self::Sync => "sync",
            Self::Verify => "verify",
            Self::Tape => "tape",
        }
    }
}

/// How a job last ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastRun {
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it came out.
    pub outcome: TaskOutcome,
    /// Its task.
    pub task: Option<String>,
}

/// A scheduled job of a backup server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id in the server's configuration; the datastore's name for garbage collection.
    pub id: String,
    /// What it does.
    pub kind: JobKind,
    /// The datastore it works on.
    pub datastore: Option<ResourceId>,
    /// That datastore's name.
    pub store: String,
    /// The namespace it works on, where it is limited to one.
    pub namespace: Option<String>,
    /// The other server and its datastore, for copies.
    pub remote: Option<String>,
    /// When it runs, in the server's words.
    pub schedule: Option<String>,
    /// Whether it is switched off.
    pub disabled: bool,
    /// When it runs next.
    pub next_run: Option<Timestamp>,
    /// How it last ran. Runs started by hand do not count for the server.
    pub last_run: Option<LastRun>,
    /// The owner's comment; hostile text.
    pub comment: Option<String>,
}
