//! Logging out at the provider, too (OpenID Connect RP-Initiated Logout 1.0): the browser is sent
//! there once the session here is over.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use url::Url;

use super::Oidc;
use crate::auth::Key;
use crate::model::id::KeyId;
use crate::model::time::Timestamp;

/// Tokens that are remembered at most, and the longest that is.
const REMEMBERED: usize = 256;
const TOKEN_LENGTH: usize = 4096;

/// The tokens that sessions began with, by which the provider knows what it is to end. Only in
/// memory: without one, it asks the person.
#[derive(Default)]
pub(super) struct Tokens(Mutex<VecDeque<(KeyId, String)>>);

impl Tokens {
    pub(super) fn keep(&self, session: KeyId, token: String) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if token.len() <= TOKEN_LENGTH {
            all.push_back((session, token));
        }
        if all.len() > REMEMBERED {
            all.pop_front();
        }
    }

    fn take(&self, session: &KeyId) -> Option<String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = all.iter().position(|(id, _)| id == session)?;
        all.remove(at).map(|(_, token)| token)
    }
}

impl Oidc {
    /// Where the browser has to go for its person to be logged out at the provider, too, now that
    /// `session` is over; `None` where they did not come from there, or it offers no log-out.
    pub async fn farewell(&self, session: &Key, now: Timestamp) -> Option<Url> {
        let token = self.tokens.take(&session.id);
        if token.is_none() && !self.is_ours(session).await {
            return None;
        }
        let document = self.provider.lock().await.document(now).await;
        // The session here is over whatever the provider says.
        let mut address = document
            .inspect_err(|error| tracing::info!("cannot ask the provider to log out: {error}"))
            .ok()?
            .end_session_endpoint?;
        let mut query = address.query_pairs_mut();
        query.append_pair("client_id", &self.settings.client_id);
        if let Some(token) = token {
            query.append_pair("id_token_hint", &token);
        }
        drop(query);
        Some(address)
    }

    async fn is_ours(&self, session: &Key) -> bool {
        let Some(user) = &session.user else {
            return false;
        };
        let issuer = self.settings.issuer.to_string();
        let linked = self.accounts.is_of_provider(user, &issuer).await;
        linked.unwrap_or_default()
    }
}
