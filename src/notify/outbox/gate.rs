//! When a channel may be sent something: its rate limit and its circuit breaker.
//!
//! Both are a few figures per channel that are kept in the database, so that a restart changes
//! nothing. The judging functions are pure.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use super::OutboxError;
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;

/// How many messages a channel takes: a bucket of `burst` that refills steadily.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Messages an hour in the long run, from 1.
    pub per_hour: u32,
    /// Messages at once after a calm time, from 1.
    pub burst: u32,
}

impl Rate {
    fn interval(self) -> Duration {
        Duration::from_secs(3600) / self.per_hour.max(1)
    }
}

/// When to leave a channel alone that cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// Failed attempts in a row after which it opens.
    pub failures: u32,
    /// How long it stays open first; then one message tries, and each failure doubles the time.
    pub first: Duration,
    /// The longest that it stays open.
    pub longest: Duration,
}

/// Whether anything is sent to a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Everything is.
    Closed,
    /// One message is, to see whether it can be reached again.
    HalfOpen,
    /// Nothing is.
    Open,
}

impl BreakerState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Closed, Self::HalfOpen, Self::Open];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}

/// What is known of a channel between two messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::notify) struct Gate {
    /// When a message was last begun.
    pub(in crate::notify) told_at: Option<Timestamp>,
    /// When the bucket is full again.
    full_at: Timestamp,
    /// Until when the bucket is empty.
    empty_till: Timestamp,
    /// Attempts that failed since the latest that did not.
    pub(in crate::notify) failures: u32,
    /// Since when nothing has got through.
    pub(in crate::notify) opened_at: Option<Timestamp>,
    /// Until when nothing is tried.
    pub(in crate::notify) open_until: Option<Timestamp>,
}

impl Gate {
    /// From when on a message may be begun, as the query for what is due says it.
    #[cfg(test)]
    pub(in crate::notify) fn passes_at(&self) -> Timestamp {
        self.empty_till.max(self.open_until.unwrap_or_default())
    }

    /// Whether anything is sent at all.
    pub(in crate::notify) fn breaker(&self, now: Timestamp) -> BreakerState {
        match (self.opened_at, self.open_until) {
            (Some(_), Some(until)) if now < until => BreakerState::Open,
            (Some(_), _) => BreakerState::HalfOpen,
            (None, _) => BreakerState::Closed,
        }
    }

    /// A message is begun, which takes one out of the bucket.
    #[must_use]
    pub(in crate::notify) fn begun(self, rate: Option<Rate>, now: Timestamp) -> Self {
        let mut next = Self {
            told_at: Some(now),
            ..self
        };
        match rate {
            None => (next.full_at, next.empty_till) = (now, Timestamp::default()),
            Some(rate) => {
                let depth = rate.interval() * rate.burst.max(1);
                // After a step of the clock the bucket is not emptier than empty.
                let full_at = self.full_at.max(now).min(now + depth);
                next.full_at = full_at + rate.interval();
                next.empty_till = (next.full_at + rate.interval()) - depth;
            }
        }
        next
    }

    /// A message got through.
    #[must_use]
    pub(in crate::notify) const fn succeeded(self) -> Self {
        Self {
            failures: 0,
            opened_at: None,
            open_until: None,
            ..self
        }
    }

    /// A message did not get through.
    #[must_use]
    pub(in crate::notify) fn failed(self, breaker: &Breaker, now: Timestamp) -> Self {
        let failures = self.failures.saturating_add(1);
        let Some(extra) = failures.checked_sub(breaker.failures.max(1)) else {
            return Self { failures, ..self };
        };
        let times = 2_u32.saturating_pow(extra.min(16));
        let wait = breaker.first.saturating_mul(times).min(breaker.longest);
        Self {
            failures,
            opened_at: self.opened_at.or(Some(now)),
            open_until: Some(now + wait),
            ..self
        }
    }

    /// Its settings are others now: whatever was wrong may be right, and whatever was slow, fast.
    #[must_use]
    pub(in crate::notify) const fn renewed(self) -> Self {
        Self {
            full_at: Timestamp(0),
            empty_till: Timestamp(0),
            ..self.succeeded()
        }
    }
}

const COLUMNS: &str = "told_at, full_at, empty_till, failures, opened_at, open_until";

