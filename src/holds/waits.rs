//! How long things are waited for, and what counts as flapping; people may set both.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long things are waited for before somebody is told, and what counts as flapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Waits {
    /// Beginnings within [`Waits::flapping_minutes`] with which an alert flaps, 2 to 20; `None`
    /// where nothing does.
    pub flapping_count: Option<u32>,
    /// The span in which beginnings are counted, in minutes, 5 to 1440.
    pub flapping_minutes: u32,
    /// What has held for so many minutes without a break does not flap any more, 1 to 1440.
    pub steady_minutes: u32,
    /// Seconds that an alert waits for the one that seems to explain it, 0 to 3600: a node's own
    /// alert needs its dwell, a target's its failed looks in a row.
    pub grace_seconds: u32,
    /// Seconds that what was explained may take to recover after the explanation ended, 0 to
    /// 3600: guests of a node that came back have to start first.
    pub recovery_seconds: u32,
    /// Seconds that figures may take to calm down after a lock was taken away, 0 to 3600.
    pub settle_seconds: u32,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            flapping_count: Some(4),
            flapping_minutes: 60,
            steady_minutes: 15,
            grace_seconds: 120,
            recovery_seconds: 180,
            settle_seconds: 60,
        }
    }
}

impl Waits {
    /// The first field that is out of its bounds, with them.
    #[must_use]
    pub fn mistake(&self) -> Option<(&'static str, String)> {
        let bounds = [
            ("flapping_count", self.flapping_count.unwrap_or(2), 2, 20),
            ("flapping_minutes", self.flapping_minutes, 5, 1440),
            ("steady_minutes", self.steady_minutes, 1, 1440),
            ("grace_seconds", self.grace_seconds, 0, 3600),
            ("recovery_seconds", self.recovery_seconds, 0, 3600),
            ("settle_seconds", self.settle_seconds, 0, 3600),
        ];
        bounds
            .into_iter()
            .find(|(_, value, least, most)| !(*least..=*most).contains(value))
            .map(|(field, _, least, most)| {
                (
                    field,
                    format!("must be a whole number from {least} to {most}"),
                )
            })
    }

    /// The span in which beginnings are counted.
    #[must_use]
    pub const fn flapping_window(&self) -> Duration {
        Duration::from_secs(60 * self.flapping_minutes as u64)
    }

    /// How long an alert has to hold so as not to flap any more.
    pub(super) const fn steady(&self) -> Duration {
        Duration::from_secs(60 * self.steady_minutes as u64)
    }

    /// How long an alert waits for the one that seems to explain it.
    pub(super) const fn grace(&self) -> Duration {
        Duration::from_secs(self.grace_seconds as u64)
    }

    /// How long what was explained may take to recover.
    #[must_use]
    pub const fn recovery(&self) -> Duration {
        Duration::from_secs(self.recovery_seconds as u64)
    }

    /// How long figures may take to calm down after a lock.
    pub(super) const fn settle(&self) -> Duration {
        Duration::from_secs(self.settle_seconds as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_bounds_is_named_with_them() {
        assert_eq!(Waits::default().mistake(), None);
        let wrong = Waits {
            flapping_count: Some(1),
            ..Waits::default()
        };
        let (field, problem) = wrong.mistake().expect("a mistake");
        assert_eq!(
            (field, problem.as_str()),
            ("flapping_count", "must be a whole number from 2 to 20")
        );
        let never = Waits {
            flapping_count: None,
            ..Waits::default()
        };
        assert_eq!(never.mistake(), None, "nothing flaps then");
    }
}
