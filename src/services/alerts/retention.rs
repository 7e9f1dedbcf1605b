//! Forgetting alerts that ended long ago, with the messages about them.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Alerts, HandleError, invalid};
use crate::alerts;
use crate::ingest::EnterError;
use crate::model::time::Timestamp;
use crate::notify::outbox;
use crate::telemetry::{Chain, clock};

/// Days that alerts are kept after their end, unless told otherwise.
pub const DEFAULT_RETENTION_DAYS: u32 = 365;

/// The most days: what lies longer back is of no use to anybody.
const MOST_DAYS: u32 = 3660;

/// Under which key the setting is kept.
const SETTING: &str = "alert_retention_days";

/// How often it is looked for what may be forgotten.
const EVERY: Duration = Duration::from_secs(3600);

/// Alerts that are forgotten in one transaction, so that nobody waits for it.
const STEP: usize = 100;

/// The pause between two steps.
const PAUSE: Duration = Duration::from_millis(200);

/// How long alerts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days after an alert's end.
    pub days: u32,
}

impl Alerts {
    /// How long alerts are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retention(&self) -> Result<Retention, HandleError> {
        let days = self.settings.get(SETTING).await?;
        Ok(Retention {
            days: days.unwrap_or(DEFAULT_RETENTION_DAYS),
        })
    }

    /// Sets how long alerts are kept.
    ///
    /// # Errors
    /// When the number makes no sense, or the database fails.
    pub async fn set_retention(&self, days: u32) -> Result<Retention, HandleError> {
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(invalid("days", format!("it is 1 to {MOST_DAYS}")));
        }
        self.settings.put(SETTING, &days).await?;
        Ok(Retention { days })
    }

    /// Forgets what may be forgotten, now and then, until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                forgotten = self.forget(clock::now()) => match forgotten {
                    Ok(0) => {}
                    Ok(count) => tracing::info!(count, "forgot alerts that ended long ago"),
                    Err(error) => tracing::error!("cannot forget old alerts: {}", Chain(&error)),
                },
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Forgets every alert that ended too long before `now`, and tells how many.
    pub(super) async fn forget(&self, now: Timestamp) -> Result<usize, HandleError> {
        let days = u64::from(self.retention().await?.days);
        let before = now - Duration::from_secs(days * 86_400);
        let mut forgotten = 0;
        loop {
            let step = self
                .db
                .writer
                .run(move |tx| -> Result<_, EnterError> {
                    let alerts = alerts::forgettable(tx, before, STEP)?;
                    outbox::forget(tx, &alerts)?;
                    alerts::forget(tx, &alerts)?;
                    Ok(alerts.len())
                })
                .await?;
            forgotten += step;
            if step < STEP {
                return Ok(forgotten);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
