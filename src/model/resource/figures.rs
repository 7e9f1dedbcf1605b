//! Figures that several kinds of resource have, and where they were measured.

use serde::{Deserialize, Serialize};

/// Where a figure of memory or disk was measured, shown beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureSource {
    /// The guest agent inside the machine.
    GuestAgent,
    /// The balloon driver's statistics.
    Balloon,
    /// What the hypervisor says of the guest: with balloon statistics the guest's own use,
    /// without them the memory of the QEMU process, which counts the guest's page cache.
    Hypervisor,
    /// The container's control group, page cache taken off.
    ControlGroup,
    /// The root file system of a container.
    RootFs,
    /// The host itself.
    Host,
    /// The storage itself.
    Storage,
}

/// An amount in use out of a total, both in bytes, each only if measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Bytes in use.
    pub used: Option<u64>,
    /// Bytes in all.
    pub total: Option<u64>,
}

impl Usage {
    /// The share in use, 0 to 1 and beyond where the host says so.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a ratio needs no byte precision"
    )]
    pub fn ratio(self) -> Option<f64> {
        match (self.used, self.total) {
            (Some(used), Some(total)) if total > 0 => Some(used as f64 / total as f64),
            _ => None,
        }
    }
}

/// Bytes per second in and out, each only if two looks allow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Received from the network.
    pub net_in: Option<f64>,
    /// Sent to the network.
    pub net_out: Option<f64>,
    /// Read from disks.
    pub disk_read: Option<f64>,
    /// Written to disks.
    pub disk_write: Option<f64>,
}

/// Shares of time, 0 to 1, in which tasks waited for something (Linux' pressure stall figures):
/// `some` counts when any task waited, `full` when all of them did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pressure {
    /// Any task waited for a processor.
    pub cpu_some: Option<f64>,
    /// Any task waited for a disk.
    pub io_some: Option<f64>,
    /// All tasks waited for disks.
    pub io_full: Option<f64>,
    /// Any task waited for memory.
    pub memory_some: Option<f64>,
    /// All tasks waited for memory.
    pub memory_full: Option<f64>,
}
