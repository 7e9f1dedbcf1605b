//! One version of the present and how an observation makes the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::facts::Facts;
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::observation::{Coverage, Observation, Outcome};
use crate::model::resource::{Guest, Resource, SharedResource};
use crate::model::target::{Reachability, TargetSummary};
use crate::model::time::Timestamp;

use super::{binding, resolve};

/// Everything known about one target now.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetView {
    /// The target as a whole.
    pub summary: TargetSummary,
    /// What is under it, by id.
    pub resources: BTreeMap<ResourceId, SharedResource>,
    /// What is known beyond the resources.
    pub facts: Facts,
    /// When its resources were last seen; older than [`Fleet::at`] means stale.
    pub seen_at: Option<Timestamp>,
}

/// One version of the present.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    /// Grows by one with every version.
    pub version: u64,
    /// When this version was made.
    pub at: Timestamp,
    targets: BTreeMap<TargetId, Arc<TargetView>>,
}

/// What one observation changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// Which target was looked at.
    pub target: Option<TargetId>,
    /// Resources that are new or differ from the version before.
    pub changed: Vec<ResourceId>,
    /// Resources that are no longer there.
    pub gone: Vec<ResourceId>,
    /// Whether the target as a whole differs.
    pub target_changed: bool,
    /// Whether the lists beyond the resources differ: backups, jobs, tasks and the like.
    pub facts_changed: bool,
}

impl Fleet {
    /// The targets, in the order of their ids.
    pub fn targets(&self) -> impl Iterator<Item = &Arc<TargetView>> {
        self.targets.values()
    }

    /// One target.
    #[must_use]
    pub fn target(&self, id: &TargetId) -> Option<&Arc<TargetView>> {
        self.targets.get(id)
    }

    /// All resources of all targets.
    pub fn resources(&self) -> impl Iterator<Item = &SharedResource> {
        self.targets
            .values()
            .flat_map(|view| view.resources.values())
    }

    /// One resource.
    #[must_use]
    pub fn resource(&self, id: &ResourceId) -> Option<&SharedResource> {
        let target: TargetId = id.target_text().parse().ok()?;
        self.targets.get(&target)?.resources.get(id)
    }

    /// The version that follows from `observation`. Only the observed target's view is rebuilt.
    ///
    /// An observation of a target that is not configured (any more) changes nothing.
    #[must_use]
    pub fn merge(&self, observation: Observation, now: Timestamp) -> (Self, Diff) {
        let mut next = self.next(now);
        let id = observation.target;
        let mut diff = Diff {
            target: Some(id.clone()),
            ..Diff::default()
        };
        let Some(before) = self.targets.get(&id) else {
            if let Outcome::Configured { summary } = observation.outcome {
                diff.target_changed = true;
                next.targets
                    .insert(id, Arc::new(TargetView::unseen(*summary)));
            }
            return (next, diff);
        };
        match observation.outcome {
            Outcome::Configured { summary } => {
                let mut view = TargetView::clone(before);
                view.summary = *summary;
                diff.target_changed = true;
                next.targets.insert(id, Arc::new(view));
            }
            Outcome::Pushed { .. } => {}
            Outcome::Removed => {
                diff.gone = before.resources.keys().cloned().collect();
                diff.target_changed = true;
                next.targets.remove(&id);
            }
            Outcome::Failed { failure } => {
                let (since, attempts) = match &before.summary.reachability {
                    Reachability::Failing {
                        since, attempts, ..
                    } => (*since, attempts + 1),
                    Reachability::Pending | Reachability::Online { .. } => (observation.at, 1),
                };
                let mut view = TargetView::clone(before);
                view.summary.reachability = Reachability::Failing {
                    since,
                    attempts,
                    failure,
                };
                view.summary.look_ms = Some(millis(observation.took));
                diff.target_changed = true;
                next.targets.insert(id, Arc::new(view));
            }
            Outcome::Seen {
                summary,
                coverage,
                mut resources,
                samples: _,
                facts,
                past: _,
            } => {
                binding::bind(self, &mut resources, observation.at);
                let mut summary = *summary;
                summary.look_ms = Some(millis(observation.took));
                let mut view = seen(
                    before,
                    summary,
                    coverage,
                    resources,
                    observation.at,
                    &mut diff,
                );
                diff.facts_changed = *facts != before.facts;
                view.facts = *facts;
                diff.target_changed = view.summary != before.summary;
                next.targets.insert(id, Arc::new(view));
            }
        }
        (next, diff)
    }

