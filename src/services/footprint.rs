//! What the product costs the machine it runs on.

use std::time::Duration;

use crate::db::{Db, DbError};
use crate::telemetry::process::{self, Usage};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Measures the product itself.
#[derive(Clone)]
pub struct Footprint {
    db: Db,
}

impl Footprint {
    /// Over the given database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// Memory, processor time and bytes written by this process.
    #[must_use]
    pub fn process(&self) -> Usage {
        process::usage()
    }

    /// Bytes of the database with its log.
    #[must_use]
    pub fn database_bytes(&self) -> u64 {
        self.db.size_bytes()
    }

    /// Bytes that are free on the database's disk; `None` where nobody can tell.
    #[must_use]
    pub fn disk_free_bytes(&self) -> Option<u64> {
        self.db.free_bytes()
    }

    /// Whether the database answers a question.
    pub async fn database_answers(&self) -> bool {
        let answer = self.db.reader.run(|connection| -> Result<i64, DbError> {
            Ok(connection.query_row("SELECT 1", [], |row| row.get(0))?)
        });
        tokio::time::timeout(PATIENCE, answer)
            .await
            .is_ok_and(|answer| answer.is_ok())
    }
}
