//! Why a game server was not made, told or copied.

use crate::db::DbError;
use crate::secret::SecretError;
use crate::services::control::ControlError;
use crate::services::jobs::JobError;
use crate::services::targets::TargetError;
use crate::sources::games::host::HostError;

/// Why a game server was not made, told or copied.
#[derive(Debug, thiserror::Error)]
pub enum GamesError {
    /// There is no such server.
    #[error("there is no game server {id}")]
    NoServer {
        /// What was asked for.
        id: String,
    },
    /// The catalogue has no such game, or the server's game is not known.
    #[error("the catalogue has no game {game}")]
    NoGame {
        /// What was asked for.
        game: String,
    },
    /// There is no such backup.
    #[error("there is no backup {id}")]
    NoBackup {
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
    /// What runs the server cannot do this.
    #[error("what runs {server} cannot {what}")]
    Unable {
        /// The server's or target's name.
        server: String,
        /// What was wanted.
        what: &'static str,
    },
    /// A parameter is wrong.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which one.
        field: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The game's terms were not accepted.
    #[error("accept_eula: the game's terms at {url} have to be accepted first")]
    Eula {
        /// Where the terms are.
        url: String,
    },
    /// Something harmful was not confirmed.
    #[error("{action} can do harm: confirm it by sending confirm: \"{name}\"")]
    NotConfirmed {
        /// The action.
        action: &'static str,
        /// The server's name.
        name: String,
    },
    /// People play on it.
    #[error(
        "{count} players are online; wait until they have left, or send even_with_players: true"
    )]
    PlayersOnline {
        /// How many.
        count: u32,
    },
    /// A name or port is taken.
    #[error("{field}: {problem}")]
    Taken {
        /// The setting that asked for it.
        field: String,
        /// What is taken, and by whom.
        problem: String,
    },
    /// Too little room.
    #[error("{0}")]
    NoRoom(String),
    /// A backup is not what it was when it was made, or cannot be read.
    #[error("{0}")]
    Damaged(String),
    /// Files could not be read or written.
    #[error("{0}")]
    Files(String),
    /// The server did not come up again.
    #[error("{0}")]
    NotReady(String),
    /// Somebody broke it off.
    #[error("it was broken off")]
    Cancelled,
    /// It cannot be begun now.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The host did not obey.
    #[error(transparent)]
    Host(HostError),
    /// The guest that it lives in did not obey.
    #[error(transparent)]
    Guest(#[from] ControlError),
    /// The target could not be opened.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A secret could not be sealed or opened.
    #[error("keep the server's secrets")]
    Secret(#[from] SecretError),
    /// The program is ending.
    #[error("homepulse is being stopped")]
    Stopped,
    /// The database failed; without an entry in the audit nothing is done.
    #[error("keep what was done")]
    Database(#[from] DbError),
}

impl GamesError {
    /// A complaint about `field`.
    pub(super) fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

impl From<HostError> for GamesError {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Invalid { field, problem } => Self::Invalid { field, problem },
            HostError::Taken(problem) => Self::Taken {
                field: "name".to_owned(),
                problem,
            },
            HostError::Cancelled => Self::Cancelled,
            other => Self::Host(other),
        }
    }
}
