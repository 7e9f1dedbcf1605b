//! Deciding which channels have to be told of a changed alert, and queueing the messages.

use rusqlite::{Connection, named_params};

use super::told::{Told, told};
use super::{OutboxError, gate};
use crate::model::alert::{Alert, AlertState};
use crate::model::id::{ChannelId, DeliveryId};
use crate::model::time::{Timestamp, Window};
use crate::notify::audience::Audience;
use crate::notify::message::Occasion;
use crate::notify::routing::{Decision, Facts, Plan};

/// Queues what has to be told about `alerts`, as they are after a change, and counts it.
///
/// Runs in the transaction of the change. What is told follows from the alert, from the routing
/// and from what the outbox holds already, so the same alert can be passed again without anybody
/// being told twice: it is told when it is new, nobody has taken it on and nothing holds it back,
/// when it is worse than what was told, and when it is over, to every channel that was told of
/// its beginning or is about to be.
///
/// # Errors
/// When the database fails; the caller's transaction must then be given up.
pub fn enqueue<'a>(
    tx: &Connection,
    alerts: impl IntoIterator<Item = &'a Alert>,
    audience: &Audience,
    now: Timestamp,
) -> Result<usize, OutboxError> {
    let mut queued = 0;
    for alert in alerts {
        let told = told(tx, &alert.id)?;
        let decision = audience.decide(&Facts::of(alert), now);
        for (plan, occasion) in worth_telling(alert, &told, &decision) {
            queued += insert(tx, &Entry::new(alert, occasion, &plan), now)?;
        }
    }
    Ok(queued)
}

/// Who has to be told of an alert as it is, and why. Pure.
pub(super) fn worth_telling(
    alert: &Alert,
    told: &[Told],
    decision: &Decision,
) -> Vec<(Plan, Occasion)> {
    match alert.state {
        AlertState::Firing if alert.hold.is_some() => Vec::new(),
        AlertState::Firing => {
            let worst = told
                .iter()
                .filter(|told| told.is_alive())
                .filter_map(|told| told.severity);
            let is_news = worst.max() < Some(alert.severity);
            let plans = decision.plans.iter();
            // Nobody can be told by a channel that this very channel does not work.
            let is_other =
                |plan: &&Plan| !alert.resource.is_own() || alert.subject != plan.channel.as_str();
            plans
                .filter(is_other)
                .filter_map(|plan| Some((plan.clone(), beginning(alert, told, plan, is_news)?)))
                .collect()
        }
        AlertState::Resolved => {
            let mut channels: Vec<&ChannelId> = told.iter().map(|told| &told.channel).collect();
            channels.sort();
            channels.dedup();
            channels
                .into_iter()
                .filter(|channel| is_end_wanted(told, channel))
                .map(|channel| (end(told, channel, decision), Occasion::Resolved))
                .collect()
        }
    }
}

/// Why a channel is told of an alert that holds. One that has not been told anything is only told
/// what is news to everybody, so that a route which matches by the hour does not tell old alerts.
fn beginning(alert: &Alert, told: &[Told], plan: &Plan, is_news: bool) -> Option<Occasion> {
    let here = || told.iter().filter(|told| told.channel == plan.channel);
    if here().next().is_none() {
        return (is_news && alert.acknowledged_at.is_none()).then_some(Occasion::Fired);
    }
    let worst = here().filter_map(|told| told.severity).max();
    let is_waiting = here().all(Told::is_held);
    match (worst < Some(alert.severity), is_waiting) {
        (false, _) => None,
        (true, true) => Some(Occasion::Fired),
        (true, false) => Some(Occasion::Worsened),
    }
}

fn is_end_wanted(told: &[Told], channel: &ChannelId) -> bool {
    let here = || told.iter().filter(|told| told.channel == *channel);
    here().any(Told::is_alive) && here().all(|told| told.occasion != Some(Occasion::Resolved))
}

