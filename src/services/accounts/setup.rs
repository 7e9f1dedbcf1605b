//! The first account of a fresh installation: whoever can read the log or the data directory may
//! make it, from wherever.

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::people::NewUser;
use super::{AccountError, Accounts, Subject};
use crate::auth::Role;
use crate::auth::store::{self, User};
use crate::services::audit::Asker;
use crate::telemetry::clock;

/// Letters that are not taken for one another.
const LETTERS: &[u8; 30] = b"ABCDEFGHJKMNPQRSTVWXYZ23456789";

impl Accounts {
    /// The code that lets somebody make the first account; the same until that is done. `None`
    /// once there are people.
    ///
    /// # Errors
    /// When its file cannot be written.
    pub fn setup_code(&self) -> Result<Option<String>, AccountError> {
        if self.keyring.has_people() {
            self.forget_setup_code();
            return Ok(None);
        }
        match std::fs::read_to_string(&self.code_file) {
            Ok(code) if code.trim().len() == 9 => return Ok(Some(code.trim().to_owned())),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(AccountError::CodeFile(error)),
        }
        let code = random_code();
        std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&self.code_file)
            .and_then(|mut file| writeln!(file, "{code}"))
            .map_err(AccountError::CodeFile)?;
        Ok(Some(code))
    }

    /// Makes the first account, an admin's. Somebody who `may_anyway`, because they are let in as
    /// an admin already, needs no code.
    ///
    /// # Errors
    /// When there are people already, the code is wrong, or name or password are not good enough.
    pub async fn set_up(
        &self,
        code: Option<&str>,
        may_anyway: bool,
        peer: String,
        new: NewUser,
    ) -> Result<User, AccountError> {
        let Some(wanted) = self.setup_code()? else {
            return Err(AccountError::SetUp);
        };
        let given = code.map(|code| code.trim().to_uppercase());
        let is_right = given.is_some_and(|given| given.as_bytes().ct_eq(wanted.as_bytes()).into());
        let by = Asker {
            name: new.name.trim().to_owned(),
            peer,
        };
        if !may_anyway && !is_right {
            let nobody = Asker {
                name: String::new(),
                ..by
            };
            self.note_refused(
                nobody,
                "setup.refused",
                "the set-up code is wrong",
                clock::now(),
            )
            .await;
            return Err(AccountError::SetupCode);
        }
        let user = User {
            role: Role::Admin,
            ..self.made(new).await?
        };
        let user = self
            .change_by(&by, "user.add", move |tx| {
                // Of two who have the code, the second one comes too late.
                if !store::users(tx)?.is_empty() {
                    return Err(AccountError::SetUp);
                }
                store::put_user(tx, &user)?;
                let subject = Subject::new(&user.id, &user.name);
                let details = json!({ "role": user.role.word(), "first": true });
                Ok((user, subject.with(details)))
            })
            .await?;
        self.forget_setup_code();
        Ok(user)
    }

    /// Removes the file of a code that opens nothing any more, because there are people.
    pub(super) fn forget_setup_code(&self) {
        // That it stays does no harm.
        let _ = std::fs::remove_file(&self.code_file);
    }
}

/// Eight letters in two groups: some 39 bits, with few attempts allowed.
fn random_code() -> String {
    let letter = || {
        let index = rand::random_range(0..LETTERS.len());
        char::from(LETTERS[index])
    };
    let group = || (0..4).map(|_| letter()).collect::<String>();
    format!("{}-{}", group(), group())
}
