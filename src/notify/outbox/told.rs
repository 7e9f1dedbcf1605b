//! What has been told of an alert, or is about to be.

use rusqlite::Connection;

use super::{DeliveryState, OutboxError};
use crate::model::alert::Severity;
use crate::model::id::{AlertId, ChannelId};
use crate::model::time::Timestamp;
use crate::notify::message::Occasion;

/// One message about an alert; `None` where a newer release wrote a word of its own.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) channel: ChannelId,
    pub(super) occasion: Option<Occasion>,
    pub(super) severity: Option<Severity>,
    pub(super) state: Option<DeliveryState>,
    pub(super) step: u32,
    pub(super) created_at: Timestamp,
    pub(super) held_until: Option<Timestamp>,
    pub(super) finished_at: Option<Timestamp>,
    /// Whether it has been taken out for sending.
    pub(super) is_begun: bool,
}

impl Told {
    /// Whether it has arrived or still may.
    pub(super) fn is_alive(&self) -> bool {
        matches!(
            self.state,
            Some(DeliveryState::Due | DeliveryState::Sent) | None
        )
    }

    /// Whether it waits for quiet hours to end, and nobody knows of it yet.
    pub(super) fn is_held(&self) -> bool {
        self.state == Some(DeliveryState::Due) && self.held_until.is_some() && !self.is_begun
    }

    /// Whether it is still to be sent.
    pub(super) fn is_due(&self) -> bool {
        self.state == Some(DeliveryState::Due)
    }

    /// Whether somebody can know of it at `now`, on this channel or on one that stands in for it.
    pub(super) fn is_known(&self, now: Timestamp) -> bool {
        let is_out = self.is_alive() || self.state == Some(DeliveryState::Moved);
        is_out && !self.is_held() && self.known_at() <= now
    }

    /// Since when somebody can know of it.
    pub(super) fn known_at(&self) -> Timestamp {
        self.held_until.unwrap_or(self.created_at)
    }
}

/// Every message about an alert, the oldest first.
pub(super) fn told(connection: &Connection, alert: &AlertId) -> Result<Vec<Told>, OutboxError> {
    let mut statement = connection.prepare_cached(
        "SELECT channel, event, severity, state, step, created_at, held_until, finished_at,
                batch IS NOT NULL
         FROM deliveries WHERE alert = ?1 ORDER BY seq",
    )?;
    let rows = statement.query_map([alert.as_str()], |row| {
        let channel: String = row.get(0)?;
        let Ok(channel) = channel.parse() else {
            return Ok(None);
        };
        let moment = |column| {
            let at: Option<i64> = row.get(column)?;
            Ok::<_, rusqlite::Error>(at.map(Timestamp))
        };
        Ok(Some(Told {
            channel,
            occasion: Occasion::parse(&row.get::<_, String>(1)?),
            severity: severity(&row.get::<_, String>(2)?),
            state: DeliveryState::parse(&row.get::<_, String>(3)?),
            step: row.get(4)?,
            created_at: Timestamp(row.get(5)?),
            held_until: moment(6)?,
            finished_at: moment(7)?,
            is_begun: row.get(8)?,
        }))
    })?;
    Ok(rows
        .filter_map(Result::transpose)
        .collect::<Result<_, _>>()?)
}

fn severity(word: &str) -> Option<Severity> {
    Severity::ALL
        .into_iter()
        .find(|severity| severity.word() == word)
}
