//! A target whose clock is not ours: times of backups and tasks then mean nothing.

use super::kind::{self, Field, Pair, Parsed, Preset, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::Scene;
use super::{Rule, words};
use crate::model::id::ResourceKind;
use crate::model::metric::Unit;

static KIND: RuleKind = RuleKind {
    name: "clock_skew",
    label: "Clocks differ",
    about: "Warns when the clock of a target and ours differ by so many seconds: ages of backups \
            and times of tasks are then wrong.",
    of: &[ResourceKind::Target],
    on: [true; 3],
    fields: &[
        Field::limit(
            "warning",
            "Warn when they differ by",
            "seconds",
            [1.0, 86_400.0],
            [
                Preset::Number(300.0),
                Preset::Number(30.0),
                Preset::Number(5.0),
            ],
        ),
        Field::limit(
            "critical",
            "Critical when they differ by",
            "seconds",
            [1.0, 86_400.0],
            [Preset::Off, Preset::Off, Preset::Number(60.0)],
        ),
    ],
};

/// One slow answer is no skew.
const DWELL: u32 = 300;

/// It is over at this share of the limit.
const SLACK: f64 = 0.8;

/// See the module.
pub(super) struct ClockSkew;

impl Rule for ClockSkew {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Pair>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let Some(pair) = scene.for_target::<Pair>() else {
            return;
        };
        #[expect(clippy::cast_precision_loss, reason = "a skew needs no such precision")]
        let skew = scene
            .view
            .summary
            .clock_skew_ms
            .map(|skew| skew as f64 / 1000.0);
        let evidence = match skew.filter(|_| scene.is_fresh()) {
            None => Evidence::Unknown,
            Some(skew) => Evidence::above(skew.abs(), *pair, SLACK, DWELL),
        };
        report(Reading {
            subject: "clock",
            about: &scene.target,
            evidence,
            sentence: &|moment| {
                let name = scene.target.name();
                let skew = skew.unwrap_or_default();
                let by = words::figure(skew.abs(), Unit::Seconds);
                let side = if skew > 0.0 { "ahead of" } else { "behind" };
                match moment {
                    Moment::Holds { .. } => {
                        format!("{name}: its clock is {by} {side} ours; check time synchronisation")
                    }
                    Moment::Ended { .. } => format!("{name}: its clock is right again"),
                    Moment::Moot { why } => format!("{name}: {why}"),
                }
            },
        });
    }
}

#[cfg(test)]
mod tests;
