//! Why rules could not be managed or asked.

use crate::db::DbError;
use crate::history::HistoryError;
use crate::rules::{EditError, SettingsError};

/// Why rules could not be managed or asked.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The configuration file owns the settings.
    #[error("the configuration file sets the rules; change them there, or take `rules` out of it")]
    Pinned,
    /// There are mistakes in the settings.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<SettingsError>),
    /// There is no such level.
    #[error(transparent)]
    Level(#[from] EditError),
    /// There is no such resource now.
    #[error("there is no resource '{id}'")]
    NotFound {
        /// Which one was asked for.
        id: String,
    },
    /// What is to be tested makes no sense.
    #[error("{field} {problem}")]
    Test {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Another back-test is running.
    #[error("another back-test is running; try again in a moment")]
    Busy,
    /// It took too long.
    #[error("the back-test took longer than {seconds} s; choose a shorter span or fewer resources")]
    TooLong {
        /// How long it may take.
        seconds: u64,
    },
    /// The program is stopping.
    #[error("homepulse is stopping")]
    Stopped,
    /// The past could not be read.
    #[error("read the past")]
    History(#[from] HistoryError),
    /// The database failed.
    #[error("keep the rules")]
    Database(#[from] DbError),
}

impl From<Vec<SettingsError>> for RulesError {
    fn from(mistakes: Vec<SettingsError>) -> Self {
        Self::Invalid(mistakes)
    }
}
