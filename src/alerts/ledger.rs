//! Reading the ledger, and taking alerts on.

use rusqlite::Connection;

use super::{AlertError, Cursor, Event, Filter, LogEntry, Page, Sort, log, select, table};
use crate::db::Db;
use crate::model::alert::{Alert, AlertState};
use crate::model::id::AlertId;
use crate::model::time::Timestamp;

/// Characters of a name that are kept with an acknowledgement.
const NAME_LENGTH: usize = 120;

/// Characters of a note that are kept with an acknowledgement.
const NOTE_LENGTH: usize = 500;

/// The ledger for readers and for people who take alerts on. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    db: Db,
}

impl Ledger {
    /// The ledger in `db`.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// Every alert that holds, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(&self) -> Result<Vec<Alert>, AlertError> {
        self.db.reader.run(table::open_alerts).await
    }

    /// The alerts that began last, newest first, whatever their state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recent(&self, limit: usize) -> Result<Vec<Alert>, AlertError> {
        self.db
            .reader
            .run(move |connection| table::newest_alerts(connection, limit))
            .await
    }

    /// One alert.
    ///
    /// # Errors
    /// When there is no such alert, or the database fails.
    pub async fn find(&self, id: &AlertId) -> Result<Alert, AlertError> {
        let id = id.clone();
        self.db
            .reader
            .run(move |connection| table::alert_by_id(connection, &id))
            .await
    }

    /// One page of the alerts that fit `filter`, beginning after `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(
        &self,
        filter: Filter,
        sort: Sort,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, AlertError> {
        self.db
            .reader
            .run(move |connection| select::page(connection, &filter, sort, after.as_ref(), limit))
            .await
    }

    /// What happened to an alert, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log(&self, id: &AlertId) -> Result<Vec<LogEntry>, AlertError> {
        let id = id.clone();
        self.db
            .reader
            .run(move |connection| log::of_alert(connection, &id))
            .await
    }

    /// The alerts that an alert explains or explained, by their beginning.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn affected(&self, id: &AlertId) -> Result<Vec<Alert>, AlertError> {
        let id = id.clone();
        self.db
            .reader
            .run(move |connection| log::affected(connection, &id))
            .await
    }

    /// Notes that somebody has taken the alert on. The first one stays noted.
    ///
    /// # Errors
    /// When there is no such alert, it is over already, or the database fails.
    pub async fn acknowledge(
        &self,
        id: &AlertId,
        by: &str,
        now: Timestamp,
    ) -> Result<Alert, AlertError> {
        self.acknowledge_with(id, by, None, now).await
    }

    /// The same, with a note for others. A note later than the first is added to the log.
    ///
    /// # Errors
    /// When there is no such alert, it is over already, or the database fails.
    pub async fn acknowledge_with(
        &self,
        id: &AlertId,
        by: &str,
        note: Option<&str>,
        now: Timestamp,
    ) -> Result<Alert, AlertError> {
        let by: String = by.chars().take(NAME_LENGTH).collect();
        let note: Option<String> = note.map(|note| note.chars().take(NOTE_LENGTH).collect());
        self.change(id, move |tx, alert| {
            if alert.state == AlertState::Resolved {
                return Err(AlertError::Resolved {
                    id: alert.id.clone(),
                });
            }
            let is_first = alert.acknowledged_at.is_none();
            if is_first || note.is_some() {
                let (who, note) = (Some(by.as_str()), note.as_deref());
                log::note(tx, &alert.id, now, Event::Acknowledged, who, note)?;
            }
            if is_first {
                alert.acknowledged_at = Some(now);
                alert.acknowledged_by = Some(by);
            }
            Ok(())
        })
        .await
    }

    /// Gives an alert back that somebody had taken on.
    ///
    /// # Errors
    /// When there is no such alert, or the database fails.
    pub async fn unacknowledge(
        &self,
        id: &AlertId,
        by: &str,
        now: Timestamp,
    ) -> Result<Alert, AlertError> {
        let by: String = by.chars().take(NAME_LENGTH).collect();
        self.change(id, move |tx, alert| {
            if alert.acknowledged_at.take().is_some() {
                let who = Some(by.as_str());
                log::note(tx, &alert.id, now, Event::Unacknowledged, who, None)?;
            }
            alert.acknowledged_by = None;
            Ok(())
        })
        .await
    }

    async fn change<F>(&self, id: &AlertId, change: F) -> Result<Alert, AlertError>
    where
        F: FnOnce(&Connection, &mut Alert) -> Result<(), AlertError> + Send + 'static,
    {
        let id = id.clone();
        self.db
            .writer
            .run(move |tx| {
                let mut alert = table::alert_by_id(tx, &id)?;
                change(tx, &mut alert)?;
                table::update(tx, &alert)?;
                Ok(alert)
            })
            .await
    }
}
