//! Other ways to log in: at an OpenID provider, or at a reverse proxy.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use super::resolved::{networks, secret};

/// A role, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoleWord {
    /// Everything.
    Admin,
    /// What running the house needs.
    Operator,
    /// Seeing.
    Viewer,
}

/// Which groups have which role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Roles {
    /// Groups of admins.
    pub admins: Vec<String>,
    /// Groups of operators.
    pub operators: Vec<String>,
    /// Groups of viewers.
    pub viewers: Vec<String>,
    /// What everybody else is; without it they are kept out.
    pub others: Option<RoleWord>,
}

/// An OpenID provider in the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawOidc {
    /// What the button says.
    pub label: Option<String>,
    /// The provider's address, as it writes it itself.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// By what it knows us; prefer the file form.
    pub client_secret: Option<String>,
    /// File that holds what it knows us by.
    pub client_secret_file: Option<PathBuf>,
    /// File with the certificate authority to trust, where it is none of the system's.
    pub ca_file: Option<PathBuf>,
    /// What is asked for.
    pub scopes: Option<Vec<String>>,
    /// The claim with somebody's groups, such as `groups` or `realm_access.roles`.
    pub groups_claim: Option<String>,
    /// The claim with somebody's name.
    pub name_claim: Option<String>,
    /// Which groups have which role.
    #[serde(default)]
    pub roles: Roles,
}

/// A proxy that says who is asking, in the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTrustedHeader {
    /// Addresses or networks of the peers that are believed.
    pub networks: Vec<String>,
    /// The header with the name.
    pub user_header: Option<String>,
    /// The header with the groups.
    pub groups_header: Option<String>,
    /// Which groups have which role.
    #[serde(default)]
    pub roles: Roles,
}

/// The OpenID provider that holds.
#[derive(Clone, Debug)]
pub struct OidcProvider {
    /// What the button says.
    pub label: String,
    /// The provider's address.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// By what it knows us; `None` for a public client.
    pub client_secret: Option<SecretString>,
    /// The certificate authority to trust; `None` for the system's.
    pub ca_pem: Option<String>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// The claim with somebody's groups.
    pub groups_claim: String,
    /// The claim with somebody's name.
    pub name_claim: String,
    /// Which groups have which role.
    pub roles: Roles,
}

/// The proxy that is believed.
#[derive(Clone, Debug)]
pub struct TrustedHeader {
    /// Addresses or networks of the peers that are believed.
    pub networks: Vec<String>,
    /// The header with the name.
    pub user_header: String,
    /// The header with the groups.
    pub groups_header: Option<String>,
    /// Which groups have which role.
    pub roles: Roles,
}

pub(super) fn oidc(
    raw: Option<RawOidc>,
    public_url: Option<&str>,
    problems: &mut Vec<String>,
) -> Option<OidcProvider> {
    let raw = raw?;
    if !is_sound(&raw.issuer) {
        problems.push(format!(
            "oidc.issuer: '{}' is not the https address of a provider, such as \
             https://id.example.org",
            raw.issuer
        ));
    }
    if raw.client_id.is_empty() {
        problems.push("oidc.client_id: is empty; the provider names it".into());
    }
    if public_url.is_none() {
        problems.push(
            "oidc: needs public_url, the address that the provider sends people back to".into(),
        );
    }
    anybody("oidc.roles", &raw.roles, problems);
    let ca_pem = raw.ca_file.as_deref().and_then(|path| {
        let read = std::fs::read_to_string(path);
        read.map_err(|error| {
            problems.push(format!(
                "oidc.ca_file: cannot read {}: {error}",
                path.display()
            ));
        })
        .ok()
    });
    let mut scopes = raw
        .scopes
        .unwrap_or_else(|| ["profile", "groups"].map(str::to_owned).to_vec());
    if !scopes.iter().any(|scope| scope == "openid") {
        scopes.insert(0, "openid".into());
    }
    Some(OidcProvider {
        label: raw.label.unwrap_or_else(|| "single sign-on".into()),
        client_secret: secret(
            "oidc.client_secret_file",
            raw.client_secret.as_deref(),
            raw.client_secret_file.as_deref(),
            problems,
        ),
        issuer: raw.issuer,
        client_id: raw.client_id,
        ca_pem,
        scopes,
        groups_claim: raw.groups_claim.unwrap_or_else(|| "groups".into()),
        name_claim: raw
            .name_claim
            .unwrap_or_else(|| "preferred_username".into()),
        roles: raw.roles,
    })
}

