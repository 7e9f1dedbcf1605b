//! Who has come in of late by a proxy's word: such people have no session here, so that what counts
//! as their log-in is the first request after a time without one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::time::Timestamp;

/// Without a request for so long, the next one is another visit; as long as a session is kept that
/// nobody uses for a working day.
const PAUSE: Duration = Duration::from_secs(12 * 3600);

/// Visits that are remembered at most; the quietest is forgotten first.
const REMEMBERED: usize = 1024;

/// The visits that are going on.
#[derive(Debug, Default)]
pub(super) struct Visits(Mutex<HashMap<(String, IpAddr), Timestamp>>);

impl Visits {
    /// Notes a request of `name` from `peer`; answers whether a visit begins with it.
    pub(super) fn note(&self, name: &str, peer: IpAddr, now: Timestamp) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.insert((name.to_owned(), peer), now);
        if seen.len() > REMEMBERED {
            let quietest = seen.iter().min_by_key(|(_, at)| **at);
            if let Some(key) = quietest.map(|(key, _)| key.clone()) {
                seen.remove(&key);
            }
        }
        before.is_none_or(|before| now.since(before) >= PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_begins_with_its_first_request_and_after_a_long_pause() {
        let visits = Visits::default();
        let (here, there) = ("192.0.2.7".parse().unwrap(), "192.0.2.8".parse().unwrap());
        let start = Timestamp::from_seconds(1_000_000);
        assert!(visits.note("ada", here, start));
        assert!(!visits.note("ada", here, start + Duration::from_secs(60)));
        assert!(visits.note("ada", there, start), "another place");
        assert!(visits.note("bob", here, start), "another person");
        let almost = start + Duration::from_secs(60) + PAUSE - Duration::from_secs(1);
        assert!(!visits.note("ada", here, almost), "it is still going on");
        assert!(visits.note("ada", here, almost + PAUSE));
    }
}
