//! What an export holds: Pulse's own sections, which Pulse can read, and beside them ours, which
//! lose nothing. Where ours are there, only they are read.

mod node;
mod own;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::api::problem::{Kind, Problem};
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;
use crate::rules::RuleSettings;
use crate::services::guest_metadata::Metadata;
use crate::services::system::Wishes;
use crate::services::transfer::{CarriedChannel, Snapshot};
use crate::state::Fleet;

use super::alert_config;
use super::channel::{self, Kept};
use super::guests::shown_id;
use super::mail::{self, EMAIL, Email};
use super::webhook::{self, Webhook};

use node::Instance;
use own::Own;

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
                password: mail::text_of(carried.secrets.get(mail::PASSWORD)),
                ..Email::of_config(&carried.config, carried.enabled, &kept.provider)
            })),
            webhooks: Some(
                snapshot
                    .channels
                    .iter()
                    .filter(|carried| webhook::is_webhook(&carried.kind))
                    .map(|carried| webhook_of(carried, &kept))
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
            let parts = webhook.service().and_then(|service| {
                let parts = webhook.parts(None)?;
                Ok((service.kind, parts.fields, parts.rest))
            });
            let (kind, fields, rest) = match parts {
                Ok(parts) => parts,
                Err(problem) => {
                    skipped.push(Skipped {
                        what: "channel",
                        name: webhook.channel_name(),
                        reason: problem.message,
                    });
                    continue;
                }
            };
            let id = ChannelId::random();
            kept.webhooks.insert(id.clone(), rest);
            snapshot.channels.push(CarriedChannel {
                id: Some(id),
                kind: kind.to_owned(),
                name: webhook.channel_name(),
                config: Value::Object(fields.config),
                secrets: fields.secrets,
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

fn webhook_of(carried: &CarriedChannel, kept: &Kept) -> Webhook {
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
    Webhook::of(&channel, carried.secrets.clone(), rest, true)
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
