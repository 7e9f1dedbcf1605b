//! The whole configuration, carried from one installation to another.
//!
//! Must not know in which form it travels; whoever speaks that form makes a [`Snapshot`] of it.
//! An import adds and changes, removes nothing, leaves alone what the configuration file owns,
//! and is one transaction: either all of it is kept or nothing.

mod plan;

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::Value;

use super::guest_metadata::{self, GuestMetadata, Metadata, MetadataError};
use super::targets::{NewTarget, TargetChange, TargetError, Targets};
use crate::db::{Db, DbError};
use crate::model::id::{ChannelId, TargetId};
use crate::model::time::Timestamp;
use crate::notify::{ChannelError, Channels, Secrets};
use crate::secret::passphrase::{self, PassphraseError};

pub use plan::{Action, Item, Plan};

/// Settings that travel. Others, such as what the configuration file owned last, belong to one
/// installation.
const SETTINGS: [&str; 5] = [
    "poll_interval_seconds",
    "pulse_alert_config",
    "pulse_notifications",
    "pulse_system",
    "rules",
];

/// Why a configuration could not be carried.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The passphrase, or what it was to open, is not good.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// Something in it cannot be kept; nothing was changed.
    #[error("nothing was imported: {what}: {problem}")]
    Invalid {
        /// Which part.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A target cannot be read.
    #[error("carry the targets")]
    Target(#[from] TargetError),
    /// A channel cannot be read.
    #[error("carry the channels")]
    Channel(#[from] ChannelError),
    /// Guests' metadata cannot be read.
    #[error("carry the metadata of guests")]
    Metadata(#[from] MetadataError),
    /// The database failed.
    #[error("carry the configuration")]
    Database(#[from] DbError),
}

/// A target with its secret in the clear.
pub struct CarriedTarget {
    /// Its id, where it comes from an installation like this one.
    pub id: Option<TargetId>,
    /// Its settings.
    pub new: NewTarget,
    /// Whether it is looked at.
    pub enabled: bool,
}

/// A channel with its secret in the clear.
pub struct CarriedChannel {
    /// Its id, where it comes from an installation like this one.
    pub id: Option<ChannelId>,
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The kind's settings.
    pub config: Value,
    /// The kind's secrets, by field.
    pub secrets: Secrets,
    /// Whether it is told anything.
    pub enabled: bool,
}

/// Everything that people have set.
#[derive(Default)]
pub struct Snapshot {
    /// Targets.
    pub targets: Vec<CarriedTarget>,
    /// Channels.
    pub channels: Vec<CarriedChannel>,
    /// What people wrote down about guests, by any name of the guest.
    pub guests: Vec<(String, Metadata)>,
    /// Settings, by key.
    pub settings: BTreeMap<String, Value>,
}

/// Carries the configuration.
#[derive(Clone)]
pub struct Transfer {
    db: Db,
    targets: Targets,
    channels: Channels,
    guests: GuestMetadata,
}

impl Transfer {
    /// Over the parts that hold it.
    #[must_use]
    pub const fn new(db: Db, targets: Targets, channels: Channels, guests: GuestMetadata) -> Self {
        Self {
            db,
            targets,
            channels,
            guests,
        }
    }

    /// Everything as it is now, secrets in the clear.
    ///
    /// # Errors
    /// When something cannot be read or opened.
    pub async fn snapshot(&self) -> Result<Snapshot, TransferError> {
        let mut snapshot = Snapshot {
            guests: self.guests.all().await?,
            settings: self.settings().await?,
            ..Snapshot::default()
        };
        for row in self.targets.list().await? {
            let new = self.targets.changed(&row, &TargetChange::default()).await?;
            snapshot.targets.push(CarriedTarget {
                id: Some(row.id),
                new,
                enabled: row.enabled,
            });
        }
        for status in self.channels.list().await? {
            let (channel, secrets) = self.channels.carried(&status.channel.id).await?;
            snapshot.channels.push(CarriedChannel {
                id: Some(channel.id),
                kind: channel.kind,
                name: channel.name,
                config: channel.config,
                secrets,
                enabled: channel.enabled,
            });
        }
        Ok(snapshot)
    }

    /// What an import of `snapshot` would do.
    ///
    /// # Errors
    /// When something in it cannot be kept.
    pub async fn preview(&self, snapshot: Snapshot, now: Timestamp) -> Result<Plan, TransferError> {
        Ok(self.prepare(snapshot, now).await?.plan)
    }

    /// Keeps everything of `snapshot` in one transaction, and begins to act on it.
    ///
    /// # Errors
    /// When something in it cannot be kept; nothing is changed then.
    pub async fn import(&self, snapshot: Snapshot, now: Timestamp) -> Result<Plan, TransferError> {
        let prepared = self.prepare(snapshot, now).await?;
        let targets: Vec<_> = prepared.targets.iter().map(|it| it.written()).collect();
        let (channels, guests) = (prepared.channels, prepared.guests);
        let settings = prepared.settings;
        self.db
            .writer
            .run(move |tx| {
                for (row, sealed) in &targets {
                    super::targets::write_carried(tx, row, sealed)?;
                }
                for channel in &channels {
                    channel.put(tx)?;
                }
                for (key, metadata) in &guests {
                    guest_metadata::write(tx, key, metadata, now)?;
                }
                for (key, value) in &settings {
                    super::settings::write(tx, key, value)?;
                }
                Ok::<_, TransferError>(())
            })
            .await?;
        for ready in prepared.targets {
            self.targets.begin(ready).await;
        }
        self.channels.reload().await?;
        Ok(prepared.plan)
    }

    async fn settings(&self) -> Result<BTreeMap<String, Value>, DbError> {
        let all = self.db.reader.run(super::settings::all).await?;
        let travels = |key: &String| SETTINGS.contains(&key.as_str());
        Ok(all.into_iter().filter(|(key, _)| travels(key)).collect())
    }
}

/// Seals a text with a passphrase; a tenth of a second of work on purpose.
///
/// # Errors
/// When the passphrase is too short.
pub async fn seal(text: Vec<u8>, passphrase: SecretString) -> Result<String, TransferError> {
    let work = move || passphrase::seal(&text, &passphrase);
    let sealed = tokio::task::spawn_blocking(work).await;
    Ok(sealed.map_err(|_| PassphraseError::NoRandom)??)
}

/// Opens a text that was sealed with a passphrase.
///
/// # Errors
/// When it is nothing sealed, was changed, or the passphrase is another one.
pub async fn open(sealed: String, passphrase: SecretString) -> Result<Vec<u8>, TransferError> {
    let work = move || passphrase::open(&sealed, &passphrase).map(|text| text.to_vec());
    let opened = tokio::task::spawn_blocking(work).await;
    Ok(opened.map_err(|_| PassphraseError::NotSealed)??)
}
