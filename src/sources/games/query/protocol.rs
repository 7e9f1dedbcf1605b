//! What a protocol is, and the one way to ask with it.

use std::fmt;
use std::sync::Arc;

use super::line::{Budget, Call};
use super::{Answer, QueryError, Request};
use crate::sources::BoxFuture;

/// What carries a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// Requests over HTTP or HTTPS.
    Http,
    /// Both are tried or needed.
    UdpAndTcp,
}

/// What a protocol can say about players.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Players {
    /// How many and who.
    Names,
    /// How many.
    Count,
    /// Nothing: it proves only that somebody answers.
    Unknown,
}

/// What to expect of a protocol and what it costs.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// What it says about players.
    pub players: Players,
    /// Whether it names the map or world.
    pub map: bool,
    /// Whether it tells the version.
    pub version: bool,
    /// Whether it needs a password or token.
    pub secret: bool,
    /// Whether asking can wake a server that sleeps or keep it awake; look at its runtime first.
    pub wakes: bool,
}

/// A way to ask a game server.
pub struct Protocol {
    /// The word that names it in configuration.
    pub name: &'static str,
    /// The name for people.
    pub label: &'static str,
    /// Ports that its servers use when nobody says otherwise, the usual one first.
    pub ports: &'static [u16],
    /// What carries it.
    pub transport: Transport,
    /// What it can say.
    pub capabilities: Capabilities,
    /// The conversation. Private, so that nobody asks without a limit.
    pub(super) query: fn(Call) -> BoxFuture<'static, Result<Answer, QueryError>>,
    /// Its parsers, on bytes that came from anywhere.
    pub(super) parse: fn(&[u8]),
}

impl Protocol {
    /// Asks once, within the request's limits however the server behaves.
    ///
    /// # Errors
    /// When there is no usable answer within them.
    pub async fn ask(&self, request: Request) -> Result<Answer, QueryError> {
        let total = request.limits.total;
        let budget = Arc::new(Budget::new(request.limits));
        let call = Call::new(request, Arc::clone(&budget));
        let answered = tokio::time::timeout_at(budget.deadline(), (self.query)(call)).await;
        let mut answer = answered.map_err(|_| QueryError::Timeout(total))??;
        answer.round_trip = budget.round_trip();
        Ok(answer)
    }

    /// Reads `bytes` with every parser of this protocol and forgets them: what fuzzing calls.
    pub fn swallow(&self, bytes: &[u8]) {
        (self.parse)(bytes);
    }
}

impl fmt::Debug for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
