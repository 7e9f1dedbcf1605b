//! How often one address may get a token wrong: GCRA, a bucket that leaks at a steady pace.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::time::Timestamp;

/// Addresses that are remembered at most; the quietest are forgotten first.
const REMEMBERED: usize = 4096;

/// A pace: one attempt per `interval` in the long run, `burst` at once.
#[derive(Clone, Copy)]
struct Pace {
    interval: Duration,
    burst: u32,
}

/// Somebody far away who guesses.
const FOREIGN: Pace = Pace {
    interval: Duration::from_secs(6),
    burst: 10,
};

/// A script on the same machine with an old token.
const LOOPBACK: Pace = Pace {
    interval: Duration::from_secs(1),
    burst: 60,
};

/// Failed attempts by address.
#[derive(Default)]
pub struct Attempts {
    /// When each address' bucket will have leaked empty.
    empty_at: Mutex<HashMap<IpAddr, Timestamp>>,
}

impl Attempts {
    /// Whether `peer` may try now, and if not, how long it has to wait.
    ///
    /// # Errors
    /// The time to wait.
    pub fn check(&self, peer: IpAddr, now: Timestamp) -> Result<(), Duration> {
        let pace = pace_of(peer);
        let map = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        let backlog = map
            .get(&network_of(peer))
            .map_or(Duration::ZERO, |empty_at| empty_at.since(now));
        let room = pace.interval * (pace.burst - 1);
        if backlog <= room {
            Ok(())
        } else {
            Err(backlog - room)
        }
    }

    /// Remembers that `peer` failed.
    pub fn failed(&self, peer: IpAddr, now: Timestamp) {
        let mut map = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= REMEMBERED {
            map.retain(|_, empty_at| *empty_at > now);
        }
        if map.len() >= REMEMBERED {
            let first = map.iter().min_by_key(|(_, at)| **at).map(|(peer, _)| *peer);
            if let Some(first) = first {
                map.remove(&first);
            }
        }
        let empty_at = map.entry(network_of(peer)).or_insert(now);
        *empty_at = (*empty_at).max(now) + pace_of(peer).interval;
    }
}

fn pace_of(peer: IpAddr) -> Pace {
    if peer.is_loopback() {
        LOOPBACK
    } else {
        FOREIGN
    }
}

/// Whoever has one IPv6 address has 2⁶⁴ of them.
fn network_of(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
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

    #[test]
    fn ten_wrong_tokens_are_heard_and_the_eleventh_has_to_wait() {
        let attempts = Attempts::default();
        let peer: IpAddr = "192.168.1.20".parse().unwrap();
        for n in 0..10 {
            assert_eq!(attempts.check(peer, START), Ok(()), "attempt {n}");
            attempts.failed(peer, START);
        }
        assert_eq!(attempts.check(peer, START), Err(Duration::from_secs(6)));
        let later = START + Duration::from_secs(6);
        assert_eq!(attempts.check(peer, later), Ok(()));
        let other: IpAddr = "192.168.1.21".parse().unwrap();
        assert_eq!(attempts.check(other, START), Ok(()));
    }

    #[test]
    fn neighbours_in_one_ipv6_network_share_a_bucket() {
        let attempts = Attempts::default();
        for n in 0..10 {
            attempts.failed(format!("2001:db8::{n}").parse().unwrap(), START);
        }
        let peer = "2001:db8::ffff".parse().unwrap();
        assert!(attempts.check(peer, START).is_err());
    }

    #[test]
    fn the_memory_of_addresses_is_bounded() {
        let attempts = Attempts::default();
        for n in 0..10_000_u32 {
            attempts.failed(IpAddr::V4(n.into()), START);
        }
        assert!(attempts.empty_at.lock().unwrap().len() <= REMEMBERED);
    }
}
