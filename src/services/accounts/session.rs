//! Sessions: how one begins, whichever way somebody logged in, and how it ends.

use std::sync::Arc;

use rusqlite::Connection;
use serde_json::json;

use super::people::find;
use super::{AccountError, Accounts, SESSION, Subject, audit, entry};
use crate::auth::store::{self, User};
use crate::auth::{Key, KeyKind, Role, Secret, TokenHash, identity, recovery};
use crate::db::DbError;
use crate::model::id::{KeyId, UserId};
use crate::model::time::Timestamp;
use crate::services::audit::{Asker, Outcome};
use crate::telemetry::clock;

/// Characters that are kept of what a browser says of itself.
const AGENT_LENGTH: usize = 200;

/// The browser that somebody logs in with.
#[derive(Clone, Debug)]
pub struct Browser {
    /// The address.
    pub client: String,
    /// What the browser says of itself.
    pub agent: String,
    /// The session that the browser showed; it ends, so that none is carried over a log-in.
    pub before: Option<String>,
}

/// A session that has begun.
#[derive(Debug)]
pub struct Opened {
    /// What the browser has to show.
    pub secret: Secret,
    /// The session.
    pub key: Key,
    /// What the person may do.
    pub role: Role,
}

/// What somebody showed beside their password.
#[derive(Clone, Copy, Debug)]
pub(super) enum Second {
    NotAsked,
    /// A code of the app, of this step.
    Step(i64),
    /// A code from paper.
    Recovery(TokenHash),
}

impl Accounts {
    /// Begins a session of `user`, who came in by `way`.
    pub(super) async fn begin(
        &self,
        user: User,
        second: Second,
        way: &'static str,
        from: &Browser,
        now: Timestamp,
    ) -> Result<Opened, AccountError> {
        let secret = Secret::random("hps_");
        let hash = secret.hash();
        let agent: String = from.agent.chars().take(AGENT_LENGTH).collect();
        let key = Key {
            id: KeyId::random(),
            kind: KeyKind::Session,
            name: agent.replace(|c: char| c.is_control(), " "),
            user: Some(user.id.clone()),
            principal: user.name.clone(),
            scopes: user.role.scopes(),
            networks: Vec::new(),
            created_at: now,
            created_by: from.client.clone(),
            expires_at: Some(now + SESSION),
            last_used_at: None,
            last_used_by: None,
        };
        let kept = key.clone();
        let role = user.role;
        let before = from.before.as_deref();
        let before = before.and_then(|credential| self.keyring.session(credential, now));
        let by = Asker {
            name: user.name.clone(),
            peer: from.client.clone(),
        };
        self.change(move |tx| {
            let mut fresh = find(tx, &user.id)?;
            // Looked at before somebody set another one, which ended all sessions.
            if fresh.password != user.password {
                return Err(AccountError::Wrong);
            }
            match second {
                Second::NotAsked => {}
                // Two requests with one code: the second one finds it used.
                Second::Step(step) if step <= fresh.totp_step => return Err(AccountError::Wrong),
                Second::Step(step) => fresh.totp_step = step,
                Second::Recovery(code) => {
                    if !recovery::take(tx, &user.id, &code)? {
                        return Err(AccountError::Wrong);
                    }
                }
            }
            fresh.failures = 0;
            fresh.locked_until = None;
            fresh.last_login_at = Some(now);
            store::put_user(tx, &fresh)?;
            if let Some(before) = before {
                store::remove_key(tx, &before.id)?;
            }
            store::add_key(tx, &hash, &kept)?;
            let second = match second {
                Second::NotAsked => None,
                Second::Step(_) => Some("app"),
                Second::Recovery(_) => Some("recovery code"),
            };
            let subject = Subject::new(&user.id, &user.name)
                .with(json!({ "way": way, "second_factor": second, "session": kept.id.as_str() }));
            audit::append(tx, &entry(by, "session.open", subject, Outcome::Ok))?;
            Ok(())
        })
        .await?;
        Ok(Opened { secret, key, role })
    }

    /// Enters in the audit that somebody has come in by a proxy's word, which opens no session.
    pub async fn note_arrival(&self, by: Asker) {
        let subject = Subject::new("", &by.name).with(json!({ "way": "trusted header" }));
        let entry = entry(by, "session.open", subject, Outcome::Ok);
        let write = move |tx: &Connection| -> Result<(), DbError> { audit::append(tx, &entry) };
        if let Err(error) = self.db.writer.run(write).await {
            tracing::error!("cannot enter a log-in in the audit: {error}");
        }
    }

    /// Ends the session that `credential` opens, and answers it, if it opens one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_out(
        &self,
        credential: &str,
        peer: String,
    ) -> Result<Option<Arc<Key>>, AccountError> {
        let Some(key) = self.keyring.session(credential, clock::now()) else {
            return Ok(None);
        };
        let ended = key.clone();
        let by = Asker {
            name: key.principal.clone(),
            peer,
        };
        self.change_by(&by, "session.close", move |tx| {
            store::remove_key(tx, &key.id)?;
            Ok((ended, Subject::new(&key.id, &key.principal)))
        })
        .await
        .map(Some)
    }

    /// Whether somebody's account came from the provider of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_of_provider(&self, user: &UserId, issuer: &str) -> Result<bool, AccountError> {
        let (user, issuer) = (user.clone(), issuer.to_owned());
        let of = self
            .db
            .reader
            .run(move |connection| identity::is_linked(connection, &issuer, &user));
        Ok(of.await?)
    }
}
