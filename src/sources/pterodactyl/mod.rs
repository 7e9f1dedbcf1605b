//! Pterodactyl 1.x and Pelican, read over their client API with a user's key.
//!
//! Both speak alike; Pelican also takes a server's whole UUID where Pterodactyl knows short ids
//! only, so short ids are used. The panel keeps a server's figures for 20 s, so a look every 30 s
//! costs one request for the list and one for each server. It never counts players: servers whose
//! game is known are asked for them directly.
//!
//! Start with [`source`] for a look, [`wire`] for what the panel says and [`map`] for what it
//! means; [`host`] gives orders.

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
    name: "pterodactyl",
    label: "Pterodactyl or Pelican",
    schema: include_str!("settings.schema.json"),
    open,
    control: None,
    host: Some(host),
};

static PRODUCT: Product = Product {
    kind: "pterodactyl",
    name: "the panel",
    scheme: "https",
    port: 443,
    key: "client API key",
    make_key: "Account, API Credentials in the panel; a key of the application API does not do",
    rights: "access to the servers, as their owner or as a subuser",
    has_user: false,
    every: Duration::from_secs(30),
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
    let panel = source::Pterodactyl::new(client);
    Ok(Box::new(PanelSource::new(id, name, settings, panel)))
}

fn host(target: TargetConfig) -> Hosted {
    let (_, client) = connect(target)?;
    Ok(Box::new(host::Host(client)))
}

#[cfg(test)]
mod tests;
