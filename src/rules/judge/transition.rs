//! Putting a verdict into the form the ledger takes.

use super::{Entry, Key};
use crate::model::alert::{Finding, Severity, Transition};
use crate::model::time::Timestamp;
use crate::rules::reading::{Moment, Reading};

pub(super) fn finding(
    key: &Key,
    reading: &Reading<'_>,
    severity: Severity,
    since: Timestamp,
    value: Option<f64>,
    limit: Option<f64>,
    now: Timestamp,
) -> Finding {
    let held = now.since(since);
    Finding {
        rule: key.rule,
        subject: key.subject.to_string(),
        resource: key.resource.clone(),
        resource_name: reading.about.name(),
        node: reading.about.node().map(str::to_owned),
        tags: reading.about.tags().to_vec(),
        severity,
        message: (reading.sentence)(Moment::Holds { limit, held }),
        value,
        limit,
        since,
        at: now,
    }
}

pub(super) fn clear(key: &Key, value: Option<f64>, at: Timestamp, message: String) -> Transition {
    Transition::Clear {
        rule: key.rule,
        subject: key.subject.to_string(),
        resource: key.resource.clone(),
        value,
        at,
        message,
    }
}

/// The end of what cannot be judged any more, if it fired.
pub(super) fn end(key: &Key, entry: &Entry, why: &str, now: Timestamp) -> Option<Transition> {
    entry.memory.firing()?;
    Some(clear(key, None, now, format!("{} {why}", entry.name)))
}
