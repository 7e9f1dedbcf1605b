//! What became different between looks, to be recorded: attributes of resources against what was
//! recorded last, and tasks that have ended.
//!
//! What is recorded is read once from the database, so that what became different while nobody
//! looked is noticed with the first look, and a restart alone is no change.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::Serialize;

use crate::changes::{self, ABSENT, Attribute, Change, EndedTask, HERE, VALUE_LENGTH};
use crate::db::{Db, DbError};
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::resource::{GameServer, Guest, Node, Resource};
use crate::model::time::Timestamp;
use crate::state::{Diff, TargetView};

/// Changes of one hour that are recorded: hosts choose names and tags, and could fill the disk.
const HOURLY: usize = 5000;

/// How far a boot moment may wander between two processes of ours and still be the same boot.
const WANDER: u64 = 60_000;

/// Rows that wait at most while the database cannot be written.
const WAITING: usize = 20_000;

/// What has been noticed and recorded so far.
pub(super) struct Noticed {
    recorded: HashMap<ResourceId, BTreeMap<Attribute, String>>,
    changes: Vec<Change>,
    tasks: Vec<EndedTask>,
    /// The hour, and how many changes it may still have.
    budget: (Timestamp, usize),
}

impl Noticed {
    /// Goes on from what the database has recorded.
    pub(super) async fn open(db: &Db) -> Result<Self, DbError> {
        Ok(Self::after(db.reader.run(changes::standing).await?))
    }

    fn after(recorded: HashMap<ResourceId, BTreeMap<Attribute, String>>) -> Self {
        Self {
            recorded,
            changes: Vec::new(),
            tasks: Vec::new(),
            budget: (Timestamp(0), HOURLY),
        }
    }

    /// Notices what a look changed: `before` and `after` are the target's views around it.
    pub(super) fn look(
        &mut self,
        before: Option<&TargetView>,
        after: Option<&TargetView>,
        diff: &Diff,
        now: Timestamp,
    ) {
        let Some(target) = &diff.target else { return };
        let mut known_target = None;
        for id in &diff.changed {
            let Some(resource) = after.and_then(|view| view.resources.get(id)) else {
                continue;
            };
            let is_here = self.value(id, Attribute::Presence) == Some(HERE);
            if !is_here {
                // What comes with the first look at a target has been there before.
                let is_new = *known_target
                    .get_or_insert_with(|| was_seen(before) || self.knows(target))
                    && id.kind() != ResourceKind::Disk;
                self.set(id, Attribute::Presence, HERE.into(), is_new, now);
            }
            for (attribute, value) in attributes(resource) {
                self.set(id, attribute, value, false, now);
            }
        }
        for id in &diff.gone {
            self.set(id, Attribute::Presence, ABSENT.into(), false, now);
        }
        if diff.facts_changed
            && let Some(after) = after
        {
            self.end_tasks(target, before, after);
        }
    }

    fn knows(&self, target: &TargetId) -> bool {
        let target = target.as_str();
        self.recorded.keys().any(|id| id.target_text() == target)
    }

    fn value(&self, id: &ResourceId, attribute: Attribute) -> Option<&str> {
        let value = self.recorded.get(id)?.get(&attribute)?;
        Some(value)
    }

    /// Notes a value that differs from the recorded one; `was_absent` says that there was none
    /// though it would have been seen.
    fn set(
        &mut self,
        id: &ResourceId,
        attribute: Attribute,
        value: String,
        was_absent: bool,
        now: Timestamp,
    ) {
        let recorded = self.value(id, attribute);
        if recorded.is_some_and(|recorded| is_same(attribute, recorded, &value)) {
            return;
        }
        let before = match recorded {
            Some(recorded) => Some(recorded.to_owned()),
            None => was_absent.then(|| ABSENT.to_owned()),
        };
        if before.is_some() && !self.may_note(now) || self.changes.len() >= WAITING {
            return;
        }
        let values = self.recorded.entry(id.clone()).or_default();
        values.insert(attribute, value.clone());
        self.changes.push(Change {
            at: now,
            resource: id.clone(),
            attribute,
            before,
            after: value,
        });
    }

    /// What is left out now is noticed with the first look of the next hour.
    fn may_note(&mut self, now: Timestamp) -> bool {
        let hour = now.floor_to(Duration::from_secs(3600));
        if self.budget.0 != hour {
            self.budget = (hour, HOURLY);
        }
        if self.budget.1 == 0 {
            return false;
        }
        self.budget.1 -= 1;
        if self.budget.1 == 0 {
            tracing::warn!(
                "{HOURLY} changes within an hour; no more are recorded until it is over"
            );
        }
        true
    }

