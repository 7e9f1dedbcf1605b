//! What one look at one target yielded. Polled and pushed data both arrive as this.

use std::time::Duration;

use super::facts::Facts;
use super::id::{ResourceId, TargetId};
use super::metric::MetricKey;
use super::resource::Resource;
use super::target::{Failure, TargetSummary};
use super::time::Timestamp;

/// One figure of one resource at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Whose figure.
    pub resource: ResourceId,
    /// Which figure.
    pub metric: MetricKey,
    /// When it was so.
    pub at: Timestamp,
    /// In the metric's unit. Not a number means "known to be unknown" and stays a gap.
    pub value: f64,
}

/// Figures of one metric from before anybody looked, as the host kept them itself.
#[derive(Clone, Debug, PartialEq)]
pub struct PastFigures {
    /// Whose figures.
    pub resource: ResourceId,
    /// Which figure.
    pub metric: MetricKey,
    /// The span that each of them is the mean of.
    pub resolution: Duration,
    /// Moment and value, oldest first, gaps left out.
    pub points: Vec<(Timestamp, f64)>,
}

/// How much a look saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Everything under the target: what is missing is gone.
    Complete,
    /// Only some resources: what is missing stays as it was.
    Partial,
}

/// The result of one look.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The target answered.
    Seen {
        /// What is known about the target as a whole.
        summary: Box<TargetSummary>,
        /// Whether the look saw everything.
        coverage: Coverage,
        /// The resources it saw.
        resources: Vec<Resource>,
        /// The figures it saw, in addition to those that the resources' metrics yield.
        samples: Vec<Sample>,
        /// What it knows beyond the resources.
        facts: Box<Facts>,
        /// Figures from before the first look.
        past: Vec<PastFigures>,
    },
    /// The target's host sent figures by itself; nothing else is known to have changed.
    Pushed {
        /// The figures.
        samples: Vec<Sample>,
    },
    /// The target did not answer, or not usefully.
    Failed {
        /// What went wrong.
        failure: Failure,
    },
    /// The target is configured, newly or with other settings; nobody has looked yet.
    Configured {
        /// What is known from the configuration alone.
        summary: Box<TargetSummary>,
    },
    /// The target is no longer configured.
    Removed,
}

/// What one look at one target yielded.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Which target.
    pub target: TargetId,
    /// When the look began, by our clock.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// What came of it.
    pub outcome: Outcome,
}
