//! A webhook channel's settings.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::sign::Signer;
use crate::notify::error::ConfigError;
use crate::notify::fields::Fields;

/// See the module.
pub(super) struct Config {
    pub(super) url: Url,
    pub(super) signer: Option<Signer>,
    pub(super) timeout: Duration,
}

impl Config {
    pub(super) fn read(config: &Value, secret: Option<SecretString>) -> Result<Self, ConfigError> {
        let mut fields = Fields::of(config)?;
        let url = url(&fields.required_text("url")?)?;
        let timeout = fields.number("timeout_seconds", 1..=110)?.unwrap_or(15);
        fields.finish()?;
        Ok(Self {
            url,
            signer: secret.as_ref().map(Signer::new).transpose()?,
            timeout: Duration::from_secs(timeout),
        })
    }

    /// Where it goes, without the path, which may hold a token.
    pub(super) fn host(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

fn url(text: &str) -> Result<Url, ConfigError> {
    let wrong = |problem| Err(ConfigError::new("url", problem));
    let Ok(url) = Url::parse(text) else {
        return wrong("must be a whole address: https://example.org/path");
    };
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return wrong("must begin with https:// or http:// and a host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("must not hold a name or password: it is shown to everybody who may look");
    }
    Ok(url)
}
