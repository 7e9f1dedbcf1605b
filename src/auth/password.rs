//! Passwords: argon2id with the parameters that OWASP names for it, 19 MiB and two passes.

use std::fmt;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

/// Fewest characters of a password.
const SHORTEST: usize = 10;

/// Most bytes of a password: more would only cost time.
const LONGEST: usize = 1024;

/// What is tried first wherever a password is asked for, as far as it is long enough.
const COMMON: [&str; 12] = [
    "password123",
    "passwordpassword",
    "1234567890",
    "12345678910",
    "0123456789",
    "qwertyuiop",
    "qwerty12345",
    "iloveyou123",
    "administrator",
    "changeme123",
    "homepulse123",
    "letmein12345",
];

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short or too long.
    #[error("must have {SHORTEST} characters or more, and not over {LONGEST} bytes")]
    Length,
    /// It is the name.
    #[error("must not be the name")]
    IsName,
    /// One that everybody tries, or one character over and over.
    #[error("is one of those that are tried first; take another")]
    Common,
    /// It cannot be hashed.
    #[error("cannot be hashed")]
    Hash,
}

/// What is kept of a password: a PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password that is good enough for the person called `name`. Takes some ten
    /// milliseconds and 19 MiB.
    ///
    /// # Errors
    /// When it is not good enough.
    pub fn of(password: &str, name: &str) -> Result<Self, PasswordError> {
        judge(password, name)?;
        let salt: [u8; 16] = rand::random();
        let hash = hasher()?
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map_err(|_| PasswordError::Hash)?;
        Ok(Self(hash.to_string()))
    }

    /// What was kept before.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// A hash that no password has: checking it takes as long as checking a real one, so that
    /// nobody learns from the time which names exist.
    #[must_use]
    pub fn of_nobody() -> Self {
        let secret: [u8; 32] = rand::random();
        let hash = hasher().and_then(|hasher| {
            hasher
                .hash_password_with_salt(&secret, &secret[..16])
                .map_err(|_| PasswordError::Hash)
        });
        Self(hash.map(|hash| hash.to_string()).unwrap_or_default())
    }

    /// Whether `password` is the one that was hashed.
    #[must_use]
    pub fn is_of(&self, password: &str) -> bool {
        password.len() <= LONGEST
            && hasher().is_ok_and(|hasher| {
                hasher
                    .verify_password(password.as_bytes(), self.0.as_str())
                    .is_ok()
            })
    }

    /// The text, to be kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

fn hasher() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|_| PasswordError::Hash)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn judge(password: &str, name: &str) -> Result<(), PasswordError> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(PasswordError::Length);
    }
    let plain = password.to_lowercase();
    if plain == name.to_lowercase() {
        return Err(PasswordError::IsName);
    }
    let is_one_character = password.chars().all(|c| password.starts_with(c));
    if is_one_character || COMMON.contains(&plain.as_str()) {
        return Err(PasswordError::Common);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_opens_and_its_hash_names_the_method() {
        let hash = PasswordHash::of("correct horse battery", "ada").unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hash.is_of("correct horse battery"));
        assert!(!hash.is_of("correct horse batterz"));
        assert!(!PasswordHash::of_nobody().is_of(""));
        let again = PasswordHash::of("correct horse battery", "ada").unwrap();
        assert_ne!(hash, again, "the salt is random");
    }

    #[test]
    fn a_bad_password_is_refused_with_the_reason() {
        for (password, expected) in [
            ("short", PasswordError::Length),
            (&"x".repeat(2000), PasswordError::Length),
            ("Administrator", PasswordError::Common),
            ("aaaaaaaaaaaa", PasswordError::Common),
            ("ada.lovelace", PasswordError::IsName),
        ] {
            assert_eq!(PasswordHash::of(password, "Ada.Lovelace"), Err(expected));
        }
    }

    #[test]
    fn a_damaged_hash_opens_to_nobody() {
        for text in [
            "",
            "$argon2id$",
            "plain",
            "$argon2id$v=19$m=19456,t=2,p=1$AA$AA",
        ] {
            assert!(!PasswordHash::from_stored(text.into()).is_of("plain"));
        }
    }
}
