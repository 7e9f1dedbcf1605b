//! Decides who is asking, from what a request brought along.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::model::time::Timestamp;

use super::attempts::Attempts;
use super::keyring::{KeyKind, Keyring};
use super::scope::{Principal, ScopeSet};
use super::token::TokenHash;

/// What a request brought along that says who is asking.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// Every credential it carries, in whatever header.
    pub credentials: Vec<&'a str>,
    /// The session of a browser, from its cookie.
    pub session: Option<&'a str>,
    /// Where it came from.
    pub peer: IpAddr,
    /// Whether it came straight from this machine: a loopback peer, asked by a loopback name,
    /// without a proxy in between and not on behalf of a foreign page.
    pub is_local: bool,
}

/// Why nobody was let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Two credentials that contradict each other.
    #[error("the request carries two different tokens; send one")]
    TwoCredentials,
    /// None, where one is needed.
    #[error("log in, or send a token as 'X-API-Token: …' or 'Authorization: Bearer …'")]
    Missing,
    /// None, from somewhere that would need one, while nobody could have one.
    #[error(
        "nobody has an account yet, so only this machine itself is let in, under the name \
         localhost; set an account up with the set-up code from the log, or start homepulse with \
         API_TOKEN set and send that token"
    )]
    NotLocal,
    /// A wrong one.
    #[error("the token is not valid")]
    Wrong,
    /// Too many wrong ones.
    #[error("too many wrong attempts from this address; wait before the next one")]
    TooMany {
        /// How long.
        retry_after: Duration,
    },
}

/// Knows the tokens and sessions.
pub struct Gate {
    api_token: Option<TokenHash>,
    keyring: Arc<Keyring>,
    attempts: Attempts,
}

impl Gate {
    /// A gate that `api_token` and the keys of `keyring` open; where there are none, this machine
    /// may pass freely.
    #[must_use]
    pub fn new(api_token: Option<&SecretString>, keyring: Arc<Keyring>) -> Self {
        let given = api_token.filter(|token| !token.expose_secret().is_empty());
        Self {
            api_token: given.map(|token| TokenHash::of(token.expose_secret())),
            keyring,
            attempts: Attempts::default(),
        }
    }

    /// Whether this machine may pass without a token.
    #[must_use]
    pub fn is_open_locally(&self) -> bool {
        self.api_token.is_none() && self.keyring.is_empty()
    }

    /// The keys that open it beside the configured one.
    #[must_use]
    pub const fn keyring(&self) -> &Arc<Keyring> {
        &self.keyring
    }

    /// Lets somebody in, or says why not.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn admit(&self, claim: &Claim<'_>, now: Timestamp) -> Result<Principal, Refusal> {
        let Some((first, rest)) = claim.credentials.split_first() else {
            return self.admit_without_token(claim, now);
        };
        if rest.iter().any(|other| other != first) {
            return Err(Refusal::TwoCredentials);
        }
        if self.is_open_locally() {
            // A script that always sends its old token keeps working on a machine without one.
            return self.admit_without_token(claim, now);
        }
        self.may_try(claim.peer, now)?;
        if self.api_token.is_some_and(|token| token.is_of(first)) {
            return Ok(admin("API_TOKEN"));
        }
        let opened = self.keyring.open(KeyKind::Token, first, claim.peer, now);
        opened.ok_or_else(|| {
            self.failed(claim.peer, now);
            Refusal::Wrong
        })
    }

    /// Whether somebody at `peer` may show a token or password now.
    ///
    /// # Errors
    /// When there were too many wrong ones from there.
    pub fn may_try(&self, peer: IpAddr, now: Timestamp) -> Result<(), Refusal> {
        self.attempts
            .check(peer, now)
            .map_err(|retry_after| Refusal::TooMany { retry_after })
    }

    /// Remembers that a token or password from `peer` was wrong.
    pub fn failed(&self, peer: IpAddr, now: Timestamp) {
        self.attempts.failed(peer, now);
    }

    fn admit_without_token(&self, claim: &Claim<'_>, now: Timestamp) -> Result<Principal, Refusal> {
        let session = claim.session.and_then(|session| {
            self.keyring
                .open(KeyKind::Session, session, claim.peer, now)
        });
        // A session that is over is none: the page then asks to log in again.
        if let Some(principal) = session {
            return Ok(principal);
        }
        match (self.is_open_locally(), claim.is_local) {
            (true, true) => Ok(admin("localhost")),
            (true, false) => Err(Refusal::NotLocal),
            (false, _) => Err(Refusal::Missing),
        }
    }
}

fn admin(name: &str) -> Principal {
    Principal {
        name: name.to_owned(),
        scopes: ScopeSet::all(),
    }
}

#[cfg(test)]
mod tests;
