//! How often one address may get a token or password wrong.

use std::net::IpAddr;
use std::time::Duration;

use super::bucket::{Buckets, Pace, network_of};
use crate::model::time::Timestamp;

/// Addresses that are remembered at most; the quietest are forgotten first.
const REMEMBERED: usize = 4096;

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
#[derive(Debug)]
pub struct Attempts(Buckets<IpAddr>);

impl Default for Attempts {
    fn default() -> Self {
        Self(Buckets::new(REMEMBERED))
    }
}

impl Attempts {
    /// Whether `peer` may try now, and if not, how long it has to wait.
    ///
    /// # Errors
    /// The time to wait.
    pub fn check(&self, peer: IpAddr, now: Timestamp) -> Result<(), Duration> {
        self.0.check(&network_of(peer), pace_of(peer), now)
    }

    /// Remembers that `peer` failed.
    pub fn failed(&self, peer: IpAddr, now: Timestamp) {
        self.0.add(network_of(peer), pace_of(peer), now);
    }
}

fn pace_of(peer: IpAddr) -> Pace {
    if peer.to_canonical().is_loopback() {
        LOOPBACK
    } else {
        FOREIGN
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
}
