//! Values that people set, kept as JSON by key.

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::db::{Db, DbError};

/// Reads and writes settings.
#[derive(Clone)]
pub struct Settings {
    db: Db,
}

impl Settings {
    /// Over the given database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// The value under `key`; `None` where nobody set it.
    ///
    /// # Errors
    /// When the database fails or the value no longer fits its type.
    pub async fn get<T: DeserializeOwned + Send + 'static>(
        &self,
        key: &'static str,
    ) -> Result<Option<T>, DbError> {
        let text: Option<String> = self
            .db
            .reader
            .run(move |connection| -> Result<_, DbError> {
                Ok(connection
                    .prepare_cached("SELECT value FROM settings WHERE key = ?1")?
                    .query_row([key], |row| row.get(0))
                    .optional()?)
            })
            .await?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|_| DbError::Corrupt {
                what: format!("the setting {key}"),
            })
    }

    /// Sets the value under `key`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put<T: Serialize>(&self, key: &'static str, value: &T) -> Result<(), DbError> {
        let text = serde_json::to_string(value).map_err(|_| DbError::Corrupt {
            what: format!("the setting {key} as JSON"),
        })?;
        self.db
            .writer
            .run(move |tx| write_text(tx, key, &text))
            .await
    }
}

/// Every value, by key.
pub(super) fn all(connection: &Connection) -> Result<Vec<(String, Value)>, DbError> {
    let mut statement = connection.prepare_cached("SELECT key, value FROM settings")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    let mut values = Vec::new();
    for row in rows {
        let (key, text): (String, String) = row?;
        let value = serde_json::from_str(&text).map_err(|_| DbError::Corrupt {
            what: format!("the setting {key}"),
        })?;
        values.push((key, value));
    }
    Ok(values)
}

/// The value under `key`, for somebody who reads more beside it.
pub(super) fn read(connection: &Connection, key: &str) -> Result<Option<Value>, DbError> {
    let text: Option<String> = connection
        .prepare_cached("SELECT value FROM settings WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|_| DbError::Corrupt {
            what: format!("the setting {key}"),
        })
}

/// Sets a value within somebody's transaction.
pub(super) fn write(tx: &Connection, key: &str, value: &Value) -> Result<(), DbError> {
    write_text(tx, key, &value.to_string())
}

fn write_text(tx: &Connection, key: &str, text: &str) -> Result<(), DbError> {
    tx.prepare_cached(
        "INSERT INTO settings (key, value) VALUES (?1, ?2)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?
    .execute([key, text])?;
    Ok(())
}
