//! What the host keeps of the past by itself (`rrddata`): means over fixed spans. A gap is a row
//! with nothing but its time.

use serde::Deserialize;

use crate::sources::lenient::{Number, Whole};

/// One row of `…/rrddata` of a node, a guest or a storage.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct PastRow {
    pub(in crate::sources::pve) time: Whole,
    pub(in crate::sources::pve) cpu: Number,
    pub(in crate::sources::pve) iowait: Number,
    pub(in crate::sources::pve) loadavg: Number,
    pub(in crate::sources::pve) netin: Number,
    pub(in crate::sources::pve) netout: Number,
    pub(in crate::sources::pve) diskread: Number,
    pub(in crate::sources::pve) diskwrite: Number,
    pub(in crate::sources::pve) mem: Number,
    pub(in crate::sources::pve) maxmem: Number,
    pub(in crate::sources::pve) disk: Number,
    pub(in crate::sources::pve) maxdisk: Number,
    pub(in crate::sources::pve) memused: Number,
    pub(in crate::sources::pve) memtotal: Number,
    pub(in crate::sources::pve) swapused: Number,
    pub(in crate::sources::pve) swaptotal: Number,
    pub(in crate::sources::pve) rootused: Number,
    pub(in crate::sources::pve) roottotal: Number,
    pub(in crate::sources::pve) used: Number,
    pub(in crate::sources::pve) total: Number,
    pub(in crate::sources::pve) arcsize: Number,
    pub(in crate::sources::pve) pressurecpusome: Number,
    pub(in crate::sources::pve) pressureiosome: Number,
    pub(in crate::sources::pve) pressureiofull: Number,
    pub(in crate::sources::pve) pressurememorysome: Number,
    pub(in crate::sources::pve) pressurememoryfull: Number,
}
