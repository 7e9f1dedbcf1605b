//! Logging in as somebody whom an OpenID provider vouches for.

use super::people::free_name;
use super::session::{Browser, Opened, Second};
use super::{AccountError, Accounts, Subject, audit, entry};
use crate::auth::store::{self, User};
use crate::auth::{PasswordHash, Role, identity, is_name};
use crate::model::id::UserId;
use crate::model::time::Timestamp;
use crate::services::audit::{Asker, Outcome};

/// Somebody as a provider names them; the provider has been believed already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The provider.
    pub issuer: String,
    /// What it calls the person, for ever.
    pub subject: String,
    /// What people call them, where it says so.
    pub name: String,
    /// What their groups let them do.
    pub role: Role,
}

impl Accounts {
    /// Logs somebody in whom a provider vouches for. Who comes for the first time gets an account
    /// without a password; the role follows the groups with each log-in.
    ///
    /// # Errors
    /// When the name is taken by somebody who did not come this way, or the account is disabled.
    pub async fn log_in_foreign(
        &self,
        who: Foreign,
        from: &Browser,
        now: Timestamp,
    ) -> Result<Opened, AccountError> {
        if !is_name(&who.name) {
            return Err(AccountError::ForeignName);
        }
        let by = Asker {
            name: who.name.clone(),
            peer: from.client.clone(),
        };
        let user = self.change(move |tx| {
            let known = identity::user_of(tx, &who.issuer, &who.subject)?;
            let known = known.map(|id| super::people::find(tx, &id)).transpose()?;
            let user = match known {
                Some(user) if user.disabled => {
                    return Err(AccountError::Disabled { name: user.name });
                }
                Some(user) if user.role == who.role => return Ok(user),
                Some(user) => User {
                    role: who.role,
                    ..user
                },
                None => {
                    let user = stranger(&who, now);
                    free_name(tx, &user)?;
                    user
                }
            };
            let is_new = identity::user_of(tx, &who.issuer, &who.subject)?.is_none();
            store::put_user(tx, &user)?;
            if is_new {
                identity::link(tx, &who.issuer, &who.subject, &user.id)?;
            }
            let action = if is_new { "user.add" } else { "user.change" };
            let subject = Subject::new(&user.id, &user.name)
                .with(serde_json::json!({ "role": user.role.word(), "issuer": who.issuer }));
            audit::append(tx, &entry(by, action, subject, Outcome::Ok))?;
            Ok(user)
        });
        self.begin(user.await?, Second::NotAsked, "openid", from, now)
            .await
    }
}

fn stranger(who: &Foreign, now: Timestamp) -> User {
    User {
        id: UserId::random(),
        name: who.name.clone(),
        role: who.role,
        // Nothing has this hash.
        password: PasswordHash::from_stored(String::new()),
        totp: None,
        totp_confirmed: false,
        totp_step: 0,
        disabled: false,
        failures: 0,
        locked_until: None,
        created_at: now,
        last_login_at: None,
    }
}
