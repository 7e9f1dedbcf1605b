//! Finding every mistake in the settings before they are used, by the name of its field.

use super::{Limit, Limits, Overrides, RuleSettings};
use crate::model::id::ResourceKind;
use crate::model::metric::{self, Direction, Metric, Unit};

/// Longest dwell that can be set: a day.
const LONGEST_DWELL: u32 = 86_400;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct SettingsError {
    /// The field, as a path such as `thresholds.guest.cpu.warning.clear`.
    pub field: String,
    /// What is wrong with it, as it reads after the field.
    pub problem: String,
}

impl RuleSettings {
    /// Checks everything and names every mistake.
    ///
    /// # Errors
    /// The mistakes, in the order of the fields.
    pub fn validate(&self) -> Result<(), Vec<SettingsError>> {
        let mut mistakes = Mistakes(Vec::new());
        for (kind, changes) in &self.thresholds {
            mistakes.overrides(&format!("thresholds.{}", kind.word()), *kind, changes);
        }
        for (id, changes) in &self.overrides {
            mistakes.overrides(&format!("overrides.{id}"), id.kind(), changes);
        }
        if self.unreachable.is_some_and(|set| set.attempts == 0) {
            mistakes.add("unreachable.attempts", "must be at least 1");
        }
        if self
            .node_offline
            .is_some_and(|set| set.dwell_seconds > LONGEST_DWELL)
        {
            mistakes.add(
                "node_offline.dwell_seconds",
                "must be a day (86400) at most",
            );
        }
        if mistakes.0.is_empty() {
            Ok(())
        } else {
            Err(mistakes.0)
        }
    }
}

struct Mistakes(Vec<SettingsError>);

impl Mistakes {
    fn add(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.0.push(SettingsError {
            field: field.into(),
            problem: problem.into(),
        });
    }

    fn overrides(&mut self, path: &str, kind: ResourceKind, changes: &Overrides) {
        for (key, limits) in changes {
            let path = format!("{path}.{key}");
            match metric::find(key.as_str()) {
                None => self.add(path, "is not a metric that is known here"),
                Some(metric) if !metric.of.contains(&kind) => {
                    self.add(path, format!("is not a metric of a {}", kind.word()));
                }
                Some(metric) => {
                    if let Some(limits) = limits {
                        self.limits(&path, metric, limits);
                    }
                }
            }
        }
    }

    fn limits(&mut self, path: &str, metric: &Metric, limits: &Limits) {
        if limits.warning.is_none() && limits.critical.is_none() {
            self.add(
                path,
                "needs a warning or a critical limit; null switches it off",
            );
        }
        for (name, limit) in [("warning", limits.warning), ("critical", limits.critical)] {
            if let Some(limit) = limit {
                self.limit(&format!("{path}.{name}"), metric, limit);
            }
        }
        if let (Some(warning), Some(critical)) = (limits.warning, limits.critical)
            && is_better(metric, critical.raise, warning.raise)
        {
            let problem = "must not be crossed before the warning's";
            self.add(format!("{path}.critical.raise"), problem);
        }
    }

    fn limit(&mut self, path: &str, metric: &Metric, limit: Limit) {
        let raise = format!("{path}.raise");
        if !limit.raise.is_finite() || !limit.clear.is_finite() {
            self.add(raise, "and clear must be numbers");
            return;
        }
        if metric.judged_unit() == Unit::Ratio && !(0.0..=2.0).contains(&limit.raise) {
            self.add(raise, "is a share: 0.8 means 80 %");
        }
        if !is_better(metric, limit.clear, limit.raise) {
            let problem = match metric.direction {
                Direction::LowerIsWorse => "must be above raise",
                Direction::HigherIsWorse | Direction::Neutral => "must be below raise",
            };
            self.add(format!("{path}.clear"), problem);
        }
        if limit.dwell_seconds > LONGEST_DWELL {
            let problem = "must be a day (86400) at most";
            self.add(format!("{path}.dwell_seconds"), problem);
        }
    }
}

/// Whether `one` is on the better side of `other`.
fn is_better(metric: &Metric, one: f64, other: f64) -> bool {
    match metric.direction {
        Direction::LowerIsWorse => one > other,
        Direction::HigherIsWorse | Direction::Neutral => one < other,
    }
}
