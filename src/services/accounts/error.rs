//! Why something about accounts could not be done.

use std::time::Duration;

use crate::auth::PasswordError;
use crate::db::DbError;
use crate::secret::SecretError;

/// Why something about accounts could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A field makes no sense.
    #[error("the {field} {problem}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What is wrong with it and what would be right.
        problem: String,
    },
    /// The password is not good enough.
    #[error("the password {0}")]
    Password(PasswordError),
    /// Somebody has that name.
    #[error("somebody is called {name} already")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// There is no such person.
    #[error("there is no user {name}")]
    NoUser {
        /// Name or id.
        name: String,
    },
    /// There is no such token or session.
    #[error("there is no token or session {id}")]
    NoKey {
        /// Its id.
        id: String,
    },
    /// Name, password or code are wrong; which one is not told.
    #[error("name, password or code are wrong")]
    Wrong,
    /// Name and password are right, and the code of the authenticator app is wanted too.
    #[error("give the six digits that your authenticator app shows as code")]
    CodeWanted,
    /// A code from paper was asked for without an app that it could stand in for.
    #[error("set an authenticator app up first")]
    NoApp,
    /// There is an app already.
    #[error("an authenticator app is set up already; drop it first")]
    HasApp,
    /// The account is disabled.
    #[error("the account {name} is disabled")]
    Disabled {
        /// Whose.
        name: String,
    },
    /// The provider gave a name that nobody can have here.
    #[error(
        "the provider gives a name that cannot be one here: it must be 1 to 64 letters, digits, \
         '-', '_', '.' or '@'"
    )]
    ForeignName,
    /// Too many passwords are being looked at.
    #[error("too many people are logging in; try again in a moment")]
    Busy,
    /// Too many wrong passwords.
    #[error("too many wrong passwords; wait before the next one")]
    Locked {
        /// How long.
        retry_after: Duration,
    },
    /// The last admin cannot be removed, kept out or made less.
    #[error("{name} is the last admin; make somebody else admin first")]
    LastAdmin {
        /// Who.
        name: String,
    },
    /// An account exists already.
    #[error("this installation is set up already; log in instead")]
    SetUp,
    /// The set-up code is wrong.
    #[error("the set-up code is wrong; `homepulse setup` shows it, and so does the log")]
    SetupCode,
    /// The database failed.
    #[error("use the accounts")]
    Database(#[from] DbError),
    /// A secret cannot be sealed or opened.
    #[error("use the secret of an authenticator app")]
    Secret(#[from] SecretError),
    /// The set-up code cannot be written or read.
    #[error("use the file with the set-up code")]
    CodeFile(#[source] std::io::Error),
    /// The program is ending.
    #[error("the program is ending")]
    Stopped,
}

// Not `#[from]`, which would make it the cause as well and say the same twice.
impl From<PasswordError> for AccountError {
    fn from(error: PasswordError) -> Self {
        Self::Password(error)
    }
}
