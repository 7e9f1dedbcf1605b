//! Why a backup could not be made, read or restored.

use std::path::PathBuf;

use super::archive::ArchiveError;
use super::name::NotAName;
use crate::db::{ClaimError, DbError};
use crate::holds::ScheduleError;
use crate::secret::SecretError;
use crate::secret::passphrase::PassphraseError;

/// Why a backup could not be made, read or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to copy.
    #[error("make a backup: there is no database in {directory}", directory = directory.display())]
    NoDatabase {
        /// Where it should be.
        directory: PathBuf,
    },
    /// Another one is being made or read.
    #[error("another backup is being made or checked; wait for it")]
    Busy,
    /// Too little room on the disk.
    #[error(
        "{attempted} needs {needed_mib} MiB and {free_mib} MiB are free on the disk of {directory}; \
         make room, or let backup_dir lead elsewhere",
        directory = directory.display()
    )]
    NoRoom {
        /// What was attempted.
        attempted: &'static str,
        /// How much it takes.
        needed_mib: u64,
        /// How much there is.
        free_mib: u64,
        /// Where.
        directory: PathBuf,
    },
    /// The database, or a copy of it, is damaged.
    #[error("{what} is damaged: {}", problems.join("; "))]
    DamagedDatabase {
        /// Which one.
        what: &'static str,
        /// What SQLite's own check says.
        problems: Vec<String>,
    },
    /// A newer release made it.
    #[error(
        "the backup has schema {found} and was made by homepulse {version}; this release knows \
         schemas up to {known}. Data cannot go back to an older form: install {version} or a newer \
         release, then restore"
    )]
    NewerSchema {
        /// Its schema.
        found: u32,
        /// The newest that we know.
        known: u32,
        /// The release that made it.
        version: String,
    },
    /// The key in it needs a passphrase.
    #[error(
        "the key in this backup is sealed; give the passphrase, or say that it is to be left out"
    )]
    PassphraseMissing,
    /// The passphrase, or what it was to open, is not good.
    #[error("open the sealed key")]
    Passphrase(#[from] PassphraseError),
    /// The key file is no key.
    #[error("use the key")]
    Key(#[from] SecretError),
    /// There is no such backup.
    #[error("there is no backup {name}")]
    NotFound {
        /// Which one.
        name: String,
    },
    /// It is not the name of a backup.
    #[error(transparent)]
    Name(#[from] NotAName),
    /// The only good one stays unless that is insisted on.
    #[error("{name} is the last good backup; make another one first")]
    LastGood {
        /// Which one.
        name: String,
    },
    /// A setting makes no sense.
    #[error("{field}: {problem}")]
    Setting {
        /// Which one.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Another process uses the data directory.
    #[error("restore a backup")]
    Claimed(#[from] ClaimError),
    /// The archive cannot be read or written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A file cannot be read or written.
    #[error("{attempted}")]
    File {
        /// What was attempted.
        attempted: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The database failed.
    #[error("copy the database")]
    Database(#[from] DbError),
}

impl From<ScheduleError> for BackupError {
    fn from(error: ScheduleError) -> Self {
        Self::Setting {
            field: error.field,
            problem: error.problem,
        }
    }
}

/// Words a failure of the file system.
pub(super) fn file(attempted: impl Into<String>) -> impl FnOnce(std::io::Error) -> BackupError {
    let attempted = attempted.into();
    move |source| BackupError::File { attempted, source }
}
