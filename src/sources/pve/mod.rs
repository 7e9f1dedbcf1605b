//! Proxmox VE 7 to 9: a cluster or a single host, read over its API with a token.
//!
//! One look costs two requests (`/cluster/resources` and `/cluster/metrics/export`), every third
//! look one more for quorum and one more for tasks; what changes slowly is read by rotation
//! between looks, within a budget of requests per minute.
//! Facts: <https://pve.proxmox.com/pve-docs/api-viewer/>, and the recorded answers in `tests/fixtures`; the
//! settings' names are Pulse's.
//!
//! Start with [`source`] for a look, [`wire`] for what the host says and [`map`] for what it
//! means; [`jobs`] lists the details that the rotation reads, [`plan`] decides which there are and
//! [`read`] reads them. [`control`] tells guests what to do.

mod control;
mod details;
mod jobs;
mod map;
mod past;
mod permissions;
mod plan;
mod read;
mod source;
mod wire;

pub use super::proxmox::settings::Settings;

use super::failure::clean;
use super::proxmox::product::Product;
use super::{ConfigError, Controlled, Opened, SourceKind, TargetConfig};
use secrecy::SecretString;

/// The kind.
pub const KIND: SourceKind = SourceKind {
    name: "pve",
    label: "Proxmox VE",
    schema: include_str!("settings.schema.json"),
    open,
    control: Some(control),
    host: None,
};

/// What tells its API from others.
pub(super) static PRODUCT: Product = Product {
    name: "Proxmox VE",
    port: 8006,
    scheme: "PVEAPIToken",
    separator: '=',
    fingerprint_command: "pvenode cert info",
    service: "pveproxy",
    log_command: "journalctl -u pveproxy -u pvedaemon",
    authority_file: "/etc/pve/pve-root-ca.pem",
    example_token: "homepulse@pve!monitor",
    list_tokens: |user| format!("pveum user token list {user}"),
    grant: permissions::grant_command,
    // The reason stands in the status line; bodies have it only since 2025.
    told: |answer| clean(&answer.reason),
};

fn open(target: TargetConfig) -> Opened {
    Ok(Box::new(source::PveSource::open(target)?))
}

fn control(target: TargetConfig) -> Controlled {
    Ok(Box::new(control::PveController::open(target)?))
}

/// A target's settings and secret, checked.
fn settings_of(target: TargetConfig) -> Result<(Settings, SecretString), ConfigError> {
    let settings: Settings = serde_json::from_value(target.config)
        .map_err(|error| ConfigError::new("config", error.to_string()))?;
    let secret = target
        .secret
        .ok_or_else(|| ConfigError::new("token_secret", "is missing"))?;
    Ok((settings, secret))
}

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tests;
