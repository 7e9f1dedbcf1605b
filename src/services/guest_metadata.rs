//! What people write down about a guest: an address to open, a description, tags.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::db::{Db, DbError};
use crate::model::time::Timestamp;

/// Guests that may have metadata.
const MOST: u32 = 20_000;

/// Why metadata could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// A field is wrong.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: &'static str,
    },
    /// There is too much of it.
    #[error("there is metadata of {MOST} guests already; remove some first")]
    TooMany,
    /// The database failed.
    #[error("use the metadata of guests")]
    Database(#[from] DbError),
}

impl From<rusqlite::Error> for MetadataError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What somebody wrote down about a guest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// An address to open in a browser.
    pub custom_url: Option<String>,
    /// A description.
    pub description: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
}

impl Metadata {
    /// Checks every field; empty ones become none.
    ///
    /// # Errors
    /// With the first field that is wrong.
    pub fn checked(mut self) -> Result<Self, MetadataError> {
        let invalid = |field, problem| Err(MetadataError::Invalid { field, problem });
        let trimmed = |text: Option<String>| {
            let text = text.map(|text| text.trim().to_owned());
            text.filter(|text| !text.is_empty())
        };
        self.custom_url = trimmed(self.custom_url);
        self.description = trimmed(self.description);
        if let Some(text) = &self.custom_url {
            let url = Url::parse(text).ok().filter(|_| text.len() <= 2048);
            let Some(url) = url else {
                return invalid(
                    "customUrl",
                    "must be an address such as https://nas.lan:5001",
                );
            };
            // Anything else, such as javascript:, would run in the browser of whoever clicks it.
            if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
                return invalid(
                    "customUrl",
                    "must begin with http:// or https:// and a host",
                );
            }
            if !url.username().is_empty() || url.password().is_some() {
                return invalid("customUrl", "must not hold a name or password");
            }
        }
        let is_long = |text: &String| text.chars().count() > 1000;
        if self.description.as_ref().is_some_and(is_long) {
            return invalid("description", "must be 1000 characters at most");
        }
        let is_odd = |tag: &String| {
            tag.is_empty() || tag.chars().count() > 64 || tag.chars().any(char::is_control)
        };
        if self.tags.len() > 50 || self.tags.iter().any(is_odd) {
            return invalid("tags", "must be 50 at most, of 1 to 64 characters each");
        }
        Ok(self)
    }
}

/// Keeps metadata of guests.
#[derive(Clone)]
pub struct GuestMetadata {
    db: Db,
}

impl GuestMetadata {
    /// That in `db`.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// All there is, by the key it was kept under.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all(&self) -> Result<Vec<(String, Metadata)>, MetadataError> {
        self.db.reader.run(read).await
    }

    /// Keeps metadata under `key`, and forgets what was under `aliases` of it.
    ///
    /// # Errors
    /// When a field is wrong, there is too much, or the database fails.
    pub async fn put(
        &self,
        key: String,
        aliases: Vec<String>,
        metadata: Metadata,
        now: Timestamp,
    ) -> Result<Metadata, MetadataError> {
        let metadata = metadata.checked()?;
        let kept = metadata.clone();
        self.db
            .writer
            .run(move |tx| {
                for alias in aliases.iter().filter(|alias| **alias != key) {
                    tx.execute("DELETE FROM guest_metadata WHERE guest = ?1", [alias])?;
                }
                write(tx, &key, &kept, now)
            })
            .await?;
        Ok(metadata)
    }

    /// Forgets what is kept under any of `keys`; whether there was anything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(&self, keys: Vec<String>) -> Result<bool, MetadataError> {
        self.db
            .writer
            .run(move |tx| {
                let mut gone = 0;
                for key in &keys {
                    gone += tx.execute("DELETE FROM guest_metadata WHERE guest = ?1", [key])?;
                }
                Ok(gone > 0)
            })
            .await
    }
}

fn read(connection: &Connection) -> Result<Vec<(String, Metadata)>, MetadataError> {
    let mut statement = connection.prepare_cached(
        "SELECT guest, custom_url, description, tags FROM guest_metadata ORDER BY guest",
    )?;
    let rows = statement.query_map([], |row| {
        let tags: String = row.get(3)?;
        let metadata = Metadata {
            custom_url: row.get(1)?,
            description: row.get(2)?,
            tags: serde_json::from_str(&tags).unwrap_or_default(),
        };
        Ok((row.get(0)?, metadata))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Keeps checked metadata within somebody's transaction.
pub(super) fn write(
    tx: &Connection,
    key: &str,
    metadata: &Metadata,
    now: Timestamp,
) -> Result<(), MetadataError> {
    let count: u32 = tx.query_row(
        "SELECT count(*) FROM guest_metadata WHERE guest <> ?1",
        [key],
        |row| row.get(0),
    )?;
    if count >= MOST {
        return Err(MetadataError::TooMany);
    }
    tx.prepare_cached(
        "INSERT INTO guest_metadata (guest, custom_url, description, tags, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (guest) DO UPDATE SET custom_url = excluded.custom_url,
             description = excluded.description, tags = excluded.tags,
             changed_at = excluded.changed_at",
    )?
    .execute(params![
        key,
        metadata.custom_url,
        metadata.description,
        serde_json::Value::from(metadata.tags.clone()).to_string(),
        now.millis(),
    ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_could_run_something_is_refused() {
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "nas.lan",
            "https://",
            "https://u:p@nas.lan",
        ] {
            let metadata = Metadata {
                custom_url: Some(url.into()),
                ..Metadata::default()
            };
            assert!(metadata.checked().is_err(), "{url}");
        }
        let metadata = Metadata {
            custom_url: Some(" https://nas.lan:5001/ui ".into()),
            description: Some("  ".into()),
            ..Metadata::default()
        };
        let checked = metadata.checked().unwrap();
        assert_eq!(
            checked.custom_url.as_deref(),
            Some("https://nas.lan:5001/ui")
        );
        assert_eq!(checked.description, None);
    }
}
