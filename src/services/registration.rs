//! Tokens with which a node may register itself: short-lived, limited in uses and in kind.
//!
//! A token is told once and kept as its SHA-256; comparing takes equally long whether it is right.

use std::time::Duration;

use rusqlite::{Connection, params};
use secrecy::{ExposeSecret, SecretString};

use crate::auth::TokenHash;
use crate::db::{Db, DbError};
use crate::model::time::Timestamp;

/// How every token begins.
pub const PREFIX: &str = "PULSE-REG-";

/// Tokens that may be good at the same time.
const MOST: usize = 100;

/// Why a token could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// A wish that cannot be granted.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// There are too many already.
    #[error("there are {MOST} registration tokens already; revoke some first")]
    TooMany,
    /// There is no such token, or not any more.
    #[error("the registration token is unknown, expired, revoked or used up; make another one")]
    Unknown,
    /// It is good for something else.
    #[error("the registration token is not for nodes of the type {kind}")]
    OtherKind {
        /// Which kind was to be registered.
        kind: String,
    },
    /// What was given names several.
    #[error("several registration tokens begin like that; give the id of one")]
    Ambiguous,
    /// The database failed.
    #[error("use the registration tokens")]
    Database(#[from] DbError),
}

impl From<rusqlite::Error> for RegistrationError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewRegistration {
    /// How long it is good: a minute to a day.
    pub validity: Duration,
    /// How often it can be used: 1 to 100 times.
    pub max_uses: u32,
    /// The kinds of target it is good for; none for all.
    pub allowed_types: Vec<String>,
    /// What it is for.
    pub description: String,
    /// Who makes it.
    pub created_by: String,
}

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Its id.
    pub id: String,
    /// How it begins, for people who made several.
    pub hint: String,
    /// What it is for.
    pub description: String,
    /// The kinds of target it is good for; none for all.
    pub allowed_types: Vec<String>,
    /// How often it can be used.
    pub max_uses: u32,
    /// How often it was.
    pub used_count: u32,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Makes, lists, revokes and honours registration tokens.
#[derive(Clone)]
pub struct Registrations {
    db: Db,
}

impl Registrations {
    /// Those in `db`.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// Makes a token; it can be read here and never again.
    ///
    /// # Errors
    /// When a wish cannot be granted, there are too many, or the database fails.
    pub async fn generate(
        &self,
        new: NewRegistration,
        now: Timestamp,
    ) -> Result<(SecretString, Registration), RegistrationError> {
        check(&new)?;
        let digits = format!("{:016X}", rand::random::<u64>());
        let token = format!("{PREFIX}{digits}");
        let made = Registration {
            id: format!("reg_{:012x}", rand::random::<u64>() >> 16),
            hint: format!("{PREFIX}{}…", &digits[..4]),
            description: new.description.trim().to_owned(),
            allowed_types: new.allowed_types,
            max_uses: new.max_uses,
            used_count: 0,
            created_by: new.created_by,
            created_at: now,
            expires_at: now + new.validity,
        };
        let (kept, hash) = (made.clone(), TokenHash::of(&token));
        self.db
            .writer
            .run(move |tx| {
                tx.execute(
                    "DELETE FROM registration_tokens WHERE expires_at <= ?1",
                    [now.millis()],
                )?;
                if good(tx, now)?.len() >= MOST {
                    return Err(RegistrationError::TooMany);
                }
                insert(tx, &kept, &hash)
            })
            .await?;
        Ok((SecretString::from(token), made))
    }

