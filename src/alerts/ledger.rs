//! Reading the ledger, and taking alerts on.

use super::{AlertError, table};
use crate::db::Db;
use crate::model::alert::{Alert, AlertState};
use crate::model::id::AlertId;
use crate::model::time::Timestamp;

/// Characters of a name that are kept with an acknowledgement.
const NAME_LENGTH: usize = 120;

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
        let by: String = by.chars().take(NAME_LENGTH).collect();
        self.change(id, move |alert| {
            if alert.state == AlertState::Resolved {
                return Err(AlertError::Resolved {
                    id: alert.id.clone(),
                });
            }
            if alert.acknowledged_at.is_none() {
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
    pub async fn unacknowledge(&self, id: &AlertId) -> Result<Alert, AlertError> {
        self.change(id, |alert| {
            alert.acknowledged_at = None;
            alert.acknowledged_by = None;
            Ok(())
        })
        .await
    }

    async fn change<F>(&self, id: &AlertId, change: F) -> Result<Alert, AlertError>
    where
        F: FnOnce(&mut Alert) -> Result<(), AlertError> + Send + 'static,
    {
        let id = id.clone();
        self.db
            .writer
            .run(move |tx| {
                let mut alert = table::alert_by_id(tx, &id)?;
                change(&mut alert)?;
                table::update(tx, &alert)?;
                Ok(alert)
            })
            .await
    }
}
