//! What counts as wrong, as people set it: kept, changed level by level, tried out over what is
//! and what was, and explained.

mod backtest;
mod error;
pub mod forecasts;

use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore, mpsc, oneshot, watch};

use crate::history::History;
use crate::ingest::Question;
use crate::model::id::{ResourceId, TargetId};
use crate::model::time::Timestamp;
use crate::rules::{
    Explanation, Level, LevelKey, Preview, Profile, Recall, RuleSettings, SettingsError, explain,
    preview,
};
use crate::services::settings::Settings;
use crate::state::{Fleet, Live};

pub use crate::rules::Waiting;
pub use backtest::{Backtest, Backtested, Over, Resolution, Scope, usual_window};
pub use error::RulesError;

/// Under which key the settings are kept.
const KEY: &str = "rules";

/// Questions to ingest that may wait.
pub const QUESTIONS: usize = 16;

/// What the service is made of.
pub struct RulesParts {
    /// Where the settings are kept.
    pub settings: Settings,
    /// Where those who judge read them.
    pub present: watch::Sender<RuleSettings>,
    /// Whether the configuration file owns them.
    pub pinned: bool,
    /// The present.
    pub live: Live,
    /// The past.
    pub history: History,
    /// Where the judge answers what it remembers.
    pub questions: mpsc::Sender<Question>,
}

/// Manages what counts as wrong; cheap to clone.
#[derive(Clone)]
pub struct Rules {
    parts: Arc<RulesParts>,
    /// One change at a time.
    turn: Arc<Mutex<()>>,
    /// One back-test at a time: each reads much of the past.
    tests: Arc<Semaphore>,
}

/// A change of the settings.
#[derive(Clone, Debug)]
pub enum Change {
    /// Other settings altogether.
    All(RuleSettings),
    /// Another profile under the same levels.
    Profile(Profile),
    /// One level, in the place of what is set at it; an empty one takes it away.
    Level(LevelKey, Level),
}

/// The stored settings, or the balanced profile where nobody set any.
///
/// # Errors
/// When the database fails.
pub async fn stored(settings: &Settings) -> Result<RuleSettings, crate::db::DbError> {
    Ok(settings.get(KEY).await?.unwrap_or_default())
}

impl Rules {
    /// Over its parts.
    #[must_use]
    pub fn new(parts: RulesParts) -> Self {
        Self {
            parts: Arc::new(parts),
            turn: Arc::default(),
            tests: Arc::new(Semaphore::new(1)),
        }
    }

    /// The settings that hold.
    #[must_use]
    pub fn settings(&self) -> RuleSettings {
        self.parts.present.borrow().clone()
    }

    /// Whether the configuration file owns the settings, so that they cannot be changed here.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.parts.pinned
    }

    /// Changes the settings; those who judge go by them from the next look on.
    ///
    /// # Errors
    /// When the file owns them, the change has mistakes or the database fails; nothing changes
    /// then.
    pub async fn change(&self, change: Change) -> Result<RuleSettings, RulesError> {
        if self.parts.pinned {
            return Err(RulesError::Pinned);
        }
        let _turn = self.turn.lock().await;
        let next = self.after(change)?;
        self.parts.settings.put(KEY, &next).await?;
        self.parts.present.send_replace(next.clone());
        Ok(next)
    }

    /// What the settings would be.
    fn after(&self, change: Change) -> Result<RuleSettings, Vec<SettingsError>> {
        let settings = self.settings();
        match change {
            Change::All(next) => next.validate().map(|()| next),
            Change::Profile(profile) => Ok(RuleSettings {
                profile,
                ..settings
            }),
            Change::Level(key, level) => settings.with_level(key, level),
        }
    }

    /// What a change would do now.
    ///
    /// # Errors
    /// When the change has mistakes.
    pub async fn preview(&self, change: Change, now: Timestamp) -> Result<Preview, RulesError> {
        let before = Arc::new(self.settings());
        let after = Arc::new(self.after(change)?);
        let fleet = self.parts.live.fleet();
        let recall = self.recall(None).await?;
        // Two judgements of everything: some milliseconds with many guests.
        let preview = move || preview(&before, &after, &fleet, &recall, now);
        tokio::task::spawn_blocking(preview)
            .await
            .map_err(|_| RulesError::Stopped)
    }

    /// Explains one resource, or a target itself.
    ///
    /// # Errors
    /// When there is no such resource now.
    pub async fn explain(
        &self,
        id: &ResourceId,
        subject: Option<&str>,
        now: Timestamp,
    ) -> Result<Explanation, RulesError> {
        let recall = self.recall(Some(id.clone())).await?;
        let fleet: Arc<Fleet> = self.parts.live.fleet();
        let missing = || RulesError::NotFound { id: id.to_string() };
        let target: TargetId = id.target_text().parse().map_err(|_| missing())?;
        let view = fleet.target(&target).ok_or_else(missing)?;
        let is_there = view.resources.contains_key(id)
            || *id == ResourceId::target(&target)
            || recall.recent.figures(id).is_some();
        if !is_there {
            return Err(missing());
        }
        let settings = Arc::new(self.settings());
        Ok(explain(&settings, view, id, subject, &recall, now))
    }

    /// Everything that is beyond a limit and is not told yet, the next to fire first.
    ///
    /// # Errors
    /// When the program is about to stop.
    pub async fn waiting(&self) -> Result<Vec<Waiting>, RulesError> {
        let (reply, answer) = oneshot::channel();
        let asked = self.parts.questions.send(Question::Waiting { reply }).await;
        asked.map_err(|_| RulesError::Stopped)?;
        answer.await.map_err(|_| RulesError::Stopped)
    }

    /// What the judge remembers, of one resource or of everything.
    async fn recall(&self, of: Option<ResourceId>) -> Result<Recall, RulesError> {
        let (reply, answer) = oneshot::channel();
        let question = Question::Recall { of, reply };
        let asked = self.parts.questions.send(question).await;
        asked.map_err(|_| RulesError::Stopped)?;
        answer.await.map_err(|_| RulesError::Stopped)
    }
}

#[cfg(test)]
mod tests;
