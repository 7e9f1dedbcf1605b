//! What is read about the cluster as a whole: tasks, backups and the jobs that make them, high
//! availability, Ceph.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::sources::lenient::{List, Text, Truth, Whole};

/// One row of `/cluster/tasks`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct TaskRow {
    pub(in crate::sources::pve) upid: Text,
    pub(in crate::sources::pve) node: Text,
    #[serde(rename = "type")]
    pub(in crate::sources::pve) kind: Text,
    pub(in crate::sources::pve) id: Text,
    pub(in crate::sources::pve) user: Text,
    pub(in crate::sources::pve) tokenid: Text,
    pub(in crate::sources::pve) starttime: Whole,
    pub(in crate::sources::pve) endtime: Whole,
    pub(in crate::sources::pve) status: Text,
}

/// One row of `/nodes/{node}/storage/{storage}/content`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct ContentRow {
    pub(in crate::sources::pve) volid: Text,
    pub(in crate::sources::pve) content: Text,
    pub(in crate::sources::pve) format: Text,
    pub(in crate::sources::pve) subtype: Text,
    pub(in crate::sources::pve) vmid: Whole,
    pub(in crate::sources::pve) ctime: Whole,
    pub(in crate::sources::pve) size: Whole,
    pub(in crate::sources::pve) notes: Text,
    pub(in crate::sources::pve) protected: Truth,
    /// A fingerprint, or a truth value on directories.
    pub(in crate::sources::pve) encrypted: Text,
    pub(in crate::sources::pve) verification: Option<VerificationInfo>,
}

/// Whether a backup server read a backup again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct VerificationInfo {
    pub(in crate::sources::pve) state: Text,
}

/// One row of `/cluster/backup`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(in crate::sources::pve) struct BackupJobRow {
    pub(in crate::sources::pve) id: Text,
    pub(in crate::sources::pve) schedule: Text,
    /// Before version 7 jobs had days and a time instead.
    pub(in crate::sources::pve) starttime: Text,
    pub(in crate::sources::pve) dow: Text,
    pub(in crate::sources::pve) enabled: Truth,
    pub(in crate::sources::pve) storage: Text,
    pub(in crate::sources::pve) node: Text,
    pub(in crate::sources::pve) mode: Text,
    pub(in crate::sources::pve) all: Truth,
    pub(in crate::sources::pve) vmid: Text,
    pub(in crate::sources::pve) pool: Text,
    pub(in crate::sources::pve) exclude: Text,
    pub(in crate::sources::pve) prune_backups: Option<Keep>,
    pub(in crate::sources::pve) next_run: Whole,
    pub(in crate::sources::pve) comment: Text,
}

/// What a job keeps: an object, or one comma-joined text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(in crate::sources::pve) enum Keep {
    Object(BTreeMap<String, Text>),
    Joined(String),
    Odd(serde::de::IgnoredAny),
}

/// One row of `/cluster/backup-info/not-backed-up`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct UncoveredRow {
    pub(in crate::sources::pve) vmid: Whole,
}

/// One row of `/cluster/ha/status/current`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct HaRow {
    #[serde(rename = "type")]
    pub(in crate::sources::pve) kind: Text,
    pub(in crate::sources::pve) status: Text,
    pub(in crate::sources::pve) sid: Text,
    pub(in crate::sources::pve) node: Text,
    pub(in crate::sources::pve) state: Text,
    pub(in crate::sources::pve) crm_state: Text,
    pub(in crate::sources::pve) request_state: Text,
}

/// `/cluster/ceph/status`, as `ceph status` says it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct CephStatus {
    pub(in crate::sources::pve) health: CephHealth,
    pub(in crate::sources::pve) quorum_names: List<Text>,
    pub(in crate::sources::pve) osdmap: CephOsds,
    pub(in crate::sources::pve) pgmap: CephSpace,
}

/// What Ceph complains about.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct CephHealth {
    pub(in crate::sources::pve) status: Text,
    pub(in crate::sources::pve) checks: BTreeMap<String, CephCheck>,
}

/// One complaint of Ceph.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct CephCheck {
    pub(in crate::sources::pve) summary: CephSummary,
}

/// Its text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct CephSummary {
    pub(in crate::sources::pve) message: Text,
}

/// Ceph's storage daemons. Before Quincy they stood in another `osdmap` inside.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct CephOsds {
    pub(in crate::sources::pve) num_osds: Whole,
    pub(in crate::sources::pve) num_up_osds: Whole,
    pub(in crate::sources::pve) num_in_osds: Whole,
    pub(in crate::sources::pve) osdmap: Option<Box<Self>>,
}

/// Ceph's space.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct CephSpace {
    pub(in crate::sources::pve) bytes_used: Whole,
    pub(in crate::sources::pve) bytes_total: Whole,
}
