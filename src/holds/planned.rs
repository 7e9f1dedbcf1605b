//! A guest that somebody switched off on purpose, as a task shows.

use std::time::Duration;

use super::{Context, Ground, explained, view_of};
use crate::model::alert::{HoldReason, Standing};
use crate::model::id::ResourceKind;
use crate::model::known::Gap;
use crate::model::task::Task;
use crate::model::time::Timestamp;
use crate::state::TargetView;

/// Tasks that switch one guest off.
const OFF: &[&str] = &[
    "qmdestroy",
    "qmreboot",
    "qmshutdown",
    "qmstop",
    "qmsuspend",
    "vzdestroy",
    "vzreboot",
    "vzshutdown",
    "vzstop",
    "vzsuspend",
];

/// Tasks that switch all guests of a node off.
const ALL_OFF: &[&str] = &["stopall"];

/// How far a task's end may lie before the moment the guest was off, and how much later it may
/// have begun by a clock that is not ours.
const NEAR: Duration = Duration::from_secs(300);

pub(super) fn planned(subject: &Standing, context: &Context<'_>, now: Timestamp) -> Option<Ground> {
    let alert = &subject.alert;
    if alert.resource.kind() != ResourceKind::Guest || !explained::is_absence(alert) {
        return None;
    }
    let before = alert.hold.as_ref();
    // The list of tasks forgets; that it was planned stays true until the guest runs again.
    if let Some(hold) =
        before.filter(|hold| hold.reason == HoldReason::Planned && hold.by != UNREAD)
    {
        return Some(Ground::of(hold));
    }
    let view = view_of(alert, context.fleet)?;
    let ground = |by: String, until| Ground {
        reason: HoldReason::Planned,
        by,
        until,
    };
    match task(view, subject, now) {
        Some(task) => Some(ground(words(task), None)),
        // Nobody has read the tasks yet: a short wait costs less than a false alarm.
        None if view.facts.tasks.gap() == Some(&Gap::NotAskedYet) => {
            let until = subject.entered_at + context.suppressions.waits.grace();
            (now < until).then(|| ground(UNREAD.to_owned(), Some(until)))
        }
        None => None,
    }
}

/// Stands in a hold while the tasks are not known yet.
const UNREAD: &str = "tasks not read yet";

fn task<'a>(view: &'a TargetView, subject: &Standing, now: Timestamp) -> Option<&'a Task> {
    let alert = &subject.alert;
    let vmid = alert.resource.local();
    let moment = alert.started_at;
    let tasks = view.facts.tasks.value()?;
    tasks.iter().find(|task| {
        let is_it = OFF.contains(&task.kind.as_str()) && task.subject.as_deref() == Some(vmid)
            || ALL_OFF.contains(&task.kind.as_str()) && task.node == alert.node;
        let ended = task.ended_at.unwrap_or(now);
        is_it
            && task.user.is_some()
            && !task.outcome.is_failed()
            && task.began_at <= moment + NEAR
            && ended + NEAR >= moment
    })
}

fn words(task: &Task) -> String {
    let user: String = task
        .user
        .iter()
        .flat_map(|user| user.chars())
        .filter(|c| !c.is_control())
        .take(80)
        .collect();
    format!("{} by {user}", task.kind)
}
