//! What Proxmox VE says, as loosely as it says it: every field may be absent or oddly typed.
//!
//! Here is what every look reads; [`node`], [`guest`], [`cluster`] and [`past`] have what the
//! rotation reads.

pub(super) mod cluster;
pub(super) mod guest;
pub(super) mod node;
pub(super) mod past;

use serde::{Deserialize, Deserializer};

use crate::sources::lenient::{flag, number, text, whole};

/// `/version`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Version {
    #[serde(deserialize_with = "text")]
    pub(super) version: Option<String>,
}

/// One row of `/cluster/resources`, of any type.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ResourceRow {
    #[serde(rename = "type", deserialize_with = "text")]
    pub(super) kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) node: Option<String>,
    #[serde(deserialize_with = "whole")]
    pub(super) vmid: Option<u64>,
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) template: Option<bool>,
    #[serde(deserialize_with = "number")]
    pub(super) cpu: Option<f64>,
    #[serde(deserialize_with = "number")]
    pub(super) maxcpu: Option<f64>,
    #[serde(deserialize_with = "whole")]
    pub(super) mem: Option<u64>,
    #[serde(deserialize_with = "whole")]
    pub(super) maxmem: Option<u64>,
    #[serde(deserialize_with = "whole")]
    pub(super) memhost: Option<u64>,
    #[serde(deserialize_with = "whole")]
    pub(super) disk: Option<u64>,
    #[serde(deserialize_with = "whole")]
    pub(super) maxdisk: Option<u64>,
    #[serde(deserialize_with = "whole")]
    pub(super) netin: Option<u64>,
    #[serde(deserialize_with = "whole")]
    pub(super) netout: Option<u64>,
    #[serde(deserialize_with = "whole")]
    pub(super) diskread: Option<u64>,
    #[serde(deserialize_with = "whole")]
    pub(super) diskwrite: Option<u64>,
    #[serde(deserialize_with = "whole")]
    pub(super) uptime: Option<u64>,
    #[serde(deserialize_with = "text")]
    pub(super) tags: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) lock: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) pool: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) hastate: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) storage: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) plugintype: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) content: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) shared: Option<bool>,
}

/// One row of `/cluster/status`: the cluster itself, or a node of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StatusRow {
    #[serde(rename = "type", deserialize_with = "text")]
    pub(super) kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) quorate: Option<bool>,
    #[serde(deserialize_with = "text")]
    pub(super) ip: Option<String>,
}

/// One row of `/nodes`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NodeRow {
    #[serde(deserialize_with = "text")]
    pub(super) ssl_fingerprint: Option<String>,
}

/// `/nodes/{node}/status`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NodeDetail {
    #[serde(deserialize_with = "text")]
    pub(super) pveversion: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) kversion: Option<String>,
    #[serde(rename = "current-kernel")]
    pub(super) current_kernel: Option<Kernel>,
    pub(super) cpuinfo: Option<CpuInfo>,
    #[serde(deserialize_with = "load")]
    pub(super) loadavg: Option<[f64; 3]>,
    #[serde(deserialize_with = "number")]
    pub(super) wait: Option<f64>,
    pub(super) swap: Option<Space>,
    #[serde(rename = "boot-info")]
    pub(super) boot: Option<BootInfo>,
}

/// How a node was booted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct BootInfo {
    #[serde(deserialize_with = "text")]
    pub(super) mode: Option<String>,
}

/// The running kernel.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Kernel {
    #[serde(deserialize_with = "text")]
    pub(super) release: Option<String>,
}

/// The processor.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CpuInfo {
    #[serde(deserialize_with = "text")]
    pub(super) model: Option<String>,
    #[serde(deserialize_with = "whole")]
    pub(super) sockets: Option<u64>,
    #[serde(deserialize_with = "number")]
    pub(super) mhz: Option<f64>,
}

/// Bytes in use and in all.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Space {
    #[serde(deserialize_with = "whole")]
    pub(super) used: Option<u64>,
    #[serde(deserialize_with = "whole")]
    pub(super) total: Option<u64>,
}

/// `/cluster/metrics/export`: the envelope's `data` holds another `data`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Export {
    pub(super) data: Vec<ExportRow>,
}

/// One figure of the export.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ExportRow {
    #[serde(deserialize_with = "text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) metric: Option<String>,
    #[serde(deserialize_with = "number")]
    pub(super) value: Option<f64>,
    #[serde(deserialize_with = "whole")]
    pub(super) timestamp: Option<u64>,
}

/// Three load averages, which Proxmox VE writes as strings.
fn load<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[f64; 3]>, D::Error> {
    #[derive(Deserialize)]
    struct Figure(#[serde(deserialize_with = "number")] Option<f64>);

    let figures: Option<Vec<Figure>> = Option::deserialize(deserializer)?;
    Ok(figures.and_then(|figures| match figures[..] {
        [Figure(Some(one)), Figure(Some(five)), Figure(Some(fifteen))] => {
            Some([one, five, fifteen])
        }
        _ => None,
    }))
}
