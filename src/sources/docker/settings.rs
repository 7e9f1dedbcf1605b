//! A target's settings, checked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::http::{Access, Fingerprint, Identity, Trust};
use crate::sources::{ConfigError, TargetConfig};

/// Settings as they are stored.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    address: String,
    #[serde(default)]
    certificate_pem: Option<String>,
    #[serde(default)]
    ca_pem: Option<String>,
    #[serde(default)]
    fingerprint: Option<String>,
    #[serde(default = "yes")]
    verify: bool,
    #[serde(default)]
    query_host: Option<String>,
    /// Games of containers whose image does not tell, by their names.
    #[serde(default)]
    pub(super) games: BTreeMap<String, String>,
    /// Read by the service that decides; it is no business of a look.
    #[serde(default)]
    #[expect(dead_code, reason = "known, so that it is no unknown setting")]
    control: bool,
}

const fn yes() -> bool {
    true
}

/// Where an engine is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// What every request's address begins with.
    pub(super) base: Url,
    /// How it is reached.
    pub(super) access: Access,
    /// Where its published ports are reached.
    pub(super) query_host: String,
    /// Whether it is on this machine, so that containers' own addresses can be reached too.
    pub(super) is_local: bool,
    /// The address for people.
    pub(super) shown: String,
    /// Whether its certificate is checked.
    pub(super) verifies: bool,
}

impl Settings {
    /// Reads a target's settings.
    ///
    /// # Errors
    /// Which one is wrong.
    pub(super) fn read(target: &TargetConfig) -> Result<Self, ConfigError> {
        Self::deserialize(&target.config)
            .map_err(|error| ConfigError::new("config", error.to_string()))
    }

    /// Where the engine is.
    ///
    /// # Errors
    /// Which setting is wrong.
    pub(super) fn place(&self, key: Option<&SecretString>) -> Result<Place, ConfigError> {
        let shown = self.address.trim().to_owned();
        let socket = match shown.strip_prefix("unix://") {
            Some(path) => Some(path),
            None => shown.starts_with('/').then_some(shown.as_str()),
        };
        if let Some(path) = socket {
            if !path.starts_with('/') || path.len() > 100 {
                let problem = "must be like unix:///var/run/docker.sock, at most 100 bytes";
                return Err(ConfigError::new("address", problem));
            }
            return Ok(Place {
                base: plain_base("localhost")?,
                access: Access {
                    trust: Trust::Anyone,
                    identity: None,
                    socket: Some(PathBuf::from(path)),
                },
                query_host: self
                    .query_host
                    .clone()
                    .unwrap_or_else(|| "127.0.0.1".into()),
                is_local: true,
                shown,
                verifies: true,
            });
        }
        let base = self.network_base(&shown)?;
        let host = base.host_str().unwrap_or_default();
        let host = host.trim_matches(['[', ']']).to_owned();
        Ok(Place {
            access: Access {
                trust: self.trust()?,
                identity: self.identity(key)?,
                socket: None,
            },
            query_host: self.query_host.clone().unwrap_or(host),
            is_local: false,
            shown,
            verifies: self.verify,
            base,
        })
    }

