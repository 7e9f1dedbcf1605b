//! Who did what and how it came out: rows that are only ever added, each sealed by the hash of the
//! one before it, so that a row that was changed or taken out from between shows.
//!
//! Start with [`Audit::record`]; [`chain`] has the hash and [`table`] the SQL.

mod chain;
mod table;

use serde_json::Value;

use crate::db::{Connection, Db, DbError};
use crate::model::time::Timestamp;

/// How something that was audited came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was asked for; another entry says what came of it.
    Asked,
    /// It worked.
    Ok,
    /// It failed.
    Failed,
    /// It was not allowed.
    Denied,
    /// Nobody knows what came of it.
    Unknown,
}

impl Outcome {
    const ALL: [Self; 5] = [
        Self::Asked,
        Self::Ok,
        Self::Failed,
        Self::Denied,
        Self::Unknown,
    ];

    /// The outcome as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The principal's name.
    pub name: String,
    /// The address that the request came from; empty where it was the program itself.
    pub peer: String,
}

/// Something to be entered.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEntry {
    /// When.
    pub at: Timestamp,
    /// Who: the principal's name.
    pub actor: String,
    /// From where: an address; empty where it was the program itself.
    pub peer: String,
    /// What, such as `guest.start`, or method and path of a request.
    pub action: String,
    /// To what: the id of a resource, or empty.
    pub resource: String,
    /// What that was called then.
    pub resource_name: String,
    /// With what: parameters without secrets.
    pub details: Value,
    /// How it came out.
    pub outcome: Outcome,
    /// More about that, with the host's words where it gave any.
    pub message: String,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number, from 1 and without gaps.
    pub seq: u64,
    /// What was entered.
    pub entry: NewEntry,
    /// The SHA-256 that seals it and all before it, in lower-case hexadecimal.
    pub hash: String,
}

/// Which rows to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only rows before this number.
    pub before: Option<u64>,
    /// Only what this one did.
    pub actor: Option<String>,
    /// Only actions that begin so.
    pub action: Option<String>,
    /// Only about this resource.
    pub resource: Option<String>,
    /// Only what came out so.
    pub outcome: Option<String>,
}

/// What checking the whole chain showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many rows were read.
    pub entries: u64,
    /// The first row that is not what it was, or that does not follow from the one before.
    pub broken_at: Option<u64>,
    /// The last good hash. Whoever keeps it elsewhere can tell later whether rows are missing at
    /// the end.
    pub head: Option<String>,
}

/// Enters something in the transaction that does it, so that neither is there without the other.
///
/// # Errors
/// When the database fails.
pub(super) fn append(tx: &Connection, entry: &NewEntry) -> Result<(), DbError> {
    table::append(tx, entry)
}

/// Why the audit could not be read.
#[derive(Debug, thiserror::Error)]
#[error("read the audit")]
pub struct AuditError(#[from] DbError);

/// The audit.
#[derive(Clone)]
pub struct Audit {
    db: Db,
}

impl Audit {
    /// Over the given database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// Enters something; it is on disk when this returns.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record(&self, entry: NewEntry) -> Result<(), DbError> {
        self.db
            .writer
            .run(move |tx| table::append(tx, &entry))
            .await
    }

    /// Rows, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self, filter: Filter, limit: usize) -> Result<Vec<Entry>, AuditError> {
        let rows = self
            .db
            .reader
            .run(move |connection| table::list(connection, &filter, limit));
        Ok(rows.await?)
    }

    /// Reads every row and checks that each is what it was and follows from the one before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify(&self) -> Result<Verdict, AuditError> {
        Ok(self.db.reader.run(table::verify).await?)
    }
}

#[cfg(test)]
mod tests;
