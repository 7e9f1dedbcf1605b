//! CubeCoders AMP, read over its web API with a user's password.
//!
//! Every call is a POST that carries a session. One request to the main instance (ADS) tells of
//! all instances with state, use, players and end points; sessions that ran out are renewed once
//! per call. Orders go through the main instance to each instance, which has sessions of its own.
//!
//! Start with [`source`] for a look, [`session`] for a call, [`wire`] for what AMP says and
//! [`map`] for what it means; [`host`] gives orders.

mod host;
mod map;
mod session;
mod source;
mod wire;

use std::time::Duration;

use super::panel::client::PanelClient;
use super::panel::product::Product;
use super::panel::settings::Settings;
use super::panel::source::PanelSource;
use super::{ConfigError, Hosted, Opened, SourceKind, TargetConfig};

/// The kind.
pub(super) const KIND: SourceKind = SourceKind {
    name: "amp",
    label: "AMP (CubeCoders)",
    schema: include_str!("settings.schema.json"),
    open,
    control: None,
    host: Some(host),
};

static PRODUCT: Product = Product {
    kind: "amp",
    name: "AMP",
    scheme: "http",
    port: 8080,
    key: "user's password",
    make_key: "Configuration, User Management in AMP; without two-factor login",
    rights: "a role that may see and manage the instances",
    has_user: true,
    every: Duration::from_secs(20),
    per_minute: 120,
    patience: Duration::from_secs(10),
};

fn connect(target: TargetConfig) -> Result<(Settings, session::Sessions), ConfigError> {
    let settings: Settings = serde_json::from_value(target.config)
        .map_err(|error| ConfigError::new("config", error.to_string()))?;
    let password = super::panel::settings::key(target.secret)?;
    let client = PanelClient::new(&PRODUCT, &settings, Vec::new())?;
    let user = settings.user.clone().unwrap_or_default();
    let sessions = session::Sessions::new(client, user, password.into());
    Ok((settings, sessions))
}

fn open(target: TargetConfig) -> Opened {
    let (id, name) = (target.id.clone(), target.name.clone());
    let (settings, sessions) = connect(target)?;
    let panel = source::Amp::new(sessions);
    Ok(Box::new(PanelSource::new(id, name, settings, panel)))
}

fn host(target: TargetConfig) -> Hosted {
    let (_, sessions) = connect(target)?;
    Ok(Box::new(host::Host(sessions)))
}

#[cfg(test)]
mod tests;
