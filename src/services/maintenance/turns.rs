//! What began and what ended between two looks. Pure.

use crate::model::time::Timestamp;
use crate::notify::{Maintenance, SystemEvent};

/// What of `before` is over, then what of `open` is new. What only lasts longer is neither.
pub(super) fn turns(
    before: &[Maintenance],
    open: &[Maintenance],
    now: Timestamp,
) -> Vec<SystemEvent> {
    let missing = |from: &[Maintenance], among: &[Maintenance], is_over| {
        let is_there = |one: &&Maintenance| !among.iter().any(|other| is_same(one, other));
        let missing = from.iter().filter(is_there).map(|one| SystemEvent {
            at: now,
            is_over,
            maintenance: one.clone(),
        });
        missing.collect::<Vec<_>>()
    };
    let mut events = missing(before, open, true);
    events.extend(missing(open, before, false));
    events
}

fn is_same(one: &Maintenance, other: &Maintenance) -> bool {
    (one.kind, &one.id, one.from) == (other.kind, &other.id, other.from)
}
