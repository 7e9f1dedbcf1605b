//! Finding every mistake in the settings before they are used, by the name of its field.

use super::{Level, Limit, Limits, RuleSettings, Side};
use crate::model::id::ResourceKind;
use crate::model::metric::{self, Metric, MetricKey, Unit};
use crate::rules::{rule_called, threshold};

/// Longest dwell that can be set: a day.
const LONGEST_DWELL: u32 = 86_400;

/// The most pools, tags or resources that can have a level.
const MOST_LEVELS: usize = 10_000;

/// The most metrics that a level can speak of, and characters of a metric's key.
const MOST_METRICS: usize = 500;
const LONGEST_KEY: usize = 200;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct SettingsError {
    /// The field, as a path such as `kinds.guest.metrics.cpu.warning.clear`.
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
        for (kind, level) in &self.kinds {
            mistakes.level(&format!("kinds.{}", kind.word()), Of::Kind(*kind), level);
        }
        for (name, level) in &self.pools {
            mistakes.level(&format!("pools.{name}"), Of::Guests, level);
        }
        for (name, level) in &self.tags {
            mistakes.level(&format!("tags.{name}"), Of::Tag, level);
        }
        for (id, level) in &self.resources {
            mistakes.level(&format!("resources.{id}"), Of::Kind(id.kind()), level);
        }
        for (field, count) in [
            ("pools", self.pools.len()),
            ("tags", self.tags.len()),
            ("resources", self.resources.len()),
        ] {
            if count > MOST_LEVELS {
                mistakes.add(field, format!("must be {MOST_LEVELS} at most"));
            }
        }
        if mistakes.0.is_empty() {
            Ok(())
        } else {
            Err(mistakes.0)
        }
    }
}

/// What a level is about.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Kind(ResourceKind),
    /// Pools hold guests.
    Guests,
    /// So do tags, and they have a priority.
    Tag,
}

impl Of {
    const fn kind(self) -> ResourceKind {
        match self {
            Self::Kind(kind) => kind,
            Self::Guests | Self::Tag => ResourceKind::Guest,
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

    fn level(&mut self, path: &str, of: Of, level: &Level) {
        if level.priority != 0 && of != Of::Tag {
            self.add(format!("{path}.priority"), "is for tags only");
        }
        if level.metrics.len() > MOST_METRICS {
            self.add(
                format!("{path}.metrics"),
                format!("must be {MOST_METRICS} at most"),
            );
        }
        for (key, limits) in &level.metrics {
            self.metric(
                &format!("{path}.metrics.{key}"),
                of.kind(),
                key,
                limits.as_ref(),
            );
        }
        for (name, values) in &level.rules {
            let path = format!("{path}.rules.{name}");
            match rule_called(name).map(|rule| rule.kind()) {
                None => self.add(path, "is not a rule that is known here"),
                Some(rule) if !rule.of.contains(&of.kind()) => {
                    self.add(path, format!("is not a rule about a {}", of.kind().word()));
                }
                Some(rule) => {
                    if let Some(values) = values {
                        rule.check(&path, values, &mut self.0);
                    }
                }
            }
        }
    }

    fn metric(&mut self, path: &str, of: ResourceKind, key: &MetricKey, limits: Option<&Limits>) {
        let whole = threshold::whole_of(key);
        let row = metric::find(whole.as_ref().unwrap_or(key).as_str());
        let fits = row.is_some_and(|row| row.of.contains(&of));
        if whole.is_some() && of != ResourceKind::Guest {
            self.add(path, "is a file system, which only guests have");
        } else if of == ResourceKind::Pushed {
            if key.as_str().is_empty() || key.as_str().chars().count() > LONGEST_KEY {
                self.add(path, format!("must have 1 to {LONGEST_KEY} characters"));
            }
            self.limits(path, None, limits);
        } else if row.is_none() {
            self.add(path, "is not a metric that is known here");
        } else if fits {
            self.limits(path, row, limits);
        } else {
            self.add(path, format!("is not a metric of a {}", of.word()));
        }
    }

    fn limits(&mut self, path: &str, metric: Option<&Metric>, limits: Option<&Limits>) {
        let Some(limits) = limits else {
            return;
        };
        let mut raised = [None; 4];
        for (place, (name, _, side, limit)) in limits.each(metric).enumerate() {
            raised[place] = Some((name, side, limit.raise));
            self.limit(&format!("{path}.{name}"), metric, side, limit);
        }
        if raised[0].is_none() {
            let problem = "needs a warning or a critical limit; null switches it off";
            self.add(path, problem);
        }
        for (mild, grave) in [("warning", "critical"), ("low_warning", "low_critical")] {
            let of = |wanted| raised.iter().flatten().find(|(name, ..)| *name == wanted);
            if let (Some((_, side, mild)), Some((_, _, raise))) = (of(mild), of(grave))
                && side.is_better(*raise, *mild)
            {
                let problem = "must not be crossed before the warning's";
                self.add(format!("{path}.{grave}.raise"), problem);
            }
        }
        let is_bad_when_low = Side::of(metric) == Side::Below;
        if is_bad_when_low && (limits.low_warning.is_some() || limits.low_critical.is_some()) {
            let problem = "is for metrics that are bad when high; this one's warning and critical \
                           are below already";
            self.add(format!("{path}.low_warning"), problem);
        }
    }

    fn limit(&mut self, path: &str, metric: Option<&Metric>, side: Side, limit: Limit) {
        let raise = format!("{path}.raise");
        if !limit.raise.is_finite() || !limit.clear.is_finite() {
            self.add(raise, "and clear must be numbers");
            return;
        }
        let is_share = metric.is_some_and(|metric| metric.judged_unit() == Unit::Ratio);
        if is_share && !(0.0..=2.0).contains(&limit.raise) {
            self.add(raise, "is a share: 0.8 means 80 %");
        }
        if !side.is_better(limit.clear, limit.raise) {
            let problem = match side {
                Side::Below => "must be above raise",
                Side::Above => "must be below raise",
            };
            self.add(format!("{path}.clear"), problem);
        }
        if limit.dwell_seconds > LONGEST_DWELL {
            let problem = "must be a day (86400) at most";
            self.add(format!("{path}.dwell_seconds"), problem);
        }
    }
}
