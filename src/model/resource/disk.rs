//! A physical disk of a host.

use serde::{Deserialize, Serialize};

use crate::model::id::ResourceId;

/// Which kind of disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DiskKind {
    /// Platters.
    Hdd,
    /// Flash behind SATA or SAS.
    Ssd,
    /// Flash behind PCI express.
    Nvme,
    /// Behind USB.
    Usb,
    /// The host does not say.
    Unknown,
}

/// What a disk says of itself (SMART).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DiskHealth {
    /// It passed its own test.
    Passed,
    /// It failed its own test.
    Failed,
    /// It does not say.
    Unknown,
}

/// A physical disk of a host.
#[derive(Clone, Debug, PartialEq)]
pub struct Disk {
    /// Stable id: by serial number, so that another device name is not another disk.
    pub id: ResourceId,
    /// The node it is in.
    pub node: String,
    /// Its device, such as `/dev/sda`.
    pub device: String,
    /// Which kind.
    pub kind: DiskKind,
    /// Model.
    pub model: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Bytes in all.
    pub size: Option<u64>,
    /// What it says of itself.
    pub health: DiskHealth,
    /// The host's own word for it.
    pub health_word: Option<String>,
    /// Share of its life that is used up, 0 to 1.
    pub wear: Option<f64>,
    /// What it is used for, such as `ZFS` or `LVM`.
    pub used_for: Option<String>,
    /// Turns per minute; `None` for flash and where the host does not say.
    pub rpm: Option<u32>,
}
