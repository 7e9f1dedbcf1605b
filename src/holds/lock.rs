//! A guest that is being backed up, moved or snapshotted, and a node that backs guests up.

use std::time::Duration;

use super::{Context, Ground, explained, view_of};
use crate::model::alert::{HoldReason, Standing};
use crate::model::resource::Resource;
use crate::model::task::{Task, TaskOutcome};
use crate::model::time::Timestamp;
use crate::state::TargetView;

/// Locks that explain load and absence. Others, such as `suspended`, say how a guest was left.
const WORK: &[&str] = &[
    "backup",
    "clone",
    "create",
    "disk",
    "migrate",
    "mounted",
    "rollback",
    "snapshot",
    "snapshot-delete",
    "suspending",
];

/// A lock that stands longer was left behind by something that broke.
const LONGEST: Duration = Duration::from_secs(86_400);

pub(super) fn locked(subject: &Standing, context: &Context<'_>, now: Timestamp) -> Option<Ground> {
    let alert = &subject.alert;
    if now.since(subject.entered_at) >= LONGEST {
        return None;
    }
    let view = view_of(alert, context.fleet)?;
    let lock = match view.resources.get(&alert.resource).map(|found| &**found) {
        Some(Resource::Guest(guest)) if explained::by_lock(alert) => guest
            .lock
            .clone()
            .filter(|lock| WORK.contains(&lock.as_str()))
            .or_else(|| backup(view, now, |task| is_of(task, guest.vmid))),
        Some(Resource::Node(node)) if explained::by_backup_on_node(alert) => {
            backup(view, now, |task| task.node.as_ref() == Some(&node.name))
        }
        _ => return None,
    };
    let ground = |by: String, until| Ground {
        reason: HoldReason::Locked,
        by,
        until,
    };
    if let Some(by) = lock {
        return Some(ground(by, None));
    }
    // Figures that a backup drove up are still up in the look that no longer shows its lock.
    let before = alert.hold.as_ref();
    let before = before.filter(|hold| hold.reason == HoldReason::Locked)?;
    let until = before
        .until
        .unwrap_or(now + context.suppressions.waits.settle());
    (now < until).then(|| ground(before.by.clone(), Some(until)))
}

fn backup(view: &TargetView, now: Timestamp, wanted: impl Fn(&Task) -> bool) -> Option<String> {
    let tasks = view.facts.tasks.value()?;
    let is_running = |task: &&Task| {
        task.kind == "vzdump"
            && task.outcome == TaskOutcome::Running
            && now.since(task.began_at) < LONGEST
            && wanted(task)
    };
    tasks.iter().find(is_running).map(|task| task.kind.clone())
}

/// Whether a task works on the guest; those on many guests name none.
fn is_of(task: &Task, vmid: u32) -> bool {
    task.subject
        .as_deref()
        .and_then(|subject| subject.parse().ok())
        == Some(vmid)
}
