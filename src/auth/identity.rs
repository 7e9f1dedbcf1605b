//! Who a person is at an OpenID provider.

use rusqlite::{Connection, OptionalExtension as _};

use crate::db::DbError;
use crate::model::id::UserId;

/// The person whom `issuer` calls `subject`.
///
/// # Errors
/// When the database fails.
pub fn user_of(
    connection: &Connection,
    issuer: &str,
    subject: &str,
) -> Result<Option<UserId>, DbError> {
    let found: Option<String> = connection
        .prepare_cached("SELECT user FROM user_identities WHERE issuer = ?1 AND subject = ?2")?
        .query_row((issuer, subject), |row| row.get(0))
        .optional()?;
    let corrupt = || DbError::Corrupt {
        what: "the user of an identity".into(),
    };
    found
        .map(|id| id.parse().map_err(|_| corrupt()))
        .transpose()
}

/// Notes that `issuer` calls `user` `subject`.
///
/// # Errors
/// When the database fails.
pub fn link(tx: &Connection, issuer: &str, subject: &str, user: &UserId) -> Result<(), DbError> {
    tx.prepare_cached("INSERT INTO user_identities (issuer, subject, user) VALUES (?1, ?2, ?3)")?
        .execute((issuer, subject, user.as_str()))?;
    Ok(())
}

/// Whether `issuer` knows `user`, under whatever name.
///
/// # Errors
/// When the database fails.
pub fn is_linked(connection: &Connection, issuer: &str, user: &UserId) -> Result<bool, DbError> {
    let found = connection
        .prepare_cached("SELECT 1 FROM user_identities WHERE issuer = ?1 AND user = ?2 LIMIT 1")?
        .query_row((issuer, user.as_str()), |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}
