//! What an answer of the rotation makes known, and when to ask again.

use std::collections::HashSet;
use std::time::Duration;

use super::client::Refusal;
use super::gap;
use crate::model::known::{Gap, Known};
use crate::model::shared::Shared;
use crate::model::task::Task;

/// No new question is begun after this, so that the rotation never keeps a look waiting.
pub(in crate::sources) const LONG_ENOUGH: Duration = Duration::from_secs(5);
/// What the host has not got will not be there soon.
const ABSENT_AGAIN: Duration = Duration::from_secs(12 * 3600);
/// What the token may not see.
const FORBIDDEN_AGAIN: Duration = Duration::from_secs(3600);
/// When a host that could not be reached is asked again.
pub(in crate::sources) const UNREACHED_AGAIN: Duration = Duration::from_secs(60);

/// What an answer makes known, or why not. A host that has not got the thing says so in an error
/// of its own.
pub(in crate::sources) fn known<T>(answer: Result<T, Refusal>) -> Known<T> {
    match answer {
        Ok(value) => Known::Is(value),
        Err(refusal)
            if refusal.told.contains("not installed")
                || refusal.told.contains("failed to execute \"zpool\"") =>
        {
            Known::Not(Gap::Absent)
        }
        Err(refusal) => Known::Not(gap(&refusal)),
    }
}

/// When to ask again after such an answer.
pub(in crate::sources) fn after<T>(answer: &Known<T>, usual: Duration) -> Duration {
    match answer {
        Known::Is(_) | Known::Not(Gap::Failed { .. }) => usual,
        Known::Not(Gap::NotPermitted { .. }) => FORBIDDEN_AGAIN.max(usual),
        Known::Not(Gap::Absent | Gap::Unsupported) => ABSENT_AGAIN,
        Known::Not(_) => UNREACHED_AGAIN,
    }
}

/// Replaces a shared fact if it came out different; a host that fails once does not make it
/// unknown.
pub(in crate::sources) fn share<T: PartialEq>(place: &mut Known<Shared<T>>, found: Known<T>) {
    match (place, found) {
        (Known::Is(before), Known::Is(value)) => before.set(value),
        (place, found) => {
            let found = found.map(Shared::new);
            *place = found.or_before(place);
        }
    }
}

/// Remembers which tasks had ended, to tell which have since.
#[derive(Debug, Default)]
pub(in crate::sources) struct EndedTasks(Option<HashSet<String>>);

impl EndedTasks {
    /// The tasks that ended since the last time; none the first time, when all of them are news.
    pub(in crate::sources) fn news(&mut self, tasks: &[Task]) -> Vec<Task> {
        let ended = || tasks.iter().filter(|task| task.ended_at.is_some());
        let fresh = match &self.0 {
            None => Vec::new(),
            Some(before) => ended()
                .filter(|task| !before.contains(&task.id))
                .cloned()
                .collect(),
        };
        self.0 = Some(ended().map(|task| task.id.clone()).collect());
        fresh
    }
}
