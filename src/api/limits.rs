//! How often one client may ask for what costs most: GCRA, a bucket that leaks at a steady pace.
//!
//! The seeds fix the paces. A handler takes a place with [`take`]; the edge writes what was
//! found into the headers of the answer, good or bad.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};

use crate::model::time::Timestamp;
use crate::telemetry::clock;

use super::asked::Asked;
use super::problem::{Kind, Problem};
use super::shared::Shared;

/// Clients that are remembered at most for each class; the quietest are forgotten first.
const REMEMBERED: usize = 4096;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    /// Exporting and importing the configuration: 5 a minute.
    Transfer,
    /// Test messages: 10 a minute.
    TestMessage,
    /// Looking for updates: 10 an hour.
    UpdateCheck,
    /// Registering nodes: 10 a minute.
    Registration,
    /// Seed 001's whole API: 100 a minute for each token.
    Peon,
    /// Seed 000's whole API: 1000 a minute for each token.
    Playpulse,
}

impl Class {
    const ALL: [Self; 6] = [
        Self::Transfer,
        Self::TestMessage,
        Self::UpdateCheck,
        Self::Registration,
        Self::Peon,
        Self::Playpulse,
    ];

    /// How many there may be within which time.
    const fn quota(self) -> (u32, Duration) {
        match self {
            Self::Transfer => (5, Duration::from_secs(60)),
            Self::TestMessage | Self::Registration => (10, Duration::from_secs(60)),
            Self::UpdateCheck => (10, Duration::from_secs(3_600)),
            Self::Peon => (100, Duration::from_secs(60)),
            Self::Playpulse => (1000, Duration::from_secs(60)),
        }
    }
}

/// Who is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Client {
    /// Whoever asks from there.
    Address(IpAddr),
    /// Whoever asks with that token or log-in.
    Principal(String),
}

/// How a client stands within its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Requests that may be made at once.
    limit: u32,
    /// How many of them are left.
    remaining: u32,
    /// When all of them are there again.
    reset: Timestamp,
    /// How long to wait, where none was left.
    wait: Option<Duration>,
}

/// The buckets of all clients.
#[derive(Default)]
pub(super) struct Limits {
    /// When each client's bucket will have leaked empty.
    empty_at: Mutex<HashMap<(Class, Client), Timestamp>>,
}

impl Limits {
    /// Takes a place for `client`, if there is one.
    fn take(&self, class: Class, client: Client, now: Timestamp) -> Standing {
        let (limit, span) = class.quota();
        let step = span / limit;
        let mut map = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (class, client);
        let empty_at = map.get(&key).copied().unwrap_or(now).max(now);
        let backlog = empty_at.since(now);
        let room = step * (limit - 1);
        if backlog > room {
            return Standing {
                limit,
                remaining: 0,
                reset: empty_at,
                wait: Some(backlog - room),
            };
        }
        if map.len() >= REMEMBERED * Class::ALL.len() {
            map.retain(|_, empty_at| *empty_at > now);
        }
        if map.len() >= REMEMBERED * Class::ALL.len() {
            let first = map.iter().min_by_key(|(_, at)| **at);
            let first = first.map(|(key, _)| key.clone());
            if let Some(first) = first {
                map.remove(&first);
            }
        }
        let empty_at = empty_at + step;
        map.insert(key, empty_at);
        let left = (room + step).saturating_sub(empty_at.since(now));
        let remaining = left.as_millis() / step.as_millis().max(1);
        Standing {
            limit,
            remaining: u32::try_from(remaining).unwrap_or(limit),
            reset: empty_at,
            wait: None,
        }
    }
}

/// Takes a place in `class` for whoever asks; [`write`] tells them how they stand.
///
/// # Errors
/// When they ask too often.
pub(super) fn take(request: &HttpRequest, shared: &Shared, class: Class) -> Result<(), Problem> {
    let client = request
        .extensions()
        .get::<Asked>()
        .map_or(IpAddr::from([0, 0, 0, 0]), |asked| asked.client);
    take_for(request, shared, class, Client::Address(network_of(client)))
}

