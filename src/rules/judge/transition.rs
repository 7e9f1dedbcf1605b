//! Putting a verdict into the form the ledger takes.

use super::Entry;
use crate::model::alert::{Finding, Severity, Transition};
use crate::model::id::ResourceId;
use crate::model::time::Timestamp;
use crate::rules::reading::{Moment, Reading};

pub(super) fn finding(
    rule: &'static str,
    reading: &Reading<'_>,
    (severity, since): (Severity, Timestamp),
    limit: Option<f64>,
    now: Timestamp,
) -> Finding {
    let held = now.since(since);
    Finding {
        rule,
        subject: reading.subject.to_owned(),
        resource: reading.about.it.id().clone(),
        resource_name: reading.about.name(),
        node: reading.about.node().map(str::to_owned),
        tags: reading.about.tags().to_vec(),
        severity,
        message: (reading.sentence)(Moment::Holds { limit, held }),
        value: reading.evidence.value(),
        limit,
        since,
        at: now,
    }
}

pub(super) fn clear(
    rule: &'static str,
    subject: &str,
    resource: &ResourceId,
    value: Option<f64>,
    at: Timestamp,
    message: String,
) -> Transition {
    Transition::Clear {
        rule,
        subject: subject.to_owned(),
        resource: resource.clone(),
        value,
        at,
        message,
    }
}

/// The end of what cannot be judged any more, if it fired.
pub(super) fn end(
    resource: &ResourceId,
    entry: &Entry,
    why: &str,
    now: Timestamp,
) -> Option<Transition> {
    entry.memory.firing()?;
    let message = format!("{} {why}", entry.name);
    let rule = entry.rule_name();
    Some(clear(rule, &entry.subject, resource, None, now, message))
}
