//! Where people and keys are kept: one function per statement. Whoever changes a row calls
//! [`touch`] in the same transaction, so that every running program reads the keys anew.

use ipnet::IpNet;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::keyring::{Key, KeyKind};
use super::password::PasswordHash;
use super::role::Role;
use super::scope::{Scope, ScopeSet};
use super::token::TokenHash;
use crate::db::DbError;
use crate::model::id::{KeyId, UserId};
use crate::model::time::Timestamp;

/// A person who may log in.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Stable id.
    pub id: UserId,
    /// The name to log in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What is kept of the password.
    pub password: PasswordHash,
    /// The sealed secret of their authenticator app, where one is set up.
    pub totp: Option<Vec<u8>>,
    /// Whether the app has shown once that it works; only then it is asked for.
    pub totp_confirmed: bool,
    /// The last step whose code was used.
    pub totp_step: i64,
    /// Whether they are kept out.
    pub disabled: bool,
    /// Wrong passwords in a row.
    pub failures: u32,
    /// Until when no password is even looked at.
    pub locked_until: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they last logged in.
    pub last_login_at: Option<Timestamp>,
}

const USER: &str = "id, name, role, password, totp, totp_confirmed, totp_step, disabled, failures, \
     locked_until, created_at, last_login_at";

const KEY: &str = "k.hash, k.id, k.kind, k.name, k.user, k.scopes, k.networks, k.created_at, \
     k.created_by, k.expires_at, k.last_used_at, k.last_used_by, u.name, u.role, u.disabled";

/// Counts a change.
///
/// # Errors
/// When the database fails.
pub fn touch(tx: &Connection) -> Result<(), DbError> {
    tx.prepare_cached("UPDATE access_epoch SET epoch = epoch + 1")?
        .execute([])?;
    Ok(())
}

/// How many changes there have been.
///
/// # Errors
/// When the database fails.
pub fn epoch(connection: &Connection) -> Result<i64, DbError> {
    Ok(connection
        .prepare_cached("SELECT epoch FROM access_epoch")?
        .query_row([], |row| row.get(0))?)
}

/// Everybody, by name.
///
/// # Errors
/// When the database fails.
pub fn users(connection: &Connection) -> Result<Vec<User>, DbError> {
    let sql = format!("SELECT {USER} FROM users ORDER BY name");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([], |row| Ok(read_user(row)))?;
    rows.map(|row| row?).collect()
}

/// The person of that name, in whatever case.
///
/// # Errors
/// When the database fails.
pub fn user_by_name(connection: &Connection, name: &str) -> Result<Option<User>, DbError> {
    one_user(connection, "name", name)
}

/// The person of that id.
///
/// # Errors
/// When the database fails.
pub fn user_by_id(connection: &Connection, id: &UserId) -> Result<Option<User>, DbError> {
    one_user(connection, "id", id.as_str())
}

fn one_user(connection: &Connection, column: &str, key: &str) -> Result<Option<User>, DbError> {
    let sql = format!("SELECT {USER} FROM users WHERE {column} = ?1");
    connection
        .prepare_cached(&sql)?
        .query_row([key], |row| Ok(read_user(row)))
        .optional()?
        .transpose()
}

/// Writes a person, new or changed.
///
/// # Errors
/// When the name is taken or the database fails.
pub fn put_user(tx: &Connection, user: &User) -> Result<(), DbError> {
    tx.prepare_cached(
        "INSERT INTO users (id, name, role, password, totp, totp_confirmed, totp_step, disabled,
                            failures, locked_until, created_at, last_login_at)
         VALUES (:id, :name, :role, :password, :totp, :totp_confirmed, :totp_step, :disabled,
                 :failures, :locked_until, :created_at, :last_login_at)
         ON CONFLICT (id) DO UPDATE SET
             name = excluded.name, role = excluded.role, password = excluded.password,
             totp = excluded.totp, totp_confirmed = excluded.totp_confirmed,
             totp_step = excluded.totp_step, disabled = excluded.disabled,
             failures = excluded.failures, locked_until = excluded.locked_until,
             last_login_at = excluded.last_login_at",
    )?
    .execute(named_params! {
        ":id": user.id.as_str(),
        ":name": user.name,
        ":role": user.role.word(),
        ":password": user.password.as_str(),
        ":totp": user.totp,
        ":totp_confirmed": user.totp_confirmed,
        ":totp_step": user.totp_step,
        ":disabled": user.disabled,
        ":failures": user.failures,
        ":locked_until": user.locked_until.map(Timestamp::millis),
        ":created_at": user.created_at.millis(),
        ":last_login_at": user.last_login_at.map(Timestamp::millis),
    })?;
    Ok(())
}

