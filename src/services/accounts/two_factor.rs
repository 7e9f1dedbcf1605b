//! Setting up an authenticator app as the second thing that is asked for.

use secrecy::{ExposeSecret as _, SecretString};

use super::people::find;
use super::{AccountError, Accounts, Subject};
use crate::auth::qr::{self, QrCode};
use crate::auth::{recovery, store, totp};
use crate::model::id::UserId;
use crate::model::time::Timestamp;
use crate::secret::{Place, hex};
use crate::services::audit::Asker;

/// What an app has to be told, once.
pub struct Enrolment {
    /// The secret, as people type it.
    pub secret: String,
    /// The same as an address, for a QR code.
    pub uri: String,
    /// That code; `None` where the address is too long for one.
    pub qr: Option<QrCode>,
}

impl Accounts {
    /// Gives a person a new secret for their app. It is asked for only after
    /// [`Accounts::confirm_totp`].
    ///
    /// # Errors
    /// When there is no such person, or they have an app already.
    pub async fn begin_totp(
        &self,
        by: &Asker,
        id: &UserId,
        issuer: &str,
    ) -> Result<Enrolment, AccountError> {
        let secret = totp::random_secret();
        let sealed = self
            .vault
            .seal(&place(id), &SecretString::from(hex(&secret)))?;
        let id = id.clone();
        let user = self
            .change_by(by, "user.totp.begin", move |tx| {
                let mut user = find(tx, &id)?;
                if user.totp_confirmed {
                    return Err(AccountError::HasApp);
                }
                user.totp = Some(sealed);
                store::put_user(tx, &user)?;
                let subject = Subject::new(&id, &user.name);
                Ok((user, subject))
            })
            .await?;
        let uri = totp::uri(&secret, issuer, &user.name);
        Ok(Enrolment {
            secret: totp::base32(&secret),
            qr: qr::draw(&uri),
            uri,
        })
    }

    /// Asks for the app from now on, as it has shown that it works. Gives codes that stand in for
    /// it, which are told this once.
    ///
    /// # Errors
    /// When the code is wrong or nothing was begun.
    pub async fn confirm_totp(
        &self,
        by: &Asker,
        id: &UserId,
        code: &str,
        now: Timestamp,
    ) -> Result<Vec<String>, AccountError> {
        let user = self.user(id).await?;
        // Or else a code alone would give new codes on paper, without the password.
        if user.totp_confirmed {
            return Err(AccountError::HasApp);
        }
        let wrong = || AccountError::Invalid {
            field: "code",
            problem: "is not what the app should show now; check the clock of the phone".into(),
        };
        let sealed = user.totp.as_ref().ok_or_else(wrong)?;
        let secret = self.vault.unseal(&place(id), sealed)?;
        let secret = from_hex(secret.expose_secret());
        let step = totp::check(&secret, code, user.totp_step, now).ok_or_else(wrong)?;
        let id = id.clone();
        let codes = recovery::random_codes();
        let kept = codes.clone();
        self.change_by(by, "user.totp", move |tx| {
            let mut user = find(tx, &id)?;
            user.totp_confirmed = true;
            user.totp_step = step;
            recovery::replace(tx, &id, &kept)?;
            store::put_user(tx, &user)?;
            Ok(((), Subject::new(&id, &user.name)))
        })
        .await?;
        Ok(codes)
    }

    /// Asks for no app any more; its codes on paper go with it.
    ///
    /// # Errors
    /// When there is no such person.
    pub async fn drop_totp(&self, by: &Asker, id: &UserId) -> Result<(), AccountError> {
        let id = id.clone();
        self.change_by(by, "user.totp.drop", move |tx| {
            let mut user = find(tx, &id)?;
            user.totp = None;
            user.totp_confirmed = false;
            recovery::replace(tx, &id, &[])?;
            store::put_user(tx, &user)?;
            Ok(((), Subject::new(&id, &user.name)))
        })
        .await
    }
}

pub(super) fn place(id: &UserId) -> Place {
    Place::new("users", "totp", id.as_str())
}

pub(super) fn from_hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
