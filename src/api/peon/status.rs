//! What became of a server, in the documents' words.

use crate::api::games::find::Shown;
use crate::notify::status_001;

/// The word for it. `error` stands for what somebody should look at.
pub(super) fn word(shown: &Shown) -> &'static str {
    match (&shown.server, &shown.making) {
        (Some(server), _) => status_001(server.seen.status),
        (None, Some(job)) if job.state.is_over() => "error",
        (None, _) => "creating",
    }
}
