//! Codes on paper, for when the authenticator app is lost.

use super::people::find;
use super::{AccountError, Accounts, Subject};
use crate::auth::recovery;
use crate::model::id::UserId;
use crate::services::audit::Asker;

impl Accounts {
    /// How many codes a person has left.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recovery_codes_left(&self, id: &UserId) -> Result<u32, AccountError> {
        let id = id.clone();
        let left = self
            .db
            .reader
            .run(move |connection| recovery::count(connection, &id));
        Ok(left.await?)
    }

    /// Gives a person new codes, which are told this once; those before are good for nothing.
    ///
    /// # Errors
    /// When there is no such person, or no app is asked for.
    pub async fn renew_recovery_codes(
        &self,
        by: &Asker,
        id: &UserId,
    ) -> Result<Vec<String>, AccountError> {
        let id = id.clone();
        let codes = recovery::random_codes();
        let kept = codes.clone();
        self.change_by(by, "user.recovery_codes", move |tx| {
            let user = find(tx, &id)?;
            if !user.totp_confirmed {
                return Err(AccountError::NoApp);
            }
            recovery::replace(tx, &id, &kept)?;
            Ok(((), Subject::new(&id, &user.name)))
        })
        .await?;
        Ok(codes)
    }
}
