//! PEON's orchestrator, read with its one key.
//!
//! Its list of servers runs programs in every container, so it is read once a minute; figures of
//! a running server take it one to two seconds each and are read for a few at a time. It knows
//! neither players nor ports: servers are asked where settings say on which port. Where its
//! Docker engine can be reached, that tells more.
//!
//! Start with [`source`] for a look, [`wire`] for what PEON says and [`map`] for what it means;
//! [`host`] gives orders.

mod host;
mod map;
mod source;
mod wire;

use std::time::Duration;

use http::header::HeaderName;

use super::panel::client::{PanelClient, secret_header};
use super::panel::product::Product;
use super::panel::settings::Settings;
use super::panel::source::PanelSource;
use super::{ConfigError, Hosted, Opened, SourceKind, TargetConfig};

/// The kind.
pub(super) const KIND: SourceKind = SourceKind {
    name: "peon",
    label: "PEON",
    schema: include_str!("settings.schema.json"),
    open,
    control: None,
    host: Some(host),
};

static PRODUCT: Product = Product {
    kind: "peon",
    name: "PEON",
    scheme: "http",
    port: 5000,
    key: "API key",
    make_key: "API_KEY in the orchestrator's environment",
    rights: "the orchestrator's one key",
    has_user: false,
    every: Duration::from_secs(60),
    per_minute: 12,
    patience: Duration::from_secs(30),
};

fn connect(target: TargetConfig) -> Result<(Settings, PanelClient), ConfigError> {
    let settings: Settings = serde_json::from_value(target.config)
        .map_err(|error| ConfigError::new("config", error.to_string()))?;
    let key = super::panel::settings::key(target.secret)?;
    let header = secret_header(HeaderName::from_static("x-api-key"), &key)?;
    let client = PanelClient::new(&PRODUCT, &settings, vec![header])?;
    Ok((settings, client))
}

fn open(target: TargetConfig) -> Opened {
    let (id, name) = (target.id.clone(), target.name.clone());
    let (settings, client) = connect(target)?;
    let panel = source::Peon::new(client);
    Ok(Box::new(PanelSource::new(id, name, settings, panel)))
}

fn host(target: TargetConfig) -> Hosted {
    let (_, client) = connect(target)?;
    Ok(Box::new(host::Host(client)))
}

#[cfg(test)]
mod tests;
