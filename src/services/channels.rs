//! Notification channels that the configuration file owns.

use crate::model::id::ChannelId;
use crate::model::time::Timestamp;
use crate::notify::{ChannelError, Channels, NewChannel};

use super::settings::Settings;

/// Under which key the names are kept that the file owned last.
const OWNED: &str = "file_channels";

/// Why the file's channels could not be taken over.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// One of them is wrong.
    #[error("take over the channel {name}")]
    Channel {
        /// Which one.
        name: String,
        /// What is wrong with it.
        source: ChannelError,
    },
    /// The database failed.
    #[error("take over the channels of the configuration")]
    Database(#[from] crate::db::DbError),
}

/// The names of the channels that the configuration file owns.
///
/// # Errors
/// When the database fails.
pub async fn owned_by_file(settings: &Settings) -> Result<Vec<String>, ChannelError> {
    Ok(settings.get(OWNED).await?.unwrap_or_default())
}

/// Refuses to change what the configuration file owns: it would be undone by the next start.
///
/// # Errors
/// When the file owns the channel, there is no such channel, or the database fails.
pub async fn may_change(
    channels: &Channels,
    settings: &Settings,
    id: &ChannelId,
) -> Result<(), ChannelError> {
    let name = channels.get(id).await?.channel.name;
    if owned_by_file(settings).await?.contains(&name) {
        return Err(ChannelError::OwnedByFile { name });
    }
    Ok(())
}

/// Sets up, changes and removes channels so that those the file owns are as it says.
///
/// # Errors
/// When one of them is wrong, or the database fails.
pub async fn adopt(
    channels: &Channels,
    settings: &Settings,
    owned: Vec<NewChannel>,
    now: Timestamp,
) -> Result<(), AdoptError> {
    let before: Vec<String> = settings.get(OWNED).await?.unwrap_or_default();
    let failed = |name: &str| {
        let name = name.to_owned();
        move |source| AdoptError::Channel { name, source }
    };
    let known = channels.list().await.map_err(failed("list"))?;
    for status in &known {
        let name = &status.channel.name;
        let dropped = before.contains(name) && !owned.iter().any(|channel| channel.name == *name);
        if dropped {
            let removed = channels.remove(&status.channel.id, now).await;
            removed.map_err(failed(name))?;
        }
    }
    let names: Vec<String> = owned.iter().map(|channel| channel.name.clone()).collect();
    for channel in owned {
        let name = channel.name.clone();
        let same = known
            .iter()
            .find(|status| status.channel.name == channel.name);
        let kept = match same {
            Some(status) if status.channel.kind == channel.kind => channels
                .adopt(&status.channel.id, channel, now)
                .await
                .map(drop),
            other => {
                if let Some(status) = other {
                    let removed = channels.remove(&status.channel.id, now).await;
                    removed.map_err(failed(&name))?;
                }
                channels.add(channel, now).await.map(drop)
            }
        };
        kept.map_err(failed(&name))?;
    }
    Ok(settings.put(OWNED, &names).await?)
}
