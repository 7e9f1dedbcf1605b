//! The ways to tell people, as they are set up.

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, ChannelsRead};
use crate::api::shared::Shared;
use crate::notify::ChannelStatus;

/// A channel and how it is going.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Channel {
    /// Stable id.
    id: String,
    /// Which kind, such as `email`.
    kind: String,
    /// The name somebody gave it.
    name: String,
    /// Whether it is told anything.
    enabled: bool,
    /// The kind's own settings, without secrets.
    #[schema(value_type = Object)]
    config: Value,
    /// Whether a secret is kept with it.
    has_secret: bool,
    /// Why its latest message has not arrived, if it has not.
    last_error: Option<String>,
    /// When it last took a message, in milliseconds.
    last_sent_at: Option<i64>,
}

impl From<ChannelStatus> for Channel {
    fn from(status: ChannelStatus) -> Self {
        let channel = status.channel;
        Self {
            id: channel.id.to_string(),
            kind: channel.kind,
            name: channel.name,
            enabled: channel.enabled,
            config: channel.config,
            has_secret: channel.has_secret,
            last_error: status.last_error,
            last_sent_at: status.last_sent_at.map(|at| at.millis()),
        }
    }
}

/// Several channels.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Channels {
    /// The channels, by name.
    channels: Vec<Channel>,
}

/// All channels.
#[utoipa::path(tag = "hp", responses((status = 200, body = Channels)))]
#[get("/channels")]
pub(super) async fn list_channels(
    _: Allow<Hp, ChannelsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, Channels> {
    let channels = shared.parts.channels.list().await?;
    let channels = channels.into_iter().map(Channel::from).collect();
    Ok(Reply::ok(Channels { channels }))
}
