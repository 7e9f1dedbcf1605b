//! Newer releases of the product itself. No channel to fetch them from is set up, and that is said.

use crate::model::time::Timestamp;

/// What is known of newer releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Available {
    /// The version that runs.
    pub current: &'static str,
    /// The newest one; `None` where nobody can tell.
    pub latest: Option<String>,
    /// Why nobody can tell.
    pub unknown_because: Option<&'static str>,
}

/// How an update goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// `idle` while nothing happens.
    pub state: &'static str,
    /// Percent.
    pub percent: u8,
    /// One sentence for people.
    pub message: &'static str,
    /// Since when it has been so.
    pub since: Timestamp,
}

/// Why an update did not begin.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// There is nowhere to fetch one from.
    #[error("{NO_CHANNEL}; install a newer package instead")]
    NoChannel,
}

/// Said wherever an update is asked for.
pub const NO_CHANNEL: &str =
    "no update channel is configured, so nothing is looked up or installed";

/// Looks for, and installs, newer releases.
#[derive(Clone)]
pub struct Updates {
    since: Timestamp,
}

impl Updates {
    /// Since `now`, nothing has happened.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self { since: now }
    }

    /// What is known of newer releases.
    #[must_use]
    pub const fn check(&self) -> Available {
        Available {
            current: env!("CARGO_PKG_VERSION"),
            latest: None,
            unknown_because: Some(NO_CHANNEL),
        }
    }

    /// Begins to install the newest release.
    ///
    /// # Errors
    /// When there is nowhere to fetch it from.
    pub const fn apply(&self) -> Result<(), UpdateError> {
        Err(UpdateError::NoChannel)
    }

    /// How the update goes that was asked for last.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        Progress {
            state: "idle",
            percent: 0,
            message: NO_CHANNEL,
            since: self.since,
        }
    }
}
