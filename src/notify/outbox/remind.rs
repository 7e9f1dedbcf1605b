//! Telling again: reminders and escalation of alerts that nobody has taken on.
//!
//! What is wanted follows from the open alerts, from what was told and from the routing alone, so
//! that it can be asked at any time and as often as one likes: after a restart nothing is missed
//! and nothing told twice.

use std::time::Duration;

use rusqlite::Connection;

use super::OutboxError;
use super::enqueue::{Entry, insert};
use super::told::{Told, told};
use crate::alerts;
use crate::model::alert::{Alert, AlertState};
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;
use crate::notify::audience::Audience;
use crate::notify::message::Occasion;
use crate::notify::routing::{Decision, Facts, Plan, Step};

/// Queues every reminder and every step of an escalation that is due, and counts them.
pub(in crate::notify) fn remind(
    tx: &Connection,
    audience: &Audience,
    now: Timestamp,
) -> Result<usize, OutboxError> {
    let mut queued = 0;
    for (alert, again) in due(tx, audience, now)? {
        for again in again {
            let entry = Entry {
                step: again.step,
                ..Entry::new(&alert, again.occasion, &again.plan)
            };
            queued += insert(tx, &entry, now)?;
        }
    }
    Ok(queued)
}

/// Whether anything is due.
pub(in crate::notify) fn is_due(
    connection: &Connection,
    audience: &Audience,
    now: Timestamp,
) -> Result<bool, OutboxError> {
    Ok(!due(connection, audience, now)?.is_empty())
}

fn due(
    connection: &Connection,
    audience: &Audience,
    now: Timestamp,
) -> Result<Vec<(Alert, Vec<Again>)>, OutboxError> {
    let mut found = Vec::new();
    for alert in alerts::open(connection)? {
        if !is_forgotten(&alert) {
            continue;
        }
        let decision = audience.decide(&Facts::of(&alert), now);
        if decision.steps.is_empty() && decision.plans.iter().all(|plan| plan.remind.is_none()) {
            continue;
        }
        let told = told(connection, &alert.id)?;
        let again = wanted(&alert, &told, &decision, now);
        if !again.is_empty() {
            found.push((alert, again));
        }
    }
    Ok(found)
}

/// Whether an alert holds, nothing keeps it from being told, and nobody has taken it on.
fn is_forgotten(alert: &Alert) -> bool {
    alert.state == AlertState::Firing && alert.acknowledged_at.is_none() && alert.hold.is_none()
}

/// One channel that is to be told again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Again {
    pub(super) plan: Plan,
    pub(super) occasion: Occasion,
    /// Which reminder, from 1; or after how many minutes the step of the escalation comes.
    pub(super) step: u32,
}

/// Who is to be told again at `now`. Pure.
pub(super) fn wanted(
    alert: &Alert,
    told: &[Told],
    decision: &Decision,
    now: Timestamp,
) -> Vec<Again> {
    if !is_forgotten(alert) {
        return Vec::new();
    }
    let known = || told.iter().filter(|told| told.is_known(now));
    let Some(known_at) = known().map(Told::known_at).min() else {
        return Vec::new();
    };
    let reminders = decision
        .plans
        .iter()
        .filter_map(|plan| reminder(told, plan, now));
    let is_told = |step: &Step, channel: &ChannelId| {
        told.iter().any(|told| {
            told.occasion == Some(Occasion::Escalated)
                && told.step == step.after_minutes
                && told.channel == *channel
        })
    };
    let steps = decision.steps.iter().filter(|step| {
        let wait = Duration::from_secs(60 * u64::from(step.after_minutes));
        step.quiet.is_none() && known_at + wait <= now
    });
    let mut again: Vec<Again> = reminders.collect();
    for step in steps {
        for channel in &step.channels {
            let is_new = again
                .iter()
                .all(|one| one.plan.channel != *channel || one.step != step.after_minutes);
            if is_new && !is_told(step, channel) {
                again.push(Again {
                    plan: Plan::plain(channel.clone()),
                    occasion: Occasion::Escalated,
                    step: step.after_minutes,
                });
            }
        }
    }
    again
}

/// The reminder for a channel that has been told, some time ago, and has nothing to come.
fn reminder(told: &[Told], plan: &Plan, now: Timestamp) -> Option<Again> {
    let interval = plan.remind.filter(|_| plan.quiet.is_none())?;
    let here = || told.iter().filter(|told| told.channel == plan.channel);
    if here().any(Told::is_due) {
        return None;
    }
    let latest = here()
        .filter(|told| told.is_known(now))
        .map(|told| told.finished_at.unwrap_or(told.created_at))
        .max()?;
    let earlier = here().filter(|told| told.occasion == Some(Occasion::Reminder));
    (latest + interval <= now).then(|| Again {
        plan: plan.clone(),
        occasion: Occasion::Reminder,
        step: u32::try_from(earlier.count()).unwrap_or(u32::MAX) + 1,
    })
}
