//! SQLite: one writer thread that batches jobs into transactions, a few read-only connections,
//! and forward-only migrations.
//!
//! Must not know any table's meaning beyond its migrations. No mutex is held across an await, and
//! `SQLITE_BUSY` cannot happen inside the process because there is only one writer.

mod claim;
mod copy;
mod figures;
mod migrations;
mod reader;
mod writer;

use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;

pub use claim::{Claim, ClaimError};
pub use copy::{Inspection, Pace, copy, inspect, newest_schema, schema_of, settle, upgrade};
pub use figures::{Figures, figures, vacuum};
pub use reader::Reader;
/// A connection inside a job: what composes several tables in one transaction hands it on.
pub use rusqlite::Connection;
pub use writer::Writer;

/// Why the database could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The file cannot be opened or set up.
    #[error("open the database {path}", path = path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
    /// A migration failed; the database is as it was before it.
    #[error("migrate the database to schema {version}")]
    Migrate {
        /// The schema version it was on its way to.
        version: u32,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
    /// The file was written by a newer release.
    #[error(
        "open a database of schema {found}: this release knows schemas up to {known}; \
         install the newer release again, or restore the backup made before it"
    )]
    TooNew {
        /// Schema in the file.
        found: u32,
        /// Newest schema this release knows.
        known: u32,
    },
    /// A statement failed.
    #[error("run a database statement")]
    Statement(#[from] rusqlite::Error),
    /// The disk is full or the file cannot grow.
    #[error("write to the database: the disk is full")]
    DiskFull,
    /// The writer has stopped, as at shutdown.
    #[error("reach the database writer: it has stopped")]
    Stopped,
    /// A value in the database is not what the code wrote.
    #[error("read {what} from the database")]
    Corrupt {
        /// Which value.
        what: String,
    },
}

impl DbError {
    /// Whether the cause is a full disk, so that waiting may help.
    #[must_use]
    pub const fn is_disk_full(&self) -> bool {
        matches!(self, Self::DiskFull)
    }
}

/// Turns SQLite's "full" and "I/O" codes into the error that callers can wait on.
fn classify(error: rusqlite::Error) -> DbError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => DbError::DiskFull,
        _ => DbError::Statement(error),
    }
}

/// The open database: clone the handles freely.
#[derive(Clone)]
pub struct Db {
    /// Everything that changes rows.
    pub writer: Writer,
    /// Everything that reads them.
    pub reader: Reader,
    path: PathBuf,
}

impl Db {
    /// Opens the file, creating it where it is missing, and migrates it to the newest schema.
    ///
    /// # Errors
    /// When the file cannot be opened, a migration fails or a newer release wrote it.
    pub fn open(path: &Path) -> Result<Self, DbError> {
        let mut connection = connect(path)?;
        migrations::run(&mut connection, path)?;
        Ok(Self {
            writer: Writer::start(connection),
            reader: Reader::new(path.to_owned()),
            path: path.to_owned(),
        })
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that are free for the database on its disk; `None` where nobody can tell.
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        free_bytes(&self.path).ok()
    }

    /// Bytes of the database file and its write-ahead log together.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        let length = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
        let mut wal = self.path.clone().into_os_string();
        wal.push("-wal");
        length(&self.path) + length(Path::new(&wal))
    }
}

/// Bytes that are free for us on the disk of `path`.
///
/// # Errors
/// When nothing is there, or nobody can tell.
pub fn free_bytes(path: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn open_error(path: &Path) -> impl FnOnce(rusqlite::Error) -> DbError {
    let path = path.to_owned();
    move |source| DbError::Open { path, source }
}

/// Opens the one read-write connection.
fn connect(path: &Path) -> Result<Connection, DbError> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(open_error(path))?;
    connection
        .execute_batch(
            // Incremental vacuum has to be chosen before the first table exists.
            "PRAGMA auto_vacuum = INCREMENTAL;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = NORMAL;
             PRAGMA foreign_keys = ON;
             PRAGMA busy_timeout = 5000;
             PRAGMA cache_size = -1024;
             PRAGMA temp_store = MEMORY;
             PRAGMA trusted_schema = OFF;",
        )
        .map_err(open_error(path))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Opens one read-only connection.
fn connect_read_only(path: &Path) -> Result<Connection, DbError> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(open_error(path))?;
    connection
        .execute_batch(
            "PRAGMA query_only = ON;
             PRAGMA busy_timeout = 5000;
             PRAGMA cache_size = -1024;
             PRAGMA temp_store = MEMORY;
             PRAGMA trusted_schema = OFF;",
        )
        .map_err(open_error(path))?;
    Ok(connection)
}

#[cfg(test)]
mod tests;
