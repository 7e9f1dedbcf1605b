//! Logging in with name and password.

use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::people::find;
use super::session::{Browser, Opened, Second};
use super::{AccountError, Accounts, audit, off_loop, two_factor};
use crate::auth::store::{self, User};
use crate::auth::{recovery, totp};
use crate::model::time::Timestamp;
use crate::services::audit::Asker;

/// Wrong passwords in a row that cost nothing.
const FREE: u32 = 5;

/// The first wait, which doubles with each further wrong password.
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// The longest wait: nobody can keep somebody else out for longer by guessing.
const LONGEST_WAIT: Duration = Duration::from_secs(900);

/// Somebody who wants to log in.
pub struct LogIn {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The code of their authenticator app or from paper, where they gave one.
    pub code: Option<String>,
    /// From where.
    pub from: Browser,
}

impl Accounts {
    /// Logs somebody in. Takes as long for a name that nobody has as for a wrong password.
    ///
    /// # Errors
    /// When name, password or code are wrong, or there were too many wrong ones.
    pub async fn log_in(&self, who: LogIn, now: Timestamp) -> Result<Opened, AccountError> {
        // Held until a wrong password is written down: of many at once, no more are looked at
        // than one after the other would be.
        let _place = self.place().await?;
        let user = match self.user_named(who.name.trim()).await {
            Ok(user) => Some(user),
            Err(AccountError::NoUser { .. }) => None,
            Err(error) => return Err(error),
        };
        if let Some(retry_after) = user.as_ref().and_then(|user| self.locked(user, &who, now)) {
            return Err(AccountError::Locked { retry_after });
        }
        let hash = user.as_ref().map(|user| user.password.clone());
        let hash = hash.filter(|hash| !hash.as_str().is_empty());
        let hash = hash.unwrap_or_else(|| (*self.nobody).clone());
        let password = who.password.clone();
        let is_right = off_loop(move || hash.is_of(&password)).await?;
        let Some(user) = user else {
            // What was typed as a name may well be a password.
            let by = asker("", &who);
            self.note_refused(by, "session.refused", "nobody has that name", now)
                .await;
            return Err(AccountError::Wrong);
        };
        if user.disabled {
            return self
                .refuse(&user, "the account is disabled", &who, now)
                .await;
        }
        if !is_right {
            return self.refuse(&user, "the password is wrong", &who, now).await;
        }
        match self.second_factor(&user, who.code.as_deref(), now).await? {
            Shown::Right(second) => self.begin(user, second, "password", &who.from, now).await,
            Shown::Nothing => Err(AccountError::CodeWanted),
            Shown::Wrong => self.refuse(&user, "the code is wrong", &who, now).await,
        }
    }

    /// Whether `password` is the person's, for what they are asked again for.
    ///
    /// # Errors
    /// When it is not.
    pub async fn confirm_password(&self, user: &User, password: &str) -> Result<(), AccountError> {
        let (hash, password) = (user.password.clone(), password.to_owned());
        let _place = self.place().await?;
        if off_loop(move || hash.is_of(&password)).await? {
            return Ok(());
        }
        Err(AccountError::Invalid {
            field: "current_password",
            problem: "is wrong".into(),
        })
    }

    /// How long no password of `user` is looked at. Somebody elsewhere who guesses without end does
    /// not keep them out of where they have logged in already; guesses from there are bounded by
    /// their address.
    fn locked(&self, user: &User, who: &LogIn, now: Timestamp) -> Option<Duration> {
        let wait = user.locked_until?.since(now);
        // A longer one is of a clock that was set back.
        let holds = !wait.is_zero() && wait <= LONGEST_WAIT;
        let client = who.from.client.parse();
        let is_at_home = client.is_ok_and(|at| self.keyring.has_come_from(&user.id, at, now));
        (holds && !is_at_home).then_some(wait)
    }

    async fn second_factor(
        &self,
        user: &User,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<Shown, AccountError> {
        let Some(sealed) = user.totp.as_ref().filter(|_| user.totp_confirmed) else {
            return Ok(Shown::Right(Second::NotAsked));
        };
        let Some(code) = code.filter(|code| !code.trim().is_empty()) else {
            return Ok(Shown::Nothing);
        };
        if let Some(hash) = recovery::hash(code) {
            let id = user.id.clone();
            let has = self
                .db
                .reader
                .run(move |connection| recovery::has(connection, &id, &hash));
            return Ok(match has.await? {
                true => Shown::Right(Second::Recovery(hash)),
                false => Shown::Wrong,
            });
        }
        let secret = self.vault.unseal(&two_factor::place(&user.id), sealed)?;
        let secret = two_factor::from_hex(secret.expose_secret());
        let step = totp::check(&secret, code, user.totp_step, now);
        Ok(step.map_or(Shown::Wrong, |step| Shown::Right(Second::Step(step))))
    }

    async fn refuse<T>(
        &self,
        user: &User,
        why: &str,
        who: &LogIn,
        now: Timestamp,
    ) -> Result<T, AccountError> {
        let id = user.id.clone();
        let by = asker(&user.name, who);
        let entry = self.refused.entry(by, "session.refused", why, now);
        self.change(move |tx| {
            let mut user = find(tx, &id)?;
            user.failures = user.failures.saturating_add(1);
            user.locked_until = wait(user.failures).map(|wait| now + wait);
            if let Some(entry) = &entry {
                audit::append(tx, entry)?;
            }
            Ok(store::put_user(tx, &user)?)
        })
        .await?;
        Err(AccountError::Wrong)
    }
}

/// How a person stands to their second factor.
enum Shown {
    Nothing,
    Wrong,
    Right(Second),
}

fn asker(name: &str, who: &LogIn) -> Asker {
    Asker {
        name: name.to_owned(),
        peer: who.from.client.clone(),
    }
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
