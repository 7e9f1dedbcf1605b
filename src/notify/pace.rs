//! How often and how long a delivery is tried.

use std::time::Duration;

use super::outbox::Breaker;

/// Longest that another side's wish to be left alone is honoured.
const LONGEST_WISH: Duration = Duration::from_secs(24 * 3600);

/// The waits between attempts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// The wait after the first attempt.
    pub first: Duration,
    /// By how much each wait is longer than the one before.
    pub factor: f64,
    /// The longest wait.
    pub longest: Duration,
    /// Attempts before a message counts as undeliverable.
    pub attempts: u32,
    /// When a channel is left alone that cannot be reached.
    pub breaker: Breaker,
}

impl Default for Pace {
    /// 5 s, 20 s, 80 s, 5 min, 21 min, 85 min, then every 6 h: ten attempts within a day.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            factor: 4.0,
            longest: Duration::from_secs(6 * 3600),
            attempts: 10,
            breaker: Breaker {
                failures: 5,
                first: Duration::from_secs(60),
                longest: Duration::from_secs(30 * 60),
            },
        }
    }
}

impl Pace {
    /// The wait after `attempt` (from 1). `dice` is between 0 and 1 and spreads the waits by a
    /// fifth to either side, so that what failed together is not tried together.
    pub(super) fn wait(&self, attempt: u32, dice: f64, wish: Option<Duration>) -> Duration {
        let power = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let longest = self.longest.as_secs_f64();
        let plain = (self.first.as_secs_f64() * self.factor.powi(power)).min(longest);
        let spread = plain * (0.8 + 0.4 * dice.clamp(0.0, 1.0));
        let wait = Duration::try_from_secs_f64(spread).unwrap_or(self.longest);
        wait.max(wish.unwrap_or_default().min(LONGEST_WISH))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_the_longest_and_are_spread() {
        let pace = Pace::default();
        for (attempt, dice, expected) in [
            (1, 0.5, 5.0),
            (2, 0.5, 20.0),
            (2, 0.0, 16.0),
            (2, 1.0, 24.0),
            (9, 0.5, 21_600.0),
            (1000, 0.5, 21_600.0),
        ] {
            let wait = pace.wait(attempt, dice, None).as_secs_f64();
            assert!((wait - expected).abs() < 1e-6, "{attempt}, {dice}: {wait}");
        }
    }

    #[test]
    fn the_wish_of_the_other_side_is_honoured_within_reason() {
        let pace = Pace::default();
        let wish = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(pace.wait(1, 0.5, wish(120)), Duration::from_secs(120));
        assert_eq!(pace.wait(1, 0.5, wish(1)), Duration::from_secs(5));
        assert_eq!(pace.wait(1, 0.5, wish(u64::MAX)), LONGEST_WISH);
    }
}
