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
    changes: broadcast::Sender<Arc<Change>>,
}

/// The one writing side.
pub struct LiveWriter {
    present: watch::Sender<Arc<Fleet>>,
    changes: broadcast::Sender<Arc<Change>>,
}

impl Live {
    /// An empty present and the only handle that can replace it.
    #[must_use]
    pub fn new() -> (LiveWriter, Self) {
        let (present, reader) = watch::channel(Arc::new(Fleet::default()));
        let (changes, _) = broadcast::channel(BACKLOG);
        (
            LiveWriter {
                present,
                changes: changes.clone(),
            },
            Self {
                present: reader,
                changes,
            },
        )
    }

    /// The newest version.
    #[must_use]
    pub fn fleet(&self) -> Arc<Fleet> {
        self.present.borrow().clone()
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
    /// Makes `change` the present and tells all followers.
    pub fn publish(&self, change: Change) {
        self.present.send_replace(Arc::clone(&change.fleet));
        // An error means that nobody follows, which is fine.
        let _ = self.changes.send(Arc::new(change));
    }
}
