//! Alerts that others post: they join the ledger like any other, and end when their poster says
//! so or does not say anything any more.

use rusqlite::Connection;

use super::{AlertError, AlertEvent, apply, table};
use crate::model::alert::{AlertState, Finding, Severity, Transition};
use crate::model::id::{AlertId, ResourceId};
use crate::model::time::Timestamp;

/// The rule that posted alerts carry.
pub const POSTED: &str = "posted";

/// An alert as it is posted.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// Whose; something of its own where it is about nothing that is watched.
    pub resource: ResourceId,
    /// The name to show for it.
    pub resource_name: String,
    /// The node it is on.
    pub node: Option<String>,
    /// Tags to route by.
    pub tags: Vec<String>,
    /// What it is about; with the resource it tells whether two posts are the same alert.
    pub key: String,
    /// How bad.
    pub severity: Severity,
    /// One sentence for people.
    pub message: String,
    /// A figure, where there is one.
    pub value: Option<f64>,
    /// When it is over by itself.
    pub expires_at: Option<Timestamp>,
}

/// Enters a post: a new alert, or another word about one that holds.
///
/// # Errors
/// When the database fails; the caller's transaction must then be given up.
pub fn post(tx: &Connection, post: &Post, now: Timestamp) -> Result<Vec<AlertEvent>, AlertError> {
    let finding = Finding {
        rule: POSTED,
        subject: post.key.clone(),
        resource: post.resource.clone(),
        resource_name: post.resource_name.clone(),
        node: post.node.clone(),
        tags: post.tags.clone(),
        severity: post.severity,
        message: post.message.clone(),
        value: post.value,
        limit: None,
        since: now,
        at: now,
    };
    let events = apply(tx, &[Transition::Fire(finding)])?;
    tx.prepare_cached(
        "UPDATE alerts SET expires_at = ?4
         WHERE rule = ?1 AND subject = ?2 AND resource = ?3 AND state = 'firing'",
    )?
    .execute((
        POSTED,
        &post.key,
        post.resource.as_str(),
        post.expires_at.map(Timestamp::millis),
    ))?;
    Ok(events)
}

/// The end of a posted alert.
///
/// # Errors
/// When there is no such alert, a rule watches it, it is over already, or the database fails.
pub fn withdraw(
    connection: &Connection,
    id: &AlertId,
    message: Option<String>,
    now: Timestamp,
) -> Result<Transition, AlertError> {
    let alert = table::alert_by_id(connection, id)?;
    if alert.rule != POSTED {
        return Err(AlertError::Judged { id: id.clone() });
    }
    if alert.state == AlertState::Resolved {
        return Err(AlertError::Resolved { id: id.clone() });
    }
    Ok(Transition::Clear {
        rule: POSTED,
        message: message.unwrap_or_else(|| format!("{}: resolved", alert.resource_name)),
        subject: alert.subject,
        resource: alert.resource,
        value: None,
        at: now,
    })
}
