//! Setting channels up, changing them and trying them out.

use std::sync::{Arc, PoisonError, RwLock};

use secrecy::SecretString;

use super::table::{self, Stored};
use super::{Channel, ChannelChange, ChannelError, ChannelStatus, NewChannel, SecretChange};
use crate::db::Db;
use crate::model::alert::{Alert, AlertState, Severity};
use crate::model::id::{AlertId, ChannelId, DeliveryId, ResourceId, TargetId};
use crate::model::time::Timestamp;
use crate::notify::bell::Bell;
use crate::notify::error::ConfigError;
use crate::notify::message::{Message, Occasion, Receipt};
use crate::notify::{Notifier, NotifierKind, Tools, kind, outbox};
use crate::secret::{Place, Vault};

/// Characters of a channel's name.
const NAME_LENGTH: usize = 80;

/// The configured channels. Cheap to clone.
#[derive(Clone)]
pub struct Channels {
    db: Db,
    vault: Vault,
    tools: Tools,
    bell: Bell,
    /// What [`Channels::enabled`] answers without asking the database every few seconds.
    enabled: Arc<RwLock<Arc<[Channel]>>>,
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
            enabled: Arc::default(),
        };
        channels.refresh().await?;
        Ok(channels)
    }

    /// Wakes the dispatcher; to be rung after messages were queued and committed.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// The database the channels and their messages are in.
    pub(in crate::notify) const fn db(&self) -> &Db {
        &self.db
    }

    /// The channels that are told things.
    #[must_use]
    pub fn enabled(&self) -> Arc<[Channel]> {
        let enabled = self.enabled.read();
        Arc::clone(&enabled.unwrap_or_else(PoisonError::into_inner))
    }

    /// Every channel with how it is going, in the order of their names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<Vec<ChannelStatus>, ChannelError> {
        self.db.reader.run(table::statuses).await
    }

    /// Sets a channel up.
    ///
    /// # Errors
    /// When the kind is unknown, a field is wrong, the name is taken or the database fails.
    pub async fn add(&self, new: NewChannel, now: Timestamp) -> Result<Channel, ChannelError> {
        let kind = known(&new.kind)?;
        (kind.open)(&new.config, new.secret.clone(), &self.tools)?;
        let id = ChannelId::random();
        let sealed = new.secret.as_ref().map(|secret| self.seal(&id, secret));
        let sealed = sealed.transpose()?;
        let channel = Channel {
            id,
            kind: new.kind,
            name: checked_name(&new.name)?,
            config: new.config,
            has_secret: sealed.is_some(),
            enabled: new.enabled,
            created_at: now,
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
    /// off.
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
        let secret = match change.secret {
            SecretChange::Keep => self.unseal(&stored)?,
            SecretChange::Replace(secret) => {
                stored.sealed = Some(self.seal(id, &secret)?);
                Some(secret)
            }
            SecretChange::Drop => {
                stored.sealed = None;
                None
            }
        };
        let channel = &mut stored.channel;
        if let Some(name) = change.name {
            channel.name = checked_name(&name)?;
        }
        channel.config = change.config.unwrap_or_else(|| channel.config.take());
        channel.enabled = change.enabled.unwrap_or(channel.enabled);
        channel.has_secret = stored.sealed.is_some();
        (known(&channel.kind)?.open)(&channel.config, secret, &self.tools)?;
        let channel = stored.channel.clone();
        self.db
            .writer
            .run(move |tx| {
                table::save(tx, &stored)?;
                let id = &stored.channel.id;
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

    /// Sends a test message now and says what the other side answered.
    ///
    /// # Errors
    /// When there is no such channel, it cannot be used, or the message did not arrive.
    pub async fn test(&self, id: &ChannelId, now: Timestamp) -> Result<Receipt, ChannelError> {
        let (channel, notifier) = self.notifier(id).await?;
        let message = test_message(&channel.name, now);
        Ok(notifier.deliver(&message).await?)
    }

    /// A channel, ready to tell.
    pub(in crate::notify) async fn notifier(
        &self,
        id: &ChannelId,
    ) -> Result<(Channel, Box<dyn Notifier>), ChannelError> {
        let stored = self.stored(id).await?;
        let secret = self.unseal(&stored)?;
        let kind = known(&stored.channel.kind)?;
        let notifier = (kind.open)(&stored.channel.config, secret, &self.tools)?;
        Ok((stored.channel, notifier))
    }

    /// Opens a channel that is not kept.
    pub(super) fn open_new(&self, new: &NewChannel) -> Result<Box<dyn Notifier>, ChannelError> {
        let kind = known(&new.kind)?;
        Ok((kind.open)(&new.config, new.secret.clone(), &self.tools)?)
    }

    pub(super) async fn stored(&self, id: &ChannelId) -> Result<Stored, ChannelError> {
        let id = id.clone();
        self.db
            .reader
            .run(move |connection| table::channel_by_id(connection, &id))
            .await
    }

    pub(super) async fn refresh(&self) -> Result<(), ChannelError> {
        let all = self.list().await?.into_iter().map(|status| status.channel);
        let enabled: Arc<[Channel]> = all.filter(|channel| channel.enabled).collect();
        *self.enabled.write().unwrap_or_else(PoisonError::into_inner) = enabled;
        Ok(())
    }

    pub(super) fn seal(
        &self,
        id: &ChannelId,
        secret: &SecretString,
    ) -> Result<Vec<u8>, ChannelError> {
        Ok(self.vault.seal(&place(id), secret)?)
    }

    pub(super) fn unseal(&self, stored: &Stored) -> Result<Option<SecretString>, ChannelError> {
        let place = place(&stored.channel.id);
        let sealed = stored.sealed.as_deref();
        Ok(sealed
            .map(|sealed| self.vault.unseal(&place, sealed))
            .transpose()?)
    }
}

fn place(id: &ChannelId) -> Place {
    Place::new("channels", "secret", id.as_str())
}

fn known(name: &str) -> Result<&'static NotifierKind, ChannelError> {
    kind(name).ok_or_else(|| ChannelError::KindUnknown {
        kind: name.to_owned(),
    })
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

pub(super) fn test_message(channel: &str, now: Timestamp) -> Message {
    let alert = Alert {
        id: AlertId::random(),
        rule: "test".into(),
        subject: "test message".into(),
        resource: ResourceId::target(&TargetId::random()),
        resource_name: channel.to_owned(),
        node: None,
        severity: Severity::Info,
        state: AlertState::Firing,
        message: format!("this message shows that the channel \"{channel}\" works"),
        value: None,
        limit: None,
        started_at: now,
        last_seen: now,
        resolved_at: None,
        acknowledged_at: None,
        acknowledged_by: None,
        tags: Vec::new(),
        hold: None,
    };
    Message::new(DeliveryId::random(), Occasion::Test, alert, now)
}