pub(super) fn trusted_header(
    raw: Option<RawTrustedHeader>,
    problems: &mut Vec<String>,
) -> Option<TrustedHeader> {
    let raw = raw?;
    if raw.networks.is_empty() {
        problems.push("trusted_header.networks: is empty; name the proxy's own address".into());
    }
    let user_header = raw.user_header.unwrap_or_else(|| "Remote-User".into());
    let headers = [Some(&user_header), raw.groups_header.as_ref()];
    for name in headers.into_iter().flatten() {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(is_plain) {
            problems.push(format!(
                "trusted_header: '{name}' is not the name of a header"
            ));
        }
    }
    // Accounts of the same names may be all that is wanted, so that no group is needed.
    Some(TrustedHeader {
        networks: networks("trusted_header.networks", raw.networks, problems),
        user_header,
        groups_header: raw.groups_header,
        roles: raw.roles,
    })
}

fn anybody(key: &str, roles: &Roles, problems: &mut Vec<String>) {
    if *roles == Roles::default() {
        problems.push(format!(
            "{key}: lets nobody in; name groups in admins, operators or viewers, or set others"
        ));
    }
}

/// Whether nobody in between can answer instead: TLS, or this machine itself.
fn is_sound(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| {
        let is_near = match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let is_plain = url.query().is_none() && url.fragment().is_none();
        is_plain && url.has_host() && (url.scheme() == "https" || url.scheme() == "http" && is_near)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Environment, Flags, RawConfig};

    fn resolve(text: &str) -> Result<Config, String> {
        let raw: RawConfig = toml::from_str(text).map_err(|error| error.to_string())?;
        Config::resolve(raw, &Flags::default(), &Environment::default())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_provider_needs_an_address_to_come_back_to_and_somebody_to_let_in() {
        let good = "public_url = 'https://pulse.example.org/'\n[oidc]\n\
                    issuer = 'https://id.example.org'\nclient_id = 'homepulse'\n\
                    [oidc.roles]\nadmins = ['root']\nothers = 'viewer'\n";
        let provider = resolve(good).unwrap().oidc.unwrap();
        assert_eq!(provider.scopes, ["openid", "profile", "groups"]);
        assert_eq!(provider.roles.others, Some(RoleWord::Viewer));
        for (old, new, problem) in [
            (
                "public_url = 'https://pulse.example.org/'",
                "",
                "needs public_url",
            ),
            ("https://id.", "http://id.", "oidc.issuer"),
            ("admins = ['root']\nothers = 'viewer'", "", "lets nobody in"),
            ("'homepulse'", "''", "oidc.client_id"),
            ("others = 'viewer'", "others = 'king'", "king"),
        ] {
            let error = resolve(&good.replace(old, new)).unwrap_err();
            assert!(error.contains(problem), "{problem} is not in:\n{error}");
        }
    }

    #[test]
    fn a_proxy_is_believed_from_addresses_only() {
        let good = "[trusted_header]\nnetworks = ['192.0.2.2']\n";
        let header = resolve(good).unwrap().trusted_header.unwrap();
        assert_eq!(header.user_header, "Remote-User");
        for (text, problem) in [
            ("[trusted_header]\nnetworks = []", "trusted_header.networks"),
            (
                "[trusted_header]\nnetworks = ['proxy']",
                "trusted_header.networks: 'proxy'",
            ),
            (
                "[trusted_header]\nnetworks = ['192.0.2.2']\nuser_header = 'a b'",
                "'a b' is not the name of a header",
            ),
        ] {
            let error = resolve(text).unwrap_err();
            assert!(error.contains(problem), "{problem} is not in:\n{error}");
        }
    }
}
