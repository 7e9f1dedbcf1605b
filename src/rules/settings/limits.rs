//! The limits of one metric.

use serde::{Deserialize, Serialize};

use crate::model::alert::Severity;
use crate::model::metric::{Direction, Metric};

/// The limits of one metric, for each severity that is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// When to look soon: on the metric's bad side, which is above where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<Limit>,
    /// When to act now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub critical: Option<Limit>,
    /// When to look soon because the figure is too low, for metrics that are bad when high.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_warning: Option<Limit>,
    /// When to act now because the figure is too low.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_critical: Option<Limit>,
}

/// When an alert begins and when it ends, in the unit the metric is judged in (shares from 0
/// to 1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// It begins at or beyond this.
    pub raise: f64,
    /// It ends on the good side of this.
    pub clear: f64,
    /// How long the figure has to stay beyond before it begins.
    #[serde(default = "five_minutes")]
    pub dwell_seconds: u32,
}

const fn five_minutes() -> u32 {
    300
}

/// On which side of a limit it is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// At or above it.
    Above,
    /// At or below it.
    Below,
}

impl Side {
    /// The bad side of a metric; above where it has none or is not known.
    #[must_use]
    pub const fn of(metric: Option<&Metric>) -> Self {
        match metric {
            Some(Metric {
                direction: Direction::LowerIsWorse,
                ..
            }) => Self::Below,
            _ => Self::Above,
        }
    }

    /// Whether `one` is on the better side of `other`.
    #[must_use]
    pub fn is_better(self, one: f64, other: f64) -> bool {
        match self {
            Self::Above => one < other,
            Self::Below => one > other,
        }
    }
}

impl Limits {
    /// The limits that are set: name of the field, severity, side and limit.
    pub fn each(
        &self,
        metric: Option<&Metric>,
    ) -> impl Iterator<Item = (&'static str, Severity, Side, Limit)> + use<> {
        let side = Side::of(metric);
        [
            ("warning", Severity::Warning, side, self.warning),
            ("critical", Severity::Critical, side, self.critical),
            (
                "low_warning",
                Severity::Warning,
                Side::Below,
                self.low_warning,
            ),
            (
                "low_critical",
                Severity::Critical,
                Side::Below,
                self.low_critical,
            ),
        ]
        .into_iter()
        .filter_map(|(name, severity, side, limit)| Some((name, severity, side, limit?)))
    }
}
