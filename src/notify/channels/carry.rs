//! Carrying channels from one installation to another, in one transaction with everything else.

use rusqlite::Connection;
use secrecy::SecretString;

use super::table::{self, Stored};
use super::{Channel, ChannelError, Channels, NewChannel};
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;
use crate::notify::message::Receipt;

/// A channel that was checked and sealed.
pub struct ReadyChannel(Stored);

impl ReadyChannel {
    /// Writes it within somebody's transaction; [`Channels::reload`] has to follow.
    ///
    /// # Errors
    /// When the name is taken or the database fails.
    pub fn put(&self, tx: &Connection) -> Result<(), ChannelError> {
        table::save(tx, &self.0)
    }
}

impl Channels {
    /// Checks and seals a channel, without keeping it.
    ///
    /// # Errors
    /// When the kind is unknown or a field is wrong.
    pub fn ready(
        &self,
        id: ChannelId,
        new: NewChannel,
        now: Timestamp,
    ) -> Result<ReadyChannel, ChannelError> {
        self.open_new(&new)?;
        let sealed = new.secret.as_ref().map(|secret| self.seal(&id, secret));
        let sealed = sealed.transpose()?;
        let channel = Channel {
            id,
            kind: new.kind,
            name: super::service::checked_name(&new.name)?,
            config: new.config,
            has_secret: sealed.is_some(),
            enabled: new.enabled,
            created_at: now,
        };
        Ok(ReadyChannel(Stored { channel, sealed }))
    }

    /// A channel with its secret in the clear, to be carried elsewhere.
    ///
    /// # Errors
    /// When there is no such channel, or its secret cannot be opened.
    pub async fn carried(
        &self,
        id: &ChannelId,
    ) -> Result<(Channel, Option<SecretString>), ChannelError> {
        let stored = self.stored(id).await?;
        let secret = self.unseal(&stored)?;
        Ok((stored.channel, secret))
    }

    /// Looks at the database anew, after [`ReadyChannel::put`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reload(&self) -> Result<(), ChannelError> {
        self.refresh().await
    }

    /// Sends a test message by a channel that is not set up.
    ///
    /// # Errors
    /// When a field is wrong or the message did not arrive.
    pub async fn try_new(&self, new: NewChannel, now: Timestamp) -> Result<Receipt, ChannelError> {
        let notifier = self.open_new(&new)?;
        let message = super::service::test_message(&new.name, now);
        Ok(notifier.deliver(&message).await?)
    }
}
