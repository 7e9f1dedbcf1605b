//! Opening a connection over which a target can be told what to do, if its owner allows that.

use serde_json::Value;

use super::{TargetChange, TargetRow, Targets, place, table};
use crate::model::id::TargetId;
use crate::sources::control::Controller;
use crate::sources::{self, TargetConfig};

use super::TargetError;

/// Whether a target may be told what to do.
pub enum Controllable {
    /// It may.
    Yes(Box<dyn Controller>),
    /// Its owner has not switched it on.
    SwitchedOff {
        /// The target's name.
        name: String,
    },
    /// Its kind cannot be told anything.
    Unable {
        /// The kind.
        kind: String,
    },
}

impl Targets {
    /// Allows or forbids that a target's guests are told what to do.
    ///
    /// # Errors
    /// When there is no such target, the configuration file owns it, or its kind cannot be told
    /// anything.
    pub async fn set_control(&self, id: &TargetId, on: bool) -> Result<TargetRow, TargetError> {
        let rows = self.list().await?;
        let row = rows.into_iter().find(|row| row.id == *id);
        let row = row.ok_or_else(|| TargetError::NotFound { id: id.clone() })?;
        let mut config = row.config;
        if let Some(settings) = config.as_object_mut() {
            match on {
                true => settings.insert("control".to_owned(), Value::Bool(true)),
                false => settings.remove("control"),
            };
        }
        let change = TargetChange {
            config: Some(config),
            ..TargetChange::default()
        };
        self.update(id, change).await
    }

    /// A connection of its own over which the target can be told what to do.
    ///
    /// # Errors
    /// When there is no such target, its secret cannot be opened, or a setting is wrong.
    pub async fn controller(&self, id: &TargetId) -> Result<Controllable, TargetError> {
        let rows = self.list().await?;
        let Some(row) = rows.into_iter().find(|row| row.id == *id && row.enabled) else {
            return Err(TargetError::NotFound { id: id.clone() });
        };
        let Some(open) = sources::kind(&row.kind).and_then(|kind| kind.control) else {
            return Ok(Controllable::Unable { kind: row.kind });
        };
        if row.config.get("control").and_then(Value::as_bool) != Some(true) {
            return Ok(Controllable::SwitchedOff { name: row.name });
        }
        let wanted = id.clone();
        let sealed = self
            .db
            .reader
            .run(move |connection| table::secret(connection, &wanted))
            .await?;
        let secret = self.vault.unseal(&place(id), &sealed)?;
        let controller = open(TargetConfig {
            id: row.id,
            name: row.name,
            config: row.config,
            secret: Some(secret),
            past_until: None,
        })?;
        Ok(Controllable::Yes(controller))
    }
}
