//! Log-ins that were begun and have not come back yet.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::auth::{Secret, TokenHash};
use crate::model::time::Timestamp;

/// Log-ins that may be under way at a time; the oldest are forgotten first.
const MOST: usize = 512;

/// One of them.
#[derive(Debug)]
pub(super) struct Pending {
    /// What the browser has to show.
    pub(super) browser: TokenHash,
    /// What the provider has to repeat.
    pub(super) nonce: Secret,
    /// What shows that who began also ends it (RFC 7636).
    pub(super) verifier: Secret,
    /// When it is too late.
    pub(super) until: Timestamp,
}

/// All of them, by their states.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<HashMap<TokenHash, Pending>>);

impl Waiting {
    pub(super) fn add(&self, state: TokenHash, pending: Pending, now: Timestamp) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, other| other.until > now);
        if waiting.len() >= MOST {
            let first = waiting.iter().min_by_key(|(_, other)| other.until);
            if let Some(first) = first.map(|(state, _)| *state) {
                waiting.remove(&first);
            }
        }
        waiting.insert(state, pending);
    }

    /// The log-in of that state, which is then no longer waited for.
    pub(super) fn take(&self, state: &str, now: Timestamp) -> Option<Pending> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = waiting.remove(&TokenHash::of(state))?;
        (found.until > now).then_some(found)
    }
}

/// The challenge of a verifier: base 64 of its SHA-256.
pub(super) fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(verifier.hash().bytes())
}
