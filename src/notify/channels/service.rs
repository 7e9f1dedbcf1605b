//! Setting channels up, changing them and trying them out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::proof::Tests;
use super::table::{self, Sealed, Stored};
use super::{Channel, ChannelChange, ChannelError, ChannelStatus, NewChannel, SecretChange};
use crate::db::Db;
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;
use crate::notify::audience::Audience;
use crate::notify::bell::Bell;
use crate::notify::catalogue::{Catalogue, Kind, Role, Secrets, TEXT_TEMPLATE, TITLE_TEMPLATE};
use crate::notify::error::ConfigError;
use crate::notify::{Notifier, Tools, open, outbox, routing};
use crate::secret::{Place, Vault};

/// Characters of a channel's name.
const NAME_LENGTH: usize = 80;

/// The configured channels. Cheap to clone.
#[derive(Clone)]
pub struct Channels {
    pub(super) db: Db,
    pub(super) vault: Vault,
    pub(super) tools: Tools,
    bell: Bell,
    pub(super) tests: Arc<Mutex<Tests>>,
    /// What [`Channels::enabled`] answers without asking the database every few seconds.
    enabled: Arc<RwLock<Arc<Audience>>>,
    /// Those that are told only that all is well.
    heartbeats: Arc<RwLock<Arc<[Channel]>>>,
}

