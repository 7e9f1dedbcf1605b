//! Trying channels out: test messages, codes, previews, heartbeats and addresses of other tools.

use std::sync::PoisonError;

use super::proof;
use super::service::Channels;
use super::table;
use super::{Channel, ChannelChange, ChannelError, NewChannel, SecretChange};
use crate::model::alert::Alert;
use crate::model::id::{ChannelId, DeliveryId};
use crate::model::time::Timestamp;
use crate::notify::catalogue::{ParsedLink, Role};
use crate::notify::error::{NotifyError, chain};
use crate::notify::message::{Message, Occasion, Receipt};
use crate::notify::{Notifier, Preview, open, sample};

impl Channels {
    /// Sends a test message now and says what the other side answered. The message carries a code
    /// that proves the channel, see [`Channels::prove`].
    ///
    /// # Errors
    /// When there is no such channel, it cannot be used, the message did not arrive, or too many
    /// were sent.
    pub async fn test(&self, id: &ChannelId, now: Timestamp) -> Result<Receipt, ChannelError> {
        let (channel, notifier) = self.notifier(id).await?;
        self.count_test(now)?;
        if self.known(&channel.kind)?.role == Role::Heartbeat {
            let receipt = self.ping(&channel, &*notifier, true, now).await?;
            let id = id.clone();
            // Nobody reads a heartbeat: that it is taken is all there is to prove.
            let marked = self.db.writer.run(move |tx| proof::mark(tx, &id, now));
            marked.await?;
            self.refresh().await?;
            return Ok(receipt);
        }
        let code = proof::code();
        let message = sample::test(&channel.name, &code, now);
        let id = id.clone();
        let expected = self
            .db
            .writer
            .run(move |tx| proof::expect_code(tx, &id, &code, now));
        expected.await?;
        Ok(notifier.deliver(&message).await?)
    }

    /// Sends a test message by a channel that is not set up. It proves nothing.
    ///
    /// # Errors
    /// When a field is wrong, the message did not arrive, or too many were sent.
    pub async fn try_out(&self, new: NewChannel, now: Timestamp) -> Result<Receipt, ChannelError> {
        let kind = self.known(&new.kind)?;
        let notifier = open(&kind, &new.config, &new.secrets, &self.tools)?;
        self.count_test(now)?;
        if kind.role == Role::Heartbeat {
            return Ok(notifier.ping(true, now).await?);
        }
        let message = sample::test(&new.name, &proof::code(), now);
        Ok(notifier.deliver(&message).await?)
    }

    /// Marks a channel proven if `code` is the one that its latest test message carried.
    ///
    /// # Errors
    /// When there is no such channel, the code is another one or too old, or the database fails.
    pub async fn prove(
        &self,
        id: &ChannelId,
        code: &str,
        now: Timestamp,
    ) -> Result<(), ChannelError> {
        let code = proof::checked_code(code)?;
        let id = id.clone();
        let judged = self
            .db
            .writer
            .run(move |tx| proof::prove(tx, &id, &code, now));
        judged.await??;
        self.refresh().await
    }

    /// What a channel would send: for `alert`, or for a sample where there is none.
    ///
    /// # Errors
    /// When the kind is unknown, a field is wrong, or the message cannot be written.
    pub fn preview(
        &self,
        new: &NewChannel,
        alert: Option<Alert>,
        occasion: Occasion,
        now: Timestamp,
    ) -> Result<Preview, ChannelError> {
        let kind = self.known(&new.kind)?;
        let notifier = open(&kind, &new.config, &new.secrets, &self.tools)?;
        let message = match alert {
            Some(alert) => Some(Message::new(DeliveryId::random(), occasion, alert, now)),
            None => sample::message(occasion, now),
        };
        let message = message.ok_or_else(|| ChannelError::KindUnknown {
            kind: new.kind.clone(),
        })?;
        Ok(notifier.preview(&message)?)
    }

    /// A channel as it would be after `change`, to be previewed.
    ///
    /// # Errors
    /// When there is no such channel, or its secrets cannot be read.
    pub async fn draft(
        &self,
        id: &ChannelId,
        change: ChannelChange,
    ) -> Result<NewChannel, ChannelError> {
        let stored = self.stored(id).await?;
        let mut secrets = self.unseal(&stored)?;
        for (field, change) in change.secrets {
            match change {
                SecretChange::Keep => {}
                SecretChange::Replace(secret) => {
                    secrets.insert(field, secret);
                }
                SecretChange::Drop => {
                    secrets.remove(&field);
                }
            }
        }
        Ok(NewChannel {
            kind: stored.channel.kind,
            name: change.name.unwrap_or(stored.channel.name),
            config: change.config.unwrap_or(stored.channel.config),
            secrets,
            enabled: stored.channel.enabled,
        })
    }

    /// Reads an address of another notification tool.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse_link(&self, url: &str) -> Result<ParsedLink, ChannelError> {
        Ok(self.catalogue().parse_link(url)?)
    }

    /// Tells a channel that all is well, or not, and notes how that went.
    pub(in crate::notify) async fn ping(
        &self,
        channel: &Channel,
        notifier: &dyn Notifier,
        is_well: bool,
        now: Timestamp,
    ) -> Result<Receipt, ChannelError> {
        let pinged = notifier.ping(is_well, now).await;
        let error = pinged
            .as_ref()
            .err()
            .map(|error: &NotifyError| chain(error));
        let id = channel.id.clone();
        let noted = self
            .db
            .writer
            .run(move |tx| table::note_ping(tx, &id, error.as_deref(), now));
        noted.await?;
        Ok(pinged?)
    }

    fn count_test(&self, now: Timestamp) -> Result<(), ChannelError> {
        let mut tests = self.tests.lock().unwrap_or_else(PoisonError::into_inner);
        tests.begin(now)
    }
}
