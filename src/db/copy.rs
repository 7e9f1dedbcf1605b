//! Copies of a database as files: made while it is in use, looked at, and migrated.

use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{DbError, connect, connect_read_only, migrations, open_error};

/// How fast a copy is made.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Pages per step.
    pub pages: i32,
    /// Rest between two steps.
    pub rest: Duration,
}

impl Pace {
    /// Beside a running product: other readers of the disk come first.
    pub const GENTLE: Self = Self {
        pages: 256,
        rest: Duration::from_millis(10),
    };

    /// Where nobody else waits for the disk.
    pub const FULL: Self = Self {
        pages: 4096,
        rest: Duration::ZERO,
    };
}

/// Copies the database at `from` into a new file, as it is at this moment, while others go on
/// writing. `go_on` hears how many of how many pages are done, and ends the copy by `false`.
///
/// One read transaction spans the copy, so that writers neither change what is copied nor make it
/// begin anew; meanwhile the write-ahead log keeps what they write.
///
/// # Errors
/// When either file cannot be opened, read or written, or the copy was ended.
pub fn copy(
    from: &Path,
    to: &Path,
    pace: Pace,
    go_on: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<(), DbError> {
    let source = connect_read_only(from)?;
    source.execute_batch("BEGIN")?;
    source.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut target = Connection::open(to).map_err(open_error(to))?;
    {
        let backup = Backup::new(&source, &mut target)?;
        loop {
            let step = backup.step(pace.pages)?;
            let progress = backup.progress();
            let total = u64::try_from(progress.pagecount).unwrap_or(0);
            let left = u64::try_from(progress.remaining).unwrap_or(0);
            if !go_on(total.saturating_sub(left), total) {
                return Err(DbError::Stopped);
            }
            match step {
                StepResult::Done => break,
                _ => std::thread::sleep(pace.rest),
            }
        }
    }
    // A single file, without a log that somebody could forget to carry along.
    target.execute_batch("PRAGMA journal_mode = DELETE")?;
    target
        .close()
        .map_err(|(_, error)| DbError::Statement(error))
}

/// What is known of a database file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Its schema.
    pub schema: u32,
    /// What SQLite's own check finds wrong; empty for a sound file. At most 20 findings.
    pub problems: Vec<String>,
}

/// The schema of the database at `path`, without changing anything.
///
/// # Errors
/// When it is no database.
pub fn schema_of(path: &Path) -> Result<u32, DbError> {
    let connection = connect_read_only(path)?;
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Reads the whole database at `path` and says what is wrong with it.
///
/// # Errors
/// When it cannot be opened at all.
pub fn inspect(path: &Path) -> Result<Inspection, DbError> {
    let connection = connect_read_only(path)?;
    let schema = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let mut problems = Vec::new();
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let mut rows = statement.query([])?;
    loop {
        match rows.next() {
            Ok(Some(row)) => problems.push(row.get::<_, String>(0)?),
            Ok(None) => break,
            Err(error) => {
                problems.push(error.to_string());
                break;
            }
        }
    }
    problems.retain(|text| text != "ok");
    Ok(Inspection { schema, problems })
}

/// Migrates a database file that nobody has open to the newest schema and closes it again.
///
/// # Errors
/// When a migration fails or a newer release wrote the file.
pub fn upgrade(path: &Path) -> Result<(), DbError> {
    let mut connection = connect(path)?;
    migrations::run(&mut connection, path)?;
    connection.execute_batch("PRAGMA journal_mode = DELETE")?;
    connection
        .close()
        .map_err(|(_, error)| DbError::Statement(error))
}

/// Brings everything that a database's log holds into its file, which then stands alone.
///
/// # Errors
/// When the file is damaged or somebody else has it open.
pub fn settle(path: &Path) -> Result<(), DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(open_error(path))?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")?;
    connection
        .close()
        .map_err(|(_, error)| DbError::Statement(error))
}

/// The newest schema that this release knows.
#[must_use]
pub fn newest_schema() -> u32 {
    migrations::newest()
}
