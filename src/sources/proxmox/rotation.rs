//! Which detail is read next: the one that has waited longest beyond its time.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::time::Duration;

use crate::model::time::Timestamp;

/// When a question is asked again that never got to an answer.
const RETRY: Duration = Duration::from_secs(60);

/// Remembers when each detail is due.
#[derive(Debug)]
pub(in crate::sources) struct Rotation<J> {
    due: HashMap<J, Timestamp>,
}

impl<J> Default for Rotation<J> {
    fn default() -> Self {
        Self {
            due: HashMap::new(),
        }
    }
}

impl<J: Clone + Eq + Hash + Ord> Rotation<J> {
    /// From now on these are the details there are: new ones are due at once, others go.
    pub(in crate::sources) fn keep(&mut self, wanted: HashSet<J>, now: Timestamp) {
        self.due.retain(|job, _| wanted.contains(job));
        for job in wanted {
            self.due.entry(job).or_insert(now);
        }
    }

    /// The detail that is longest overdue, the smaller one of two. It is due again in a minute,
    /// unless [`Rotation::again`] says otherwise: a question that is broken off is not lost.
    pub(in crate::sources) fn take(&mut self, now: Timestamp) -> Option<J> {
        let (job, _) = self
            .due
            .iter()
            .filter(|(_, due)| **due <= now)
            .min_by(|a, b| (a.1, a.0).cmp(&(b.1, b.0)))?;
        let job = job.clone();
        self.due.insert(job.clone(), now + RETRY);
        Some(job)
    }

    /// Puts a detail off until `at`, if there still is one.
    pub(in crate::sources) fn again(&mut self, job: &J, at: Timestamp) {
        if let Some(due) = self.due.get_mut(job) {
            *due = at;
        }
    }

    /// Makes a detail due no later than `at`, if there is one.
    pub(in crate::sources) fn hurry(&mut self, job: &J, at: Timestamp) {
        if let Some(due) = self.due.get_mut(job) {
            *due = at.min(*due);
        }
    }

    /// Makes a detail due at `at` whether or not there is one yet.
    pub(in crate::sources) fn plan(&mut self, job: J, at: Timestamp) {
        self.due.insert(job, at);
    }

    /// Whether there is such a detail.
    pub(in crate::sources) fn has(&self, job: &J) -> bool {
        self.due.contains_key(job)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Rotation;
    use crate::model::time::Timestamp;

    const START: Timestamp = Timestamp(1_000_000);

    #[test]
    fn everyone_gets_a_turn_and_the_longest_overdue_the_first() {
        let mut rotation = Rotation::default();
        rotation.keep([1, 2, 3].into(), START);
        assert_eq!(rotation.take(START), Some(1));
        rotation.again(&1, START + Duration::from_secs(5));
        assert_eq!(rotation.take(START), Some(2));
        assert_eq!(rotation.take(START), Some(3));
        assert_eq!(rotation.take(START), None);
        assert_eq!(rotation.take(START + Duration::from_secs(5)), Some(1));
        assert_eq!(
            rotation.take(START + Duration::from_secs(60)),
            Some(2),
            "a question that never got to an answer comes again"
        );
    }

    #[test]
    fn what_is_gone_is_not_asked_for_and_a_hurry_never_delays() {
        let mut rotation = Rotation::default();
        rotation.keep([1, 2].into(), START);
        rotation.again(&1, START + Duration::from_secs(100));
        rotation.keep([1].into(), START);
        rotation.hurry(&2, START);
        assert_eq!(rotation.take(START), None);
        rotation.hurry(&1, START + Duration::from_secs(500));
        assert_eq!(rotation.take(START + Duration::from_secs(100)), Some(1));
    }
}
