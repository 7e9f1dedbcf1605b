//! Samples that came and were not kept: charts have gaps that nobody measured.

use super::inward::{Inward, Lost};
use super::kind::{self, Field, Pair, Parsed, Preset, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::Scene;
use super::{Rule, words};
use crate::model::id::ResourceKind;

static KIND: RuleKind = RuleKind {
    name: "samples_lost",
    label: "Samples lost",
    about: "Warns when so many samples came within ten minutes and were not kept: there was no \
            room, or their times were wrong.",
    of: &[ResourceKind::Target],
    on: [true; 3],
    fields: &[
        Field::limit(
            "warning",
            "Warn when so many are lost",
            "",
            [1.0, 1e9],
            [
                Preset::Number(1000.0),
                Preset::Number(100.0),
                Preset::Number(1.0),
            ],
        ),
        Field::limit(
            "critical",
            "Critical when so many are lost",
            "",
            [1.0, 1e9],
            [Preset::Off; 3],
        ),
    ],
};

/// See the module.
pub(super) struct SamplesLost;

impl Rule for SamplesLost {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Pair>(values)
    }

    /// No target is to blame.
    fn look(&self, _: &Scene<'_>, _: &mut dyn FnMut(Reading<'_>)) {}

    fn look_inward(&self, scene: &Inward<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let Some(pair) = scene.settings::<Pair>() else {
            return;
        };
        let lost = scene.own.lost;
        report(Reading {
            subject: "samples",
            about: scene.about,
            evidence: Evidence::above(lost.count() as f64, *pair, 1.0, 0),
            sentence: &|moment| sentence(lost, moment),
        });
    }

    fn is_inward(&self) -> bool {
        true
    }
}

fn sentence(lost: Lost, moment: Moment) -> String {
    let count = lost.count();
    let span = Lost::SPAN_MINUTES;
    match moment {
        Moment::Holds { .. } => format!(
            "homepulse: {count} samples were not kept within {span} min — {} had no room, the \
             times of {} were too far from ours. Look at its memory and disk, and at the clocks of \
             what pushes figures",
            lost.refused, lost.untimely
        ),
        Moment::Ended { held } => format!(
            "homepulse: samples are kept again after {}",
            words::span(held)
        ),
        Moment::Moot { .. } => "homepulse: samples were not kept".to_owned(),
    }
}

#[cfg(test)]
mod tests;
