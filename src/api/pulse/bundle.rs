//! What an export holds: Pulse's own sections, which Pulse can read, and beside them ours, which
//! lose nothing. Where ours are there, only they are read.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::api::problem::{Kind, Problem};
use crate::model::id::{ChannelId, TargetId};
use crate::model::time::Timestamp;
use crate::notify::Secrets;
use crate::rules::RuleSettings;
use crate::services::guest_metadata::Metadata;
use crate::services::system::Wishes;
use crate::services::targets::{Monitor, NewTarget};
use crate::services::transfer::{CarriedChannel, CarriedTarget, Snapshot};
use crate::state::Fleet;

use super::alert_config;
use super::channel::{self, EMAIL, Email, Kept, Webhook};
use super::guests::shown_id;
use super::node::NodeRequest;

/// The form of Pulse's export that this is.
const VERSION: &str = "4.0";

/// Something that an export holds and that is left out.
pub(super) struct Skipped {
    /// `channel` or `setting`.
    pub(super) what: &'static str,
    pub(super) name: String,
    pub(super) reason: String,
}

/// The content of an export.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bundle {
    version: String,
    #[serde(default)]
    exported_at: String,
    #[serde(default)]
    nodes: Option<Nodes>,
    #[serde(default)]
    alerts: Value,
    #[serde(default)]
    email: Option<Email>,
    #[serde(default)]
    webhooks: Option<Vec<Webhook>>,
    #[serde(default)]
    system: Option<System>,
    #[serde(default)]
    guest_metadata: Option<BTreeMap<String, Guest>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    homepulse: Option<Own>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Nodes {
    #[serde(default)]
    pve_instances: Option<Vec<Instance>>,
    #[serde(default)]
    pbs_instances: Option<Vec<Instance>>,
}