/// What is known of a channel.
pub(in crate::notify) fn load(
    connection: &Connection,
    channel: &ChannelId,
) -> Result<Gate, OutboxError> {
    let sql = format!("SELECT {COLUMNS} FROM channel_states WHERE channel = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let row = statement.query_row([channel.as_str()], read).optional()?;
    Ok(row.unwrap_or_default())
}

/// Keeps what is known of a channel.
pub(in crate::notify) fn save(
    tx: &Connection,
    channel: &ChannelId,
    gate: Gate,
) -> Result<(), OutboxError> {
    let sql = format!(
        "INSERT OR REPLACE INTO channel_states (channel, {COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    );
    tx.prepare_cached(&sql)?.execute((
        channel.as_str(),
        gate.told_at.map(Timestamp::millis),
        gate.full_at.millis(),
        gate.empty_till.millis(),
        gate.failures,
        gate.opened_at.map(Timestamp::millis),
        gate.open_until.map(Timestamp::millis),
    ))?;
    Ok(())
}

/// Forgets a channel that is gone.
pub(in crate::notify) fn forget(tx: &Connection, channel: &ChannelId) -> Result<(), OutboxError> {
    tx.prepare_cached("DELETE FROM channel_states WHERE channel = ?1")?
        .execute([channel.as_str()])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Gate> {
    let moment = |column| {
        let at: Option<i64> = row.get(column)?;
        Ok::<_, rusqlite::Error>(at.map(Timestamp))
    };
    Ok(Gate {
        told_at: moment("told_at")?,
        full_at: Timestamp(row.get("full_at")?),
        empty_till: Timestamp(row.get("empty_till")?),
        failures: row.get("failures")?,
        opened_at: moment("opened_at")?,
        open_until: moment("open_until")?,
    })
}

/// Whether a channel can be reached, and what waits for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Attempts that failed since the latest that did not.
    pub failures: u32,
    /// Since when nothing has got through, once that is so often enough.
    pub opened_at: Option<Timestamp>,
    /// Until when nothing is tried.
    pub open_until: Option<Timestamp>,
    /// Messages that wait for it.
    pub waiting: u32,
    /// Messages that were given up and are neither sent again nor discarded.
    pub dead: u32,
}

impl Health {
    /// Whether anything is sent to it at `now`.
    #[must_use]
    pub fn breaker(&self, now: Timestamp) -> BreakerState {
        let gate = Gate {
            opened_at: self.opened_at,
            open_until: self.open_until,
            ..Gate::default()
        };
        gate.breaker(now)
    }
}

/// How a channel is going.
pub(in crate::notify) fn health(
    connection: &Connection,
    channel: &ChannelId,
) -> Result<Health, OutboxError> {
    let gate = load(connection, channel)?;
    let (waiting, dead) = connection
        .prepare_cached(
            "SELECT COUNT(*) FILTER (WHERE state = 'due'), COUNT(*) FILTER (WHERE state = 'dead')
             FROM deliveries WHERE channel = ?1",
        )?
        .query_row([channel.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Health {
        failures: gate.failures,
        opened_at: gate.opened_at,
        open_until: gate.open_until,
        waiting,
        dead,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_337_600_000);
    const BREAKER: Breaker = Breaker {
        failures: 3,
        first: Duration::from_secs(60),
        longest: Duration::from_secs(600),
    };

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_one_an_interval() {
        let rate = Some(Rate {
            per_hour: 60,
            burst: 3,
        });
        let mut gate = Gate::default();
        for n in 0..3 {
            assert!(gate.passes_at() <= NOW, "message {n}");
            gate = gate.begun(rate, NOW);
        }
        assert_eq!(gate.passes_at(), NOW + Duration::from_secs(60));
        let later = NOW + Duration::from_secs(60);
        gate = gate.begun(rate, later);
        assert_eq!(gate.passes_at(), later + Duration::from_secs(60));
        let next_day = NOW + Duration::from_secs(86_400);
        gate = gate.begun(rate, next_day);
        assert!(gate.passes_at() <= next_day, "it has filled up");
        assert!(
            gate.begun(None, NOW).passes_at() <= NOW,
            "no limit any more"
        );
    }

    #[test]
    fn a_clock_that_steps_back_does_not_close_a_channel_for_long() {
        let rate = Some(Rate {
            per_hour: 60,
            burst: 3,
        });
        let year = Duration::from_secs(365 * 86_400);
        let gate = Gate::default().begun(rate, NOW + year).begun(rate, NOW);
        assert!(gate.passes_at() <= NOW + Duration::from_secs(120));
    }

    #[test]
    fn a_breaker_opens_tries_once_and_stays_open_longer_each_time() {
        let mut gate = Gate::default();
        for _ in 0..2 {
            gate = gate.failed(&BREAKER, NOW);
            assert_eq!(gate.breaker(NOW), BreakerState::Closed);
        }
        for minutes in [1, 2, 4, 8, 10, 10] {
            gate = gate.failed(&BREAKER, NOW);
            assert_eq!(gate.breaker(NOW), BreakerState::Open);
            let until = NOW + Duration::from_secs(60 * minutes);
            assert_eq!(gate.passes_at(), until);
            assert_eq!(gate.breaker(until), BreakerState::HalfOpen);
            assert_eq!(gate.opened_at, Some(NOW));
        }
        gate = gate.succeeded();
        assert_eq!(gate.breaker(NOW), BreakerState::Closed);
        assert!(gate.passes_at() <= NOW);
    }
}
