//! The first account of a fresh installation: whoever can read the log or the data directory may
//! make it, from wherever.

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use subtle::ConstantTimeEq as _;

use super::{AccountError, Accounts, NewUser};
use crate::auth::Role;
use crate::auth::store::User;

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

    /// Makes the first account, an admin's. Somebody `is_let_in` already, who sits at the machine
    /// itself or shows the configured token, needs no code.
    ///
    /// # Errors
    /// When there are people already, the code is wrong, or name or password are not good enough.
    pub async fn set_up(
        &self,
        code: Option<&str>,
        is_let_in: bool,
        name: String,
        password: String,
    ) -> Result<User, AccountError> {
        let Some(wanted) = self.setup_code()? else {
            return Err(AccountError::SetUp);
        };
        let given = code.map(|code| code.trim().to_uppercase());
        let is_right = given.is_some_and(|given| given.as_bytes().ct_eq(wanted.as_bytes()).into());
        if !is_let_in && !is_right {
            return Err(AccountError::SetupCode);
        }
        let user = self
            .add(NewUser {
                name,
                password,
                role: Role::Admin,
            })
            .await?;
        // The code opens nothing any more; that its file stays does no harm.
        let _ = std::fs::remove_file(&self.code_file);
        Ok(user)
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
