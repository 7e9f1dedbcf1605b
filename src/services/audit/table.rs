//! The SQL of the audit.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::chain::{self, Sealed};
use super::{Entry, Filter, NewEntry, Outcome, Verdict};
use crate::db::DbError;
use crate::model::time::Timestamp;
use crate::secret::hex;

const COLUMNS: &str = "seq, at, actor, peer, action, resource, resource_name, details, outcome, \
                       message, previous, hash";

/// A row as it is stored.
struct Stored {
    seq: i64,
    at: i64,
    /// Actor, peer, action, resource, its name, details, outcome and message.
    texts: [String; 8],
    previous: Vec<u8>,
    hash: Vec<u8>,
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let text = |column: usize| row.get::<_, String>(column + 2);
    Ok(Stored {
        seq: row.get(0)?,
        at: row.get(1)?,
        texts: [
            text(0)?,
            text(1)?,
            text(2)?,
            text(3)?,
            text(4)?,
            text(5)?,
            text(6)?,
            text(7)?,
        ],
        previous: row.get(10)?,
        hash: row.get(11)?,
    })
}

impl Stored {
    fn seal(&self) -> Vec<u8> {
        let sealed = Sealed {
            seq: self.seq,
            at: self.at,
            texts: self.texts.each_ref().map(String::as_str),
        };
        chain::seal(&self.previous, &sealed)
    }

    fn shown(self) -> Option<Entry> {
        let hash = hex(&self.hash);
        let [
            actor,
            peer,
            action,
            resource,
            resource_name,
            details,
            outcome,
            message,
        ] = self.texts;
        Some(Entry {
            seq: u64::try_from(self.seq).ok()?,
            entry: NewEntry {
                at: Timestamp(self.at),
                actor,
                peer,
                action,
                resource,
                resource_name,
                details: serde_json::from_str(&details).unwrap_or_default(),
                outcome: Outcome::of_word(&outcome).unwrap_or(Outcome::Unknown),
                message,
            },
            hash,
        })
    }
}

/// Adds a row behind the last one.
pub(super) fn append(tx: &Connection, entry: &NewEntry) -> Result<(), DbError> {
    let last: Option<(i64, Vec<u8>)> = tx
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (seq, previous) = match last {
        Some((seq, hash)) => (seq + 1, hash),
        None => (1, chain::START.to_vec()),
    };
    let details = entry.details.to_string();
    let sealed = Sealed {
        seq,
        at: entry.at.millis(),
        texts: [
            &entry.actor,
            &entry.peer,
            &entry.action,
            &entry.resource,
            &entry.resource_name,
            &details,
            entry.outcome.word(),
            &entry.message,
        ],
    };
    let hash = chain::seal(&previous, &sealed);
    tx.prepare_cached(&format!(
        "INSERT INTO audit ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
    ))?
    .execute(params![
        seq,
        sealed.at,
        sealed.texts[0],
        sealed.texts[1],
        sealed.texts[2],
        sealed.texts[3],
        sealed.texts[4],
        sealed.texts[5],
        sealed.texts[6],
        sealed.texts[7],
        previous,
        hash,
    ])?;
    Ok(())
}

/// Rows that `filter` lets through, newest first.
pub(super) fn list(
    connection: &Connection,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Entry>, DbError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM audit
         WHERE (?1 IS NULL OR seq < ?1)
           AND (?2 IS NULL OR actor = ?2)
           AND (?3 IS NULL OR substr(action, 1, length(?3)) = ?3)
           AND (?4 IS NULL OR resource = ?4)
           AND (?5 IS NULL OR outcome = ?5)
         ORDER BY seq DESC LIMIT ?6"
    ))?;
    let before = filter
        .before
        .map(|before| i64::try_from(before).unwrap_or(i64::MAX));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(
        params![
            before,
            filter.actor,
            filter.action,
            filter.resource,
            filter.outcome,
            limit
        ],
        stored,
    )?;
    let mut entries = Vec::new();
    for row in rows {
        entries.extend(row?.shown());
    }
    Ok(entries)
}

/// Walks the chain from its beginning.
pub(super) fn verify(connection: &Connection) -> Result<Verdict, DbError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM audit ORDER BY seq"))?;
    let mut verdict = Verdict {
        entries: 0,
        broken_at: None,
        head: None,
    };
    let mut previous = chain::START.to_vec();
    for row in statement.query_map([], stored)? {
        let row = row?;
        verdict.entries += 1;
        let in_line = i64::try_from(verdict.entries).is_ok_and(|number| number == row.seq);
        if !in_line || row.previous != previous || row.seal() != row.hash {
            verdict.broken_at = Some(u64::try_from(row.seq).unwrap_or(0));
            return Ok(verdict);
        }
        verdict.head = Some(hex(&row.hash));
        previous = row.hash;
    }
    Ok(verdict)
}
