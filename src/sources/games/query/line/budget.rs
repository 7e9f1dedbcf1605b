//! How much of everything one query may take.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::super::QueryError;

/// How long and how much one query may take, whatever the server does.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the name's lookup to the last byte.
    pub total: Duration,
    /// Bytes of datagrams received.
    pub udp_bytes: usize,
    /// Bytes of streams received.
    pub tcp_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(3),
            udp_bytes: 64 << 10,
            tcp_bytes: 1 << 20,
        }
    }
}

/// How long one exchange of a query may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Patience {
    /// As long as the query.
    Whole,
    /// Half of what is left and a second at most: for what may well go unanswered.
    Brief,
}

/// What is left of a query's time and bytes, and the round trip that was seen.
#[derive(Debug)]
pub(in super::super) struct Budget {
    limits: Limits,
    deadline: Instant,
    udp_used: AtomicUsize,
    tcp_used: AtomicUsize,
    round_trip: Mutex<RoundTrip>,
}

#[derive(Debug, Default)]
struct RoundTrip {
    certain: Option<Duration>,
    guessed: Option<Duration>,
}

impl Budget {
    pub(in super::super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            deadline: Instant::now() + limits.total,
            udp_used: AtomicUsize::new(0),
            tcp_used: AtomicUsize::new(0),
            round_trip: Mutex::default(),
        }
    }

    pub(in super::super) const fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(super) fn end_of(&self, patience: Patience) -> Instant {
        let left = self.deadline.saturating_duration_since(Instant::now());
        match patience {
            Patience::Whole => self.deadline,
            Patience::Brief => Instant::now() + (left / 2).min(Duration::from_secs(1)),
        }
    }

    pub(super) const fn timeout(&self) -> QueryError {
        QueryError::Timeout(self.limits.total)
    }

    /// Enters a datagram of `bytes`.
    pub(super) fn spend_udp(&self, bytes: usize) -> Result<(), QueryError> {
        // An empty datagram costs work too, so that a flood of them ends as well.
        spend(&self.udp_used, bytes.max(16), self.limits.udp_bytes)
    }

    /// Enters `bytes` of a stream.
    pub(super) fn spend_tcp(&self, bytes: usize) -> Result<(), QueryError> {
        spend(&self.tcp_used, bytes, self.limits.tcp_bytes)
    }

    /// Refuses to wait for more of a stream than may still come.
    pub(super) fn allow_tcp(&self, bytes: usize) -> Result<(), QueryError> {
        let left = self.limits.tcp_bytes
            - self
                .tcp_used
                .load(Ordering::Relaxed)
                .min(self.limits.tcp_bytes);
        if bytes > left {
            return Err(QueryError::TooMuch(self.limits.tcp_bytes));
        }
        Ok(())
    }

    /// Enters the time of an exchange; one with repeated questions cannot tell which was answered.
    pub(super) fn note_round_trip(&self, time: Duration, certain: bool) {
        let Ok(mut seen) = self.round_trip.lock() else {
            return;
        };
        let slot = if certain {
            &mut seen.certain
        } else {
            &mut seen.guessed
        };
        *slot = Some(slot.map_or(time, |before| before.min(time)));
    }

    /// The shortest exchange.
    pub(in super::super) fn round_trip(&self) -> Duration {
        let seen = self.round_trip.lock();
        seen.map(|seen| seen.certain.or(seen.guessed).unwrap_or_default())
            .unwrap_or_default()
    }
}

fn spend(used: &AtomicUsize, bytes: usize, limit: usize) -> Result<(), QueryError> {
    let before = used.fetch_add(bytes, Ordering::Relaxed);
    if before.saturating_add(bytes) > limit {
        return Err(QueryError::TooMuch(limit));
    }
    Ok(())
}
