//! Carries every change of the present to the hub of live clients.

use tokio::sync::broadcast::error::RecvError;

use crate::telemetry::clock;

use super::shared::Shared;

/// Runs until the server is stopped or the present has no writer any more.
pub(super) async fn follow(shared: &Shared) {
    let mut changes = shared.parts.live.follow();
    let mut jobs = shared.parts.control.follow();
    let mut events = shared.parts.server_events.follow();
    restart(shared).await;
    loop {
        let change = tokio::select! {
            change = changes.recv() => change,
            job = jobs.recv() => {
                // One that was missed is followed by others of the same job.
                if let Ok(job) = job {
                    shared.hub.publish_job(&job, clock::now());
                }
                continue;
            }
            event = events.recv() => {
                // One that was missed shows in the state that follows.
                if let Ok(event) = event {
                    shared.hub.say_to_pulse(event.word(), event.data());
                }
                continue;
            }
            () = shared.stop.cancelled() => return,
        };
        match change {
            Ok(change) => shared.hub.publish(&change.fleet, &change.alerts),
            Err(RecvError::Lagged(_)) => restart(shared).await,
            Err(RecvError::Closed) => return shared.stop.cancelled().await,
        }
    }
}

/// Reads afresh what is open; without the ledger the fleet alone is better than nothing.
async fn restart(shared: &Shared) {
    let mut open = match shared.parts.ledger.open().await {
        Ok(open) => open,
        Err(error) => {
            tracing::error!("failed to read the open alerts for live clients: {error}");
            Vec::new()
        }
    };
    open.extend(shared.parts.live.unwritten());
    shared
        .hub
        .restart(shared.parts.live.fleet(), &open, clock::now());
}
