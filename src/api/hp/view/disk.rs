//! Physical disks of hosts.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::hp::words;
use crate::model::resource::{self, DiskHealth, DiskKind};

/// A physical disk of a host.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Disk {
    /// Number of this item in rows of vitals.
    pub handle: u32,
    /// Stable id.
    pub id: String,
    /// The target it belongs to.
    pub target: String,
    /// The node it is in.
    pub node: String,
    /// Its device, such as `/dev/sda`.
    pub device: String,
    /// Which kind.
    #[schema(schema_with = words::disk_kind)]
    pub kind: DiskKind,
    /// Model.
    pub model: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Bytes in all.
    pub size: Option<u64>,
    /// What it says of itself (SMART).
    #[schema(schema_with = words::disk_health)]
    pub health: DiskHealth,
    /// The host's own word for its health.
    pub health_word: Option<String>,
    /// Share of its life that is used up, 0 to 1.
    pub wear: Option<f64>,
    /// What it is used for, such as `ZFS`.
    pub used_for: Option<String>,
    /// Turns per minute; `null` for flash.
    pub rpm: Option<u32>,
}

impl Disk {
    /// Shows a disk.
    #[must_use]
    pub fn new(handle: u32, disk: &resource::Disk) -> Self {
        Self {
            handle,
            id: disk.id.to_string(),
            target: disk.id.target_text().to_owned(),
            node: disk.node.clone(),
            device: disk.device.clone(),
            kind: disk.kind,
            model: disk.model.clone(),
            serial: disk.serial.clone(),
            size: disk.size,
            health: disk.health,
            health_word: disk.health_word.clone(),
            wear: disk.wear,
            used_for: disk.used_for.clone(),
            rpm: disk.rpm,
        }
    }
}
