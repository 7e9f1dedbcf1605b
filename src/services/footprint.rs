//! What the product costs the machine it runs on.

use crate::db::Db;
use crate::telemetry::process::{self, Usage};

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
}