impl Channels {
    /// The channels in `db`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(db: Db, vault: Vault, tools: Tools) -> Result<Self, ChannelError> {
        let channels = Self {
            db,
            vault,
            tools,
            bell: Bell::default(),
            tests: Arc::default(),
            enabled: Arc::default(),
            heartbeats: Arc::default(),
        };
        channels.refresh().await?;
        Ok(channels)
    }

    /// Wakes the dispatcher; to be rung after messages were queued and committed.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Every kind of channel.
    #[must_use]
    pub const fn catalogue(&self) -> &Catalogue {
        &self.tools.catalogue
    }

    /// The database the channels and their messages are in.
    pub(in crate::notify) const fn db(&self) -> &Db {
        &self.db
    }

    /// The channels that are told things, and how that is decided.
    #[must_use]
    pub fn enabled(&self) -> Arc<Audience> {
        let enabled = self.enabled.read();
        Arc::clone(&enabled.unwrap_or_else(PoisonError::into_inner))
    }

    /// The channels that are told only that all is well.
    pub(in crate::notify) fn heartbeats(&self) -> Arc<[Channel]> {
        let heartbeats = self.heartbeats.read();
        Arc::clone(&heartbeats.unwrap_or_else(PoisonError::into_inner))
    }

    /// Every channel with how it is going, in the order of their names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<Vec<ChannelStatus>, ChannelError> {
        self.db.reader.run(table::statuses).await
    }

    /// One channel with how it is going.
    ///
    /// # Errors
    /// When there is no such channel, or the database fails.
    pub async fn get(&self, id: &ChannelId) -> Result<ChannelStatus, ChannelError> {
        let all = self.list().await?;
        let mut all = all.into_iter();
        all.find(|status| status.channel.id == *id)
            .ok_or_else(|| ChannelError::NotFound { id: id.clone() })
    }

    /// Sets a channel up.
    ///
    /// # Errors
    /// When the kind is unknown, a field is wrong, the name is taken or the database fails.
    pub async fn add(&self, new: NewChannel, now: Timestamp) -> Result<Channel, ChannelError> {
        let kind = self.known(&new.kind)?;
        let name = checked_name(&new.name)?;
        open(&kind, &new.config, &new.secrets, &self.tools)?;
        let id = ChannelId::random();
        let sealed = self.seal(&id, &new.secrets)?;
        let channel = Channel {
            id,
            kind: new.kind,
            name,
            config: object(new.config),
            secrets: sealed.keys().cloned().collect(),
            enabled: new.enabled,
            created_at: now,
            proven_at: None,
        };
        let stored = Stored {
            channel: channel.clone(),
            sealed,
        };
        self.db
            .writer
            .run(move |tx| table::save(tx, &stored))
            .await?;
        self.refresh().await?;
        Ok(channel)
    }

    /// Changes a channel. What waits for it is tried at once, or given up if it was switched
    /// off. Another address or secret has to be proven anew.
    ///
    /// # Errors
    /// When there is no such channel, a field is wrong, the name is taken or the database fails.
    pub async fn update(
        &self,
        id: &ChannelId,
        change: ChannelChange,
        now: Timestamp,
    ) -> Result<Channel, ChannelError> {
        let mut stored = self.stored(id).await?;
        let mut secrets = self.unseal(&stored)?;
        let mut is_other = false;
        for (field, change) in change.secrets {
            match change {
                SecretChange::Keep => continue,
                SecretChange::Replace(secret) => {
                    let one = Secrets::from([(field, secret)]);
                    stored.sealed.extend(self.seal(id, &one)?);
                    secrets.extend(one);
                }
                SecretChange::Drop => {
                    stored.sealed.remove(&field);
                    secrets.remove(&field);
                }
            }
            is_other = true;
        }
        let channel = &mut stored.channel;
        if let Some(name) = change.name {
            channel.name = checked_name(&name)?;
        }
        if let Some(config) = change.config.map(object) {
            is_other |= without_words(&config) != without_words(&channel.config);
            channel.config = config;
        }
        channel.enabled = change.enabled.unwrap_or(channel.enabled);
        channel.secrets = stored.sealed.keys().cloned().collect();
        open(
            &self.known(&channel.kind)?,
            &channel.config,
            &secrets,
            &self.tools,
        )?;
        if is_other {
            channel.proven_at = None;
        }
        let channel = stored.channel.clone();
        self.db
            .writer
            .run(move |tx| {
                table::save(tx, &stored)?;
                let id = &stored.channel.id;
                if is_other {
                    table::forget_code(tx, id)?;
                }
                if stored.channel.enabled {
                    outbox::clear_the_way(tx, id, now)?;
                } else {
                    outbox::give_up_channel(tx, id, "the channel was switched off", now)?;
                }
                Ok::<_, ChannelError>(())
            })
            .await?;
        self.refresh().await?;
        self.bell.ring();
        Ok(channel)
    }

    /// Makes a channel what the configuration file says; where it says what it said before,
    /// nothing changes and the channel stays proven.
    ///
    /// # Errors
    /// As of [`Channels::update`].
    pub async fn adopt(
        &self,
        id: &ChannelId,
        said: NewChannel,
        now: Timestamp,
    ) -> Result<Channel, ChannelError> {
        let stored = self.stored(id).await?;
        let mut secrets: BTreeMap<String, SecretChange> = BTreeMap::new();
        for (field, before) in self.unseal(&stored)? {
            let same = said.secrets.get(&field);
            let is_same = same.is_some_and(|now| now.expose_secret() == before.expose_secret());
            let change = if is_same {
                SecretChange::Keep
            } else {
                SecretChange::Drop
            };
            secrets.insert(field, change);
        }
        for (field, secret) in said.secrets {
            let is_kept = matches!(secrets.get(&field), Some(SecretChange::Keep));
            if !is_kept {
                secrets.insert(field, SecretChange::Replace(secret));
            }
        }
        let change = ChannelChange {
            config: Some(said.config),
            secrets,
            enabled: Some(said.enabled),
            ..ChannelChange::default()
        };
        self.update(id, change, now).await
    }

    /// Removes a channel and gives up what waits for it.
    ///
    /// # Errors
    /// When there is no such channel, or the database fails.
    pub async fn remove(&self, id: &ChannelId, now: Timestamp) -> Result<(), ChannelError> {
        let id = id.clone();
        self.db
            .writer
            .run(move |tx| {
                table::delete(tx, &id)?;
                outbox::give_up_channel(tx, &id, "the channel was removed", now)?;
                Ok::<_, ChannelError>(())
            })
            .await?;
        self.refresh().await
    }

    /// A channel, ready to tell.
    pub(in crate::notify) async fn notifier(
        &self,
        id: &ChannelId,
    ) -> Result<(Channel, Box<dyn Notifier>), ChannelError> {
        let stored = self.stored(id).await?;
        let secrets = self.unseal(&stored)?;
        let kind = self.known(&stored.channel.kind)?;
        let notifier = open(&kind, &stored.channel.config, &secrets, &self.tools)?;
        Ok((stored.channel, notifier))
    }

    pub(super) async fn stored(&self, id: &ChannelId) -> Result<Stored, ChannelError> {
        let id = id.clone();
        self.db
            .reader
            .run(move |connection| table::channel_by_id(connection, &id))
            .await
    }

    /// Reads who can be told, and how that is decided, after a change of either.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refresh(&self) -> Result<(), ChannelError> {
        let all = self.list().await?.into_iter().map(|status| status.channel);
        let routing = self.db.reader.run(routing::load).await?;
        let is_heartbeat = |channel: &Channel| {
            let kind = self.catalogue().kind(&channel.kind);
            kind.is_some_and(|kind| kind.role == Role::Heartbeat)
        };
        let (heartbeats, told): (Vec<_>, Vec<_>) = all.partition(is_heartbeat);
        let rate = |channel: &Channel| {
            let kind = self.catalogue().kind(&channel.kind);
            kind.map(|kind| kind.rate())
        };
        let audience = Arc::new(Audience::new(told, routing).with_rates(rate));
        *self.enabled.write().unwrap_or_else(PoisonError::into_inner) = audience;
        let heartbeats = heartbeats.into_iter().filter(|channel| channel.enabled);
        let mut kept = self
            .heartbeats
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *kept = heartbeats.collect();
        Ok(())
    }

    pub(super) fn known(&self, name: &str) -> Result<Arc<Kind>, ChannelError> {
        let kind = self.catalogue().kind(name);
        kind.cloned().ok_or_else(|| ChannelError::KindUnknown {
            kind: name.to_owned(),
        })
    }

    pub(super) fn seal(&self, id: &ChannelId, secrets: &Secrets) -> Result<Sealed, ChannelError> {
        let sealed = secrets.iter().map(|(field, secret)| {
            let sealed = self.vault.seal(&place(id, field), secret)?;
            Ok((field.clone(), sealed))
        });
        sealed.collect()
    }

    pub(super) fn unseal(&self, stored: &Stored) -> Result<Secrets, ChannelError> {
        let id = &stored.channel.id;
        let secrets = stored.sealed.iter().map(|(field, sealed)| {
            let secret = self.open_sealed(id, field, sealed)?;
            Ok((field.clone(), secret))
        });
        secrets.collect()
    }

    fn open_sealed(
        &self,
        id: &ChannelId,
        field: &str,
        sealed: &[u8],
    ) -> Result<SecretString, ChannelError> {
        let opened = self.vault.unseal(&place(id, field), sealed);
        // Secrets from before there could be several were sealed for another place.
        let before = Place::new("channels", "secret", id.as_str());
        Ok(opened.or_else(|error| self.vault.unseal(&before, sealed).map_err(|_| error))?)
    }
}

fn place(id: &ChannelId, field: &str) -> Place {
    Place::new("channel_secrets", "sealed", format!("{id}.{field}"))
}

pub(super) fn object(config: Value) -> Value {
    match config {
        Value::Null => Value::Object(Map::new()),
        other => other,
    }
}

/// A configuration without what only words a message: whoever rewords it sends it to the same
/// place.
fn without_words(config: &Value) -> Value {
    let mut config = config.clone();
    if let Value::Object(fields) = &mut config {
        fields.remove(TITLE_TEMPLATE);
        fields.remove(TEXT_TEMPLATE);
    }
    config
}

pub(super) fn checked_name(name: &str) -> Result<String, ConfigError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(ConfigError::new("name", "is missing"));
    }
    if name.chars().count() > NAME_LENGTH || name.chars().any(char::is_control) {
        let problem = format!("must be one line of {NAME_LENGTH} characters at most");
        return Err(ConfigError::new("name", problem));
    }
    Ok(name.to_owned())
}