/// A node. Pulse wrote these names as its source has them.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Instance {
    name: String,
    host: String,
    user: String,
    password: String,
    token_name: String,
    token_value: String,
    fingerprint: String,
    #[serde(rename = "VerifySSL")]
    verify_ssl: bool,
    #[serde(rename = "MonitorVMs")]
    monitor_vms: Option<bool>,
    monitor_containers: Option<bool>,
    monitor_storage: Option<bool>,
    monitor_backups: Option<bool>,
    monitor_datastores: Option<bool>,
    monitor_sync_jobs: Option<bool>,
    monitor_verify_jobs: Option<bool>,
    monitor_prune_jobs: Option<bool>,
    monitor_garbage_jobs: Option<bool>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct System {
    #[serde(default)]
    polling_interval: Option<u64>,
    #[serde(flatten)]
    wishes: Wishes,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Guest {
    id: String,
    custom_url: String,
    description: String,
    tags: Option<Vec<String>>,
}

/// Our own sections.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Own {
    targets: Vec<OwnTarget>,
    channels: Vec<OwnChannel>,
    guests: Vec<(String, Metadata)>,
    settings: BTreeMap<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct OwnTarget {
    id: TargetId,
    kind: String,
    name: String,
    config: Value,
    secret: String,
    enabled: bool,
}

#[derive(Serialize, Deserialize)]
struct OwnChannel {
    id: ChannelId,
    kind: String,
    name: String,
    config: Value,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    enabled: bool,
}

impl Bundle {
    /// Everything that `snapshot` holds.
    pub(super) fn of(snapshot: &Snapshot, alerts: Value, fleet: &Fleet, now: Timestamp) -> Self {
        let setting = |key: &str| snapshot.settings.get(key).cloned().unwrap_or_default();
        let kept: Kept = serde_json::from_value(setting(channel::KEY)).unwrap_or_default();
        let nodes = |kind: &str| {
            let ours = snapshot.targets.iter().map(|target| &target.new);
            let ours = ours.filter(|new| new.kind == kind);
            Some(ours.map(Instance::of).collect())
        };
        let email = snapshot.channels.iter().find(|it| it.kind == "email");
        Self {
            version: VERSION.to_owned(),
            exported_at: now.rfc3339(),
            nodes: Some(Nodes {
                pve_instances: nodes("pve"),
                pbs_instances: nodes("pbs"),
            }),
            alerts,
            email: Some(email.map_or_else(Email::default, |carried| Email {
                password: channel::text_of(carried.secrets.get(channel::PASSWORD)),
                ..Email::of_config(&carried.config, carried.enabled, &kept.provider)
            })),
            webhooks: Some(
                snapshot
                    .channels
                    .iter()
                    .filter(|carried| channel::is_webhook(&carried.kind))
                    .map(|carried| webhook(carried, &kept))
                    .collect(),
            ),
            system: Some(System {
                polling_interval: setting("poll_interval_seconds").as_u64().or(Some(10)),
                wishes: serde_json::from_value(setting("pulse_system")).unwrap_or_default(),
            }),
            guest_metadata: Some(
                snapshot
                    .guests
                    .iter()
                    .map(|(key, metadata)| {
                        let id = shown_id(fleet, key);
                        (id.clone(), Guest::of(id, metadata))
                    })
                    .collect(),
            ),
            homepulse: Some(Own::of(snapshot)),
        }
    }

    /// The text that is encrypted.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What is to be imported. `take_over` makes settings of Pulse's alert configuration, with
    /// what is left of it.
    ///
    /// # Errors
    /// When something in it cannot be right.
    pub(super) fn into_snapshot(
        self,
        take_over: impl Fn(&Map<String, Value>) -> Result<(RuleSettings, Map<String, Value>), Problem>,
    ) -> Result<(Snapshot, Vec<Skipped>), Problem> {
        if !self.version.starts_with("4.") {
            let text = format!(
                "exports of the version '{}' are not understood; 4.0 and 4.1 are",
                self.version
            );
            return Err(refused("the export", &text));
        }
        if let Some(own) = self.homepulse {
            return Ok((own.into_snapshot(), Vec::new()));
        }
        let mut snapshot = Snapshot::default();
        let nodes = self.nodes.unwrap_or_default();
        for (kind, list) in [("pve", nodes.pve_instances), ("pbs", nodes.pbs_instances)] {
            for instance in list.unwrap_or_default() {
                snapshot.targets.push(instance.into_target(kind)?);
            }
        }
        let mut kept = Kept::default();
        if let Some(email) = self.email.filter(|email| !email.server.trim().is_empty()) {
            let id = ChannelId::random();
            kept.provider.clone_from(&email.provider);
            kept.email = Some(id.clone());
            snapshot.channels.push(CarriedChannel {
                id: Some(id),
                kind: "email".to_owned(),
                name: EMAIL.to_owned(),
                config: email.config(),
                secrets: email.secrets(),
                enabled: email.enabled,
            });
        }
        let mut skipped = Vec::new();
        for webhook in self.webhooks.unwrap_or_default() {
            if let Err(problem) = webhook.check() {
                skipped.push(Skipped {
                    what: "channel",
                    name: webhook.channel_name(),
                    reason: problem.message,
                });
                continue;
            }
            let id = ChannelId::random();
            kept.webhooks.insert(id.clone(), webhook.rest());
            snapshot.channels.push(CarriedChannel {
                id: Some(id),
                kind: webhook.kind().to_owned(),
                name: webhook.channel_name(),
                config: webhook.config(),
                secrets: Secrets::new(),
                enabled: webhook.enabled,
            });
        }
        let settings = &mut snapshot.settings;
        settings.insert(channel::KEY.to_owned(), json!(kept));
        if let Some(system) = self.system {
            settings.insert("pulse_system".to_owned(), json!(system.wishes));
        }
        if let Value::Object(mut alerts) = self.alerts {
            // Pulse could switch alerts off as a whole; whoever moves here wants to be told.
            alerts.remove("enabled");
            let (rules, rest) = take_over(&alerts)
                .map_err(|problem| refused("the thresholds", &problem.message))?;
            settings.insert("rules".to_owned(), json!(rules));
            settings.insert(alert_config::KEY.to_owned(), Value::Object(rest));
        }
        for (id, guest) in self.guest_metadata.unwrap_or_default() {
            snapshot.guests.push((id, guest.into_metadata()));
        }
        Ok((snapshot, skipped))
    }
}

fn refused(what: &str, problem: &str) -> Problem {
    let text = format!("nothing was imported: {what}: {problem}");
    Problem::new(Kind::Invalid, "import_refused", text)
}

fn webhook(carried: &CarriedChannel, kept: &Kept) -> Webhook {
    let channel = crate::notify::Channel {
        id: carried.id.clone().unwrap_or_else(ChannelId::random),
        kind: carried.kind.clone(),
        name: carried.name.clone(),
        config: carried.config.clone(),
        secrets: carried.secrets.keys().cloned().collect(),
        enabled: carried.enabled,
        created_at: Timestamp::default(),
        proven_at: None,
    };
    let rest = kept.webhooks.get(&channel.id);
    Webhook::of(&channel, rest)
}

impl Instance {
    fn of(new: &NewTarget) -> Self {
        let text = |key: &str| {
            let text = new.config.get(key).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let token = text("token_id");
        let secret = new.secret.expose_secret().to_owned();
        let (password, token_value) = if token.is_empty() {
            (secret, String::new())
        } else {
            (String::new(), secret)
        };
        let monitor = Monitor::of(&new.config);
        Self {
            name: new.name.clone(),
            host: text("address"),
            user: text("user"),
            password,
            token_name: token,
            token_value,
            fingerprint: text("fingerprint"),
            verify_ssl: new.config.get("verify") != Some(&Value::Bool(false)),
            monitor_vms: Some(monitor.vms),
            monitor_containers: Some(monitor.containers),
            monitor_storage: Some(monitor.storage),
            monitor_backups: Some(monitor.backups),
            monitor_datastores: Some(monitor.datastores),
            monitor_sync_jobs: Some(monitor.sync_jobs),
            monitor_verify_jobs: Some(monitor.verify_jobs),
            monitor_prune_jobs: Some(monitor.prune_jobs),
            monitor_garbage_jobs: Some(monitor.garbage_jobs),
        }
    }

    fn into_target(self, kind: &str) -> Result<CarriedTarget, Problem> {
        let secret = |text: String| (!text.is_empty()).then(|| SecretString::from(text));
        let name = self.name.clone();
        let has_token = !self.token_value.is_empty();
        let request = NodeRequest {
            r#type: Some(kind.to_owned()),
            name: Some(self.name),
            host: Some(self.host),
            user: Some(self.user),
            // Pulse used the token where both were there.
            password: secret(self.password).filter(|_| !has_token),
            token_name: Some(self.token_name).filter(|_| has_token),
            token_value: secret(self.token_value),
            fingerprint: Some(self.fingerprint),
            verify_ssl: Some(self.verify_ssl),
            monitor_vms: self.monitor_vms,
            monitor_containers: self.monitor_containers,
            monitor_storage: self.monitor_storage,
            monitor_backups: self.monitor_backups,
            monitor_datastores: self.monitor_datastores,
            monitor_sync_jobs: self.monitor_sync_jobs,
            monitor_verify_jobs: self.monitor_verify_jobs,
            monitor_prune_jobs: self.monitor_prune_jobs,
            monitor_garbage_jobs: self.monitor_garbage_jobs,
        };
        let new = request
            .target()
            .map_err(|problem| refused(&format!("the node {name}"), &problem.message))?;
        Ok(CarriedTarget {
            id: None,
            new,
            enabled: true,
        })
    }
}

impl Guest {
    fn of(id: String, metadata: &Metadata) -> Self {
        Self {
            id,
            custom_url: metadata.custom_url.clone().unwrap_or_default(),
            description: metadata.description.clone().unwrap_or_default(),
            tags: Some(metadata.tags.clone()),
        }
    }

    fn into_metadata(self) -> Metadata {
        Metadata {
            custom_url: Some(self.custom_url),
            description: Some(self.description),
            tags: self.tags.unwrap_or_default(),
        }
    }
}

impl Own {
    fn of(snapshot: &Snapshot) -> Self {
        Self {
            targets: snapshot
                .targets
                .iter()
                .map(|target| OwnTarget {
                    id: target.id.clone().unwrap_or_else(TargetId::random),
                    kind: target.new.kind.clone(),
                    name: target.new.name.clone(),
                    config: target.new.config.clone(),
                    secret: target.new.secret.expose_secret().to_owned(),
                    enabled: target.enabled,
                })
                .collect(),
            channels: snapshot
                .channels
                .iter()
                .map(|carried| OwnChannel {
                    id: carried.id.clone().unwrap_or_else(ChannelId::random),
                    kind: carried.kind.clone(),
                    name: carried.name.clone(),
                    config: carried.config.clone(),
                    secrets: carried
                        .secrets
                        .iter()
                        .map(|(field, it)| (field.clone(), it.expose_secret().to_owned()))
                        .collect(),
                    enabled: carried.enabled,
                })
                .collect(),
            guests: snapshot.guests.clone(),
            settings: snapshot.settings.clone(),
        }
    }

    fn into_snapshot(self) -> Snapshot {
        let targets = self.targets.into_iter().map(|target| CarriedTarget {
            id: Some(target.id),
            new: NewTarget {
                name: target.name,
                kind: target.kind,
                config: target.config,
                secret: SecretString::from(target.secret),
            },
            enabled: target.enabled,
        });
        let channels = self.channels.into_iter().map(|channel| CarriedChannel {
            id: Some(channel.id),
            kind: channel.kind,
            name: channel.name,
            config: channel.config,
            secrets: channel
                .secrets
                .into_iter()
                .map(|(field, text)| (field, SecretString::from(text)))
                .collect(),
            enabled: channel.enabled,
        });
        Snapshot {
            targets: targets.collect(),
            channels: channels.collect(),
            guests: self.guests,
            settings: self.settings,
        }
    }
}
