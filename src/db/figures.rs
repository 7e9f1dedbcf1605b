//! What a database file takes, and giving back what it no longer needs.

use std::path::Path;

use rusqlite::Connection;

use super::{DbError, connect_read_only, open_error};

/// What a database file takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Its schema.
    pub schema: u32,
    /// Bytes in use.
    pub used_bytes: u64,
    /// Bytes that were freed and will be used again.
    pub free_bytes: u64,
    /// Rows by table, in order of the tables' names.
    pub rows: Vec<(String, u64)>,
}

/// What the database at `path` takes.
///
/// # Errors
/// When it cannot be read.
pub fn figures(path: &Path) -> Result<Figures, DbError> {
    let connection = connect_read_only(path)?;
    let number = |sql: &str| -> Result<u64, DbError> {
        let found: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        Ok(u64::try_from(found).unwrap_or(0))
    };
    let page = number("PRAGMA page_size")?;
    let pages = number("PRAGMA page_count")?;
    let free = number("PRAGMA freelist_count")?;
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut rows = Vec::new();
    for name in names {
        let name = name?;
        // Names of our own schema; quoted all the same.
        let quoted = name.replace('"', "\"\"");
        let count = number(&format!("SELECT count(*) FROM \"{quoted}\""))?;
        rows.push((name, count));
    }
    let schema = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(Figures {
        schema,
        used_bytes: page * pages.saturating_sub(free),
        free_bytes: page * free,
        rows,
    })
}

/// Writes the database anew without what was freed. Nobody else may use it meanwhile.
///
/// # Errors
/// When somebody uses it, or there is no room for a second copy.
pub fn vacuum(path: &Path) -> Result<(), DbError> {
    let connection = Connection::open(path).map_err(open_error(path))?;
    connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}
