//! Opening history: the registry and the journal back into memory.

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use tokio::sync::{Semaphore, watch};

use crate::db::Db;
use crate::model::metric::MetricKey;
use crate::model::time::Timestamp;

use super::head::Head;
use super::journal::{self, Replay};
use super::scale::Scale;
use super::{History, HistoryError, Settings, Shared};

impl History {
    /// Opens the history in a database: reads which series there are and what has no chunk yet.
    ///
    /// # Errors
    /// When the database cannot be read. Damaged parts are reported and skipped.
    pub async fn open(db: Db, settings: Settings, now: Timestamp) -> Result<Self, HistoryError> {
        let (mut head, replay) = db
            .reader
            .run(move |connection| load(connection, now))
            .await?;
        head.damages.report(replay.damages);
        let history = Self {
            shared: Arc::new(Shared {
                db,
                keep: Mutex::new(settings.keep.clone()),
                settings,
                head: Mutex::new(head),
                journal: Mutex::new(replay.journal),
                recording: watch::Sender::default(),
                turn: Semaphore::new(1),
                house_kept: AtomicI64::new(i64::MIN),
                retained: AtomicI64::new(i64::MIN),
            }),
        };
        history.shared.note(&history.shared.room(), now);
        Ok(history)
    }
}

fn load(connection: &Connection, now: Timestamp) -> Result<(Head, Replay), HistoryError> {
    let mut head = Head::new(now);
    load_registry(connection, &mut head)?;
    let replay = journal::replay(connection, |hour, rows| head.restore(hour, rows))?;
    Ok((head, replay))
}

fn load_registry(connection: &Connection, head: &mut Head) -> Result<(), HistoryError> {
    let mut statement =
        connection.prepare("SELECT id, name, grp, first_at, last_at FROM history_resources")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(1)?;
        // A name that no release writes: nothing can ask for it.
        let Ok(name) = name.parse() else { continue };
        head.registry.insert_resource(
            row.get(0)?,
            name,
            row.get(2)?,
            Timestamp(row.get(3)?),
            Timestamp(row.get(4)?),
        );
    }
    let mut statement =
        connection.prepare("SELECT id, resource, metric, scale FROM history_series ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let metric: String = row.get(2)?;
        let scale: String = row.get(3)?;
        let metric = MetricKey::parse(&metric);
        let scale = Scale::parse(&scale).unwrap_or_else(|| Scale::of(&metric));
        head.registry
            .insert_series(row.get(0)?, row.get(1)?, metric, scale);
    }
    Ok(())
}
