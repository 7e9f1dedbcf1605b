//! What limits would have done over past figures, with the same memory that judges the present.

use std::time::Duration;

use crate::model::alert::Severity;
use crate::model::metric::Metric;
use crate::model::time::Timestamp;

use super::memory::{Memory, Verdict};
use super::reading::Evidence;
use super::settings::{Limits, Side};
use super::threshold::measured;

/// The most spans that are told one by one.
const MOST_SPANS: usize = 200;

/// One time that it would have fired.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// How badly at worst.
    pub severity: Severity,
    /// When it would have been told: after the wait.
    pub from: Timestamp,
    /// When it would have been over; `None` where it still holds at the end.
    pub to: Option<Timestamp>,
    /// The worst figure meanwhile.
    pub peak: f64,
}

/// What would have been.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fired {
    /// How often.
    pub times: usize,
    /// For how long altogether.
    pub total: Duration,
    /// The times, the first ones only where there are very many.
    pub spans: Vec<Span>,
    /// How many figures were judged.
    pub figures: usize,
}

/// Judges past figures one after the other.
pub struct Replay {
    metric: Option<&'static Metric>,
    limits: Limits,
    memory: Memory,
    open: Option<Span>,
    fired: Fired,
    last: Option<Timestamp>,
}

impl Replay {
    /// A replay of one metric's limits.
    #[must_use]
    pub const fn new(metric: Option<&'static Metric>, limits: Limits) -> Self {
        Self {
            metric,
            limits,
            memory: Memory::new(),
            open: None,
            fired: Fired {
                times: 0,
                total: Duration::ZERO,
                spans: Vec::new(),
                figures: 0,
            },
            last: None,
        }
    }

    /// The worse of the largest and the smallest figure of a span: the smallest where only that is
    /// beyond a limit, or where limits are on the lower side only.
    #[must_use]
    pub fn worse_of(&self, most: f64, least: f64) -> f64 {
        let beyond = |value| match measured(value, self.metric, &self.limits) {
            Evidence::Measured { levels, .. } => !levels.are_all_within(),
            Evidence::Unknown | Evidence::Moot { .. } => false,
        };
        let is_low = self
            .limits
            .each(self.metric)
            .all(|(_, _, side, _)| side == Side::Below);
        if !beyond(most) && (beyond(least) || is_low) {
            least
        } else {
            most
        }
    }

    /// The next figure; one that is not a number is a gap, in which nobody could tell.
    pub fn figure(&mut self, at: Timestamp, value: f64) {
        if !value.is_finite() {
            self.memory.look_away(at);
            return;
        }
        self.fired.figures += 1;
        self.last = Some(at);
        let Evidence::Measured { levels, .. } = measured(value, self.metric, &self.limits) else {
            return;
        };
        match self.memory.look(&levels, None, at) {
            Verdict::Fire(severity) => {
                self.open = Some(Span {
                    severity,
                    from: at,
                    to: None,
                    peak: value,
                });
            }
            Verdict::Change(severity) => {
                if let Some(open) = &mut self.open {
                    open.severity = open.severity.max(severity);
                }
            }
            Verdict::Clear => self.close(Some(at), at),
            Verdict::Hold => {}
        }
        if let Some(open) = &mut self.open {
            let is_low = self
                .limits
                .each(self.metric)
                .all(|(_, _, side, _)| side == Side::Below);
            open.peak = if is_low {
                open.peak.min(value)
            } else {
                open.peak.max(value)
            };
        }
    }

    fn close(&mut self, to: Option<Timestamp>, at: Timestamp) {
        let Some(open) = self.open.take() else {
            return;
        };
        self.fired.times += 1;
        self.fired.total += at.since(open.from);
        if self.fired.spans.len() < MOST_SPANS {
            self.fired.spans.push(Span { to, ..open });
        }
    }

    /// What would have been.
    #[must_use]
    pub fn finish(mut self) -> Fired {
        if let Some(last) = self.last {
            self.close(None, last);
        }
        self.fired
    }
}

#[cfg(test)]
mod tests;
