//! What the configuration says of how the product is exposed.

use crate::config::Config;
use crate::services::security::{Exposure, Security};

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

/// As `config` says.
pub(super) fn of(config: &Config) -> Security {
    let exposure = |key: &'static str| {
        let origin = config.origins.iter().find(|(it, _)| *it == key);
        Exposure {
            key,
            values: config.shown(key),
            origin: origin.map_or_else(|| "default".into(), |(_, it)| it.to_string()),
        }
    };
    Security::new(
        config.file.as_ref().map(|path| path.display().to_string()),
        KEYS.into_iter().map(exposure).collect(),
    )
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
        let security = of(&config.expect("a configuration"));
        let told = |key: &str| {
            let found = security.settings().iter().find(|it| it.key == key);
            found.expect("a setting").clone()
        };
        assert_eq!(told("listen").values, ["0.0.0.0:7655"]);
        assert_eq!(told("listen").origin, "environment HOMEPULSE_LISTEN");
        assert_eq!(told("tls").values, ["none"]);
        assert_eq!(told("trusted_proxies").origin, "default");
        assert!(told("trusted_proxies").values.is_empty());
        assert_eq!(security.file(), None);
    }
}
