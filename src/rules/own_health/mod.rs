//! The product itself: whether the past is being recorded.

use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::{Scene, Watched};
use super::{RULES, Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::model::time::Timestamp;

/// Characters of a reason that are repeated.
const REASON_LENGTH: usize = 240;

/// How the product itself is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnHealth {
    /// Why and since when samples do not reach the disk; `None` while they do.
    pub paused: Option<Pause>,
}

/// Recording has stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// Whether the disk is full, rather than broken.
    pub disk_full: bool,
    /// The error, for people.
    pub reason: String,
}

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

    fn look_inward(
        &self,
        own: &OwnHealth,
        about: &Watched<'_>,
        report: &mut dyn FnMut(Reading<'_>),
    ) {
        let place = RULES.iter().position(|rule| rule.kind().name == KIND.name);
        let Some(settings) = place.and_then(|place| about.set().rule::<Plain>(place)) else {
            return;
        };
        let evidence = Evidence::state(
            own.paused.is_some(),
            settings.severity,
            settings.dwell_seconds,
        );
        report(Reading {
            subject: "recording",
            about,
            evidence: evidence.held_since(own.paused.as_ref().map(|pause| pause.since)),
            sentence: &|moment| sentence(own.paused.as_ref(), moment),
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
