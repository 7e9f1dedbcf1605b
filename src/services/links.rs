//! What somebody does by a link in a message, without a login.
//!
//! Looking changes nothing, as mail is looked at by machines; following works once.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::alerts::{Action as Deed, Alerts, Bulk, HandleError};
use super::settings::Settings;
use crate::auth::Attempts;
use crate::db::{Db, DbError};
use crate::model::alert::{Alert, AlertState};
use crate::model::id::AlertId;
use crate::model::time::Timestamp;
use crate::notify::links::{Action, Grant, LinkError, LinkKey};
use crate::notify::outbox::{self, OutboxError};
use crate::notify::{ChannelError, Channels};
use crate::secret::{Place, SecretError, Vault};

/// Under which key the settings hold the sealed key.
const KEY: &str = "link_key";

/// The shortest and the longest that a link silences for, in minutes.
pub const SNOOZE_MINUTES: std::ops::RangeInclusive<u32> = 5..=7 * 24 * 60;

/// Why a link does nothing.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// It is not good.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// It has been followed before.
    #[error("this link has been used already")]
    Used,
    /// Too many bad ones came from there.
    #[error("too many bad links from this address")]
    TooMany {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The time to silence for makes no sense.
    #[error("choose from {} to {} minutes", SNOOZE_MINUTES.start(), SNOOZE_MINUTES.end())]
    Minutes,
    /// The alerts could not be taken on or silenced.
    #[error("handle the alerts")]
    Handle(#[from] HandleError),
    /// The message could not be read.
    #[error("read the message")]
    Outbox(#[from] OutboxError),
    /// The channels could not be read.
    #[error("read the channels")]
    Channels(#[from] ChannelError),
    /// The database failed.
    #[error("use the links in the database")]
    Database(#[from] DbError),
    /// The key could not be kept or read.
    #[error("use the key of the links")]
    Secret(#[from] SecretError),
}

impl From<rusqlite::Error> for FollowError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What a link would do.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What.
    pub action: Action,
    /// To which alerts, as they are now.
    pub alerts: Vec<Alert>,
    /// Whether it has been followed already.
    pub is_used: bool,
}

impl Offer {
    /// The alerts that there is something to do about.
    pub fn open(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.iter().filter(|alert| {
            let is_taken = alert.acknowledged_at.is_some();
            alert.state == AlertState::Firing && !(self.action == Action::Acknowledge && is_taken)
        })
    }
}

/// Looks at links and follows them. Cheap to clone.
#[derive(Clone)]
pub struct MessageLinks {
    db: Db,
    key: LinkKey,
    alerts: Alerts,
    channels: Channels,
    attempts: Arc<Attempts>,
}

impl MessageLinks {
    /// The links of messages that `channels` were sent; makes their key at the first start.
    ///
    /// # Errors
    /// When the database fails, or the key cannot be kept or read.
    pub async fn open(
        db: Db,
        vault: &Vault,
        alerts: Alerts,
        channels: Channels,
    ) -> Result<Self, FollowError> {
        Ok(Self {
            key: key(&Settings::new(db.clone()), vault).await?,
            db,
            alerts,
            channels,
            attempts: Arc::default(),
        })
    }

    /// What signs links.
    #[must_use]
    pub fn key(&self) -> LinkKey {
        self.key.clone()
    }

    /// Says what a link would do, and does nothing.
    ///
    /// # Errors
    /// When it is not good, or too many bad ones came from `peer`.
    pub async fn look(
        &self,
        token: &str,
        peer: IpAddr,
        now: Timestamp,
    ) -> Result<Offer, FollowError> {
        let grant = self.grant(token, peer, now)?;
        let token = token.to_owned();
        self.db
            .reader
            .run(move |connection| {
                Ok(Offer {
                    action: grant.action,
                    alerts: outbox::alerts_of(connection, &grant.message)?,
                    is_used: outbox::is_used(connection, &token)?,
                })
            })
            .await
    }

    /// Does what a link allows, once, and gives back the alerts that it was done to, as they are
    /// now. Alerts that are over or taken on are left as they are.
    ///
    /// # Errors
    /// When it is not good, was followed before, or too many bad ones came from `peer`.
    pub async fn follow(
        &self,
        token: &str,
        minutes: Option<u32>,
        peer: IpAddr,
        now: Timestamp,
    ) -> Result<Offer, FollowError> {
        let grant = self.grant(token, peer, now)?;
        let minutes = minutes.unwrap_or(60);
        if grant.action == Action::Snooze && !SNOOZE_MINUTES.contains(&minutes) {
            return Err(FollowError::Minutes);
        }
        let (used, expires_at) = (token.to_owned(), grant.expires_at);
        let is_first = self
            .db
            .writer
            .run(move |tx| outbox::use_up(tx, &used, expires_at, now))
            .await?;
        if !is_first {
            return Err(FollowError::Used);
        }
        let done = self.act(&grant, minutes, now).await;
        if done.is_err() {
            let unused = token.to_owned();
            let restored = self.db.writer.run(move |tx| outbox::restore(tx, &unused));
            restored.await?;
        }
        done
    }

    async fn act(&self, grant: &Grant, minutes: u32, now: Timestamp) -> Result<Offer, FollowError> {
        let offer = self.offer(grant).await?;
        let open: Vec<AlertId> = offer.open().map(|alert| alert.id.clone()).collect();
        if open.is_empty() {
            return Ok(offer);
        }
        let by = self.name_of(grant).await?;
        let action = match grant.action {
            Action::Acknowledge => Deed::Acknowledge { note: None },
            Action::Snooze => Deed::Snooze {
                until: now + Duration::from_secs(60 * u64::from(minutes)),
                note: None,
            },
        };
        let bulk = Bulk {
            alerts: open,
            action,
        };
        self.alerts.bulk(bulk, &by, now).await?;
        self.offer(grant).await
    }

    /// The alerts of a link's message, as they are now, of a link that is used up.
    async fn offer(&self, grant: &Grant) -> Result<Offer, FollowError> {
        let message = grant.message.clone();
        let alerts = self
            .db
            .reader
            .run(move |connection| outbox::alerts_of(connection, &message));
        Ok(Offer {
            action: grant.action,
            alerts: alerts.await?,
            is_used: true,
        })
    }

    fn grant(&self, token: &str, peer: IpAddr, now: Timestamp) -> Result<Grant, FollowError> {
        self.attempts
            .check(peer, now)
            .map_err(|retry_after| FollowError::TooMany { retry_after })?;
        let grant = self.key.read(token, now);
        if grant == Err(LinkError::Forged) {
            self.attempts.failed(peer, now);
        }
        Ok(grant?)
    }

    /// Whoever reads the channel, as far as we know.
    async fn name_of(&self, grant: &Grant) -> Result<String, FollowError> {
        let all = self.channels.list().await?;
        let channel = all
            .into_iter()
            .find(|status| status.channel.id == grant.channel);
        Ok(channel.map_or_else(
            || "a link in a message".to_owned(),
            |status| format!("a link in {}", status.channel.name),
        ))
    }
}

/// The key that signs, from the settings, where it lies sealed. Where it does not open, as after
/// `secret.key` was lost, there is a new one: the links of earlier messages are then good for nothing,
/// which is no reason not to watch anything.
async fn key(settings: &Settings, vault: &Vault) -> Result<LinkKey, FollowError> {
    let place = Place::new("settings", "value", KEY);
    let sealed: Option<String> = settings.get(KEY).await?;
    if let Some(sealed) = &sealed {
        match opened(vault, &place, sealed) {
            Some(key) => return Ok(key),
            None => tracing::warn!(
                "links in messages that were sent so far no longer work: their key does not open"
            ),
        }
    }
    let random: [u8; 32] = rand::random();
    let sealed = vault.seal(&place, &SecretString::from(STANDARD.encode(random)))?;
    settings.put(KEY, &STANDARD.encode(sealed)).await?;
    Ok(LinkKey::new(&random))
}

fn opened(vault: &Vault, place: &Place, sealed: &str) -> Option<LinkKey> {
    let secret = vault.unseal(place, &STANDARD.decode(sealed).ok()?).ok()?;
    let bytes = STANDARD.decode(secret.expose_secret()).ok()?;
    Some(LinkKey::new(&bytes))
}
