//! Logging in and out.

use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::people::find;
use super::{AccountError, Accounts, SESSION};
use crate::auth::store::{self, User};
use crate::auth::{Key, KeyKind, Role, Secret, totp};
use crate::model::id::KeyId;
use crate::model::time::Timestamp;

/// Wrong passwords in a row that cost nothing.
const FREE: u32 = 5;

/// The first wait, which doubles with each further wrong password.
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// The longest wait: nobody can keep somebody else out for longer by guessing.
const LONGEST_WAIT: Duration = Duration::from_secs(900);

/// Characters that are kept of what a browser says of itself.
const AGENT_LENGTH: usize = 200;

/// Somebody who wants to log in.
pub struct LogIn {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The code of their authenticator app, where they gave one.
    pub code: Option<String>,
    /// From where.
    pub client: String,
    /// What the browser says of itself.
    pub agent: String,
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

impl Accounts {
    /// Logs somebody in. Takes as long for a name that nobody has as for a wrong password.
    ///
    /// # Errors
    /// When name, password or code are wrong, or there were too many wrong ones.
    pub async fn log_in(&self, who: LogIn, now: Timestamp) -> Result<Opened, AccountError> {
        let user = match self.user_named(who.name.trim()).await {
            Ok(user) => Some(user),
            Err(AccountError::NoUser { .. }) => None,
            Err(error) => return Err(error),
        };
        let locked = user.as_ref().and_then(|user| user.locked_until);
        if let Some(until) = locked.filter(|until| *until > now) {
            return Err(AccountError::Locked {
                retry_after: until.since(now),
            });
        }
        let hash = user
            .as_ref()
            .map_or_else(|| (*self.nobody).clone(), |user| user.password.clone());
        let password = who.password.clone();
        let is_right = self.hashing(move || hash.is_of(&password)).await?;
        let Some(user) = user else {
            return Err(AccountError::Wrong);
        };
        if !is_right || user.disabled {
            return self.refuse(&user, now).await;
        }
        let step = match self.second_factor(&user, who.code.as_deref(), now)? {
            Second::NotAsked => None,
            Second::Right(step) => Some(step),
            Second::Missing => return Err(AccountError::CodeWanted),
            Second::Wrong => return self.refuse(&user, now).await,
        };
        self.begin(user, step, &who, now).await
    }

    /// Ends the session that `credential` opens, if it opens one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_out(&self, credential: &str) -> Result<(), AccountError> {
        let Some(key) = self.keyring.session(credential) else {
            return Ok(());
        };
        self.change(move |tx| {
            store::remove_key(tx, &key.id)?;
            Ok(())
        })
        .await
    }

    /// Whether `password` is the person's, for what they are asked again for.
    ///
    /// # Errors
    /// When it is not.
    pub async fn confirm_password(&self, user: &User, password: &str) -> Result<(), AccountError> {
        let (hash, password) = (user.password.clone(), password.to_owned());
        if self.hashing(move || hash.is_of(&password)).await? {
            return Ok(());
        }
        Err(AccountError::Invalid {
            field: "current_password",
            problem: "is wrong".into(),
        })
    }

    fn second_factor(
        &self,
        user: &User,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<Second, AccountError> {
        let Some(sealed) = user.totp.as_ref().filter(|_| user.totp_confirmed) else {
            return Ok(Second::NotAsked);
        };
        let Some(code) = code.filter(|code| !code.trim().is_empty()) else {
            return Ok(Second::Missing);
        };
        let secret = self
            .vault
            .unseal(&super::two_factor::place(&user.id), sealed)?;
        let secret = super::two_factor::from_hex(secret.expose_secret());
        Ok(totp::check(&secret, code, user.totp_step, now).map_or(Second::Wrong, Second::Right))
    }

    async fn refuse<T>(&self, user: &User, now: Timestamp) -> Result<T, AccountError> {
        let id = user.id.clone();
        self.change(move |tx| {
            let mut user = find(tx, &id)?;
            user.failures = user.failures.saturating_add(1);
            user.locked_until = wait(user.failures).map(|wait| now + wait);
            Ok(store::put_user(tx, &user)?)
        })
        .await?;
        Err(AccountError::Wrong)
    }

    async fn begin(
        &self,
        user: User,
        step: Option<i64>,
        who: &LogIn,
        now: Timestamp,
    ) -> Result<Opened, AccountError> {
        let secret = Secret::random("hps_");
        let hash = secret.hash();
        let agent: String = who.agent.chars().take(AGENT_LENGTH).collect();
        let key = Key {
            id: KeyId::random(),
            kind: KeyKind::Session,
            name: agent.replace(|c: char| c.is_control(), " "),
            user: Some(user.id.clone()),
            principal: user.name.clone(),
            scopes: user.role.scopes(),
            networks: Vec::new(),
            created_at: now,
            created_by: who.client.clone(),
            expires_at: Some(now + SESSION),
            last_used_at: None,
            last_used_by: None,
        };
        let kept = key.clone();
        self.change(move |tx| {
            let mut fresh = find(tx, &user.id)?;
            // Two requests with one code: the second one finds it used.
            if step.is_some_and(|step| step <= fresh.totp_step) {
                return Err(AccountError::Wrong);
            }
            fresh.totp_step = step.unwrap_or(fresh.totp_step);
            fresh.failures = 0;
            fresh.locked_until = None;
            fresh.last_login_at = Some(now);
            store::put_user(tx, &fresh)?;
            Ok(store::add_key(tx, &hash, &kept)?)
        })
        .await?;
        Ok(Opened {
            secret,
            role: user.role,
            key,
        })
    }
}

/// How a person stands to their authenticator app.
enum Second {
    NotAsked,
    Missing,
    Wrong,
    Right(i64),
}

/// How long to wait after so many wrong passwords.
fn wait(failures: u32) -> Option<Duration> {
    let over = failures.checked_sub(FREE)?;
    let factor = 1_u32.checked_shl(over.min(16))?;
    Some(FIRST_WAIT.saturating_mul(factor).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end_at_a_quarter_of_an_hour() {
        let seconds = |failures| wait(failures).map(|wait| wait.as_secs());
        assert_eq!(seconds(4), None);
        assert_eq!(seconds(5), Some(30));
        assert_eq!(seconds(6), Some(60));
        assert_eq!(seconds(1_000_000), Some(900));
    }
}
