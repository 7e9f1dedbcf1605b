//! What the rotation has read so far, kept between looks.

use std::collections::HashMap;
use std::sync::Arc;

use super::wire::NodeDetail;
use crate::model::facts::{Facts, Replication};
use crate::model::id::ResourceId;
use crate::model::known::{Gap, Known};
use crate::model::resource::{
    AgentState, Disk, GuestFacts, GuestKind, GuestStatus, NodeFacts, NodeStatus, Pressure, Rates,
    Resource, Usage,
};
use crate::model::shared::Shared;
use crate::model::time::Timestamp;

/// Everything that was read beside the looks themselves.
#[derive(Debug, Default)]
pub(super) struct Details {
    pub(super) nodes: HashMap<String, NodeDetails>,
    pub(super) guests: HashMap<u32, GuestDetails>,
    pub(super) facts: Facts,
}

/// What was read about one node.
#[derive(Debug, Default)]
pub(super) struct NodeDetails {
    pub(super) status: Option<NodeDetail>,
    pub(super) facts: Shared<NodeFacts>,
    /// Network rates as the node itself keeps them, where no export tells.
    pub(super) rates: Rates,
    pub(super) disks: Vec<Disk>,
    pub(super) replication: Known<Vec<Replication>>,
}

/// What was read about one guest.
#[derive(Debug, Default)]
pub(super) struct GuestDetails {
    pub(super) facts: Shared<GuestFacts>,
    /// The use of its disks, as its agent tells.
    pub(super) disk: Option<Usage>,
    /// Whether its balloon driver reports, for hosts that do not tell with every look.
    pub(super) balloon: bool,
    pub(super) agent_failures: u32,
}

/// What the latest look saw, as far as the rotation goes by it.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Nodes that run.
    pub(super) nodes: Vec<Arc<str>>,
    pub(super) guests: HashMap<u32, SeenGuest>,
    pub(super) storages: Vec<SeenStorage>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct SeenGuest {
    pub(super) node: String,
    /// Whether the node can be asked about it.
    pub(super) reachable: bool,
    pub(super) kind: GuestKind,
    pub(super) running: bool,
    pub(super) template: bool,
    pub(super) started_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct SeenStorage {
    pub(super) id: ResourceId,
    pub(super) name: Arc<str>,
    /// The node it belongs to; `None` when shared.
    pub(super) node: Option<Arc<str>>,
    /// Nodes that can use it.
    pub(super) usable_on: Vec<String>,
    pub(super) holds_backups: bool,
}

impl Seen {
    pub(super) fn of(resources: &[Resource]) -> Self {
        let mut seen = Self::default();
        for resource in resources {
            match resource {
                Resource::Node(node) if node.status == NodeStatus::Online => {
                    seen.nodes.push(node.name.as_str().into());
                }
                Resource::Storage(storage) => seen.storages.push(SeenStorage {
                    id: storage.id.clone(),
                    name: storage.name.as_str().into(),
                    node: storage.node.as_deref().map(Into::into),
                    usable_on: storage
                        .nodes
                        .iter()
                        .filter(|(_, status)| {
                            *status == crate::model::resource::StorageStatus::Available
                        })
                        .map(|(node, _)| node.clone())
                        .collect(),
                    holds_backups: storage.content.iter().any(|word| word == "backup"),
                }),
                Resource::Guest(_)
                | Resource::Node(_)
                | Resource::Datastore(_)
                | Resource::Disk(_)
                | Resource::Game(_) => {}
            }
        }
        for resource in resources {
            if let Resource::Guest(guest) = resource {
                let reachable = seen.nodes.iter().any(|node| **node == *guest.node);
                let one = SeenGuest {
                    node: guest.node.clone(),
                    reachable,
                    kind: guest.kind,
                    running: guest.status == GuestStatus::Running,
                    template: guest.template,
                    started_at: guest.started_at,
                };
                seen.guests.insert(guest.vmid, one);
            }
        }
        seen
    }
}

impl Details {
    /// Forgets what is gone, and what is no longer true of what stopped. Answers the guests that
    /// were started since `before`.
    pub(super) fn settle(&mut self, before: &Seen, now: &Seen, nodes: &[&str]) -> Vec<u32> {
        self.nodes.retain(|name, _| nodes.contains(&name.as_str()));
        for (name, details) in &mut self.nodes {
            if !now.nodes.iter().any(|node| **node == **name) {
                details.rates = Rates::default();
                if details.facts.arc.is_some() || details.facts.pressure != Pressure::default() {
                    details.facts.update(|facts| {
                        facts.arc = None;
                        facts.pressure = Pressure::default();
                    });
                }
            }
        }
        self.guests.retain(|vmid, _| now.guests.contains_key(vmid));
        let mut started = Vec::new();
        for (vmid, guest) in &now.guests {
            let details = self.guests.entry(*vmid).or_default();
            let was = before.guests.get(vmid);
            if !guest.running && was.is_none_or(|was| was.running) {
                details.stop(guest.kind);
            }
            if guest.running && was.is_some_and(|was| was.started_at != guest.started_at) {
                details.agent_failures = 0;
                started.push(*vmid);
            }
        }
        started
    }
}

impl GuestDetails {
    /// What only a running guest tells is not known any more.
    fn stop(&mut self, kind: GuestKind) {
        self.disk = None;
        self.facts.update(|facts| {
            facts.pressure = Pressure::default();
            facts.interfaces = Known::Not(Gap::NotRunning);
            match kind {
                GuestKind::Vm => {
                    facts.filesystems = Known::Not(Gap::NotRunning);
                    if facts.agent == AgentState::Running {
                        facts.agent = AgentState::Unknown;
                    }
                }
                GuestKind::Container => facts.agent = AgentState::NotNeeded,
            }
        });
    }
}
