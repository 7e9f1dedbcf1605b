//! How the world's evolution follows its clock.

/// Turns clock time into the position on the world's curves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// The instant at which clock and curves agree, in ms.
    pub(crate) epoch: i64,
    pub(crate) speed: f64,
    /// Length of the refresh step in ms.
    pub(crate) refresh: i64,
}

impl Pace {
    /// The position on the curves at `at`, in seconds.
    pub(crate) fn phase(&self, at: i64) -> f64 {
        (self.epoch as f64 + (at - self.epoch) as f64 * self.speed) / 1000.0
    }

    /// The refresh that figures shown at `at` come from. Nodes refresh at different moments of the step.
    pub(crate) fn sampled(&self, at: i64, nodeid: usize) -> i64 {
        let offset = (nodeid as i64 * self.refresh * 3 / 10) % self.refresh;
        (at - offset).div_euclid(self.refresh) * self.refresh + offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_taken_every_ten_seconds() {
        let pace = Pace {
            epoch: 0,
            speed: 1.0,
            refresh: 10_000,
        };
        for (at, nodeid, expected) in [
            (25_000, 10, 20_000),
            (25_000, 1, 23_000),
            (22_999, 1, 13_000),
            (9_999, 0, 0),
        ] {
            assert_eq!(
                pace.sampled(at, nodeid),
                expected,
                "at {at} on node {nodeid}"
            );
        }
    }
}
