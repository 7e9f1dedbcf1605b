//! Rates from counters that only grow, until the thing behind them restarts.
//!
//! Counters and uptime of a guest are taken by the host at the same instant, so that a rate is
//! their difference over the uptime's: our own clock, delays and lost polls do not enter it.
//! A host refreshes them every 10 s (Proxmox VE `pvestatd`), so two looks may see the same state;
//! the rate before is then still the newest that is known.

use std::collections::HashMap;
use std::hash::Hash;

use crate::model::resource::Rates;

/// Cumulative counters since `uptime` began.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    /// Seconds the thing has been up when the counters were taken.
    pub uptime: u64,
    /// Bytes received from the network.
    pub net_in: Option<u64>,
    /// Bytes sent to the network.
    pub net_out: Option<u64>,
    /// Bytes read from disks.
    pub disk_read: Option<u64>,
    /// Bytes written to disks.
    pub disk_write: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Memory {
    counters: Counters,
    rates: Rates,
    seen_in: u64,
}

/// How many rounds an unchanged uptime may stand for "not refreshed yet".
const PATIENCE: u64 = 3;

/// Remembers the last counters of everything under one target.
#[derive(Debug)]
pub struct RateTracker<K> {
    memories: HashMap<K, Memory>,
    round: u64,
}

impl<K> Default for RateTracker<K> {
    fn default() -> Self {
        Self {
            memories: HashMap::new(),
            round: 0,
        }
    }
}

impl<K: Eq + Hash> RateTracker<K> {
    /// Begins a new look; what the one before did not mention is forgotten.
    pub fn begin_round(&mut self) {
        let round = self.round;
        self.memories
            .retain(|_, memory| memory.seen_in + PATIENCE >= round);
        self.round += 1;
    }

    /// The rates between the counters before and `now`; unknown at first sight and across a
    /// restart or migration, which start the counters at zero.
    pub fn observe(&mut self, key: K, now: Counters) -> Rates {
        let round = self.round;
        let fresh = Memory {
            counters: now,
            rates: Rates::default(),
            seen_in: round,
        };
        let Some(before) = self.memories.get(&key).copied() else {
            self.memories.insert(key, fresh);
            return Rates::default();
        };
        if now == before.counters {
            // Not refreshed yet, or frozen: the memory ages until it is let go.
            let frozen = before.seen_in + PATIENCE < round;
            if frozen {
                self.memories.insert(key, fresh);
                return Rates::default();
            }
            return before.rates;
        }
        let rates = between(&before.counters, &now);
        self.memories.insert(key, Memory { rates, ..fresh });
        rates
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no byte precision")]
fn between(before: &Counters, now: &Counters) -> Rates {
    let Some(seconds) = now
        .uptime
        .checked_sub(before.uptime)
        .filter(|seconds| *seconds > 0)
    else {
        return Rates::default();
    };
    let rate = |before: Option<u64>, now: Option<u64>| {
        let moved = now?.checked_sub(before?)?;
        Some(moved as f64 / seconds as f64)
    };
    Rates {
        net_in: rate(before.net_in, now.net_in),
        net_out: rate(before.net_out, now.net_out),
        disk_read: rate(before.disk_read, now.disk_read),
        disk_write: rate(before.disk_write, now.disk_write),
    }
}

#[cfg(test)]
mod tests {
    use super::{Counters, RateTracker};

    fn at(uptime: u64, net_in: u64) -> Counters {
        Counters {
            uptime,
            net_in: Some(net_in),
            ..Counters::default()
        }
    }

    #[test]
    fn a_rate_is_what_moved_over_the_hosts_own_seconds() {
        let mut tracker = RateTracker::default();
        let steps = [
            ("first sight", at(100, 1_000), None),
            ("ten seconds later", at(110, 2_000), Some(100.0)),
            ("not refreshed yet", at(110, 2_000), Some(100.0)),
            ("two refreshes later", at(130, 2_000), Some(0.0)),
            ("restarted", at(5, 50), None),
            ("running again", at(15, 1_050), Some(100.0)),
            ("a counter reset alone", at(25, 10), None),
            ("migrated: all starts anew", at(3, 0), None),
        ];
        for (name, counters, expected) in steps {
            tracker.begin_round();
            assert_eq!(
                tracker.observe("guest", counters).net_in,
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn a_frozen_guest_does_not_keep_its_last_rate_for_ever() {
        let mut tracker = RateTracker::default();
        for uptime in [100, 110] {
            tracker.begin_round();
            tracker.observe("guest", at(uptime, uptime * 10));
        }
        let mut last = Some(0.0);
        for _ in 0..6 {
            tracker.begin_round();
            last = tracker.observe("guest", at(110, 1_100)).net_in;
        }
        assert_eq!(last, None);
    }

    #[test]
    fn what_is_gone_is_forgotten() {
        let mut tracker = RateTracker::default();
        tracker.begin_round();
        tracker.observe("guest", at(100, 0));
        for _ in 0..6 {
            tracker.begin_round();
        }
        assert_eq!(tracker.observe("guest", at(110, 1_000)).net_in, None);
    }
}
