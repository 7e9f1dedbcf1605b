//! What a guest is to do, as our own API is asked for it.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::action::{Action, BackupMode};
use crate::services::control::ControlError;

use super::words;

/// With what an action is done; each action knows some of these and refuses the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ActionParams {
    /// `snapshot`, `rollback`, `delete_snapshot`: the snapshot's name.
    name: Option<String>,
    /// `snapshot`: notes.
    description: Option<String>,
    /// `snapshot`: whether it holds the memory too; machines only.
    with_memory: Option<bool>,
    /// `backup`: the storage to write to.
    storage: Option<String>,
    /// `backup`: `snapshot` (default), `suspend` or `stop`.
    mode: Option<String>,
    /// `backup`: whether it may not be pruned.
    protected: Option<bool>,
    /// `migrate`: the node to move to.
    node: Option<String>,
    /// `migrate`: whether disks that only this node has are copied; machines only.
    with_local_disks: Option<bool>,
    /// `shutdown`: seconds to wait for the guest.
    timeout_seconds: Option<u32>,
    /// `shutdown`: whether to stop it hard when it does not end in time.
    force: Option<bool>,
}

/// What a guest is to do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAction {
    /// The action.
    #[schema(schema_with = words::action)]
    action: String,
    /// With what.
    #[serde(default)]
    #[schema(required = false)]
    params: ActionParams,
    /// The guest's number or name, for actions that can do harm.
    pub(super) confirm: Option<String>,
}

fn invalid(field: &'static str, problem: impl Into<String>) -> ControlError {
    ControlError::Invalid {
        field,
        problem: problem.into(),
    }
}

impl NewAction {
    /// The action with its parameters, checked.
    pub(super) fn read(&self) -> Result<Action, ControlError> {
        let mut params = self.params.clone();
        let action = match self.action.as_str() {
            "start" => Action::Start,
            "stop" => Action::Stop,
            "reboot" => Action::Reboot,
            "suspend" => Action::Suspend,
            "resume" => Action::Resume,
            "shutdown" => Action::Shutdown {
                timeout: patience(params.timeout_seconds.take())?,
                force: params.force.take().unwrap_or(false),
            },
            "snapshot" => Action::Snapshot {
                name: snapshot_name(params.name.take())?,
                description: notes(params.description.take())?,
                with_memory: params.with_memory.take().unwrap_or(false),
            },
            "rollback" => Action::Rollback {
                name: snapshot_name(params.name.take())?,
            },
            "delete_snapshot" => Action::DeleteSnapshot {
                name: snapshot_name(params.name.take())?,
            },
            "backup" => Action::Backup {
                storage: plain_name("params.storage", params.storage.take())?,
                mode: mode(params.mode.take())?,
                protected: params.protected.take().unwrap_or(false),
            },
            "migrate" => Action::Migrate {
                node: plain_name("params.node", params.node.take())?,
                with_local_disks: params.with_local_disks.take().unwrap_or(false),
            },
            other => {
                let other: String = other.chars().take(40).collect();
                let known = Action::WORDS.join(", ");
                return Err(invalid("action", format!("'{other}' is none of: {known}")));
            }
        };
        match params == ActionParams::default() {
            true => Ok(action),
            false => Err(invalid(
                "params",
                format!("{} knows only some of these", self.action),
            )),
        }
    }
}

fn patience(seconds: Option<u32>) -> Result<Option<u32>, ControlError> {
    match seconds {
        Some(0) => Err(invalid("params.timeout_seconds", "must be 1 to 86400")),
        Some(seconds) if seconds > 86_400 => {
            Err(invalid("params.timeout_seconds", "must be 1 to 86400"))
        }
        other => Ok(other),
    }
}

/// Proxmox takes a letter, then letters, digits, `-` and `_`, 2 to 40 in all.
fn snapshot_name(name: Option<String>) -> Result<String, ControlError> {
    let name = name.ok_or_else(|| invalid("params.name", "is missing"))?;
    let valid = (2..=40).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && name != "current";
    match valid {
        true => Ok(name),
        false => Err(invalid(
            "params.name",
            "must be 2 to 40 letters, digits, '-' or '_', beginning with a letter, and not 'current'",
        )),
    }
}

fn notes(text: Option<String>) -> Result<Option<String>, ControlError> {
    match text {
        Some(text) if text.len() > 8192 => {
            Err(invalid("params.description", "must be at most 8192 bytes"))
        }
        other => Ok(other),
    }
}

/// The name of a storage or node.
fn plain_name(field: &'static str, name: Option<String>) -> Result<String, ControlError> {
    let name = name.ok_or_else(|| invalid(field, "is missing"))?;
    let valid = (1..=100).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    match valid {
        true => Ok(name),
        false => Err(invalid(field, "must be letters, digits, '-', '_' or '.'")),
    }
}

fn mode(word: Option<String>) -> Result<BackupMode, ControlError> {
    match word.as_deref() {
        None | Some("snapshot") => Ok(BackupMode::Snapshot),
        Some("suspend") => Ok(BackupMode::Suspend),
        Some("stop") => Ok(BackupMode::Stop),
        Some(_) => Err(invalid("params.mode", "must be snapshot, suspend or stop")),
    }
}