    /// The tokens that are good, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self, now: Timestamp) -> Result<Vec<Registration>, RegistrationError> {
        let read = move |connection: &Connection| good(connection, now);
        let all: Vec<(Registration, TokenHash)> = self.db.reader.run(read).await?;
        Ok(all.into_iter().map(|(token, _)| token).collect())
    }

    /// Revokes the token that `text` is, or that has this id or begins like that.
    ///
    /// # Errors
    /// When there is none or several, or the database fails.
    pub async fn revoke(&self, text: &str, now: Timestamp) -> Result<(), RegistrationError> {
        let text = text.trim().to_owned();
        self.db
            .writer
            .run(move |tx| {
                let all = good(tx, now)?;
                let exact = all
                    .iter()
                    .find(|(token, hash)| hash.is_of(&text) | (token.id == text));
                let mut alike = all.iter().filter(|(token, _)| token.hint == text);
                let found = match (exact, alike.next(), alike.next()) {
                    (Some(found), ..) | (None, Some(found), None) => found,
                    (None, Some(_), Some(_)) => return Err(RegistrationError::Ambiguous),
                    (None, None, _) => return Err(RegistrationError::Unknown),
                };
                tx.execute(
                    "DELETE FROM registration_tokens WHERE id = ?1",
                    [&found.0.id],
                )?;
                Ok(())
            })
            .await
    }

    /// Whether `token` is good, without using it.
    ///
    /// # Errors
    /// When it is not, or the database fails.
    pub async fn check(
        &self,
        token: &SecretString,
        now: Timestamp,
    ) -> Result<Registration, RegistrationError> {
        let token = token.clone();
        let read = move |connection: &Connection| find(good(connection, now)?, &token);
        self.db.reader.run(read).await
    }

    /// Uses `token` once for a target of `kind`; gives back its id.
    ///
    /// # Errors
    /// When it is not good for that, or the database fails.
    pub async fn claim(
        &self,
        token: &SecretString,
        kind: &str,
        now: Timestamp,
    ) -> Result<String, RegistrationError> {
        let (token, kind) = (token.clone(), kind.to_owned());
        self.db
            .writer
            .run(move |tx| {
                let found = find(good(tx, now)?, &token)?;
                if !found.allowed_types.is_empty() && !found.allowed_types.contains(&kind) {
                    return Err(RegistrationError::OtherKind { kind });
                }
                tx.execute(
                    "UPDATE registration_tokens SET used_count = used_count + 1 WHERE id = ?1",
                    [&found.id],
                )?;
                Ok(found.id)
            })
            .await
    }

    /// Takes back a use that came to nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_back(&self, id: String) -> Result<(), RegistrationError> {
        self.db
            .writer
            .run(move |tx| {
                tx.execute(
                    "UPDATE registration_tokens SET used_count = max(used_count - 1, 0)
                     WHERE id = ?1",
                    [id],
                )?;
                Ok(())
            })
            .await
    }
}

fn check(new: &NewRegistration) -> Result<(), RegistrationError> {
    let invalid = |field, problem: String| Err(RegistrationError::Invalid { field, problem });
    let minute = Duration::from_secs(60);
    if new.validity < minute || new.validity > minute * 1440 {
        return invalid("validityMinutes", "must be 1 to 1440 (a day)".into());
    }
    if !(1..=100).contains(&new.max_uses) {
        return invalid("maxUses", "must be 1 to 100".into());
    }
    for kind in &new.allowed_types {
        if !matches!(kind.as_str(), "pve" | "pbs") {
            let problem = format!("'{kind}' is unknown; give pve or pbs");
            return invalid("allowedTypes", problem);
        }
    }
    let text = &new.description;
    if text.chars().count() > 200 || text.chars().any(char::is_control) {
        return invalid(
            "description",
            "must be one line of 200 characters at most".into(),
        );
    }
    Ok(())
}

fn insert(
    tx: &Connection,
    token: &Registration,
    hash: &TokenHash,
) -> Result<(), RegistrationError> {
    let kinds = serde_json::Value::from(token.allowed_types.clone()).to_string();
    tx.prepare_cached(
        "INSERT INTO registration_tokens (id, hash, hint, description, allowed_types, max_uses,
             created_by, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        token.id,
        hash.bytes(),
        token.hint,
        token.description,
        kinds,
        token.max_uses,
        token.created_by,
        token.created_at.millis(),
        token.expires_at.millis(),
    ])?;
    Ok(())
}

