//! How often something may happen for each of many keys: GCRA, buckets that leak at a steady pace.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::time::Timestamp;

/// A pace: one per `interval` in the long run, `burst` at once.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// What each takes to leak away.
    pub interval: Duration,
    /// How many there may be at once, at least one.
    pub burst: u32,
}

/// How a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// How many places are left.
    pub remaining: u32,
    /// When all of them are there again.
    pub reset: Timestamp,
    /// How long to wait, where none was left.
    pub wait: Option<Duration>,
}

/// A bucket for each key; the quietest are forgotten first.
#[derive(Debug)]
pub struct Buckets<K> {
    most: usize,
    /// When each bucket will have leaked empty.
    empty_at: Mutex<HashMap<K, Timestamp>>,
}

impl<K: Clone + Eq + Hash> Buckets<K> {
    /// Buckets for `most` keys at a time.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            empty_at: Mutex::default(),
        }
    }

    /// Whether there is a place for `key`, and if not, how long to wait.
    ///
    /// # Errors
    /// The time to wait.
    pub fn check(&self, key: &K, pace: Pace, now: Timestamp) -> Result<(), Duration> {
        let map = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        let backlog = map
            .get(key)
            .map_or(Duration::ZERO, |at| bounded(*at, pace, now).since(now));
        match backlog.checked_sub(room(pace)) {
            None | Some(Duration::ZERO) => Ok(()),
            Some(wait) => Err(wait),
        }
    }

    /// Fills the bucket of `key` by one, whether or not there is a place.
    pub fn add(&self, key: K, pace: Pace, now: Timestamp) {
        let mut map = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        self.make_room(&mut map, now);
        let empty_at = map.entry(key).or_insert(now);
        *empty_at = bounded((*empty_at).max(now) + pace.interval, pace, now);
    }

    /// Takes a place for `key`, if there is one.
    pub fn take(&self, key: K, pace: Pace, now: Timestamp) -> Level {
        let mut map = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        let empty_at = map.get(&key).copied().unwrap_or(now).max(now);
        let empty_at = bounded(empty_at, pace, now);
        let backlog = empty_at.since(now);
        let room = room(pace);
        if backlog > room {
            return Level {
                remaining: 0,
                reset: empty_at,
                wait: Some(backlog - room),
            };
        }
        self.make_room(&mut map, now);
        let empty_at = empty_at + pace.interval;
        map.insert(key, empty_at);
        let left = (room + pace.interval).saturating_sub(empty_at.since(now));
        let remaining = left.as_millis() / pace.interval.as_millis().max(1);
        Level {
            remaining: u32::try_from(remaining).unwrap_or(pace.burst),
            reset: empty_at,
            wait: None,
        }
    }

    fn make_room(&self, map: &mut HashMap<K, Timestamp>, now: Timestamp) {
        if map.len() >= self.most {
            map.retain(|_, empty_at| *empty_at > now);
        }
        if map.len() >= self.most {
            let first = map.iter().min_by_key(|(_, at)| **at);
            if let Some(first) = first.map(|(key, _)| key.clone()) {
                map.remove(&first);
            }
        }
    }
}

/// A full bucket holds no more than it can: what says otherwise is a clock that was set back, for
/// which nobody is to wait.
fn bounded(empty_at: Timestamp, pace: Pace, now: Timestamp) -> Timestamp {
    empty_at.min(now + pace.interval * pace.burst.max(1))
}

fn room(pace: Pace) -> Duration {
    pace.interval * pace.burst.saturating_sub(1)
}

/// What stands for one client: whoever has one IPv6 address has 2⁶⁴ of them.
#[must_use]
pub fn network_of(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000);
    const PACE: Pace = Pace {
        interval: Duration::from_secs(6),
        burst: 3,
    };

    #[test]
    fn a_burst_goes_through_and_the_next_waits_until_one_has_leaked() {
        let buckets = Buckets::new(10);
        for left in [2, 1, 0] {
            let level = buckets.take("a", PACE, START);
            assert_eq!((level.remaining, level.wait), (left, None));
        }
        let full = buckets.take("a", PACE, START);
        assert_eq!(full.wait, Some(Duration::from_secs(6)));
        assert_eq!(full.reset, START + Duration::from_secs(18));
        assert_eq!(buckets.check(&"b", PACE, START), Ok(()));
        let later = START + Duration::from_secs(6);
        assert_eq!(buckets.take("a", PACE, later).wait, None);
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_waiting_for_longer_than_a_full_bucket() {
        let buckets = Buckets::new(10);
        let future = START + Duration::from_secs(365 * 86_400);
        buckets.add("a", PACE, future);
        assert_eq!(buckets.check(&"a", PACE, START), Err(PACE.interval));
        let level = buckets.take("a", PACE, START);
        assert_eq!(level.wait, Some(PACE.interval));
        let later = START + PACE.interval;
        assert_eq!(buckets.take("a", PACE, later).wait, Some(PACE.interval));
        buckets.add("a", PACE, later);
        assert_eq!(buckets.check(&"a", PACE, later + PACE.interval), Ok(()));
    }

    #[test]
    fn the_memory_of_keys_is_bounded_and_the_quietest_goes_first() {
        let buckets = Buckets::new(100);
        for _ in 0..3 {
            buckets.add(0, PACE, START);
        }
        for n in 1..1_000 {
            buckets.add(n, PACE, START);
        }
        assert!(buckets.empty_at.lock().unwrap().len() <= 100);
        assert!(buckets.check(&0, PACE, START).is_err(), "still remembered");
    }

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_client() {
        let network = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
