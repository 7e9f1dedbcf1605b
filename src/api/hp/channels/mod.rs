//! The ways to tell people: what there can be, what is set up, and trying it out.

mod asked;
mod kinds;
mod tries;
mod view;

use actix_web::web::{Data, Json, Path};
use actix_web::{delete, get, patch, post};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, ChannelsRead, ChannelsWrite};
use crate::api::shared::Shared;
use crate::model::id::ChannelId;
use crate::services::channels::{may_change, owned_by_file};
use crate::telemetry::clock;

use super::errors::Problem;
use asked::{ChannelChange, NewChannel};
pub(super) use kinds::list_channel_kinds;
pub(super) use tries::{
    parse_channel_url, preview_channel, prove_channel, test_channel, try_channel,
};
pub(super) use view::ChannelSummary;
use view::{Channel, Channels};

/// All channels.
#[utoipa::path(tag = "hp", responses((status = 200, body = Channels)))]
#[get("/channels")]
pub(super) async fn list_channels(
    _: Allow<Hp, ChannelsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, Channels> {
    let channels = &shared.parts.channels;
    let owned = owned_by_file(&shared.parts.settings).await?;
    let list = channels.list().await?;
    Ok(Reply::ok(Channels::new(list, channels.catalogue(), &owned)))
}

/// One channel.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The channel's id")),
    responses((status = 200, body = Channel), (status = 404, body = Problem)),
)]
#[get("/channels/{id}")]
pub(super) async fn get_channel(
    _: Allow<Hp, ChannelsRead>,
    id: Path<ChannelId>,
    shared: Data<Shared>,
) -> Answer<Hp, Channel> {
    Ok(Reply::ok(show(&shared, &id).await?))
}

/// Set a channel up. It is told things from now on, unless it is to be switched off.
#[utoipa::path(
    tag = "hp",
    request_body = NewChannel,
    responses(
        (status = 201, body = Channel),
        (status = 400, body = Problem),
        (status = 409, body = Problem, description = "The name is taken"),
    ),
)]
#[post("/channels")]
pub(super) async fn add_channel(
    _: Allow<Hp, ChannelsWrite>,
    new: Json<NewChannel>,
    shared: Data<Shared>,
) -> Answer<Hp, Channel> {
    let channels = &shared.parts.channels;
    let new = new.into_inner().resolve(channels)?;
    let added = channels.add(new, clock::now()).await?;
    Ok(Reply::created(show(&shared, &added.id).await?))
}

/// Change a channel. What is not given stays as it is, secrets included; another address or
/// secret has to be proven anew.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The channel's id")),
    request_body = ChannelChange,
    responses(
        (status = 200, body = Channel),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The name is taken, or the configuration file owns it"),
    ),
)]
#[patch("/channels/{id}")]
pub(super) async fn change_channel(
    _: Allow<Hp, ChannelsWrite>,
    id: Path<ChannelId>,
    change: Json<ChannelChange>,
    shared: Data<Shared>,
) -> Answer<Hp, Channel> {
    let change = change.into_inner().into();
    let channels = &shared.parts.channels;
    may_change(channels, &shared.parts.settings, &id).await?;
    channels.update(&id, change, clock::now()).await?;
    Ok(Reply::ok(show(&shared, &id).await?))
}

/// Remove a channel. What waits for it is given up.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The channel's id")),
    responses(
        (status = 204, description = "It is removed"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The configuration file owns it"),
    ),
)]
#[delete("/channels/{id}")]
pub(super) async fn remove_channel(
    _: Allow<Hp, ChannelsWrite>,
    id: Path<ChannelId>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let channels = &shared.parts.channels;
    may_change(channels, &shared.parts.settings, &id).await?;
    channels.remove(&id, clock::now()).await?;
    Ok(Reply::empty())
}

/// A channel as it is now.
async fn show(shared: &Shared, id: &ChannelId) -> Result<Channel, crate::notify::ChannelError> {
    let channels = &shared.parts.channels;
    let status = channels.get(id).await?;
    let owned = owned_by_file(&shared.parts.settings).await?;
    Ok(Channel::new(status, channels.catalogue(), &owned))
}
