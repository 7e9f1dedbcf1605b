//! Decides who is asking, from what a request brought along.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::model::time::Timestamp;

use super::attempts::Attempts;
use super::groups::{GroupRoles, Vouched};
use super::is_name;
use super::keyring::{KeyKind, Keyring};
use super::scope::{Principal, ScopeSet};
use super::token::TokenHash;
use super::visits::Visits;

/// What a request brought along that says who is asking.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// Every credential it carries, in whatever header.
    pub credentials: Vec<&'a str>,
    /// The session of a browser, from its cookie.
    pub session: Option<&'a str>,
    /// Whom a proxy vouches for that is trusted to.
    pub vouched: Option<&'a Vouched>,
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
        "nobody has an account yet, so at most this machine itself is let in, under the name \
         localhost; make the first account with the set-up code that the log and `homepulse \
         setup` show, or start homepulse with API_TOKEN set and send that token"
    )]
    NotLocal,
    /// A wrong one.
    #[error("the token is not valid")]
    Wrong,
    /// Somebody whom the proxy knows and we do not, or who is kept out here.
    #[error(
        "{name} is known to the proxy, and has neither an account here nor a group that gives one"
    )]
    Stranger {
        /// Who.
        name: String,
    },
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
    /// Further tokens that do not change while we run.
    fixed: Vec<(TokenHash, Principal)>,
    keyring: Arc<Keyring>,
    groups: GroupRoles,
    is_local_door_shut: bool,
    attempts: Attempts,
    visits: Visits,
}

impl Gate {
    /// A gate that `api_token` and the keys of `keyring` open; where there are none, this machine
    /// may pass freely.
    #[must_use]
    pub fn new(api_token: Option<&SecretString>, keyring: Arc<Keyring>) -> Self {
        let given = api_token.filter(|token| !token.expose_secret().is_empty());
        Self {
            api_token: given.map(|token| TokenHash::of(token.expose_secret())),
            fixed: Vec::new(),
            keyring,
            groups: GroupRoles::default(),
            is_local_door_shut: false,
            attempts: Attempts::default(),
            visits: Visits::default(),
        }
    }

    /// The same, opened by `tokens` as well.
    #[must_use]
    pub fn with_tokens(self, tokens: Vec<(TokenHash, Principal)>) -> Self {
        Self {
            fixed: tokens,
            ..self
        }
    }

    /// The same, with what the groups of people are that a proxy vouches for.
    #[must_use]
    pub fn with_groups(self, groups: GroupRoles) -> Self {
        Self { groups, ..self }
    }

    /// The same, where this machine may not pass freely either: others may reach us through it.
    #[must_use]
    pub fn with_local_door_shut(self, is_local_door_shut: bool) -> Self {
        Self {
            is_local_door_shut,
            ..self
        }
    }

    /// Whether this machine may pass without a token.
    #[must_use]
    pub fn is_open_locally(&self) -> bool {
        self.has_no_keys() && !self.is_local_door_shut
    }

    /// Whether nobody could have a key yet.
    fn has_no_keys(&self) -> bool {
        self.api_token.is_none() && self.fixed.is_empty() && self.keyring.is_empty()
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
        if let Some((_, principal)) = self.fixed.iter().find(|(hash, _)| hash.is_of(first)) {
            return Ok(principal.clone());
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

    /// The name of whoever comes in by a proxy's word with this claim, where a visit of theirs begins
    /// with it; to be asked of claims that were admitted.
    #[must_use]
    pub fn arrival<'a>(&self, claim: &Claim<'a>, now: Timestamp) -> Option<&'a str> {
        let vouched = claim.vouched.filter(|_| claim.credentials.is_empty())?;
        let has_session = claim
            .session
            .is_some_and(|session| self.keyring.session(session, now).is_some());
        let is_new = !has_session && self.visits.note(&vouched.name, claim.peer, now);
        is_new.then_some(vouched.name.as_str())
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
        if let Some(vouched) = claim.vouched {
            return self.admit_vouched(vouched);
        }
        if self.is_open_locally() && claim.is_local {
            return Ok(admin("localhost"));
        }
        Err(match self.has_no_keys() {
            true => Refusal::NotLocal,
            false => Refusal::Missing,
        })
    }

    /// An account says more than groups do.
    fn admit_vouched(&self, vouched: &Vouched) -> Result<Principal, Refusal> {
        let role = match self.keyring.person(&vouched.name) {
            Some(person) => (!person.disabled).then_some(person.role),
            None => self.groups.role(&vouched.groups),
        };
        let role = role.filter(|_| is_name(&vouched.name));
        let name = vouched.name.clone();
        match role {
            Some(role) => Ok(Principal {
                name,
                scopes: role.scopes(),
            }),
            None => Err(Refusal::Stranger { name }),
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
