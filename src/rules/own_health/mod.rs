//! The product itself: whether the past is being recorded.

use std::borrow::Cow;
use std::time::Duration;

use super::reading::{About, Evidence, Level, Levels, Moment, Reading, Scene, Signal};
use super::{Rule, words};
use crate::model::alert::Severity;
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

/// See the module.
pub(super) struct Own;

impl Rule for Own {
    fn name(&self) -> &'static str {
        "own_health"
    }

    /// No target is to blame.
    fn look(&self, _: &Scene<'_>, _: &mut dyn FnMut(Reading<'_>)) {}

    fn look_inward(&self, own: &OwnHealth, report: &mut dyn FnMut(Reading<'_>)) {
        let (signal, since) = match &own.paused {
            None => (Signal::Within, None),
            Some(pause) => (Signal::Beyond, Some(pause.since)),
        };
        let level = Level {
            signal,
            dwell: Duration::ZERO,
            limit: None,
        };
        report(Reading {
            subject: Cow::Borrowed("recording"),
            about: About::Own,
            evidence: Evidence::Measured {
                value: None,
                levels: Levels::only(Severity::Critical, level),
                since,
            },
            sentence: &|moment| sentence(own.paused.as_ref(), moment),
        });
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
