//! A target's settings, checked.

use serde::{Deserialize, Serialize};
use url::Url;

use super::client::ApiClient;
use super::product::Product;
use crate::http::Trust;
use crate::model::id::TargetId;
use crate::model::target::TargetSummary;
use crate::sources::ConfigError;
use crate::sources::trust::trust;

/// Settings as they are stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `https://host:port` of the host, or of any node of a cluster.
    pub address: String,
    /// `user@realm!name`; empty where a user's password is used instead.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token_id: String,
    /// `user@realm`, whose password is the secret; not together with a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// SHA-256 of the certificate to trust.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The certificate authority to trust, as PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_pem: Option<String>,
    /// Whether the certificate is checked at all.
    #[serde(default = "yes")]
    pub verify: bool,
    /// Whether its guests may be told what to do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub control: bool,
}

const fn yes() -> bool {
    true
}

impl Settings {
    /// What a look tells of its target whatever the product. How looking goes is decided by the
    /// present, from one look to the next.
    pub(in crate::sources) fn summary(
        &self,
        id: &TargetId,
        name: &str,
        kind: &str,
        client: &ApiClient,
    ) -> TargetSummary {
        let (id, name, address) = (id.clone(), name.to_owned(), self.address.clone());
        TargetSummary {
            requests: client.budget(),
            ..TargetSummary::configured(id, name, kind, address, self.verify)
        }
    }

    /// The API's root. A missing scheme is https, a missing port the product's own.
    ///
    /// # Errors
    /// When it is no https address of a host.
    pub(in crate::sources) fn url(&self, product: &Product) -> Result<Url, ConfigError> {
        let wrong = |problem: &str| ConfigError::new("address", problem.to_owned());
        let example = format!("give https://host:{}", product.port);
        let text = self.address.trim();
        if text.is_empty() {
            return Err(wrong(&format!("is empty; {example}")));
        }
        let text = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let mut url = Url::parse(&text)
            .map_err(|error| wrong(&format!("is no address ({error}); {example}")))?;
        if url.scheme() != "https" {
            return Err(wrong(&format!(
                "must begin with https://, as {} serves nothing else",
                product.name
            )));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "must not hold a user or password; they belong in the token",
            ));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(wrong(&format!("has no host; {example}")));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong(&format!("must end after the port; {example}")));
        }
        // An explicit :443 is what `port` calls no port at all.
        if url.port().is_none() && !text.trim_end_matches('/').ends_with(":443") {
            url.set_port(Some(product.port))
                .map_err(|()| wrong(&format!("cannot have a port; {example}")))?;
        }
        Ok(url)
    }

    /// How the host is to prove who it is.
    ///
    /// # Errors
    /// When the fingerprint is none.
    pub fn trust(&self) -> Result<Trust, ConfigError> {
        trust(
            self.verify,
            self.fingerprint.as_deref(),
            self.ca_pem.as_deref(),
        )
    }

    /// Who asks: the token, or the user.
    pub(in crate::sources) fn who(&self) -> &str {
        self.user.as_deref().unwrap_or(&self.token_id)
    }

    /// Whether the user has the form `user@realm`, and no token is given too.
    ///
    /// # Errors
    /// When it has not, or one is.
    pub(in crate::sources) fn check_user(&self) -> Result<(), ConfigError> {
        let user = self.user.as_deref().unwrap_or_default();
        if !self.token_id.is_empty() {
            let problem = "must not stand beside a token: give one or the other";
            return Err(ConfigError::new("user", problem));
        }
        let is_whole = user
            .split_once('@')
            .is_some_and(|(name, realm)| !name.is_empty() && !realm.is_empty());
        let is_plain = user.chars().all(|c| c.is_ascii_graphic() && c != '!');
        if is_whole && is_plain && user.len() <= 200 {
            Ok(())
        } else {
            let problem = "must be user@realm, such as homepulse@pve or root@pam";
            Err(ConfigError::new("user", problem))
        }
    }

    /// Whether the token's id has the form `user@realm!name`.
    ///
    /// # Errors
    /// When it has not.
    pub(in crate::sources) fn check_token_id(&self, product: &Product) -> Result<(), ConfigError> {
        let valid = self.token_id.split_once('!').is_some_and(|(user, name)| {
            !name.is_empty()
                && user
                    .split_once('@')
                    .is_some_and(|(user, realm)| !user.is_empty() && !realm.is_empty())
        }) && self.token_id.chars().all(|c| c.is_ascii_graphic());
        if valid {
            Ok(())
        } else {
            Err(ConfigError::new(
                "token_id",
                format!("must be user@realm!name, such as {}", product.example_token),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use crate::sources::pve::PRODUCT;

    fn settings(address: &str) -> Settings {
        Settings {
            address: address.into(),
            token_id: "homepulse@pve!monitor".into(),
            user: None,
            fingerprint: None,
            ca_pem: None,
            verify: true,
            control: false,
        }
    }

    #[test]
    fn scheme_and_port_are_filled_in() {
        for (given, expected) in [
            ("192.0.2.1", "https://192.0.2.1:8006/"),
            ("https://pve.example.org", "https://pve.example.org:8006/"),
            ("https://pve.example.org:443", "https://pve.example.org/"),
            ("pve.example.org:9000/", "https://pve.example.org:9000/"),
            ("https://[2001:db8::1]:8006", "https://[2001:db8::1]:8006/"),
        ] {
            let url = settings(given).url(&PRODUCT).expect(given);
            assert_eq!(url.as_str(), expected, "{given}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_by_name() {
        for given in [
            "",
            "http://192.0.2.1:8006",
            "ftp://x",
            "https://",
            "https://u:p@h",
            "https://h/path",
        ] {
            let error = settings(given).url(&PRODUCT).expect_err(given);
            assert_eq!(error.field, "address", "{given}");
        }
    }

    #[test]
    fn a_token_id_names_user_realm_and_token() {
        let mut settings = settings("h");
        for id in ["root@pam", "root!x", "@pve!x", "a@!x", "a@b!", "a b@c!d"] {
            settings.token_id = id.into();
            assert!(settings.check_token_id(&PRODUCT).is_err(), "{id}");
        }
    }
}
