//! Everything known of a node, as our own API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::resource::{self, NodeFacts};

use super::known::Known;
use super::view::{Disk, Node, Space};

/// Shares of time in which tasks waited, 0 to 1.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Pressure {
    /// Any task waited for a processor.
    cpu_some: Option<f64>,
    /// Any task waited for a disk.
    io_some: Option<f64>,
    /// All tasks waited for disks.
    io_full: Option<f64>,
    /// Any task waited for memory.
    memory_some: Option<f64>,
    /// All tasks waited for memory.
    memory_full: Option<f64>,
}

impl From<resource::Pressure> for Pressure {
    fn from(pressure: resource::Pressure) -> Self {
        Self {
            cpu_some: pressure.cpu_some,
            io_some: pressure.io_some,
            io_full: pressure.io_full,
            memory_some: pressure.memory_some,
            memory_full: pressure.memory_full,
        }
    }
}

/// A service of a host.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Service {
    /// Its unit.
    name: String,
    /// What it is for.
    description: Option<String>,
    /// The host's word for its state.
    state: String,
    /// Whether it starts with the host, in the host's word.
    start: Option<String>,
    /// Whether it is meant to run and does not.
    is_down: bool,
}

impl From<&resource::Service> for Service {
    fn from(service: &resource::Service) -> Self {
        Self {
            name: service.name.clone(),
            description: service.description.clone(),
            state: service.state.clone(),
            start: service.start.clone(),
            is_down: service.is_down(),
        }
    }
}

/// A host's subscription.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Subscription {
    /// The host's word for it, such as `active` or `notfound`.
    status: String,
    /// The product that was bought.
    product: Option<String>,
    /// When it ends, as the host writes it.
    next_due: Option<String>,
}

/// A package that can be updated.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PackageUpdate {
    /// Its name.
    package: String,
    /// The version that is installed.
    installed: Option<String>,
    /// The version that can be had.
    available: Option<String>,
    /// Who publishes it.
    origin: Option<String>,
}

impl From<&resource::Update> for PackageUpdate {
    fn from(update: &resource::Update) -> Self {
        Self {
            package: update.package.clone(),
            installed: update.installed.clone(),
            available: update.available.clone(),
            origin: update.origin.clone(),
        }
    }
}

/// A certificate of a host's API.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Certificate {
    /// Its file.
    file: String,
    /// Whom it names.
    subject: Option<String>,
    /// Who signed it.
    issuer: Option<String>,
    /// Its SHA-256.
    fingerprint: Option<String>,
    /// When it ends, in milliseconds.
    expires_at: Option<i64>,
}

impl From<&resource::Certificate> for Certificate {
    fn from(certificate: &resource::Certificate) -> Self {
        Self {
            file: certificate.file.clone(),
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            fingerprint: certificate.fingerprint.clone(),
            expires_at: certificate.expires_at.map(|at| at.millis()),
        }
    }
}

/// A ZFS pool of a host.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ZfsPool {
    /// Its name.
    name: String,
    /// The host's word for its health, such as `ONLINE` or `DEGRADED`.
    health: String,
    /// Space.
    usage: Space,
    /// Share that is fragmented, 0 to 1.
    fragmentation: Option<f64>,
    /// Deduplication factor.
    dedup: Option<f64>,
}

impl From<&resource::ZfsPool> for ZfsPool {
    fn from(pool: &resource::ZfsPool) -> Self {
        Self {
            name: pool.name.clone(),
            health: pool.health.clone(),
            usage: pool.usage.into(),
            fragmentation: pool.fragmentation,
            dedup: pool.dedup,
        }
    }
}

/// Everything known of a node.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct NodeDetail {
    /// The node as live frames have it.
    node: Node,
    /// Processor sockets.
    cpu_sockets: Option<u32>,
    /// Processor clock in MHz.
    cpu_mhz: Option<f64>,
    /// State in the high-availability manager.
    ha_state: Option<String>,
    /// How it was booted, such as `efi`.
    boot_mode: Option<String>,
    /// Bytes of memory that ZFS' cache takes; the host counts them as used.
    arc: Option<u64>,
    /// Bytes of memory in use without ZFS' cache.
    memory_without_arc: Option<u64>,
    /// Share of time in which tasks waited.
    pressure: Pressure,
    /// Services of the product.
    services: Known<Vec<Service>>,
    /// Its subscription.
    subscription: Known<Subscription>,
    /// Packages that can be updated.
    updates: Known<Vec<PackageUpdate>>,
    /// Certificates of its API.
    certificates: Known<Vec<Certificate>>,
    /// ZFS pools.
    zfs: Known<Vec<ZfsPool>>,
    /// Physical disks.
    disks: Known<Vec<Disk>>,
}

impl NodeDetail {
    /// Shows a node and the disks in it, which are resources of their own.
    pub(super) fn new(handle: u32, node: &resource::Node, disks: Vec<Disk>) -> Self {
        let facts: &NodeFacts = &node.facts;
        Self {
            cpu_sockets: node.cpu_sockets,
            cpu_mhz: node.cpu_mhz,
            ha_state: node.ha_state.clone(),
            boot_mode: facts.boot_mode.clone(),
            arc: facts.arc,
            memory_without_arc: match (node.memory.used, facts.arc) {
                (Some(used), Some(arc)) => Some(used.saturating_sub(arc)),
                _ => None,
            },
            pressure: facts.pressure.into(),
            services: Known::list(&facts.services, |list| list),
            subscription: Known::of(&facts.subscription, |subscription| Subscription {
                status: subscription.status.clone(),
                product: subscription.product.clone(),
                next_due: subscription.next_due.clone(),
            }),
            updates: Known::list(&facts.updates, |list| list),
            certificates: Known::list(&facts.certificates, |list| list),
            zfs: Known::list(&facts.zfs, |list| list),
            disks: Known::of(&facts.disks, |_| disks),
            node: Node::new(handle, node),
        }
    }
}
