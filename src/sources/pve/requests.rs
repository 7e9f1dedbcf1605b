//! Counting what we ask of a host, because gentleness is a promise that is shown.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::model::target::RequestBudget;

/// Requests of the last minute and of the current cycle.
#[derive(Debug, Default)]
pub(super) struct RequestCounter {
    recent: VecDeque<Instant>,
    cycle: u32,
}

impl RequestCounter {
    /// Begins a cycle.
    pub(super) fn begin_cycle(&mut self) {
        self.cycle = 0;
    }

    /// Counts one request; `detail` ones belong to the slow rotation, not to the cycle.
    pub(super) fn count(&mut self, detail: bool) {
        self.recent.push_back(Instant::now());
        if !detail {
            self.cycle += 1;
        }
        self.forget_old();
    }

    /// The figures to show.
    pub(super) fn budget(&mut self) -> RequestBudget {
        self.forget_old();
        RequestBudget {
            last_cycle: self.cycle,
            last_minute: u32::try_from(self.recent.len()).unwrap_or(u32::MAX),
        }
    }

    fn forget_old(&mut self) {
        while self
            .recent
            .front()
            .is_some_and(|at| at.elapsed() > Duration::from_secs(60))
        {
            self.recent.pop_front();
        }
    }
}
