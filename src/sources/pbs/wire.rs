//! What Proxmox Backup Server says. Its numbers are numbers and its truth values are such, but
//! what is absent is sometimes null and sometimes missing, and versions add fields.

use serde::Deserialize;

use crate::sources::lenient::{List, Number, Text, Truth, Whole};

/// `/version`: the release stands apart.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Version {
    pub(super) version: Text,
    pub(super) release: Text,
}

/// `/nodes/localhost/status`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct HostStatus {
    pub(super) cpu: Number,
    pub(super) wait: Number,
    pub(super) uptime: Whole,
    pub(super) loadavg: List<Number>,
    pub(super) memory: Space,
    pub(super) swap: Space,
    pub(super) root: Space,
    pub(super) cpuinfo: CpuInfo,
    pub(super) kversion: Text,
    #[serde(rename = "current-kernel")]
    pub(super) current_kernel: Kernel,
    pub(super) info: HostInfo,
    #[serde(rename = "boot-info")]
    pub(super) boot: BootInfo,
}

/// Bytes in use and in all.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Space {
    pub(super) used: Whole,
    pub(super) total: Whole,
}

/// The processor.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CpuInfo {
    pub(super) cpus: Whole,
    pub(super) sockets: Whole,
    pub(super) model: Text,
}

/// The running kernel; absent before version 3.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Kernel {
    pub(super) release: Text,
}

/// What the host says of its certificate.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct HostInfo {
    pub(super) fingerprint: Text,
}

/// How the host was booted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct BootInfo {
    pub(super) mode: Text,
}

/// One row of `/status/datastore-usage`, or `/admin/datastore/{store}/status`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct UsageRow {
    pub(super) store: Text,
    pub(super) total: Whole,
    pub(super) used: Whole,
    pub(super) error: Text,
    /// In the past, 0 or −1 while it shrinks.
    pub(super) estimated_full_date: Number,
    pub(super) mount_status: Text,
    pub(super) backend_type: Text,
}

/// One row of `/admin/datastore`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct StoreRow {
    pub(super) store: Text,
    pub(super) comment: Text,
    /// `offline,message=disk swap`.
    pub(super) maintenance: Text,
    pub(super) mount_status: Text,
    pub(super) backend_type: Text,
}

/// One row of `…/namespace`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NamespaceRow {
    pub(super) ns: Text,
}

/// One row of `…/groups`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct GroupRow {
    pub(super) backup_type: Text,
    pub(super) backup_id: Text,
    pub(super) last_backup: Whole,
    pub(super) backup_count: Whole,
    pub(super) owner: Text,
    pub(super) comment: Text,
}

/// One row of `…/snapshots`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct SnapshotRow {
    pub(super) backup_type: Text,
    pub(super) backup_id: Text,
    pub(super) backup_time: Whole,
    pub(super) size: Whole,
    pub(super) owner: Text,
    pub(super) protected: Truth,
    pub(super) comment: Text,
    pub(super) files: List<FileRow>,
    pub(super) verification: Option<VerificationRow>,
    pub(super) fingerprint: Text,
}

/// A file of a backup.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct FileRow {
    pub(super) crypt_mode: Text,
}

/// Whether a backup was read again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct VerificationRow {
    pub(super) state: Text,
}

/// One row of `/admin/gc`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct GarbageRow {
    pub(super) store: Text,
    pub(super) upid: Text,
    pub(super) disk_bytes: Whole,
    pub(super) index_data_bytes: Whole,
    pub(super) pending_bytes: Whole,
    pub(super) removed_bytes: Whole,
    pub(super) still_bad: Whole,
    pub(super) schedule: Text,
    pub(super) next_run: Whole,
    pub(super) last_run_state: Text,
    pub(super) last_run_endtime: Whole,
}

/// One row of `/admin/prune`, `/admin/sync`, `/admin/verify` or `/tape/backup`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct JobRow {
    pub(super) id: Text,
    pub(super) store: Text,
    pub(super) ns: Text,
    pub(super) schedule: Text,
    pub(super) disable: Truth,
    pub(super) comment: Text,
    pub(super) remote: Text,
    pub(super) remote_store: Text,
    pub(super) next_run: Whole,
    pub(super) last_run_upid: Text,
    pub(super) last_run_state: Text,
    pub(super) last_run_endtime: Whole,
}

/// One row of `/nodes/localhost/tasks`. Its names have underscores, unlike Proxmox VE's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TaskRow {
    pub(super) upid: Text,
    pub(super) worker_type: Text,
    pub(super) worker_id: Text,
    pub(super) user: Text,
    pub(super) starttime: Whole,
    pub(super) endtime: Whole,
    pub(super) status: Text,
}

/// One row of `/nodes/localhost/disks/list`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct DiskRow {
    pub(super) name: Text,
    pub(super) devpath: Text,
    pub(super) disk_type: Text,
    pub(super) size: Whole,
    pub(super) model: Text,
    pub(super) serial: Text,
    pub(super) rpm: Number,
    pub(super) status: Text,
    pub(super) wearout: Number,
    pub(super) used: Text,
}

/// One row of `/tape/drive` or `/tape/changer`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TapeRow {
    pub(super) name: Text,
    pub(super) vendor: Text,
    pub(super) model: Text,
    pub(super) serial: Text,
}

/// One row of `…/rrd` of the server or a datastore: means over fixed spans. A gap is a row with
/// nothing but its time.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PastRow {
    pub(super) time: Whole,
    pub(super) cpu: Number,
    pub(super) iowait: Number,
    pub(super) loadavg: Number,
    pub(super) memused: Number,
    pub(super) memtotal: Number,
    pub(super) swapused: Number,
    pub(super) swaptotal: Number,
    pub(super) netin: Number,
    pub(super) netout: Number,
    /// Of the server: its root file system.
    pub(super) used: Number,
    pub(super) total: Number,
}
