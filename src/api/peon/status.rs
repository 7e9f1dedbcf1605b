//! What became of a server, in the seed's words.

use crate::api::games::find::Shown;
use crate::model::resource::GameStatus;

/// The word for it. `error` stands for what somebody should look at.
pub(super) fn word(shown: &Shown) -> &'static str {
    match (&shown.server, &shown.making) {
        (Some(server), _) => match server.seen.status {
            GameStatus::Running => "running",
            GameStatus::Starting => "starting",
            GameStatus::Stopping => "stopping",
            GameStatus::Stopped => "stopped",
            GameStatus::Sleeping => "paused",
            GameStatus::Unresponsive | GameStatus::Crashed => "error",
            GameStatus::Unknown => "unknown",
        },
        (None, Some(job)) if job.state.is_over() => "error",
        (None, _) => "creating",
    }
}
