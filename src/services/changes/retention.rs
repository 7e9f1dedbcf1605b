//! Forgetting what changed long ago.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Changes;
use crate::telemetry::{Chain, clock};

/// How often it is looked for what may be forgotten.
const EVERY: Duration = Duration::from_secs(6 * 3600);

impl Changes {
    /// Forgets what may be forgotten, now and then, until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            match self.log.forget(clock::now()).await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "forgot changes of long ago"),
                Err(error) => tracing::error!("cannot forget old changes: {}", Chain(&error)),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
}