/// How a channel is told of the end: as of everything, but with the beginning where that still
/// waits for quiet hours to end.
fn end(told: &[Told], channel: &ChannelId, decision: &Decision) -> Plan {
    let plan = decision.plan(channel).cloned();
    let mut plan = plan.unwrap_or_else(|| Plan::plain(channel.clone()));
    let waiting = told
        .iter()
        .find(|told| told.channel == *channel && told.is_held());
    if let Some(until) = waiting.and_then(|told| told.held_until) {
        plan.quiet = Some(Window {
            from: waiting.map_or(until, |told| told.created_at),
            to: until,
        });
    }
    plan
}

/// One message to be queued.
pub(super) struct Entry<'a> {
    pub(super) alert: &'a Alert,
    pub(super) occasion: Occasion,
    /// Which reminder, or which step of the escalation.
    pub(super) step: u32,
    pub(super) plan: &'a Plan,
}

impl<'a> Entry<'a> {
    pub(super) const fn new(alert: &'a Alert, occasion: Occasion, plan: &'a Plan) -> Self {
        Self {
            alert,
            occasion,
            step: 0,
            plan,
        }
    }
}

/// Queues one message, unless its channel was removed a moment ago.
pub(super) fn insert(
    tx: &Connection,
    entry: &Entry<'_>,
    now: Timestamp,
) -> Result<usize, OutboxError> {
    let (alert, plan) = (entry.alert, entry.plan);
    let held_until = plan.quiet.map(|quiet| quiet.to);
    let due_at = match held_until {
        Some(until) => until,
        None => due_at(tx, plan, now)?,
    };
    if held_until.is_none() {
        supersede(tx, alert, &plan.channel, now)?;
    }
    let snapshot = serde_json::to_string(alert).map_err(|source| OutboxError::Snapshot {
        alert: alert.id.clone(),
        source,
    })?;
    let mut statement = tx.prepare_cached(
        "INSERT INTO deliveries
             (id, alert, channel, event, severity, snapshot, state, due_at, created_at, step,
              held_until)
         SELECT :id, :alert, id, :event, :severity, :snapshot, 'due', :due_at, :now, :step,
                :held_until
         FROM channels WHERE id = :channel AND enabled",
    )?;
    Ok(statement.execute(named_params! {
        ":id": DeliveryId::random().as_str(),
        ":alert": alert.id.as_str(),
        ":channel": plan.channel.as_str(),
        ":event": entry.occasion.word(),
        ":severity": alert.severity.word(),
        ":snapshot": snapshot,
        ":due_at": due_at.millis(),
        ":now": now.millis(),
        ":step": entry.step,
        ":held_until": held_until.map(Timestamp::millis),
    })?)
}

/// When a message is due that waits for no quiet hours: together with what waits already, after
/// the time in which news is gathered, or at once.
fn due_at(tx: &Connection, plan: &Plan, now: Timestamp) -> Result<Timestamp, OutboxError> {
    let gathered = gate::load(tx, &plan.channel)?
        .told_at
        .map(|told_at| (told_at + plan.group).min(now + plan.group));
    if let Some(gathered) = gathered.filter(|gathered| *gathered > now) {
        return Ok(gathered);
    }
    let waiting: Option<i64> = tx
        .prepare_cached(
            "SELECT MIN(due_at) FROM deliveries
             WHERE channel = ?1 AND state = 'due' AND batch IS NULL AND held_until IS NULL",
        )?
        .query_row([plan.channel.as_str()], |row| row.get(0))?;
    let wait = now + plan.wait;
    Ok(waiting.map_or(wait, |at| wait.min(Timestamp(at).max(now))))
}

/// What waits for quiet hours to end need not be told any more: it is said now.
fn supersede(
    tx: &Connection,
    alert: &Alert,
    channel: &ChannelId,
    now: Timestamp,
) -> Result<(), OutboxError> {
    tx.prepare_cached(
        "UPDATE deliveries
         SET state = 'dropped', finished_at = ?3, last_error = 'a later message says it'
         WHERE alert = ?1 AND channel = ?2 AND state = 'due' AND batch IS NULL
           AND held_until > ?3",
    )?
    .execute((alert.id.as_str(), channel.as_str(), now.millis()))?;
    Ok(())
}
