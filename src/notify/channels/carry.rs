//! Carrying channels from one installation to another, in one transaction with everything else.

use rusqlite::Connection;

use super::service::{checked_name, object};
use super::table::{self, Stored};
use super::{Channel, ChannelError, Channels, NewChannel};
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;
use crate::notify::catalogue::Secrets;
use crate::notify::open;

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
    /// Checks and seals a channel, without keeping it. It has to be proven anew.
    ///
    /// # Errors
    /// When the kind is unknown or a field is wrong.
    pub fn ready(
        &self,
        id: ChannelId,
        new: NewChannel,
        now: Timestamp,
    ) -> Result<ReadyChannel, ChannelError> {
        let kind = self.known(&new.kind)?;
        open(&kind, &new.config, &new.secrets, &self.tools)?;
        let sealed = self.seal(&id, &new.secrets)?;
        let channel = Channel {
            id,
            kind: new.kind,
            name: checked_name(&new.name)?,
            config: object(new.config),
            secrets: sealed.keys().cloned().collect(),
            enabled: new.enabled,
            created_at: now,
            proven_at: None,
        };
        Ok(ReadyChannel(Stored { channel, sealed }))
    }

    /// A channel with its secrets in the clear, to be carried elsewhere.
    ///
    /// # Errors
    /// When there is no such channel, or its secrets cannot be opened.
    pub async fn carried(&self, id: &ChannelId) -> Result<(Channel, Secrets), ChannelError> {
        let stored = self.stored(id).await?;
        let secrets = self.unseal(&stored)?;
        Ok((stored.channel, secrets))
    }

    /// Looks at the database anew, after [`ReadyChannel::put`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reload(&self) -> Result<(), ChannelError> {
        self.refresh().await
    }
}
