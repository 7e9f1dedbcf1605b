//! Crafty Controller 4, read over its API v2 with a key.
//!
//! One request for the list and one for each server's figures. Crafty asks its servers itself, so
//! players, version and world come with them. Its certificate is self-signed unless replaced.
//!
//! Start with [`source`] for a look, [`wire`] for what Crafty says and [`map`] for what it means;
//! [`host`] gives orders.

mod host;
mod map;
mod source;
mod wire;

use std::time::Duration;

use http::header::AUTHORIZATION;

use super::panel::client::{PanelClient, secret_header};
use super::panel::product::Product;
use super::panel::settings::Settings;
use super::panel::source::PanelSource;
use super::{ConfigError, Hosted, Opened, SourceKind, TargetConfig};

/// The kind.
pub(super) const KIND: SourceKind = SourceKind {
    name: "crafty",
    label: "Crafty Controller 4",
    schema: include_str!("settings.schema.json"),
    open,
    control: None,
    host: Some(host),
};

static PRODUCT: Product = Product {
    kind: "crafty",
    name: "Crafty",
    scheme: "https",
    port: 8443,
    key: "API key",
    make_key: "User Config, API Keys in Crafty",
    rights: "the permissions Commands, Terminal and Logs on its servers",
    has_user: false,
    every: Duration::from_secs(20),
    per_minute: 240,
    patience: Duration::from_secs(8),
};

fn connect(target: TargetConfig) -> Result<(Settings, PanelClient), ConfigError> {
    let settings: Settings = serde_json::from_value(target.config)
        .map_err(|error| ConfigError::new("config", error.to_string()))?;
    let key = super::panel::settings::key(target.secret)?;
    let header = secret_header(AUTHORIZATION, &format!("Bearer {key}"))?;
    let client = PanelClient::new(&PRODUCT, &settings, vec![header])?;
    Ok((settings, client))
}

fn open(target: TargetConfig) -> Opened {
    let (id, name) = (target.id.clone(), target.name.clone());
    let (settings, client) = connect(target)?;
    let panel = source::Crafty { client };
    Ok(Box::new(PanelSource::new(id, name, settings, panel)))
}

fn host(target: TargetConfig) -> Hosted {
    let (_, client) = connect(target)?;
    Ok(Box::new(host::Host(client)))
}

#[cfg(test)]
mod tests;
