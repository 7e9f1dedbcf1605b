//! What comes and goes too often to be told each time.

use std::time::Duration;

use super::Ground;
use crate::model::alert::{HoldReason, Standing};
use crate::model::time::Timestamp;

/// The span in which beginnings are counted.
pub const WINDOW: Duration = Duration::from_secs(3600);

/// With so many beginnings within the span it flaps.
const ENTER: usize = 4;

/// What flapped the time before goes on doing so with this many.
const STAY: usize = 2;

/// What has held for so long without a break does not flap any more.
const STEADY: Duration = Duration::from_secs(900);

/// Counted when the alert was entered, so that it stays what it was while the alert lasts.
pub(super) fn flapping(subject: &Standing, now: Timestamp) -> Option<Ground> {
    let steady_at = subject.entered_at + STEADY;
    let starts = subject
        .starts
        .iter()
        .filter(|start| subject.entered_at.since(**start) < WINDOW)
        .count();
    let limit = if subject.was_flapping { STAY } else { ENTER };
    (starts >= limit && now < steady_at).then(|| Ground {
        reason: HoldReason::Flapping,
        by: format!("began {starts} times within {} min", WINDOW.as_secs() / 60),
        until: Some(steady_at),
    })
}
