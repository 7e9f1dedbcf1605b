//! Why a guest was not told what to do.

use crate::db::DbError;
use crate::model::target::MissingPrivilege;
use crate::services::jobs::JobError;
use crate::services::targets::TargetError;
use crate::sources::control::CommandError;

/// Why a guest was not told what to do.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// There is no such guest.
    #[error("there is no guest {id}")]
    NoGuest {
        /// What was asked for.
        id: String,
    },
    /// The owner of the target has not switched it on.
    #[error(
        "homepulse may only look at {target}: set control to true in the target's settings first"
    )]
    SwitchedOff {
        /// The target's name.
        target: String,
    },
    /// The kind of target cannot be told anything.
    #[error("a target of kind {kind} cannot be told what to do")]
    Unable {
        /// The kind.
        kind: String,
    },
    /// A parameter is wrong.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which one.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Something harmful was not confirmed.
    #[error(
        "{action} can do harm: confirm it by sending confirm: \"{vmid}\"{}",
        or_name(name)
    )]
    NotConfirmed {
        /// The action.
        action: &'static str,
        /// The guest's number.
        vmid: u32,
        /// The guest's name.
        name: String,
    },
    /// It cannot be begun now, or there is no such job.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The token lacks a privilege.
    #[error("the API token lacks {}; grant it with: {}", lacking(.0), fixes(.0))]
    Denied(Vec<MissingPrivilege>),
    /// The host did not obey.
    #[error(transparent)]
    Command(CommandError),
    /// The target could not be opened.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The program is ending.
    #[error("homepulse is being stopped")]
    Stopped,
    /// Without an entry in the audit nothing is done.
    #[error("enter the command in the audit")]
    Audit(#[from] DbError),
}

impl From<CommandError> for ControlError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Denied(missing) => Self::Denied(vec![*missing]),
            other => Self::Command(other),
        }
    }
}

fn or_name(name: &str) -> String {
    match name {
        "" => String::new(),
        name => format!(" or \"{name}\""),
    }
}

fn lacking(missing: &[MissingPrivilege]) -> String {
    let each = missing.iter().map(|missing| {
        let told = match missing.hides.as_str() {
            "" => String::new(),
            words => format!(" ({words})"),
        };
        format!("{} on {}{told}", missing.privilege, missing.path)
    });
    each.collect::<Vec<_>>().join(", ")
}

fn fixes(missing: &[MissingPrivilege]) -> String {
    let each = missing.iter().map(|missing| missing.fix.as_str());
    each.collect::<Vec<_>>().join("; ")
}
