//! The product itself: whether the past is being recorded.

use super::inward::{Inward, Pause};
use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::Scene;
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;

/// Characters of a reason that are repeated.
const REASON_LENGTH: usize = 240;

static KIND: RuleKind = RuleKind {
    name: "own_health",
    label: "homepulse itself",
    about: "Warns when samples no longer reach the disk.",
    of: &[ResourceKind::Target],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Critical; 3]),
        Field::dwell([0.0; 3]),
    ],
};

/// See the module.
pub(super) struct Own;

impl Rule for Own {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Plain>(values)
    }

    /// No target is to blame.
    fn look(&self, _: &Scene<'_>, _: &mut dyn FnMut(Reading<'_>)) {}

    fn look_inward(&self, scene: &Inward<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let Some(settings) = scene.settings::<Plain>() else {
            return;
        };
        let paused = scene.own.paused.as_ref();
        let evidence = Evidence::state(paused.is_some(), settings.severity, settings.dwell_seconds);
        report(Reading {
            subject: "recording",
            about: scene.about,
            evidence: evidence.held_since(paused.map(|pause| pause.since)),
            sentence: &|moment| sentence(paused, moment),
        });
    }

    fn is_inward(&self) -> bool {
        true
    }
}

fn sentence(pause: Option<&Pause>, moment: Moment) -> String {
    match (moment, pause) {
        (Moment::Holds { held, .. }, Some(pause)) => {
            let held = match held.as_secs() {
                0 => String::new(),
                _ => format!(" for {}", words::span(held)),
            };
            let reason = words::shorten(&pause.reason, REASON_LENGTH);
            let advice = if pause.disk_full {
                "Free some space on its disk"
            } else {
                "Look at its disk and its log"
            };
            format!(
                "homepulse: history has not been recorded{held} — {reason}. {advice}: samples \
                 wait in memory until that is full, then charts have a gap"
            )
        }
        (Moment::Ended { held }, _) => format!(
            "homepulse: history is recorded again after {}",
            words::span(held)
        ),
        (Moment::Holds { .. } | Moment::Moot { .. }, _) => {
            "homepulse: history has not been recorded".to_owned()
        }
    }
}

#[cfg(test)]
mod tests;
