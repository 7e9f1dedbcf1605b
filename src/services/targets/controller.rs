//! Opening a connection over which a target can be told what to do, if its owner allows that.

use serde_json::Value;

use super::{Monitor, TargetChange, TargetRow, Targets};
use crate::model::id::TargetId;
use crate::sources::control::Controller;
use crate::sources::games::host::GameHost;
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
        let row = self.enabled(id).await?;
        let Some(open) = sources::kind(&row.kind).and_then(|kind| kind.control) else {
            return Ok(Controllable::Unable { kind: row.kind });
        };
        if !is_switched_on(&row) {
            return Ok(Controllable::SwitchedOff { name: row.name });
        }
        let mut controller = open(self.config_of(row).await?)?;
        let running = self.lock();
        if let Some(requests) = running.get(id).and_then(|one| one.requests.clone()) {
            controller.count_in(requests);
        }
        drop(running);
        Ok(Controllable::Yes(controller))
    }

    async fn enabled(&self, id: &TargetId) -> Result<TargetRow, TargetError> {
        let rows = self.list().await?;
        let row = rows.into_iter().find(|row| row.id == *id && row.enabled);
        row.ok_or_else(|| TargetError::NotFound { id: id.clone() })
    }

    /// A target as its kind opens it, for a connection beside that of its poller.
    async fn config_of(&self, row: TargetRow) -> Result<TargetConfig, TargetError> {
        let secret = self.secret(&row.id).await?;
        let mut config = row.config;
        // What is shown is nothing to the kind.
        Monitor::take(&mut config)?;
        Ok(TargetConfig {
            id: row.id,
            name: row.name,
            config,
            secret: Some(secret),
            past_until: None,
        })
    }
}

fn is_switched_on(row: &TargetRow) -> bool {
    row.config.get("control").and_then(Value::as_bool) == Some(true)
}

/// Whether a target's game servers may be told what to do.
pub enum Hostable {
    /// They may.
    Yes(Box<dyn GameHost>),
    /// Its owner has not switched it on.
    SwitchedOff {
        /// The target's name.
        name: String,
    },
    /// Its kind hosts none.
    Unable {
        /// The kind.
        kind: String,
    },
}

/// Kinds on whose hosts servers can be made.
const MAKERS: [&str; 1] = ["docker"];

impl Targets {
    /// Targets on which game servers can be made, and whose owner allows it, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn makers(&self) -> Result<Vec<(TargetId, String)>, TargetError> {
        let rows = self.list().await?.into_iter();
        let makers = rows.filter(|row| {
            row.enabled && MAKERS.contains(&row.kind.as_str()) && is_switched_on(row)
        });
        Ok(makers.map(|row| (row.id, row.name)).collect())
    }

    /// A connection of its own over which the target's game servers can be told what to do;
    /// without `to_change`, one over which only may be read, which nobody has to switch on.
    ///
    /// # Errors
    /// When there is no such target, its secret cannot be opened, or a setting is wrong.
    pub async fn host(&self, id: &TargetId, to_change: bool) -> Result<Hostable, TargetError> {
        let row = self.enabled(id).await?;
        let Some(open) = sources::kind(&row.kind).and_then(|kind| kind.host) else {
            return Ok(Hostable::Unable { kind: row.kind });
        };
        if to_change && !is_switched_on(&row) {
            return Ok(Hostable::SwitchedOff { name: row.name });
        }
        Ok(Hostable::Yes(open(self.config_of(row).await?)?))
    }
}
