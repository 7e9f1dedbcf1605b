//! The product itself: whether the past is being recorded.

use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Level, Levels, Moment, Reading};
use super::scene::{Scene, Watched};
use super::settings::{Place, RuleBook};
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::time::Timestamp;

static KIND: RuleKind = RuleKind {
    name: "own_health",
    label: "Own health",
    about: "Warns when homepulse itself cannot do its work: history is not being recorded.",
    of: &[ResourceKind::Target],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Critical; 3]),
        Field::dwell([0.0; 3]),
    ],
};

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
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Plain>(values)
    }

    /// No target is to blame.
    fn look(&self, _: &Scene<'_>, _: &mut dyn FnMut(Reading<'_>)) {}

    fn look_inward(&self, inward: &Inward<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let Some(settings) = inward.settings::<Plain>() else {
            return;
        };
        let paused = inward.health.paused.as_ref();
        let level = Level::state(paused.is_some(), settings.dwell_seconds);
        report(Reading {
            subject: "recording",
            about: &inward.own,
            evidence: Evidence::Measured {
                value: None,
                levels: Levels::only(settings.severity, level),
                since: paused.map(|pause| pause.since),
            },
            sentence: &|moment| sentence(paused, moment),
        });
    }

    fn is_inward(&self) -> bool {
        true
    }
}

/// What a rule gets to see of the product itself.
pub struct Inward<'a> {
    /// How it is doing.
    pub health: &'a OwnHealth,
    /// What readings are about.
    pub own: Watched<'a>,
    rule: usize,
}

impl<'a> Inward<'a> {
    pub(super) fn new(
        health: &'a OwnHealth,
        id: &'a ResourceId,
        book: &mut RuleBook,
        noted: bool,
    ) -> Self {
        Self {
            health,
            own: Watched::own(id, book.of(Place::bare(id)), noted),
            rule: 0,
        }
    }

    pub(super) const fn for_rule(&mut self, rule: usize) -> &Self {
        self.rule = rule;
        self
    }

    /// The looking rule's settings; `None` where it is off.
    #[must_use]
    pub fn settings<T: 'static>(&self) -> Option<&T> {
        self.own.set().rule(self.rule)
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
