//! The things that are watched, as they are at one moment. What could not be measured is `None`.
//!
//! What every look measures stands on the resource itself; what is read more rarely stands in its
//! facts, which versions of the present share. Only what has metrics of its own is a resource;
//! everything else hangs on its owner or in [`super::facts`].

mod datastore;
mod disk;
mod figures;
mod game;
mod guest;
mod node;
mod storage;

use std::sync::Arc;

use super::id::{ResourceId, ResourceKind};

pub use datastore::{Datastore, DatastoreStatus, GarbageCollection, Namespace};
pub use disk::{Disk, DiskHealth, DiskKind};
pub use figures::{FigureSource, Pressure, Rates, Usage};
pub use game::{
    GameAbility, GameAnswer, GamePort, GameQuery, GameRuntime, GameServer, GameStatus, PlayerTrust,
};
pub use guest::{
    AgentState, FileSystem, Guest, GuestConfig, GuestFacts, GuestKind, GuestOs, GuestStatus,
    Interface, Snapshot, Volume,
};
pub use node::{Certificate, Node, NodeFacts, NodeStatus, Service, Subscription, Update, ZfsPool};
pub use storage::{Storage, StorageStatus};

/// One watched thing of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Resource {
    /// A hypervisor host.
    Node(Node),
    /// A virtual machine or container.
    Guest(Guest),
    /// A storage.
    Storage(Storage),
    /// A datastore of a backup server.
    Datastore(Datastore),
    /// A physical disk.
    Disk(Disk),
    /// A game server.
    Game(GameServer),
}

impl Resource {
    /// Stable id.
    #[must_use]
    pub const fn id(&self) -> &ResourceId {
        match self {
            Self::Node(node) => &node.id,
            Self::Guest(guest) => &guest.id,
            Self::Storage(storage) => &storage.id,
            Self::Datastore(datastore) => &datastore.id,
            Self::Disk(disk) => &disk.id,
            Self::Game(game) => &game.id,
        }
    }

    /// What sort of thing it is.
    #[must_use]
    pub const fn kind(&self) -> ResourceKind {
        self.id().kind()
    }

    /// The name people know it by; the number where a guest's name is not known.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Node(node) => node.name.clone(),
            Self::Guest(guest) if guest.name.is_empty() => guest.vmid.to_string(),
            Self::Guest(guest) => guest.name.clone(),
            Self::Storage(Storage {
                name,
                node: Some(node),
                ..
            }) => format!("{name} on {node}"),
            Self::Storage(storage) => storage.name.clone(),
            Self::Datastore(datastore) => datastore.name.clone(),
            Self::Disk(disk) => format!("{} in {}", disk.device, disk.node),
            Self::Game(game) => game.name.clone(),
        }
    }

    /// The node it is on, where it is on one.
    #[must_use]
    pub fn node(&self) -> Option<&str> {
        match self {
            Self::Node(node) => Some(&node.name),
            Self::Guest(guest) => Some(&guest.node),
            Self::Storage(storage) => storage.node.as_deref(),
            Self::Disk(disk) => Some(&disk.node),
            Self::Datastore(_) | Self::Game(_) => None,
        }
    }
}

/// A resource shared between the versions of the present that hold it unchanged.
pub type SharedResource = Arc<Resource>;
