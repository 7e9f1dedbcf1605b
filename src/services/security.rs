//! How the product is exposed: where it listens, whom it believes and how people come in, as the
//! configuration that it started with says.

use std::sync::Arc;

use crate::config::Config;

/// Settings that say who can reach the product and who is let in, in the order in which they are
/// looked at.
const KEYS: [&str; 9] = [
    "listen",
    "tls",
    "public_url",
    "base_path",
    "allowed_hosts",
    "trusted_proxies",
    "api_token",
    "oidc",
    "trusted_header",
];

/// How the product is exposed.
#[derive(Clone, Debug)]
pub struct Security {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: Option<String>,
    settings: Vec<Exposure>,
}

/// One setting; never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Its key in the configuration file.
    pub key: &'static str,
    /// What it is; empty where it is a list of nothing.
    pub values: Vec<String>,
    /// Who has set it, such as `environment HOMEPULSE_LISTEN`; `default` where nobody has.
    pub origin: String,
}

impl Security {
    /// As `config` says.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let exposure = |key: &'static str| {
            let origin = config.origins.iter().find(|(it, _)| *it == key);
            Exposure {
                key,
                values: config.shown(key),
                origin: origin.map_or_else(|| "default".into(), |(_, it)| it.to_string()),
            }
        };
        Self::new(
            config.file.as_ref().map(|path| path.display().to_string()),
            KEYS.into_iter().map(exposure).collect(),
        )
    }

    /// As configured by `file` and otherwise.
    #[must_use]
    pub fn new(file: Option<String>, settings: Vec<Exposure>) -> Self {
        Self {
            inner: Arc::new(Inner { file, settings }),
        }
    }

    /// The configuration file; `None` where none was read.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.inner.file.as_deref()
    }

    /// Every setting that matters.
    #[must_use]
    pub fn settings(&self) -> &[Exposure] {
        &self.inner.settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Flags, RawConfig};

    #[test]
    fn a_setting_is_told_with_who_has_set_it() {
        let environment = Environment::of([("HOMEPULSE_LISTEN", "0.0.0.0:7655")]);
        let raw = RawConfig::default();
        let config = Config::resolve(raw, &Flags::default(), &environment);
        let security = Security::of(&config.expect("a configuration"));
        let of = |key: &str| {
            let found = security.settings().iter().find(|it| it.key == key);
            found.expect("a setting").clone()
        };
        assert_eq!(of("listen").values, ["0.0.0.0:7655"]);
        assert_eq!(of("listen").origin, "environment HOMEPULSE_LISTEN");
        assert_eq!(of("tls").values, ["none"]);
        assert_eq!(of("trusted_proxies").origin, "default");
        assert!(of("trusted_proxies").values.is_empty());
        assert_eq!(security.file(), None);
    }
}
