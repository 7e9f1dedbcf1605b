//! What the rotation reads about nodes, beside what every host of Proxmox tells.

use serde::Deserialize;

use crate::sources::lenient::{Number, Text, Truth, Whole};

/// One row of `/nodes/{node}/certificates/info`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct CertificateRow {
    pub(in crate::sources::pve) filename: Text,
    pub(in crate::sources::pve) subject: Text,
    pub(in crate::sources::pve) issuer: Text,
    pub(in crate::sources::pve) fingerprint: Text,
    pub(in crate::sources::pve) notafter: Whole,
}

/// One row of `/nodes/{node}/disks/list`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct DiskRow {
    pub(in crate::sources::pve) devpath: Text,
    #[serde(rename = "type")]
    pub(in crate::sources::pve) kind: Text,
    pub(in crate::sources::pve) size: Whole,
    pub(in crate::sources::pve) model: Text,
    pub(in crate::sources::pve) serial: Text,
    pub(in crate::sources::pve) rpm: Number,
    pub(in crate::sources::pve) health: Text,
    pub(in crate::sources::pve) wearout: Number,
    pub(in crate::sources::pve) used: Text,
}

/// One row of `/nodes/{node}/replication`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct ReplicationRow {
    pub(in crate::sources::pve) id: Text,
    pub(in crate::sources::pve) guest: Whole,
    pub(in crate::sources::pve) source: Text,
    pub(in crate::sources::pve) target: Text,
    pub(in crate::sources::pve) schedule: Text,
    pub(in crate::sources::pve) disable: Truth,
    pub(in crate::sources::pve) last_sync: Whole,
    pub(in crate::sources::pve) last_try: Whole,
    pub(in crate::sources::pve) next_sync: Whole,
    pub(in crate::sources::pve) duration: Number,
    pub(in crate::sources::pve) fail_count: Whole,
    pub(in crate::sources::pve) error: Text,
}

/// One row of `/nodes/{node}/qemu` or `/nodes/{node}/lxc`, as far as only these tell it: since
/// version 9 how long the guest's tasks waited, in percent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct PressureRow {
    pub(in crate::sources::pve) vmid: Whole,
    pub(in crate::sources::pve) pressurecpusome: Number,
    pub(in crate::sources::pve) pressureiosome: Number,
    pub(in crate::sources::pve) pressureiofull: Number,
    pub(in crate::sources::pve) pressurememorysome: Number,
    pub(in crate::sources::pve) pressurememoryfull: Number,
}
