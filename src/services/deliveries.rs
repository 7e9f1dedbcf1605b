//! Which messages went where, for people who wonder whether they were told.

use crate::db::Db;
use crate::model::id::{AlertId, DeliveryId};
use crate::model::time::Timestamp;
use crate::notify::outbox::{self, Attempt, Dead, Delivery, DeliveryState, LogFilter, OutboxError};
use crate::notify::{Bell, Channels};

/// Reads the delivery log, and puts messages back that were given up.
#[derive(Clone)]
pub struct Deliveries {
    db: Db,
    bell: Bell,
}

impl Deliveries {
    /// Over the database of `channels`.
    #[must_use]
    pub fn new(db: Db, channels: &Channels) -> Self {
        Self {
            db,
            bell: channels.bell(),
        }
    }

    /// The latest messages, newest first, whatever became of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recent(&self, limit: usize) -> Result<Vec<Delivery>, OutboxError> {
        outbox::recent(&self.db, limit).await
    }

    /// The latest messages that fit `filter`, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log(&self, filter: LogFilter, limit: usize) -> Result<Vec<Delivery>, OutboxError> {
        outbox::log(&self.db, filter, limit).await
    }

    /// One message and every attempt to send it, the first one first.
    ///
    /// # Errors
    /// When there is no such message, or the database fails.
    pub async fn attempts(&self, id: DeliveryId) -> Result<(Delivery, Vec<Attempt>), OutboxError> {
        outbox::attempts(&self.db, id).await
    }

    /// Has messages sent again that were given up; counts what they told.
    ///
    /// # Errors
    /// When the one that is meant is not there or was not given up, or the database fails.
    pub async fn send_again(&self, dead: Dead, now: Timestamp) -> Result<usize, OutboxError> {
        let put_back = self
            .db
            .writer
            .run(move |tx| outbox::send_again(tx, &dead, now));
        let count = put_back.await?;
        self.bell.ring();
        Ok(count)
    }

    /// Lets messages be that were given up, or one that waits; counts what they told.
    ///
    /// # Errors
    /// When the one that is meant is not there or was sent, or the database fails.
    pub async fn discard(&self, dead: Dead, now: Timestamp) -> Result<usize, OutboxError> {
        self.db
            .writer
            .run(move |tx| outbox::discard(tx, &dead, now))
            .await
    }

    /// The messages about one alert and every attempt to send each, oldest first, whatever became
    /// of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn about(
        &self,
        alert: &AlertId,
    ) -> Result<Vec<(Delivery, Vec<Attempt>)>, OutboxError> {
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