/// Forgets a person and their sessions and tokens.
///
/// # Errors
/// When the database fails.
pub fn remove_user(tx: &Connection, id: &UserId) -> Result<(), DbError> {
    tx.prepare_cached("DELETE FROM users WHERE id = ?1")?
        .execute([id.as_str()])?;
    Ok(())
}

/// Every key and what opens it; keys of people who are kept out are left out.
///
/// # Errors
/// When the database fails.
pub fn keys(connection: &Connection) -> Result<Vec<(TokenHash, Key)>, DbError> {
    let sql = format!(
        "SELECT {KEY} FROM access_keys k LEFT JOIN users u ON u.id = k.user
         WHERE u.disabled IS NOT 1 ORDER BY k.created_at, k.id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([], |row| Ok(read_key(row)))?;
    rows.map(|row| row?).collect()
}

/// Keeps a new key.
///
/// # Errors
/// When the database fails.
pub fn add_key(tx: &Connection, hash: &TokenHash, key: &Key) -> Result<(), DbError> {
    let json = |words: Vec<String>| serde_json::to_string(&words).unwrap_or_default();
    let scopes = key.scopes.words().into_iter().map(str::to_owned).collect();
    let networks = key.networks.iter().map(ToString::to_string).collect();
    tx.prepare_cached(
        "INSERT INTO access_keys (hash, id, kind, name, user, scopes, networks, created_at,
                                  created_by, expires_at)
         VALUES (:hash, :id, :kind, :name, :user, :scopes, :networks, :created_at, :created_by,
                 :expires_at)",
    )?
    .execute(named_params! {
        ":hash": hash.bytes(),
        ":id": key.id.as_str(),
        ":kind": key.kind.word(),
        ":name": key.name,
        ":user": key.user.as_ref().map(UserId::as_str),
        ":scopes": json(scopes),
        ":networks": json(networks),
        ":created_at": key.created_at.millis(),
        ":created_by": key.created_by,
        ":expires_at": key.expires_at.map(Timestamp::millis),
    })?;
    Ok(())
}

/// Forgets a key; says whether there was one.
///
/// # Errors
/// When the database fails.
pub fn remove_key(tx: &Connection, id: &KeyId) -> Result<bool, DbError> {
    let removed = tx
        .prepare_cached("DELETE FROM access_keys WHERE id = ?1")?
        .execute([id.as_str()])?;
    Ok(removed > 0)
}

/// Ends a person's sessions, except one.
///
/// # Errors
/// When the database fails.
pub fn end_sessions(tx: &Connection, user: &UserId, except: Option<&KeyId>) -> Result<(), DbError> {
    tx.prepare_cached(
        "DELETE FROM access_keys WHERE user = ?1 AND kind = 'session' AND id IS NOT ?2",
    )?
    .execute((user.as_str(), except.map(KeyId::as_str)))?;
    Ok(())
}

/// Forgets sessions that are over; expired tokens stay, so that people see why one no longer works.
///
/// # Errors
/// When the database fails.
pub fn sweep(tx: &Connection, now: Timestamp) -> Result<(), DbError> {
    tx.prepare_cached("DELETE FROM access_keys WHERE kind = 'session' AND expires_at <= ?1")?
        .execute([now.millis()])?;
    Ok(())
}

