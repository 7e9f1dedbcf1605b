//! Codes on paper that stand in for a lost authenticator app: 80 random bits each, each good once.

use rusqlite::Connection;

use super::token::TokenHash;
use super::totp::base32;
use crate::db::DbError;
use crate::model::id::UserId;

/// How many a person gets.
const CODES: usize = 10;

/// Letters of a code, without the dashes.
const LETTERS: usize = 16;

/// New codes, such as `ABCD-EFGH-IJKL-MNOP`.
#[must_use]
pub fn random_codes() -> Vec<String> {
    let code = || {
        let bits: [u8; 10] = rand::random();
        let letters = base32(&bits);
        let groups: Vec<&str> = (0..letters.len())
            .step_by(4)
            .map(|place| &letters[place..place + 4])
            .collect();
        groups.join("-")
    };
    (0..CODES).map(|_| code()).collect()
}

/// What is kept of a code, in whatever case and with or without dashes; `None` where the text
/// cannot be one.
#[must_use]
pub fn hash(text: &str) -> Option<TokenHash> {
    let letters: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    (letters.len() == LETTERS && letters.chars().any(|c| c.is_ascii_alphabetic()))
        .then(|| TokenHash::of(&letters))
}

/// Gives a person these codes instead of those they had.
///
/// # Errors
/// When the database fails.
pub fn replace(tx: &Connection, user: &UserId, codes: &[String]) -> Result<(), DbError> {
    tx.prepare_cached("DELETE FROM recovery_codes WHERE user = ?1")?
        .execute([user.as_str()])?;
    for hash in codes.iter().filter_map(|code| hash(code)) {
        tx.prepare_cached("INSERT INTO recovery_codes (user, hash) VALUES (?1, ?2)")?
            .execute((user.as_str(), hash.bytes()))?;
    }
    Ok(())
}

/// How many codes a person has left.
///
/// # Errors
/// When the database fails.
pub fn count(connection: &Connection, user: &UserId) -> Result<u32, DbError> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM recovery_codes WHERE user = ?1")?
        .query_row([user.as_str()], |row| row.get(0))?)
}

/// Whether the person has that code.
///
/// # Errors
/// When the database fails.
pub fn has(connection: &Connection, user: &UserId, code: &TokenHash) -> Result<bool, DbError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM recovery_codes WHERE user = ?1 AND hash = ?2")?
        .exists((user.as_str(), code.bytes()))?)
}

/// Uses a code up; says whether it was there.
///
/// # Errors
/// When the database fails.
pub fn take(tx: &Connection, user: &UserId, code: &TokenHash) -> Result<bool, DbError> {
    let taken = tx
        .prepare_cached("DELETE FROM recovery_codes WHERE user = ?1 AND hash = ?2")?
        .execute((user.as_str(), code.bytes()))?;
    Ok(taken > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_and_are_read_however_people_type_them() {
        let codes = random_codes();
        assert_eq!(codes.len(), CODES);
        assert_ne!(codes[0], codes[1]);
        let plain = codes[0].replace('-', "").to_lowercase();
        assert!(hash(&codes[0]).is_some());
        assert_eq!(hash(&codes[0]), hash(&format!(" {plain} ")));
        assert_eq!(hash("123 456"), None, "a code of the app is none");
    }
}
