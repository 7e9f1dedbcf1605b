//! What the audit is told of commands and of the jobs that they become.

use serde_json::{Map, Value};

use super::{Asker, Job};
use crate::model::action::Action;
use crate::model::resource::Guest;
use crate::services::audit::{NewEntry, Outcome};
use crate::telemetry::clock;

fn word(action: &Action) -> String {
    format!("guest.{}", action.word())
}

/// What a job does, as the audit calls it.
pub(in crate::services) fn word_of(job: &Job) -> String {
    format!("{}.{}", job.order.subject(), job.order.word())
}

/// What the audit is told of a job.
pub(in crate::services) fn entry(
    job: &Job,
    by: &Asker,
    action: &str,
    outcome: Outcome,
    message: String,
) -> NewEntry {
    let mut details = map_of(job.order.parameters());
    details.insert("job".to_owned(), Value::from(job.id.to_string()));
    details.extend(
        job.task
            .clone()
            .map(|task| ("task".to_owned(), Value::from(task))),
    );
    NewEntry {
        at: clock::now(),
        actor: by.name.clone(),
        peer: by.peer.clone(),
        action: action.to_owned(),
        resource: job.resource.to_string(),
        resource_name: job.resource_name.clone(),
        details: Value::Object(details),
        outcome,
        message,
    }
}

/// What the audit is told of a command that no job was made of.
pub(super) fn entry_of(
    guest: &Guest,
    action: &Action,
    by: &Asker,
    outcome: Outcome,
    message: String,
) -> NewEntry {
    NewEntry {
        at: clock::now(),
        actor: by.name.clone(),
        peer: by.peer.clone(),
        action: word(action),
        resource: guest.id.to_string(),
        resource_name: guest.name.clone(),
        details: Value::Object(map_of(action.parameters())),
        outcome,
        message,
    }
}

fn map_of(parameters: Vec<(&'static str, String)>) -> Map<String, Value> {
    let all = parameters.into_iter();
    all.map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect()
}
