//! One backup being made or checked.

use crate::model::id::JobId;
use crate::model::time::Timestamp;

use super::name::BackupName;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A backup is made.
    Create,
    /// One is read and checked.
    Verify,
}

impl Work {
    /// As one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Verify => "verify",
        }
    }
}

/// Where a job is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Under way.
    Running,
    /// It ended well.
    Ok,
    /// It failed.
    Failed,
}

impl State {
    /// As one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ok => "ok",
            Self::Failed => "failed",
        }
    }
}

/// One backup being made or checked, or the latest one that was.
#[derive(Clone, Debug)]
pub struct BackupJob {
    /// Its id.
    pub id: JobId,
    /// What is being done.
    pub work: Work,
    /// Where it is in its life.
    pub state: State,
    /// How far it is, 0 to 1.
    pub progress: f64,
    /// What is being done just now, or why it failed.
    pub message: String,
    /// The backup: the one that is checked, or the one that was made.
    pub name: Option<BackupName>,
    /// Who asked for it.
    pub by: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
}
