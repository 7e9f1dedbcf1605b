//! How the present reaches its readers: the newest version for those who ask, every change for
//! those who follow.

use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use crate::model::alert::Alert;

use super::fleet::{Diff, Fleet};

/// How many changes a slow follower may lag behind before it has to start over.
const BACKLOG: usize = 64;

/// One step from a version of the present to the next.
#[derive(Debug)]
pub struct Change {
    /// The present after the step.
    pub fleet: Arc<Fleet>,
    /// What the step changed.
    pub diff: Diff,
    /// Alerts that began, changed or ended with it.
    pub alerts: Vec<Alert>,
}

/// The reading side; cheap to clone.
#[derive(Clone)]
pub struct Live {
    present: watch::Receiver<Arc<Fleet>>,
    unwritten: watch::Receiver<Vec<Alert>>,
    changes: broadcast::Sender<Arc<Change>>,
}

/// The one writing side.
pub struct LiveWriter {
    present: watch::Sender<Arc<Fleet>>,
    unwritten: watch::Sender<Vec<Alert>>,
    changes: broadcast::Sender<Arc<Change>>,
}

impl Live {
    /// An empty present and the only handle that can replace it.
    #[must_use]
    pub fn new() -> (LiveWriter, Self) {
        let (present, reader) = watch::channel(Arc::new(Fleet::default()));
        let (unwritten, waiting) = watch::channel(Vec::new());
        let (changes, _) = broadcast::channel(BACKLOG);
        (
            LiveWriter {
                present,
                unwritten,
                changes: changes.clone(),
            },
            Self {
                present: reader,
                unwritten: waiting,
                changes,
            },
        )
    }

    /// The newest version.
    #[must_use]
    pub fn fleet(&self) -> Arc<Fleet> {
        self.present.borrow().clone()
    }

    /// Alerts that hold and are not in the ledger yet, as on a full disk.
    #[must_use]
    pub fn unwritten(&self) -> Vec<Alert> {
        self.unwritten.borrow().clone()
    }

    /// Every change from now on.
    #[must_use]
    pub fn follow(&self) -> broadcast::Receiver<Arc<Change>> {
        self.changes.subscribe()
    }

    /// How many follow.
    #[must_use]
    pub fn followers(&self) -> usize {
        self.changes.receiver_count()
    }
}

impl LiveWriter {
    /// Names the alerts that hold and cannot be entered in the ledger for now.
    pub fn await_ledger(&self, alerts: &[Alert]) {
        self.unwritten.send_if_modified(|known| {
            let is_news = known != alerts;
            if is_news {
                *known = alerts.to_vec();
            }
            is_news
        });
    }

    /// Makes `change` the present and tells all followers.
    pub fn publish(&self, change: Change) {
        self.present.send_replace(Arc::clone(&change.fleet));
        // An error means that nobody follows, which is fine.
        let _ = self.changes.send(Arc::new(change));
    }
}