/// Notes when a key was last used, and moves a session's end, as far as `longest_session` (in
/// milliseconds from its beginning) lets it.
///
/// # Errors
/// When the database fails.
pub fn note_use(
    tx: &Connection,
    id: &KeyId,
    at: Timestamp,
    by: &str,
    session_until: Timestamp,
    longest_session: i64,
) -> Result<(), DbError> {
    tx.prepare_cached(
        "UPDATE access_keys
         SET last_used_at = ?2, last_used_by = ?3,
             expires_at = CASE kind WHEN 'session' THEN min(?4, created_at + ?5)
                          ELSE expires_at END
         WHERE id = ?1",
    )?
    .execute((
        id.as_str(),
        at.millis(),
        by,
        session_until.millis(),
        longest_session,
    ))?;
    Ok(())
}

fn read_user(row: &Row<'_>) -> Result<User, DbError> {
    let id: String = row.get("id")?;
    let role: String = row.get("role")?;
    let corrupt = |what: &str| DbError::Corrupt {
        what: format!("the {what} of the user {id}"),
    };
    Ok(User {
        name: row.get("name")?,
        role: Role::parse(&role).ok_or_else(|| corrupt("role"))?,
        password: PasswordHash::from_stored(row.get("password")?),
        totp: row.get("totp")?,
        totp_confirmed: row.get("totp_confirmed")?,
        totp_step: row.get("totp_step")?,
        disabled: row.get("disabled")?,
        failures: row.get("failures")?,
        locked_until: row.get::<_, Option<i64>>("locked_until")?.map(Timestamp),
        created_at: Timestamp(row.get("created_at")?),
        last_login_at: row.get::<_, Option<i64>>("last_login_at")?.map(Timestamp),
        id: id.parse().map_err(|_| corrupt("id"))?,
    })
}

fn read_key(row: &Row<'_>) -> Result<(TokenHash, Key), DbError> {
    let id: String = row.get(1)?;
    let corrupt = |what: &str| DbError::Corrupt {
        what: format!("the {what} of the key {id}"),
    };
    let kind: String = row.get(2)?;
    let name: String = row.get(3)?;
    let user: Option<String> = row.get(4)?;
    let scopes: Vec<String> =
        serde_json::from_str(&row.get::<_, String>(5)?).map_err(|_| corrupt("scopes"))?;
    let networks: Vec<String> =
        serde_json::from_str(&row.get::<_, String>(6)?).map_err(|_| corrupt("networks"))?;
    let networks: Result<Vec<IpNet>, _> = networks.iter().map(|text| text.parse()).collect();
    let person: Option<String> = row.get(12)?;
    let role: Option<String> = row.get(13)?;
    let kind = KeyKind::parse(&kind).ok_or_else(|| corrupt("kind"))?;
    let role = role.and_then(|word| Role::parse(&word));
    // A scope that this release does not know is one that it cannot grant.
    let given: ScopeSet = scopes
        .iter()
        .filter_map(|word| Scope::parse(word))
        .collect();
    let scopes = match (kind, role) {
        (KeyKind::Session, Some(role)) => role.scopes(),
        (KeyKind::Session, None) => ScopeSet::default(),
        (KeyKind::Token, Some(role)) => given.and(role.scopes()),
        (KeyKind::Token, None) => given,
    };
    let principal = match (&person, kind) {
        (Some(person), KeyKind::Session) => person.clone(),
        (Some(person), KeyKind::Token) => format!("{person}/{name}"),
        (None, _) => name.clone(),
    };
    let key = Key {
        kind,
        principal,
        scopes,
        networks: networks.map_err(|_| corrupt("networks"))?,
        user: user
            .map(|user| user.parse().map_err(|_| corrupt("user")))
            .transpose()?,
        created_at: Timestamp(row.get(7)?),
        created_by: row.get(8)?,
        expires_at: row.get::<_, Option<i64>>(9)?.map(Timestamp),
        last_used_at: row.get::<_, Option<i64>>(10)?.map(Timestamp),
        last_used_by: row.get(11)?,
        name,
        id: id.parse().map_err(|_| corrupt("id"))?,
    };
    Ok((TokenHash::kept(row.get(0)?), key))
}
