//! Proxmox VE 7 to 9: a cluster or a single host, read over its API with a token.
//!
//! One look costs two requests (`/cluster/resources` and `/cluster/metrics/export`), every third
//! look one more for quorum; what changes slowly is read by rotation, one request a look.
//! Facts: `reference/proxmox-api.md`; seed `004_1d98a4420ce57b67.txt` for the settings' names.
//!
//! Start with [`source`] for a look, [`wire`] for what the host says and [`map`] for what it means.

mod client;
mod failure;
mod map;
mod permissions;
mod requests;
mod settings;
mod source;
mod wire;

pub use settings::Settings;

use super::{Opened, SourceKind, TargetConfig};

/// The kind.
pub const KIND: SourceKind = SourceKind {
    name: "pve",
    label: "Proxmox VE",
    schema: include_str!("settings.schema.json"),
    open,
};

fn open(target: TargetConfig) -> Opened {
    Ok(Box::new(source::PveSource::open(target)?))
}

#[cfg(test)]
mod tests;
