//! Which messages went where, for people who wonder whether they were told.

use crate::db::Db;
use crate::model::id::AlertId;
use crate::notify::outbox::{self, Delivery, DeliveryState, OutboxError};

/// Reads the delivery log.
#[derive(Clone)]
pub struct Deliveries {
    db: Db,
}

impl Deliveries {
    /// Over the given database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// The latest messages, newest first, whatever became of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recent(&self, limit: usize) -> Result<Vec<Delivery>, OutboxError> {
        outbox::recent(&self.db, limit).await
    }

    /// The messages about one alert, oldest first, whatever became of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn about(&self, alert: &AlertId) -> Result<Vec<Delivery>, OutboxError> {
        outbox::about(&self.db, alert).await
    }

    /// How many messages there are in each state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counts(&self) -> Result<Vec<(DeliveryState, u64)>, OutboxError> {
        outbox::counts(&self.db).await
    }
}
