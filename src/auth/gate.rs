//! Decides who is asking, from what a request brought along.

use std::net::IpAddr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::model::time::Timestamp;

use super::attempts::Attempts;
use super::scope::{Principal, ScopeSet};
use super::token::TokenHash;

/// What a request brought along that says who is asking.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// Every credential it carries, in whatever header.
    pub credentials: Vec<&'a str>,
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
    #[error("a token is needed: send it as 'X-API-Token: …' or 'Authorization: Bearer …'")]
    Missing,
    /// None, from somewhere that would need one, while none is configured.
    #[error(
        "no token is configured, so only this machine itself is let in, under the name localhost; \
         start homepulse with API_TOKEN set and send that token"
    )]
    NotLocal,
    /// A wrong one.
    #[error("the token is not valid")]
    Wrong,
    /// Too many wrong ones.
    #[error("too many wrong tokens from this address; wait before the next one")]
    TooMany {
        /// How long.
        retry_after: Duration,
    },
}

/// Knows the tokens.
pub struct Gate {
    api_token: Option<TokenHash>,
    attempts: Attempts,
}

impl Gate {
    /// A gate that `api_token` opens; without one, this machine may pass freely.
    #[must_use]
    pub fn new(api_token: Option<&SecretString>) -> Self {
        let given = api_token.filter(|token| !token.expose_secret().is_empty());
        Self {
            api_token: given.map(|token| TokenHash::of(token.expose_secret())),
            attempts: Attempts::default(),
        }
    }

    /// Whether this machine may pass without a token.
    #[must_use]
    pub const fn is_open_locally(&self) -> bool {
        self.api_token.is_none()
    }

    /// Lets somebody in, or says why not.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn admit(&self, claim: &Claim<'_>, now: Timestamp) -> Result<Principal, Refusal> {
        let Some((first, rest)) = claim.credentials.split_first() else {
            return self.admit_without(claim);
        };
        if rest.iter().any(|other| other != first) {
            return Err(Refusal::TwoCredentials);
        }
        let Some(api_token) = &self.api_token else {
            // A script that always sends its old token keeps working on a machine without one.
            return self.admit_without(claim);
        };
        self.attempts
            .check(claim.peer, now)
            .map_err(|retry_after| Refusal::TooMany { retry_after })?;
        if api_token.is_of(first) {
            return Ok(admin("API_TOKEN"));
        }
        self.attempts.failed(claim.peer, now);
        Err(Refusal::Wrong)
    }

    fn admit_without(&self, claim: &Claim<'_>) -> Result<Principal, Refusal> {
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
