//! The configuration file as written: everything optional, unknown keys refused.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::sign_on::{RawOidc, RawTrustedHeader};
use super::webhooks::RawWebhook;

/// A configuration file, TOML or JSON.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawConfig {
    /// Where to listen, such as `127.0.0.1:7655` or `unix:/run/homepulse/web.sock`.
    pub listen: Option<OneOrMany>,
    /// The server's certificate; without one it speaks plain HTTP.
    pub tls: RawTls,
    /// Directory of the database and the key.
    pub data_dir: Option<PathBuf>,
    /// Directory of the backups of the product itself; `backups` below `data_dir` without it.
    pub backup_dir: Option<PathBuf>,
    /// Path under which a reverse proxy serves us, such as `/homepulse/`.
    pub base_path: Option<String>,
    /// Address at which people reach us, such as `https://pulse.example.org/`; messages have links
    /// only where it is set.
    pub public_url: Option<String>,
    /// Host names under which we may be called, beside addresses and `localhost`.
    pub allowed_hosts: Vec<String>,
    /// Networks of reverse proxies whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<String>,
    /// The OpenID provider where people log in.
    pub oidc: Option<RawOidc>,
    /// The proxy that says who is asking, once it has had them log in.
    pub trusted_header: Option<RawTrustedHeader>,
    /// Name shown in the page's title.
    pub instance_name: Option<String>,
    /// Span between looks, in seconds; Proxmox refreshes its figures every 10 s, so that less than
    /// that only serves simulated hosts.
    pub poll_interval_seconds: Option<u64>,
    /// Span between commits of history, in seconds: what a power cut may cost.
    pub commit_interval_seconds: Option<u64>,
    /// Admin token, as `API_TOKEN` in the environment; prefer the file form.
    pub api_token: Option<String>,
    /// File that holds the admin token.
    pub api_token_file: Option<PathBuf>,
    /// Where newer releases of the product are.
    pub updates: RawUpdates,
    /// Targets that this file owns.
    pub targets: Vec<RawTarget>,
    /// Notification channels that this file owns.
    pub channels: Vec<RawChannel>,
    /// Webhooks that are told of events and of no alerts, by name.
    pub webhooks: BTreeMap<String, RawWebhook>,
    /// The only ports of this machine's loopback that channels may connect to; without it all but
    /// the ones that are listened on.
    pub channel_loopback_ports: Option<Vec<u16>>,
    /// Thresholds, in the form the rules keep them in.
    pub rules: Option<Value>,
}

/// The server's certificate, both files in PEM; they are read again when they change.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawTls {
    /// The certificate, followed by those between it and the authority.
    pub cert_file: Option<PathBuf>,
    /// Its private key.
    pub key_file: Option<PathBuf>,
}

/// Where newer releases of the product are, and which ones are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawUpdates {
    /// Address of a `manifest.json`, `github:owner/repo` or `gitea:https://host/owner/repo`.
    pub source: Option<String>,
    /// Whether candidates are wanted as well as finished releases: `stable` or `rc`.
    pub channel: Option<String>,
    /// ed25519 keys of those who may make releases, 32 bytes in Base64 each.
    pub keys: Vec<String>,
}

/// One string or a list of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// As a list.
    #[must_use]
    pub fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

/// A target in the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTarget {
    /// Name, unique.
    pub name: String,
    /// Kind, such as `pve`.
    #[serde(default = "pve")]
    pub kind: String,
    /// Address of the host, or of any node; not for kinds that have several.
    pub address: Option<String>,
    /// `user@realm!name`, where the kind has tokens with names.
    pub token_id: Option<String>,
    /// The token's secret, or whatever the kind calls one; prefer the file form.
    pub token_secret: Option<String>,
    /// File that holds the secret.
    pub token_secret_file: Option<PathBuf>,
    /// SHA-256 of the certificate to trust.
    pub fingerprint: Option<String>,
    /// File with the certificate authority to trust.
    pub ca_file: Option<PathBuf>,
    /// Whether to check the certificate at all.
    pub verify: Option<bool>,
    /// Whether its guests may be told what to do.
    pub control: Option<bool>,
    /// Further settings of the kind.
    #[serde(default)]
    pub config: Value,
}

fn pve() -> String {
    "pve".into()
}

/// A notification channel in the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawChannel {
    /// Name, unique.
    pub name: String,
    /// Kind, such as `email`.
    pub kind: String,
    /// The kind's settings.
    #[serde(default)]
    pub config: Value,
    /// The kind's secret, such as a password; prefer the file form.
    pub secret: Option<String>,
    /// File that holds the kind's secret.
    pub secret_file: Option<PathBuf>,
    /// Files that hold secrets, by the names of their fields, for kinds that have several.
    #[serde(default)]
    pub secret_files: BTreeMap<String, PathBuf>,
}
