//! What keeps people from being told of an alert, by evidence: a silence, a maintenance window, a
//! lock, a task that somebody started, another alert that explains it, or its own coming and going.
//!
//! Pure judgement over the ledger's open alerts, the Fleet and what people have set. Must not know
//! the database, the clock or who is told. Three things hold whatever happens here: monitoring
//! goes on, an end is always told to those who were told the beginning, and what still holds when
//! its hold ends is told then. Start with [`hold_of`].

mod explained;
mod flapping;
pub mod ical;
mod lock;
mod planned;
mod schedule;
mod scope;
mod topology;
mod waits;

use crate::model::alert::{Alert, Hold, HoldReason, Standing};
use crate::model::silence::{Calendar, MaintenanceWindow, Silence};
use crate::model::time::Timestamp;
use crate::state::{Fleet, TargetView};

pub use schedule::{ScheduleError, check, occurrences, open_at, zone};
pub use scope::{covers, covers_resource};
pub use waits::Waits;

/// What people have set.
#[derive(Clone, Debug, Default)]
pub struct Suppressions {
    /// Silences that have not ended.
    pub silences: Vec<Silence>,
    /// Maintenance windows.
    pub windows: Vec<MaintenanceWindow>,
    /// Calendars.
    pub calendars: Vec<Calendar>,
    /// How long things are waited for, and what counts as flapping.
    pub waits: Waits,
}

/// Everything that an alert is judged by.
#[derive(Clone)]
pub struct Context<'a> {
    fleet: &'a Fleet,
    suppressions: &'a Suppressions,
    /// Open alerts that may explain others; few, however many are open.
    causes: Vec<&'a Alert>,
    ended: &'a [Alert],
}

impl<'a> Context<'a> {
    /// The present, what people have set, every alert that holds, and those that ended within
    /// [`Waits::recovery`].
    #[must_use]
    pub fn new(
        fleet: &'a Fleet,
        suppressions: &'a Suppressions,
        standing: &'a [Standing],
        ended: &'a [Alert],
    ) -> Self {
        let alerts = standing.iter().map(|standing| &standing.alert);
        Self {
            fleet,
            suppressions,
            causes: alerts.filter(|alert| explained::is_cause(alert)).collect(),
            ended,
        }
    }
}

/// What keeps people from being told of `subject` now; the hold it has already, as long as that
/// goes on.
#[must_use]
pub fn hold_of(subject: &Standing, context: &Context<'_>, now: Timestamp) -> Option<Hold> {
    let alert = &subject.alert;
    let before = alert.hold.as_ref();
    let found = scope::silenced(alert, context, now)
        .or_else(|| scope::in_maintenance(alert, context, now))
        .or_else(|| {
            // Before the first look after a start there is no evidence; what was so stays so.
            if is_out_of_sight(alert, context.fleet) {
                let kept = before.filter(|hold| rests_on_evidence(hold.reason));
                return topology::inhibited(subject, context, now).or_else(|| kept.map(Ground::of));
            }
            topology::node_maintenance(alert, context)
                .or_else(|| topology::inhibited(subject, context, now))
                .or_else(|| planned::planned(subject, context, now))
                .or_else(|| lock::locked(subject, context, now))
        })
        .or_else(|| flapping::flapping(subject, &context.suppressions.waits, now))?;
    let is_same = |hold: &&Hold| hold.reason == found.reason && hold.by == found.by;
    Some(Hold {
        since: before.filter(is_same).map_or(now, |hold| hold.since),
        reason: found.reason,
        by: found.by,
        until: found.until,
    })
}

/// Why an alert is held, before it is known since when.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ground {
    reason: HoldReason,
    by: String,
    until: Option<Timestamp>,
}

const fn rests_on_evidence(reason: HoldReason) -> bool {
    match reason {
        HoldReason::Locked
        | HoldReason::Planned
        | HoldReason::NodeMaintenance
        | HoldReason::Inhibited => true,
        HoldReason::Silenced | HoldReason::Maintenance | HoldReason::Flapping => false,
    }
}

impl Ground {
    fn of(hold: &Hold) -> Self {
        Self {
            reason: hold.reason,
            by: hold.by.clone(),
            until: hold.until,
        }
    }
}

/// Whether nobody has seen anything under the alert's target since the program started.
fn is_out_of_sight(alert: &Alert, fleet: &Fleet) -> bool {
    view_of(alert, fleet).is_none_or(|view| view.seen_at.is_none())
}

/// The target that the alert's resource is under.
fn view_of<'a>(alert: &Alert, fleet: &'a Fleet) -> Option<&'a TargetView> {
    let target = alert.resource.target_text().parse().ok()?;
    fleet.target(&target).map(|view| &**view)
}

#[cfg(test)]
mod tests;
