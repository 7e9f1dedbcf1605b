//! Waking the dispatcher when there is something new to send.

use std::sync::Arc;

use tokio::sync::Notify;

/// Rings the dispatcher awake; cheap to clone. A ring while it is busy is not lost.
#[derive(Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Says that there may be something to send. To be called after the commit.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits for a ring.
    pub(super) async fn rung(&self) {
        self.0.notified().await;
    }
}
