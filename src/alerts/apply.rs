//! Entering what rules say: fire, get worse or better, resolve.

use rusqlite::Connection;

use super::{AlertError, AlertEvent, Event, log, table};
use crate::model::alert::{Alert, AlertState, Finding, Transition};
use crate::model::id::AlertId;

/// Enters `transitions` in the ledger and tells which alerts they changed.
///
/// Runs inside the caller's transaction, so that the messages about an alert can be queued in
/// the same one. Entering the same transitions again changes nothing and tells nothing.
///
/// # Errors
/// When the database fails; the caller's transaction must then be given up.
pub fn apply(tx: &Connection, transitions: &[Transition]) -> Result<Vec<AlertEvent>, AlertError> {
    let mut events = Vec::new();
    for transition in transitions {
        let event = match transition {
            // A rule whose memory and the ledger disagree says the one for the other; what
            // counts is whether the alert is open.
            Transition::Fire(finding) | Transition::Update(finding) => hold(tx, finding)?,
            Transition::Clear { .. } => resolve(tx, transition)?,
        };
        events.extend(event);
    }
    Ok(events)
}

fn hold(tx: &Connection, finding: &Finding) -> Result<Option<AlertEvent>, AlertError> {
    let open = table::open_alert_of(tx, finding.rule, &finding.subject, &finding.resource)?;
    let severity = finding.severity.word();
    let Some(before) = open else {
        let mut alert = begin(finding);
        if table::is_known(tx, &alert.id)? {
            // The same began in the same millisecond before, as after a step of the clock.
            alert.id = AlertId::random();
        }
        table::insert(tx, &alert, finding.at)?;
        log::note(
            tx,
            &alert.id,
            finding.at,
            Event::Fired,
            None,
            Some(severity),
        )?;
        return Ok(Some(AlertEvent {
            alert,
            event: Event::Fired,
        }));
    };
    let alert = Alert {
        severity: finding.severity,
        message: finding.message.clone(),
        value: finding.value,
        limit: finding.limit,
        last_seen: before.last_seen.max(finding.at),
        ..before.clone()
    };
    if alert == before {
        return Ok(None);
    }
    table::update(tx, &alert)?;
    if alert.severity != before.severity {
        log::note(
            tx,
            &alert.id,
            finding.at,
            Event::Updated,
            None,
            Some(severity),
        )?;
    }
    Ok(Some(AlertEvent {
        alert,
        event: Event::Updated,
    }))
}

fn resolve(tx: &Connection, clear: &Transition) -> Result<Option<AlertEvent>, AlertError> {
    let Transition::Clear {
        rule,
        subject,
        resource,
        value,
        at,
        message,
    } = clear
    else {
        return Ok(None);
    };
    let Some(mut alert) = table::open_alert_of(tx, rule, subject, resource)? else {
        return Ok(None);
    };
    // After a step of the clock an alert must not end before it began.
    let at = (*at).max(alert.started_at);
    alert.state = AlertState::Resolved;
    alert.resolved_at = Some(at);
    alert.last_seen = at;
    alert.value = value.or(alert.value);
    alert.message.clone_from(message);
    // Nothing holds back an end; what held the alert while it lasted stays in its log.
    alert.hold = None;
    table::update(tx, &alert)?;
    log::note(tx, &alert.id, at, Event::Resolved, None, None)?;
    Ok(Some(AlertEvent {
        alert,
        event: Event::Resolved,
    }))
}

pub(super) fn begin(finding: &Finding) -> Alert {
    Alert {
        id: finding.alert_id(),
        rule: finding.rule.to_owned(),
        subject: finding.subject.clone(),
        resource: finding.resource.clone(),
        resource_name: finding.resource_name.clone(),
        node: finding.node.clone(),
        severity: finding.severity,
        state: AlertState::Firing,
        message: finding.message.clone(),
        value: finding.value,
        limit: finding.limit,
        started_at: finding.since,
        last_seen: finding.at,
        resolved_at: None,
        acknowledged_at: None,
        acknowledged_by: None,
        tags: finding.tags.clone(),
        hold: None,
    }
}
