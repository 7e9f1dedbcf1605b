//! A panel's settings, checked.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::product::Product;
use crate::http::Trust;
use crate::sources::ConfigError;
use crate::sources::games::{catalog, query};
use crate::sources::trust::trust;

/// The secret of a panel in the clear.
///
/// # Errors
/// When there is none.
pub(in crate::sources) fn key(secret: Option<SecretString>) -> Result<String, ConfigError> {
    let key = secret.map(|secret| secret.expose_secret().trim().to_owned());
    key.filter(|key| !key.is_empty())
        .ok_or_else(|| ConfigError::new("token_secret", "is missing"))
}

/// Settings as they are stored.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sources) struct Settings {
    /// Where the panel is, with the path that it lives under, if any.
    pub(in crate::sources) address: String,
    /// Whose password the secret is, where the panel knows users.
    #[serde(default)]
    pub(in crate::sources) user: Option<String>,
    /// SHA-256 of the certificate to trust.
    #[serde(default)]
    fingerprint: Option<String>,
    /// The certificate authority to trust, as PEM.
    #[serde(default)]
    ca_pem: Option<String>,
    /// Whether the certificate is checked at all.
    #[serde(default = "yes")]
    pub(in crate::sources) verify: bool,
    /// Whether its servers may be told what to do.
    #[serde(default)]
    pub(in crate::sources) control: bool,
    /// What the panel does not say of its servers, by their id there.
    #[serde(default)]
    pub(in crate::sources) servers: BTreeMap<String, ServerSettings>,
}

/// What a person says of one server.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::sources) struct ServerSettings {
    /// The game's id in the catalogue.
    pub(in crate::sources) game: Option<String>,
    /// The protocol to ask it with; the game's own if not said.
    pub(in crate::sources) protocol: Option<String>,
    /// Where to ask it.
    pub(in crate::sources) host: Option<String>,
    /// On which port to ask it.
    pub(in crate::sources) port: Option<u16>,
    /// Whether it is left out.
    pub(in crate::sources) ignore: bool,
}

const fn yes() -> bool {
    true
}

impl Settings {
    /// The panel's root, which ends with a slash.
    ///
    /// # Errors
    /// When it is no http or https address of a host.
    pub(in crate::sources) fn url(&self, product: &Product) -> Result<Url, ConfigError> {
        let example = format!("give {}://host:{}", product.scheme, product.port);
        let wrong = |problem: String| ConfigError::new("address", format!("{problem}; {example}"));
        let text = self.address.trim().trim_end_matches('/');
        if text.is_empty() {
            return Err(wrong("is empty".into()));
        }
        let has_scheme = text.contains("://");
        let whole = match has_scheme {
            true => text.to_owned(),
            false => format!("{}://{text}", product.scheme),
        };
        let mut url =
            Url::parse(&whole).map_err(|error| wrong(format!("is no address ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("must begin with http:// or https://".into()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not hold a user or password".into()));
        }
        if url.query().is_some() || url.fragment().is_some() || url.host_str().is_none() {
            return Err(wrong("must be a host, and a path at most".into()));
        }
        if !has_scheme && url.port().is_none() {
            url.set_port(Some(product.port))
                .map_err(|()| wrong("cannot have a port".into()))?;
        }
        let root = format!("{}/", url.path().trim_end_matches('/'));
        url.set_path(&root);
        Ok(url)
    }

    /// How the panel is to prove who it is.
    ///
    /// # Errors
    /// When the fingerprint is none.
    pub(in crate::sources) fn trust(&self) -> Result<Trust, ConfigError> {
        trust(
            self.verify,
            self.fingerprint.as_deref(),
            self.ca_pem.as_deref(),
        )
    }

    /// Whether everything else makes sense for `product`.
    ///
    /// # Errors
    /// When it does not.
    pub(in crate::sources) fn check(&self, product: &Product) -> Result<(), ConfigError> {
        let user = self.user.as_deref().unwrap_or_default();
        match (product.has_user, user.is_empty()) {
            (true, true) => {
                let problem = "is missing: give the name of a user made for homepulse";
                return Err(ConfigError::new("user", problem));
            }
            (false, false) => {
                let problem = format!("must be left out: {} takes a {}", product.name, product.key);
                return Err(ConfigError::new("user", problem));
            }
            (true, false) | (false, true) => {}
        }
        for (id, server) in &self.servers {
            if let Some(protocol) = &server.protocol
                && query::protocol(protocol).is_none()
            {
                let problem = format!("{id}: there is no protocol {protocol}");
                return Err(ConfigError::new("servers", problem));
            }
            if let Some(game) = &server.game
                && catalog::current().get(game).is_none()
            {
                let problem = format!("{id}: the catalogue knows no game {game}");
                return Err(ConfigError::new("servers", problem));
            }
        }
        Ok(())
    }
}
