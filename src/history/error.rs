//! Why history could not do what was asked.

use crate::db::DbError;

/// Bytes of a mebibyte.
const MIB: u64 = 1 << 20;

/// Why history could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The database refused.
    #[error("use the history in the database")]
    Db(#[from] DbError),
    /// The disk is so full that what is left is kept for alerts.
    #[error(
        "record history: {} MiB are free on the disk, and {} MiB are left to alerts",
        free / MIB, reserve / MIB
    )]
    NoRoom {
        /// Bytes that are free.
        free: u64,
        /// Bytes that are left to others.
        reserve: u64,
    },
    /// Samples could not be compressed.
    #[error("compress samples: {what}")]
    Compress {
        /// The compressor's reason.
        what: String,
    },
    /// The appliance is stopping.
    #[error("use the history: it has stopped")]
    Stopped,
}

impl From<rusqlite::Error> for HistoryError {
    fn from(error: rusqlite::Error) -> Self {
        let full = matches!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::DiskFull)
        );
        Self::Db(if full {
            DbError::DiskFull
        } else {
            DbError::Statement(error)
        })
    }
}

impl HistoryError {
    /// Whether the cause is a full disk, so that waiting may help.
    #[must_use]
    pub const fn is_disk_full(&self) -> bool {
        match self {
            Self::Db(error) => error.is_disk_full(),
            Self::NoRoom { .. } => true,
            Self::Compress { .. } | Self::Stopped => false,
        }
    }
}

/// Stored bytes that are not what was written: which part, for the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("damaged {0}")]
pub(super) struct Damage(pub(super) &'static str);