    fn end_tasks(&mut self, target: &TargetId, before: Option<&TargetView>, after: &TargetView) {
        let tasks = |view: &TargetView| view.facts.tasks.value().cloned();
        let Some(now) = tasks(after) else { return };
        let old = before.and_then(tasks);
        if old.as_ref().is_some_and(|old| old.is_same(&now)) {
            return;
        }
        let known = |id: &str| {
            let mut known = old.iter().flat_map(|old| old.iter());
            known.any(|task| task.id == id && task.ended_at.is_some())
        };
        let ended = now.iter().filter(|task| task.ended_at.is_some());
        for task in ended.filter(|task| !known(&task.id)) {
            if self.tasks.len() < WAITING {
                self.tasks.push(EndedTask {
                    target: target.clone(),
                    task: task.clone(),
                });
            }
        }
    }

    /// Writes what waits; it goes on waiting where the database cannot.
    pub(super) async fn write(&mut self, db: &Db) -> Result<(), DbError> {
        if self.changes.is_empty() && self.tasks.is_empty() {
            return Ok(());
        }
        let (noted, ended) = (self.changes.clone(), self.tasks.clone());
        let written = db.writer.run(move |tx| -> Result<(), DbError> {
            changes::note(tx, &noted)?;
            changes::keep(tx, &ended)
        });
        written.await?;
        self.changes.clear();
        self.tasks.clear();
        Ok(())
    }
}

/// Whether a target was looked at before, even where it had nothing then.
fn was_seen(before: Option<&TargetView>) -> bool {
    before.is_some_and(|view| view.summary.last_seen.is_some())
}

fn is_same(attribute: Attribute, recorded: &str, value: &str) -> bool {
    if attribute != Attribute::Boot {
        return recorded == value;
    }
    match (recorded.parse::<i64>(), value.parse::<i64>()) {
        (Ok(recorded), Ok(value)) => recorded.abs_diff(value) <= WANDER,
        _ => false,
    }
}

/// The attributes of a resource that are known now.
fn attributes(resource: &Resource) -> Vec<(Attribute, String)> {
    let mut all = match resource {
        Resource::Node(node) => of_node(node),
        Resource::Guest(guest) => of_guest(guest),
        Resource::Storage(storage) => vec![
            (Attribute::Name, storage.name.clone()),
            (Attribute::Status, word(&storage.status)),
        ],
        Resource::Datastore(store) => vec![
            (Attribute::Name, store.name.clone()),
            (Attribute::Status, word(&store.status)),
        ],
        Resource::Disk(disk) => vec![
            (Attribute::Name, disk.device.clone()),
            (Attribute::Node, disk.node.clone()),
            (Attribute::Status, word(&disk.health)),
        ],
        Resource::Game(game) => of_game(game),
    };
    for (_, value) in &mut all {
        if let Some((end, _)) = value.char_indices().nth(VALUE_LENGTH) {
            value.truncate(end);
        }
    }
    all
}

fn of_node(node: &Node) -> Vec<(Attribute, String)> {
    let mut all = vec![
        (Attribute::Name, node.name.clone()),
        (Attribute::Status, word(&node.status)),
    ];
    all.extend(boot(node.booted_at));
    all.extend(node.version.clone().map(|text| (Attribute::Version, text)));
    all.extend(node.kernel.clone().map(|text| (Attribute::Kernel, text)));
    all
}

fn of_game(game: &GameServer) -> Vec<(Attribute, String)> {
    let mut all = vec![
        (Attribute::Name, game.name.clone()),
        (Attribute::Status, game.status.word().to_owned()),
    ];
    all.extend(boot(game.started_at));
    let version = game
        .answer
        .value()
        .and_then(|answer| answer.version.clone());
    all.extend(version.map(|text| (Attribute::Version, text)));
    all
}

fn of_guest(guest: &Guest) -> Vec<(Attribute, String)> {
    let mut all = vec![
        (Attribute::Node, guest.node.clone()),
        (Attribute::Status, word(&guest.status)),
        (Attribute::Form, word(&guest.kind)),
        (Attribute::Tags, guest.tags.join(";")),
    ];
    if !guest.name.is_empty() {
        all.push((Attribute::Name, guest.name.clone()));
    }
    all.extend(boot(guest.started_at));
    let config = guest.facts.config.value();
    let digest = config.and_then(|config| config.digest.clone());
    all.extend(digest.map(|text| (Attribute::Config, text)));
    all
}

fn boot(at: Option<Timestamp>) -> Option<(Attribute, String)> {
    Some((Attribute::Boot, at?.millis().to_string()))
}

/// The word that a state has in APIs.
fn word<T: Serialize>(state: &T) -> String {
    match serde_json::to_value(state) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
