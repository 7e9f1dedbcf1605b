//! A small home lab: one node, a machine, a container and a shared storage.

use std::time::Duration;

use crate::model::alert::{Finding, Severity};
use crate::model::id::{ResourceId, TargetId};
use crate::model::observation::{Coverage, Observation, Outcome};
use crate::model::resource::{
    FigureSource, Guest, GuestKind, GuestStatus, Node, NodeStatus, Rates, Resource, Storage,
    StorageStatus, Usage,
};
use crate::model::target::{Reachability, RequestBudget, TargetSummary};
use crate::model::time::Timestamp;
use crate::state::Fleet;

const TARGET: &str = "tgt_home";
pub(in crate::api) const NOON: Timestamp = Timestamp(1_795_000_000_000);
const GIB: u64 = 1 << 30;

pub(in crate::api) fn target() -> TargetId {
    TARGET.parse().unwrap()
}

pub(in crate::api) fn summary() -> TargetSummary {
    TargetSummary {
        id: target(),
        name: "home".into(),
        kind: "pve".into(),
        address: "https://pve1.lan:8006".into(),
        reachability: Reachability::Pending,
        cluster: Some("lab".into()),
        version: Some("9.2.11".into()),
        quorate: Some(true),
        clock_skew_ms: Some(12),
        missing: Vec::new(),
        requests: RequestBudget {
            last_cycle: 2,
            last_minute: 12,
            ..RequestBudget::default()
        },
        look_ms: Some(40),
        verifies_certificate: true,
        last_seen: None,
    }
}

pub(in crate::api) fn node() -> Node {
    Node {
        id: ResourceId::node(&target(), "pve1"),
        name: "pve1".into(),
        status: NodeStatus::Online,
        cpu: Some(0.25),
        cpus: Some(8),
        memory: Usage {
            used: Some(8 * GIB),
            total: Some(32 * GIB),
        },
        swap: Usage::default(),
        rootfs: Usage {
            used: Some(10 * GIB),
            total: Some(100 * GIB),
        },
        load: Some([0.5, 0.4, 0.3]),
        iowait: Some(0.01),
        rates: Rates::default(),
        booted_at: Some(NOON - Duration::from_secs(86_400)),
        cpu_model: Some("Ryzen".into()),
        cpu_sockets: Some(1),
        cpu_mhz: Some(3400.5),
        kernel: Some("6.17".into()),
        version: Some("9.2.11".into()),
        address: None,
        ha_state: None,
        facts: crate::model::shared::Shared::default(),
    }
}

pub(in crate::api) fn guest(vmid: u32) -> Guest {
    Guest {
        id: ResourceId::guest(&target(), vmid),
        vmid,
        name: format!("guest-{vmid}"),
        node: "pve1".into(),
        kind: GuestKind::Vm,
        status: GuestStatus::Running,
        status_word: None,
        template: false,
        lock: None,
        tags: vec!["web".into()],
        pool: None,
        ha_state: None,
        cpu: Some(0.5),
        cpus: Some(2.0),
        memory: Usage {
            used: Some(GIB),
            total: Some(4 * GIB),
        },
        memory_source: Some(FigureSource::Balloon),
        disk: Usage {
            used: None,
            total: Some(32 * GIB),
        },
        disk_source: None,
        rates: Rates {
            net_in: Some(2048.0),
            net_out: Some(1024.0),
            disk_read: None,
            disk_write: Some(0.0),
        },
        started_at: Some(NOON - Duration::from_secs(3_600)),
        facts: crate::model::shared::Shared::default(),
    }
}

pub(in crate::api) fn storage() -> Storage {
    Storage {
        id: ResourceId::storage(&target(), "nas", None),
        name: "nas".into(),
        node: None,
        shared: true,
        plugin: "nfs".into(),
        content: vec!["backup".into(), "iso".into()],
        status: StorageStatus::Available,
        usage: Usage {
            used: Some(GIB),
            total: Some(4 * GIB),
        },
        nodes: vec![("pve1".into(), StorageStatus::Available)],
    }
}

pub(in crate::api) fn resources() -> Vec<Resource> {
    vec![
        Resource::Node(node()),
        Resource::Guest(guest(100)),
        Resource::Guest(Guest {
            kind: GuestKind::Container,
            cpu: None,
            memory: Usage::default(),
            ..guest(101)
        }),
        Resource::Storage(storage()),
    ]
}

/// The version after a good look that saw `resources`.
pub(in crate::api) fn seen(before: &Fleet, resources: Vec<Resource>, at: Timestamp) -> Fleet {
    let observation = Observation {
        target: target(),
        at,
        took: Duration::from_millis(40),
        outcome: Outcome::Seen {
            summary: Box::new(summary()),
            coverage: Coverage::Complete,
            resources,
            samples: Vec::new(),
            facts: Box::default(),
            past: Vec::new(),
        },
    };
    before.merge(observation, at).0
}

/// A fleet of one node, a machine, a container and a shared storage.
pub(in crate::api) fn fleet() -> Fleet {
    let configured = Observation {
        target: target(),
        at: NOON,
        took: Duration::ZERO,
        outcome: Outcome::Configured {
            summary: Box::new(summary()),
        },
    };
    let empty = Fleet::default().merge(configured, NOON).0;
    seen(&empty, resources(), NOON)
}

pub(in crate::api) fn finding() -> Finding {
    Finding {
        rule: "threshold",
        subject: "cpu".into(),
        resource: ResourceId::guest(&target(), 100),
        resource_name: "guest-100".into(),
        tags: Vec::new(),
        node: Some("pve1".into()),
        severity: Severity::Warning,
        message: "CPU of guest-100 is at 95 %".into(),
        value: Some(0.95),
        limit: Some(0.9),
        since: NOON,
        at: NOON,
    }
}
