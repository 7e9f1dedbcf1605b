//! Trying channels out: test messages, their codes, previews and addresses of other tools.

use std::collections::BTreeMap;

use actix_web::post;
use actix_web::web::{Data, Json, Path};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::super::errors::Problem;
use super::super::words;
use super::asked::{ChannelDraft, ChannelProof, ChannelUrl, NewChannel};
use super::view::Channel;
use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, ChannelsRead, ChannelsWrite};
use crate::api::shared::Shared;
use crate::model::id::ChannelId;
use crate::notify::{Format, Occasion, Preview};
use crate::telemetry::clock;

/// What came of a test message.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct ChannelTest {
    /// What the other side answered.
    receipt: String,
    /// Whether the channel is proven by that alone, as nobody reads what it is told.
    is_proven: bool,
}

/// A message as a channel would send it, with `HIDDEN` in the place of secrets.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct ChannelPreview {
    /// Its title or subject.
    title: String,
    /// Its text.
    text: String,
    /// How the text is written.
    #[schema(schema_with = words::text_format)]
    format: Format,
    /// The request, where it is told by one.
    request: Option<ChannelRequest>,
}

/// A request as it would be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct ChannelRequest {
    /// `POST`, …
    method: String,
    /// Where to.
    url: String,
    /// Its headers.
    headers: BTreeMap<String, String>,
    /// Its body, or the beginning of it.
    body: String,
}

/// What an address says. Secrets are only named: give the address itself to set the channel up.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct ParsedChannelUrl {
    /// Which kind.
    kind: String,
    /// Its settings.
    #[schema(value_type = Object)]
    config: Value,
    /// The names of the secrets in it.
    secrets: Vec<String>,
}

impl From<Preview> for ChannelPreview {
    fn from(preview: Preview) -> Self {
        Self {
            title: preview.title,
            text: preview.text,
            format: preview.format,
            request: preview.request.map(|request| ChannelRequest {
                method: request.method,
                url: request.url,
                headers: request.headers.into_iter().collect(),
                body: request.body,
            }),
        }
    }
}

/// Send a test message with a four-digit code. To prove the channel, give that code back.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The channel's id")),
    responses(
        (status = 200, body = ChannelTest),
        (status = 404, body = Problem),
        (status = 429, body = Problem),
        (status = 502, body = Problem, description = "It did not arrive"),
    ),
)]
#[post("/channels/{id}/test")]
pub(in crate::api::hp) async fn test_channel(
    _: Allow<Hp, ChannelsWrite>,
    id: Path<ChannelId>,
    shared: Data<Shared>,
) -> Answer<Hp, ChannelTest> {
    let channels = &shared.parts.channels;
    let now = clock::now();
    let receipt = channels.test(&id, now).await?;
    let proven_at = channels.get(&id).await?.channel.proven_at;
    Ok(Reply::ok(ChannelTest {
        receipt: receipt.to_string(),
        is_proven: proven_at == Some(now),
    }))
}

/// Send a test message by a channel that is not set up.
#[utoipa::path(
    tag = "hp",
    request_body = NewChannel,
    responses(
        (status = 200, body = ChannelTest),
        (status = 400, body = Problem),
        (status = 429, body = Problem),
        (status = 502, body = Problem, description = "It did not arrive"),
    ),
)]
#[post("/channels/test")]
pub(in crate::api::hp) async fn try_channel(
    _: Allow<Hp, ChannelsWrite>,
    new: Json<NewChannel>,
    shared: Data<Shared>,
) -> Answer<Hp, ChannelTest> {
    let channels = &shared.parts.channels;
    let new = new.into_inner().resolve(channels)?;
    let receipt = channels.try_out(new, clock::now()).await?;
    Ok(Reply::ok(ChannelTest {
        receipt: receipt.to_string(),
        is_proven: false,
    }))
}

/// Prove that messages are read: give back the code of the latest test message. It holds for 15
/// minutes and stands five guesses.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The channel's id")),
    request_body = ChannelProof,
    responses(
        (status = 200, body = Channel),
        (status = 400, body = Problem, description = "It is another code"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "There is no code that holds"),
    ),
)]
#[post("/channels/{id}/prove")]
pub(in crate::api::hp) async fn prove_channel(
    _: Allow<Hp, ChannelsWrite>,
    id: Path<ChannelId>,
    proof: Json<ChannelProof>,
    shared: Data<Shared>,
) -> Answer<Hp, Channel> {
    let channels = &shared.parts.channels;
    channels.prove(&id, &proof.code, clock::now()).await?;
    Ok(Reply::ok(super::show(&shared, &id).await?))
}

/// Show what a channel would send, without sending it.
#[utoipa::path(
    tag = "hp",
    request_body = ChannelDraft,
    responses(
        (status = 200, body = ChannelPreview),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
    ),
)]
#[post("/channels/preview")]
pub(in crate::api::hp) async fn preview_channel(
    _: Allow<Hp, ChannelsWrite>,
    draft: Json<ChannelDraft>,
    shared: Data<Shared>,
) -> Answer<Hp, ChannelPreview> {
    let draft = draft.into_inner();
    let channels = &shared.parts.channels;
    let alert = match &draft.alert {
        Some(id) => Some(shared.parts.ledger.find(id).await?),
        None => None,
    };
    let occasion = draft.occasion.unwrap_or(Occasion::Fired);
    let draft = draft.resolve(channels).await?;
    let preview = channels.preview(&draft, alert, occasion, clock::now())?;
    Ok(Reply::ok(preview.into()))
}

/// Read an address of Apprise or Shoutrrr, such as `discord://token@id`.
#[utoipa::path(
    tag = "hp",
    request_body = ChannelUrl,
    responses((status = 200, body = ParsedChannelUrl), (status = 400, body = Problem)),
)]
#[post("/channels/parse-url")]
pub(in crate::api::hp) async fn parse_channel_url(
    _: Allow<Hp, ChannelsRead>,
    asked: Json<ChannelUrl>,
    shared: Data<Shared>,
) -> Answer<Hp, ParsedChannelUrl> {
    use secrecy::ExposeSecret as _;
    let parsed = shared
        .parts
        .channels
        .parse_link(asked.url.expose_secret())?;
    Ok(Reply::ok(ParsedChannelUrl {
        kind: parsed.kind,
        config: parsed.config,
        secrets: parsed.secrets.into_keys().collect(),
    }))
}