    /// `tcp://` is what engines' own tools write; whether TLS is meant shows by the certificates
    /// that were given, or by the port.
    fn network_base(&self, address: &str) -> Result<Url, ConfigError> {
        let wrong = |problem: &str| ConfigError::new("address", problem.to_owned());
        let example = "give unix:///var/run/docker.sock, tcp://host:2376 or http://host:2375";
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        let has_tls = self.certificate_pem.is_some()
            || self.ca_pem.is_some()
            || self.fingerprint.is_some()
            || rest.trim_end_matches('/').ends_with(":2376");
        let scheme = match address.split_once("://").map(|(scheme, _)| scheme) {
            Some("http") => "http",
            Some("https") => "https",
            Some("tcp") | None if has_tls => "https",
            Some("tcp") | None => "http",
            Some(_) => return Err(wrong(&format!("has an unknown beginning; {example}"))),
        };
        let mut url = Url::parse(&format!("{scheme}://{rest}"))
            .map_err(|error| wrong(&format!("is no address ({error}); {example}")))?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(wrong(&format!("has no host; {example}")));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not hold a user or password"));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong(&format!("must end after the port; {example}")));
        }
        if url.port().is_none() {
            let port = if scheme == "https" { 2376 } else { 2375 };
            url.set_port(Some(port))
                .map_err(|()| wrong("cannot have a port"))?;
        }
        Ok(url)
    }

    fn trust(&self) -> Result<Trust, ConfigError> {
        if !self.verify {
            return Ok(Trust::Anyone);
        }
        if let Some(text) = self.fingerprint.as_deref().filter(|text| !text.is_empty()) {
            let print: Fingerprint = text
                .parse()
                .map_err(|error| ConfigError::new("fingerprint", format!("{error}")))?;
            return Ok(Trust::Pinned(print));
        }
        match &self.ca_pem {
            Some(pem) if !pem.trim().is_empty() => Ok(Trust::Authority(pem.clone())),
            _ => Ok(Trust::System),
        }
    }

    fn identity(&self, key: Option<&SecretString>) -> Result<Option<Identity>, ConfigError> {
        let Some(certificates) = self.certificate_pem.as_deref().map(str::trim) else {
            return Ok(None);
        };
        match key.filter(|key| !key.expose_secret().trim().is_empty()) {
            Some(key) => Ok(Some(Identity {
                certificates: certificates.to_owned(),
                key: key.clone(),
            })),
            None => Err(ConfigError::new(
                "certificate_pem",
                "needs its private key as the target's secret",
            )),
        }
    }
}

fn plain_base(host: &str) -> Result<Url, ConfigError> {
    Url::parse(&format!("http://{host}/"))
        .map_err(|error| ConfigError::new("address", error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::id::TargetId;

    fn place(config: Value, key: Option<&str>) -> Result<Place, ConfigError> {
        let target = TargetConfig {
            id: TargetId::random(),
            name: "games".into(),
            config,
            secret: None,
            past_until: None,
        };
        Settings::read(&target)?.place(key.map(SecretString::from).as_ref())
    }

    #[test]
    fn every_usual_way_to_write_an_engines_address_is_understood() {
        for (address, base, local) in [
            ("unix:///var/run/docker.sock", "http://localhost/", true),
            ("/run/podman/podman.sock", "http://localhost/", true),
            ("tcp://10.0.0.2:2375", "http://10.0.0.2:2375/", false),
            ("tcp://10.0.0.2:2376", "https://10.0.0.2:2376/", false),
            ("http://proxy.lan", "http://proxy.lan:2375/", false),
            ("https://games.lan", "https://games.lan:2376/", false),
            ("[fd00::2]:2375", "http://[fd00::2]:2375/", false),
        ] {
            let place = place(json!({"address": address}), None).expect(address);
            assert_eq!(
                (place.base.as_str(), place.is_local),
                (base, local),
                "{address}"
            );
        }
    }

    #[test]
    fn what_cannot_work_is_refused_with_its_field() {
        let certificate = json!({"address": "tcp://h:2376", "certificate_pem": "PEM"});
        for (config, field) in [
            (json!({"address": "ftp://host"}), "address"),
            (json!({"address": "tcp://user:pw@host"}), "address"),
            (json!({"address": "unix://relative"}), "address"),
            (json!({"address": "http://host/path"}), "address"),
            (json!({"address": "http://host", "odd": 1}), "config"),
            (
                json!({"address": "https://host", "fingerprint": "x"}),
                "fingerprint",
            ),
            (certificate, "certificate_pem"),
        ] {
            let error = place(config.clone(), None).expect_err("refused");
            assert_eq!(error.field, field, "{config}");
        }
    }

    #[test]
    fn a_certificate_with_its_key_is_what_we_prove_ourselves_with() {
        let config = json!({"address": "tcp://h:2376", "certificate_pem": "PEM"});
        let place = place(config, Some("KEY")).expect("fits");
        assert!(place.access.identity.is_some());
        assert_eq!(place.query_host, "h");
    }
}
