//! Targets and channels that the configuration file owns.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Value, json};

use super::raw::{RawChannel, RawTarget};
use super::resolved::secret;
use super::webhooks::{self, RawWebhook};

/// A target that the file owns.
#[derive(Clone, Debug)]
pub struct FileTarget {
    /// Name, unique.
    pub name: String,
    /// Kind.
    pub kind: String,
    /// The kind's settings.
    pub config: Value,
    /// The token's secret.
    pub secret: SecretString,
}

/// A channel that the file owns.
#[derive(Clone, Debug)]
pub struct FileChannel {
    /// Where it stands in the file, such as `channels.phone`.
    pub key: String,
    /// Name, unique.
    pub name: String,
    /// Kind.
    pub kind: String,
    /// The kind's settings.
    pub config: Value,
    /// The kind's secret, or the first of several.
    pub secret: Option<SecretString>,
    /// Secrets by the names of their fields.
    pub secrets: BTreeMap<String, SecretString>,
}

impl FileChannel {
    /// Where `field` of its settings stands in the file.
    #[must_use]
    pub fn called(&self, field: &str) -> String {
        match self.key.starts_with("webhooks.") {
            true => format!("{}.{}", self.key, webhooks::called(field)),
            false => format!("{}.{field}", self.key),
        }
    }
}

pub(super) fn file_target(raw: RawTarget, problems: &mut Vec<String>) -> Option<FileTarget> {
    let key = format!("targets.{}", raw.name);
    let before = problems.len();
    let secret = secret(
        &format!("{key}.token_secret_file"),
        raw.token_secret.as_deref(),
        raw.token_secret_file.as_deref(),
        problems,
    );
    if secret.is_none() && raw.token_id.is_some() && problems.len() == before {
        problems.push(format!("{key}: give token_secret_file or token_secret"));
    }
    let ca_pem = raw.ca_file.as_deref().and_then(|path| {
        std::fs::read_to_string(path)
            .map_err(|error| {
                problems.push(format!(
                    "{key}.ca_file: cannot read {}: {error}",
                    path.display()
                ))
            })
            .ok()
    });
    // What has no address of its own checks no certificate of its own either.
    let verify = raw.verify.or(raw.address.is_some().then_some(true));
    let mut config = without_nulls(json!({
        "address": raw.address,
        "token_id": raw.token_id,
        "fingerprint": raw.fingerprint,
        "ca_pem": ca_pem,
        "verify": verify,
        "control": raw.control,
    }));
    match (raw.config, &mut config) {
        (Value::Object(further), Value::Object(config)) => config.extend(further),
        (Value::Null, _) => {}
        _ => problems.push(format!("{key}.config: must be a table of settings")),
    }
    (problems.len() == before).then(|| FileTarget {
        name: raw.name,
        kind: raw.kind,
        config,
        secret: secret.unwrap_or_default(),
    })
}

fn without_nulls(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, member| !member.is_null());
    }
    value
}

fn file_channel(raw: RawChannel, problems: &mut Vec<String>) -> Option<FileChannel> {
    let key = format!("channels.{}", raw.name);
    let before = problems.len();
    let secret = secret(
        &format!("{key}.secret_file"),
        raw.secret.as_deref(),
        raw.secret_file.as_deref(),
        problems,
    );
    let mut secrets = BTreeMap::new();
    for (field, path) in &raw.secret_files {
        let key = format!("{key}.secret_files.{field}");
        if let Some(secret) = self::secret(&key, None, Some(path), problems) {
            secrets.insert(field.clone(), secret);
        }
    }
    (problems.len() == before).then_some(FileChannel {
        key,
        name: raw.name,
        kind: raw.kind,
        config: raw.config,
        secret,
        secrets,
    })
}

/// The channels that the file owns, webhooks of events among them.
pub(super) fn channels(
    raw: Vec<RawChannel>,
    webhooks: BTreeMap<String, RawWebhook>,
    problems: &mut Vec<String>,
) -> Vec<FileChannel> {
    let channels = raw.into_iter();
    let mut channels: Vec<_> = channels
        .filter_map(|channel| file_channel(channel, problems))
        .collect();
    for webhook in webhooks::file_webhooks(webhooks, problems) {
        if channels.iter().any(|channel| channel.name == webhook.name) {
            problems.push(format!("{}: another channel has that name", webhook.key));
        } else {
            channels.push(webhook);
        }
    }
    channels
}
