//! How long to wait after failures: the breaker that keeps a dead host from being hammered.

use std::time::Duration;

/// Failures that are answered at the normal pace before waiting grows.
const FREE: u32 = 2;

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(60);

/// How many intervals to wait before the next look after `failures` failed looks in a row:
/// at first as usual, then doubling up to a minute.
#[must_use]
pub fn intervals_to_wait(failures: u32, interval: Duration) -> u32 {
    if failures <= FREE {
        return 1;
    }
    let doubled = 1_u32 << (failures - FREE).min(16);
    let interval = interval.as_millis().max(1);
    let most = u32::try_from(LONGEST.as_millis() / interval).unwrap_or(u32::MAX);
    doubled.min(most.max(1))
}

#[cfg(test)]
mod tests {
    use super::intervals_to_wait;
    use std::time::Duration;

    #[test]
    fn waiting_doubles_up_to_a_minute_and_a_first_failure_costs_nothing() {
        let interval = Duration::from_secs(10);
        for (failures, expected) in [(0, 1), (1, 1), (2, 1), (3, 2), (4, 4), (5, 6), (99, 6)] {
            assert_eq!(
                intervals_to_wait(failures, interval),
                expected,
                "{failures}"
            );
        }
    }
}
