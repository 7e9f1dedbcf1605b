//! Our own sections of an export, which lose nothing.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::id::{ChannelId, TargetId};
use crate::services::guest_metadata::Metadata;
use crate::services::targets::NewTarget;
use crate::services::transfer::{CarriedChannel, CarriedTarget, Snapshot};

/// Our own sections.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Own {
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

impl Own {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
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

    pub(super) fn into_snapshot(self) -> Snapshot {
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