/// The tokens that are good now.
fn good(
    connection: &Connection,
    now: Timestamp,
) -> Result<Vec<(Registration, TokenHash)>, RegistrationError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, hint, description, allowed_types, max_uses, used_count, created_by, created_at,
             expires_at, hash
         FROM registration_tokens
         WHERE expires_at > ?1 AND used_count < max_uses ORDER BY created_at DESC, id",
    )?;
    let rows = statement.query_map([now.millis()], |row| {
        let kinds: String = row.get(3)?;
        let token = Registration {
            id: row.get(0)?,
            hint: row.get(1)?,
            description: row.get(2)?,
            allowed_types: serde_json::from_str(&kinds).unwrap_or_default(),
            max_uses: row.get(4)?,
            used_count: row.get(5)?,
            created_by: row.get(6)?,
            created_at: Timestamp(row.get(7)?),
            expires_at: Timestamp(row.get(8)?),
        };
        Ok((token, TokenHash::kept(row.get(9)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The token among `all` that `token` is; every one is compared, whichever it is.
fn find(
    all: Vec<(Registration, TokenHash)>,
    token: &SecretString,
) -> Result<Registration, RegistrationError> {
    let mut found = None;
    for (kept, hash) in all {
        if hash.is_of(token.expose_secret().trim()) {
            found = Some(kept);
        }
    }
    found.ok_or(RegistrationError::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    fn wish() -> NewRegistration {
        NewRegistration {
            validity: Duration::from_secs(900),
            max_uses: 2,
            allowed_types: vec!["pve".into()],
            description: "rack".into(),
            created_by: "admin".into(),
        }
    }

    fn open() -> (tempfile::TempDir, Registrations) {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&dir.path().join("homepulse.db")).unwrap();
        (dir, Registrations::new(db))
    }

    #[tokio::test]
    async fn a_token_is_good_for_its_uses_its_kind_and_its_time() {
        let (_dir, tokens) = open();
        let (token, made) = tokens.generate(wish(), NOW).await.unwrap();
        assert_eq!(token.expose_secret().len(), PREFIX.len() + 16);
        assert!(tokens.claim(&token, "pbs", NOW).await.is_err());
        let late = NOW + Duration::from_secs(900);
        assert!(tokens.claim(&token, "pve", late).await.is_err());
        for _ in 0..2 {
            assert_eq!(tokens.claim(&token, "pve", NOW).await.unwrap(), made.id);
        }
        assert!(tokens.claim(&token, "pve", NOW).await.is_err());
        tokens.give_back(made.id).await.unwrap();
        assert!(tokens.claim(&token, "pve", NOW).await.is_ok());
    }

    #[tokio::test]
    async fn a_token_is_not_in_the_database_and_a_hint_of_it_revokes_it() {
        let (dir, tokens) = open();
        let (token, _) = tokens.generate(wish(), NOW).await.unwrap();
        let listed = tokens.list(NOW).await.unwrap();
        assert!(!format!("{listed:?}").contains(token.expose_secret()));
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            let text = token.expose_secret().as_bytes();
            assert!(!bytes.windows(text.len()).any(|part| part == text));
        }
        assert!(tokens.revoke("PULSE-REG-none", NOW).await.is_err());
        tokens.revoke(&listed[0].hint, NOW).await.unwrap();
        assert!(tokens.check(&token, NOW).await.is_err());
        assert_eq!(tokens.list(NOW).await.unwrap(), []);
    }

    #[tokio::test]
    async fn wishes_beyond_the_limits_are_refused_by_name() {
        let (_dir, tokens) = open();
        let day = Duration::from_secs(86_401);
        for (field, new) in [
            (
                "validityMinutes",
                NewRegistration {
                    validity: day,
                    ..wish()
                },
            ),
            (
                "maxUses",
                NewRegistration {
                    max_uses: 0,
                    ..wish()
                },
            ),
            (
                "maxUses",
                NewRegistration {
                    max_uses: 101,
                    ..wish()
                },
            ),
            (
                "allowedTypes",
                NewRegistration {
                    allowed_types: vec!["esxi".into()],
                    ..wish()
                },
            ),
            (
                "description",
                NewRegistration {
                    description: "a\nb".into(),
                    ..wish()
                },
            ),
        ] {
            let error = tokens.generate(new, NOW).await.unwrap_err().to_string();
            assert!(error.starts_with(field), "{error}");
        }
    }
}
