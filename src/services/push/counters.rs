//! Rates from counters that were sent: a counter's growth over the sender's own time.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::id::ResourceId;
use crate::model::time::Timestamp;

/// A counter that was silent for longer begins anew.
const SILENCE: Duration = Duration::from_secs(300);
/// Counters that are remembered.
const MOST: usize = 50_000;

/// What counters last said.
#[derive(Debug, Default)]
pub(super) struct Counters(HashMap<(ResourceId, &'static str), (Timestamp, f64)>);

impl Counters {
    /// Growth per second since the counter was last heard of; `None` the first time and when it
    /// began anew, as after a start.
    pub(super) fn rate(
        &mut self,
        resource: &ResourceId,
        metric: &'static str,
        at: Timestamp,
        value: f64,
    ) -> Option<f64> {
        let key = (resource.clone(), metric);
        if self.0.len() >= MOST && !self.0.contains_key(&key) {
            self.0.retain(|_, (seen, _)| at.since(*seen) < SILENCE);
            if self.0.len() >= MOST {
                return None;
            }
        }
        let before = self.0.get(&key).copied();
        if before.is_some_and(|(seen, _)| at <= seen) {
            return None;
        }
        self.0.insert(key, (at, value));
        let (seen, was) = before?;
        let span = at.since(seen);
        (value >= was && span < SILENCE).then(|| (value - was) / span.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::TargetId;

    #[test]
    fn growth_is_over_the_senders_own_time_and_a_fall_is_a_beginning() {
        let id = ResourceId::guest(&TargetId::random(), 100);
        let mut counters = Counters::default();
        let mut at =
            |seconds, value| counters.rate(&id, "net_in", Timestamp::from_seconds(seconds), value);
        assert_eq!(at(100, 1000.0), None);
        assert_eq!(at(110, 2000.0), Some(100.0));
        assert_eq!(at(110, 2500.0), None, "the same moment again");
        assert_eq!(at(105, 2500.0), None, "an earlier one");
        assert_eq!(at(120, 50.0), None, "it began anew");
        assert_eq!(at(125, 100.0), Some(10.0));
        assert_eq!(at(1000, 200.0), None, "after a long silence");
    }
}