/// Takes a place in `class` for the principal called `name`, from wherever they ask.
///
/// # Errors
/// When they ask too often.
pub(super) fn take_as(
    request: &HttpRequest,
    shared: &Shared,
    class: Class,
    name: &str,
) -> Result<(), Problem> {
    take_for(request, shared, class, Client::Principal(name.to_owned()))
}

fn take_for(
    request: &HttpRequest,
    shared: &Shared,
    class: Class,
    client: Client,
) -> Result<(), Problem> {
    let standing = shared.limits.take(class, client, clock::now());
    request.extensions_mut().insert(standing);
    match standing.wait {
        None => Ok(()),
        Some(retry_after) => {
            let (limit, span) = class.quota();
            let span = if span.as_secs() > 60 {
                "hour"
            } else {
                "minute"
            };
            let text = format!("this can be asked {limit} times a {span}; wait and try again");
            let kind = Kind::TooMany { retry_after };
            Err(Problem::new(kind, "rate_limited", text))
        }
    }
}

/// Says how the client of `request` stands, where a limit was looked at.
pub(super) fn write(request: &HttpRequest, headers: &mut HeaderMap) {
    let extensions = request.extensions();
    let Some(standing) = extensions.get::<Standing>() else {
        return;
    };
    let reset = standing.reset.seconds() + i64::from(standing.reset.millis() % 1000 != 0);
    for (name, value) in [
        ("x-ratelimit-limit", i64::from(standing.limit)),
        ("x-ratelimit-remaining", i64::from(standing.remaining)),
        ("x-ratelimit-reset", reset),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
    if let Some(wait) = standing.wait {
        // Seed 000's own name for what Retry-After says.
        let name = HeaderName::from_static("x-ratelimit-retry-after");
        headers.insert(name, HeaderValue::from(wait.as_secs() + 1));
    }
}

/// Whoever has one IPv6 address has 2⁶⁴ of them.
fn network_of(client: IpAddr) -> IpAddr {
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

    #[test]
    fn five_go_through_and_the_sixth_waits_until_one_has_leaked() {
        let limits = Limits::default();
        let client = Client::Address(IpAddr::from([192, 0, 2, 7]));
        for left in [4, 3, 2, 1, 0] {
            let standing = limits.take(Class::Transfer, client.clone(), START);
            assert_eq!((standing.remaining, standing.wait), (left, None));
        }
        let standing = limits.take(Class::Transfer, client.clone(), START);
        assert_eq!(standing.wait, Some(Duration::from_secs(12)));
        assert_eq!(standing.reset, START + Duration::from_secs(60));
        let later = START + Duration::from_secs(12);
        assert_eq!(
            limits.take(Class::Transfer, client.clone(), later).wait,
            None
        );
    }

    #[test]
    fn classes_and_clients_do_not_share_a_bucket() {
        let limits = Limits::default();
        let client = Client::Address(IpAddr::from([192, 0, 2, 7]));
        for _ in 0..6 {
            limits.take(Class::Transfer, client.clone(), START);
        }
        let other = Client::Address(IpAddr::from([192, 0, 2, 8]));
        assert_eq!(limits.take(Class::Transfer, other, START).wait, None);
        assert_eq!(
            limits.take(Class::TestMessage, client.clone(), START).wait,
            None
        );
    }

    #[test]
    fn the_memory_of_clients_is_bounded() {
        let limits = Limits::default();
        let most = u32::try_from(REMEMBERED * Class::ALL.len()).unwrap();
        for n in 0..most + 50 {
            limits.take(
                Class::UpdateCheck,
                Client::Address(IpAddr::V4(n.into())),
                START,
            );
        }
        assert!(limits.empty_at.lock().unwrap().len() <= REMEMBERED * Class::ALL.len());
    }
}
