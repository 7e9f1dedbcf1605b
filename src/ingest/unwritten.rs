//! Judgements that wait for a database that cannot write, such as on a full disk, and what live
//! clients are shown of them until then.

use std::collections::VecDeque;

use crate::alerts;
use crate::model::alert::{Alert, AlertState, Transition};
use crate::model::time::Timestamp;

/// Judgements that may wait.
const MOST: usize = 10_000;

/// Judgements that wait, in order.
#[derive(Default)]
pub(super) struct Unwritten {
    queue: VecDeque<Transition>,
    shown: Vec<Alert>,
}

impl Unwritten {
    /// Takes in what was judged; the oldest give way when there are too many.
    pub(super) fn extend(&mut self, transitions: Vec<Transition>) {
        self.queue.extend(transitions);
        while self.queue.len() > MOST {
            self.queue.pop_front();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Everything that waits, to be written.
    pub(super) fn batch(&self) -> Vec<Transition> {
        self.queue.iter().cloned().collect()
    }

    /// It is written.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.shown.clear();
    }

    /// Alerts that have begun, changed or ended since this was asked last.
    pub(super) fn news(&mut self, now: Timestamp) -> Vec<Alert> {
        let open = alerts::foresee(&self.queue);
        let mut news: Vec<Alert> = open
            .iter()
            .filter(|alert| !self.shown.contains(alert))
            .cloned()
            .collect();
        let is_over = |alert: &&Alert| !open.iter().any(|open| open.id == alert.id);
        news.extend(self.shown.iter().filter(is_over).map(|alert| Alert {
            state: AlertState::Resolved,
            resolved_at: Some(now.max(alert.started_at)),
            ..alert.clone()
        }));
        self.shown = open;
        news
    }

    /// The alerts that hold and are in no ledger yet.
    pub(super) fn shown(&self) -> &[Alert] {
        &self.shown
    }
}