    /// The same present under the next version number, for a change that lies outside of it.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Self {
        Self {
            version: self.version + 1,
            at: now,
            targets: self.targets.clone(),
        }
    }

    /// The resource that `alias` names in any of the product's id forms.
    ///
    /// Accepted: our own id; `<target name>-<node>-<vmid>`, `<target name>-<node>` and
    /// `<target name>-<node>-<storage>` as Pulse 4.3 wrote them; and a bare guest number that
    /// only one target has.
    #[must_use]
    pub fn resolve(&self, alias: &str) -> Option<ResourceId> {
        resolve::resolve(self, alias)
    }

    /// All guests.
    pub fn guests(&self) -> impl Iterator<Item = &Guest> {
        self.resources().filter_map(|resource| match &**resource {
            Resource::Guest(guest) => Some(guest),
            Resource::Node(_)
            | Resource::Storage(_)
            | Resource::Datastore(_)
            | Resource::Disk(_)
            | Resource::Game(_) => None,
        })
    }
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn seen(
    before: &TargetView,
    mut summary: TargetSummary,
    coverage: Coverage,
    observed: Vec<Resource>,
    at: Timestamp,
    diff: &mut Diff,
) -> TargetView {
    let since = match before.summary.reachability {
        Reachability::Online { since } => since,
        Reachability::Pending | Reachability::Failing { .. } => at,
    };
    summary.reachability = Reachability::Online { since };
    summary.last_seen = Some(at);

    let mut resources = match coverage {
        Coverage::Complete => BTreeMap::new(),
        Coverage::Partial => before.resources.clone(),
    };
    for mut resource in observed {
        let old = before.resources.get(resource.id());
        keep_what_still_holds(&mut resource, old);
        match old {
            Some(old) if **old == resource => {
                resources.insert(resource.id().clone(), Arc::clone(old));
            }
            _ => {
                diff.changed.push(resource.id().clone());
                resources.insert(resource.id().clone(), Arc::new(resource));
            }
        }
    }
    if coverage == Coverage::Complete {
        diff.gone = before
            .resources
            .keys()
            .filter(|id| !resources.contains_key(*id))
            .cloned()
            .collect();
    }
    TargetView {
        summary,
        resources,
        facts: before.facts.clone(),
        seen_at: Some(at),
    }
}

/// Carries over what is still true, though this look does not say it, or says it less exactly.
fn keep_what_still_holds(resource: &mut Resource, old: Option<&SharedResource>) {
    match (resource, old.map(|old| &**old)) {
        (Resource::Node(node), Some(Resource::Node(old))) => {
            node.booted_at = steady(node.booted_at, old.booted_at);
        }
        (Resource::Game(game), Some(Resource::Game(old))) => {
            game.started_at = steady(game.started_at, old.started_at);
        }
        (Resource::Guest(guest), Some(Resource::Guest(old))) => {
            guest.started_at = steady(guest.started_at, old.started_at);
            // A guest of a node that has been dead for five minutes comes without name, tags and
            // pool (PVE `cluster/resources`); what it was called is still true.
            if guest.name.is_empty() {
                guest.name.clone_from(&old.name);
                guest.tags.clone_from(&old.tags);
                guest.pool.clone_from(&old.pool);
                guest.template = old.template;
            }
        }
        _ => {}
    }
}

/// The moment something began, as it was first worked out: hosts tell uptimes that are up to one
/// refresh old, so the moment wanders by some seconds from look to look.
fn steady(now: Option<Timestamp>, before: Option<Timestamp>) -> Option<Timestamp> {
    match (now, before) {
        (Some(now), Some(before)) if now.millis().abs_diff(before.millis()) <= WANDER => {
            Some(before)
        }
        _ => now,
    }
}

/// How far a beginning may wander, in milliseconds: three refreshes of Proxmox VE.
const WANDER: u64 = 30_000;

impl TargetView {
    fn unseen(summary: TargetSummary) -> Self {
        Self {
            summary,
            resources: BTreeMap::new(),
            facts: Facts::default(),
            seen_at: None,
        }
    }

    /// The resources of one kind.
    pub fn of_kind(&self, kind: ResourceKind) -> impl Iterator<Item = &SharedResource> {
        self.resources
            .values()
            .filter(move |resource| resource.kind() == kind)
    }
}

#[cfg(test)]
pub(super) mod tests;
