//! The same for many alerts, with what it takes to undo it.

use super::{Alerts, HandleError, invalid};
use crate::alerts::AlertError;
use crate::model::alert::{Alert, AlertState};
use crate::model::id::{AlertId, SilenceId};
use crate::model::silence::{Scope, Silence};
use crate::model::time::Timestamp;
use crate::services::silences::NewSilence;

/// The most alerts of one request.
const MOST: usize = 500;

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Take them on.
    Acknowledge {
        /// For others.
        note: Option<String>,
    },
    /// Give them back.
    Unacknowledge,
    /// Tell nobody of them for a while.
    Snooze {
        /// Until when.
        until: Timestamp,
        /// Why.
        note: Option<String>,
    },
    /// End these silences.
    Unsnooze {
        /// Which.
        silences: Vec<SilenceId>,
    },
}

/// Something to be done to many alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// What.
    pub action: Action,
    /// To which alerts.
    pub alerts: Vec<AlertId>,
}

/// An alert to which it could not be done.
#[derive(Debug)]
pub struct Failed {
    /// Which one.
    pub alert: AlertId,
    /// Why not.
    pub error: AlertError,
}

/// What takes a change back.
pub type Undo = Bulk;

/// What was done.
#[derive(Debug)]
pub struct Outcome {
    /// Alerts that are as they should be now.
    pub alerts: Vec<Alert>,
    /// Those to which it could not be done.
    pub failed: Vec<Failed>,
    /// The silence that was made.
    pub silence: Option<Silence>,
    /// What takes it back; `None` where nothing changed.
    pub undo: Option<Undo>,
}

impl Alerts {
    /// Tells nobody of one alert until a moment.
    ///
    /// # Errors
    /// When there is no such alert, it is over already, the moment makes no sense, or the
    /// database fails.
    pub async fn snooze(
        &self,
        id: &AlertId,
        until: Timestamp,
        note: Option<String>,
        by: &str,
        now: Timestamp,
    ) -> Result<Silence, HandleError> {
        let alert = self.ledger.find(id).await?;
        if alert.state == AlertState::Resolved {
            return Err(AlertError::Resolved { id: id.clone() }.into());
        }
        self.silence(vec![alert.id], until, note, by, now).await
    }

    /// Does something to many alerts. One that fails does not keep it from the others.
    ///
    /// # Errors
    /// When the request makes no sense or the database fails.
    pub async fn bulk(&self, bulk: Bulk, by: &str, now: Timestamp) -> Result<Outcome, HandleError> {
        if bulk.alerts.len() > MOST {
            return Err(invalid("alerts", format!("{MOST} at most in one request")));
        }
        let mut outcome = Outcome {
            alerts: Vec::new(),
            failed: Vec::new(),
            silence: None,
            undo: None,
        };
        let mut changed = Vec::new();
        for id in bulk.alerts {
            match self.one(&bulk.action, &id, by, now).await {
                Ok((alert, has_changed)) => {
                    if has_changed {
                        changed.push(id);
                    }
                    outcome.alerts.push(alert);
                }
                Err(error @ (AlertError::NotFound { .. } | AlertError::Resolved { .. })) => {
                    outcome.failed.push(Failed { alert: id, error });
                }
                Err(error) => return Err(error.into()),
            }
        }
        let undo = match bulk.action {
            Action::Acknowledge { .. } => Some(Action::Unacknowledge),
            Action::Unacknowledge => Some(Action::Acknowledge { note: None }),
            Action::Snooze { until, note } if !changed.is_empty() => {
                let silence = self.silence(changed.clone(), until, note, by, now).await?;
                let silences = vec![silence.id.clone()];
                outcome.silence = Some(silence);
                Some(Action::Unsnooze { silences })
            }
            Action::Snooze { .. } => None,
            Action::Unsnooze { silences } => return self.unsnooze(silences, outcome, now).await,
        };
        outcome.undo = undo.filter(|_| !changed.is_empty()).map(|action| Bulk {
            action,
            alerts: changed,
        });
        Ok(outcome)
    }

    /// What concerns one alert, and whether it changed by it.
    async fn one(
        &self,
        action: &Action,
        id: &AlertId,
        by: &str,
        now: Timestamp,
    ) -> Result<(Alert, bool), AlertError> {
        let before = self.ledger.find(id).await?;
        let is_taken = before.acknowledged_at.is_some();
        match action {
            Action::Acknowledge { note } => {
                let note = note.as_deref();
                let alert = self.ledger.acknowledge_with(id, by, note, now).await?;
                Ok((alert, !is_taken))
            }
            Action::Unacknowledge => Ok((self.ledger.unacknowledge(id, by, now).await?, is_taken)),
            Action::Snooze { .. } if before.state == AlertState::Resolved => {
                Err(AlertError::Resolved { id: id.clone() })
            }
            Action::Snooze { .. } => Ok((before, true)),
            Action::Unsnooze { .. } => Ok((before, false)),
        }
    }

    async fn unsnooze(
        &self,
        silences: Vec<SilenceId>,
        mut outcome: Outcome,
        now: Timestamp,
    ) -> Result<Outcome, HandleError> {
        let mut alerts = Vec::new();
        let mut until = None;
        let mut note = None;
        for id in silences.iter().take(MOST) {
            let silence = self.silences.remove(id, now).await?;
            alerts.extend(silence.scope.alerts);
            until = until.max(Some(silence.until));
            note = silence.note;
        }
        outcome.undo = until.filter(|_| !alerts.is_empty()).map(|until| Bulk {
            action: Action::Snooze { until, note },
            alerts,
        });
        Ok(outcome)
    }

    async fn silence(
        &self,
        alerts: Vec<AlertId>,
        until: Timestamp,
        note: Option<String>,
        by: &str,
        now: Timestamp,
    ) -> Result<Silence, HandleError> {
        let new = NewSilence {
            scope: Scope {
                alerts,
                ..Scope::default()
            },
            from: None,
            until,
            note,
        };
        Ok(self.silences.add(new, by, now).await?)
    }
}
