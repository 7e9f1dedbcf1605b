//! What counts as wrong, as people set it.

use std::sync::Arc;

use tokio::sync::{Mutex, watch};

use super::settings::Settings;
use crate::db::DbError;
use crate::rules::{RuleSettings, SettingsError};

/// Under which key the settings are kept.
const KEY: &str = "rules";

/// Why the rules could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The configuration file owns the settings.
    #[error("the configuration file sets the rules; change them there, or take `rules` out of it")]
    Pinned,
    /// There are mistakes in the settings.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<SettingsError>),
    /// The database failed.
    #[error("keep the rules")]
    Database(#[from] DbError),
}

/// A change of the settings.
#[derive(Clone, Debug)]
pub enum Change {
    /// Other settings altogether.
    All(RuleSettings),
}

/// Manages what counts as wrong; cheap to clone.
#[derive(Clone)]
pub struct Rules {
    settings: Settings,
    present: watch::Sender<RuleSettings>,
    pinned: bool,
    /// One change at a time.
    turn: Arc<Mutex<()>>,
}

impl Rules {
    /// Keeps them in `settings` and tells those who judge through `present`.
    #[must_use]
    pub fn new(settings: Settings, present: watch::Sender<RuleSettings>, pinned: bool) -> Self {
        Self {
            settings,
            present,
            pinned,
            turn: Arc::default(),
        }
    }

    /// The settings that hold.
    #[must_use]
    pub fn settings(&self) -> RuleSettings {
        self.present.borrow().clone()
    }

    /// Whether the configuration file owns the settings, so that they cannot be changed here.
    #[must_use]
    pub const fn is_pinned(&self) -> bool {
        self.pinned
    }

    /// Changes the settings; those who judge go by them from the next look on.
    ///
    /// # Errors
    /// When the file owns them, the change has mistakes or the database fails; nothing changes
    /// then.
    pub async fn change(&self, change: Change) -> Result<RuleSettings, RulesError> {
        if self.pinned {
            return Err(RulesError::Pinned);
        }
        let _turn = self.turn.lock().await;
        let Change::All(next) = change;
        next.validate().map_err(RulesError::Invalid)?;
        self.settings.put(KEY, &next).await?;
        self.present.send_replace(next.clone());
        Ok(next)
    }
}
