//! How often one client may ask for what costs most.
//!
//! The APIs' documents fix the paces. A handler takes a place with [`take`]; the edge writes what was
//! found into the headers of the answer, good or bad.

use std::net::IpAddr;
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};

use crate::auth::{Buckets, Level, Pace, network_of};
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
    /// PEON's whole API: 100 a minute for each token.
    Peon,
    /// Playpulse's whole API: 1000 a minute for each token.
    Playpulse,
    /// Beginning to log in elsewhere: 10 a minute.
    SignOn,
}

impl Class {
    const ALL: [Self; 7] = [
        Self::Transfer,
        Self::TestMessage,
        Self::UpdateCheck,
        Self::Registration,
        Self::Peon,
        Self::Playpulse,
        Self::SignOn,
    ];

    /// How many there may be within which time.
    const fn quota(self) -> (u32, Duration) {
        match self {
            Self::Transfer => (5, Duration::from_secs(60)),
            Self::TestMessage | Self::Registration | Self::SignOn => (10, Duration::from_secs(60)),
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
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// Requests that may be made at once.
    limit: u32,
    level: Level,
}

/// The buckets of all clients.
pub(super) struct Limits(Buckets<(Class, Client)>);

impl Default for Limits {
    fn default() -> Self {
        Self(Buckets::new(REMEMBERED * Class::ALL.len()))
    }
}

impl Limits {
    /// Takes a place for `client`, if there is one.
    fn take(&self, class: Class, client: Client, now: Timestamp) -> Standing {
        let (limit, span) = class.quota();
        let pace = Pace {
            interval: span / limit,
            burst: limit,
        };
        Standing {
            limit,
            level: self.0.take((class, client), pace, now),
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
    match standing.level.wait {
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
    let reset = standing.level.reset;
    let reset = reset.seconds() + i64::from(reset.millis() % 1000 != 0);
    for (name, value) in [
        ("x-ratelimit-limit", i64::from(standing.limit)),
        ("x-ratelimit-remaining", i64::from(standing.level.remaining)),
        ("x-ratelimit-reset", reset),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
    if let Some(wait) = standing.level.wait {
        // Playpulse's own name for what Retry-After says.
        let name = HeaderName::from_static("x-ratelimit-retry-after");
        headers.insert(name, HeaderValue::from(wait.as_secs() + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000);

    #[test]
    fn classes_and_clients_do_not_share_a_bucket() {
        let limits = Limits::default();
        let client = Client::Address(IpAddr::from([192, 0, 2, 7]));
        for left in [4, 3, 2, 1, 0] {
            let standing = limits.take(Class::Transfer, client.clone(), START);
            assert_eq!((standing.limit, standing.level.remaining), (5, left));
        }
        let wait = |class, client| limits.take(class, client, START).level.wait;
        let other = Client::Address(IpAddr::from([192, 0, 2, 8]));
        let seconds = Duration::from_secs(12);
        assert_eq!(wait(Class::Transfer, client.clone()), Some(seconds));
        assert_eq!(wait(Class::Transfer, other), None);
        assert_eq!(wait(Class::TestMessage, client), None);
    }
}
