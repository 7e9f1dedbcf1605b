//! What comes and goes too often to be told each time.

use super::{Ground, Waits};
use crate::model::alert::{HoldReason, Standing};
use crate::model::time::Timestamp;

/// Counted when the alert was entered, so that it stays what it was while the alert lasts. What
/// flapped the time before goes on doing so with half as many beginnings.
pub(super) fn flapping(subject: &Standing, waits: &Waits, now: Timestamp) -> Option<Ground> {
    let enter = usize::try_from(waits.flapping_count?).unwrap_or(usize::MAX);
    let window = waits.flapping_window();
    let steady_at = subject.entered_at + waits.steady();
    let starts = subject
        .starts
        .iter()
        .filter(|start| subject.entered_at.since(**start) < window)
        .count();
    let limit = if subject.was_flapping {
        enter.div_ceil(2)
    } else {
        enter
    };
    (starts >= limit.max(2) && now < steady_at).then(|| Ground {
        reason: HoldReason::Flapping,
        by: format!("began {starts} times within {} min", waits.flapping_minutes),
        until: Some(steady_at),
    })
}
