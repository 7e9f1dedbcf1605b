//! Proxmox Backup Server 2 to 4, read over its API with a token.
//!
//! One look costs one request (the host's status), every third look one more for tasks and every
//! sixth one more for the datastores' use. Lists of backups may be megabytes: groups are read now
//! and then, backups only where a group changed or a task finished that changes them.
//! Facts: <https://pbs.proxmox.com/docs/api-viewer/>, and the recorded answers in `tests/fixtures`.
//!
//! Start with [`source`] for a look, [`wire`] for what the host says and [`map`] for what it
//! means; [`jobs`] lists the details that the rotation reads and [`read`] reads them.

mod jobs;
mod map;
mod past;
mod permissions;
mod plan;
mod read;
mod source;
mod stores;
mod wire;

use super::failure::clean;
use super::proxmox::product::Product;
use super::{Opened, SourceKind, TargetConfig};

/// The kind.
pub const KIND: SourceKind = SourceKind {
    name: "pbs",
    label: "Proxmox Backup Server",
    schema: include_str!("settings.schema.json"),
    open,
    control: None,
    host: None,
};

/// What tells its API from others.
pub(super) static PRODUCT: Product = Product {
    name: "Proxmox Backup Server",
    port: 8007,
    scheme: "PBSAPIToken",
    separator: ':',
    fingerprint_command: "proxmox-backup-manager cert info",
    service: "proxmox-backup-proxy",
    log_command: "journalctl -u proxmox-backup-proxy -u proxmox-backup",
    authority_file: "/etc/proxmox-backup/proxy.pem",
    example_token: "homepulse@pbs!monitor",
    list_tokens: |user| format!("proxmox-backup-manager user list-tokens {user}"),
    grant: permissions::grant_command,
    // The status line says no more than the number; bodies are plain text, whatever they claim.
    told: |answer| clean(&String::from_utf8_lossy(&answer.body)),
};

fn open(target: TargetConfig) -> Opened {
    Ok(Box::new(source::PbsSource::open(target)?))
}

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tests;
