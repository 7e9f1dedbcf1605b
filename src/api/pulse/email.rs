//! E-mail notifications in Pulse's words.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, get, post, put};

use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::guard::{Allow, ChannelsRead, ChannelsWrite};
use crate::api::limits::{self, Class};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::notify::{Channel, ChannelChange, NewChannel, SecretChange};
use crate::services::channels::may_change;
use crate::telemetry::clock;

use super::channel::{KEY, Kept};
use super::errors::settings_error;
use super::mail::{EMAIL, Email, PROVIDERS, Provider};
use super::words::Done;

/// How e-mail is sent; the password is never shown.
#[utoipa::path(tag = "pulse", responses((status = 200, body = Email)))]
#[get("/notifications/email")]
pub(crate) async fn get_email(
    _: Allow<Pulse, ChannelsRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Email> {
    let (kept, channel) = find(&shared).await?;
    Ok(Reply::ok(channel.map_or_else(Email::default, |channel| {
        Email::of(&channel, &kept.provider)
    })))
}

/// Change how e-mail is sent, as Pulse's document does it.
#[utoipa::path(tag = "pulse", request_body = Email, responses((status = 200, body = Done), (status = 400)))]
#[post("/notifications/email")]
pub(crate) async fn post_email(
    _: Allow<Pulse, ChannelsWrite>,
    body: Json<Email>,
    shared: Data<Shared>,
) -> Answer<Pulse, Done> {
    keep(&shared, &body).await
}

/// Change how e-mail is sent, as Pulse 4.3 did it.
#[utoipa::path(tag = "pulse", request_body = Email, responses((status = 200, body = Done), (status = 400)))]
#[put("/notifications/email")]
pub(crate) async fn put_email(
    _: Allow<Pulse, ChannelsWrite>,
    body: Json<Email>,
    shared: Data<Shared>,
) -> Answer<Pulse, Done> {
    keep(&shared, &body).await
}

/// Send a test message by the e-mail that is set up.
#[utoipa::path(
    tag = "pulse",
    responses(
        (status = 200, body = Done),
        (status = 400, description = "No e-mail is set up"),
        (status = 502, description = "The mail server did not take it"),
    ),
)]
#[post("/notifications/email/test")]
pub(crate) async fn test_email(
    _: Allow<Pulse, ChannelsWrite>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Pulse, Done> {
    limits::take(&request, &shared, Class::TestMessage)?;
    Ok(Reply::ok(send_test(&shared).await?))
}

/// Mail providers whose servers are known.
#[utoipa::path(tag = "pulse", responses((status = 200, body = [Provider])))]
#[get("/notifications/email-providers")]
pub(crate) async fn list_email_providers(
    _: Allow<Pulse, ChannelsRead>,
) -> Answer<Pulse, &'static [Provider]> {
    Ok(Reply::ok(PROVIDERS))
}

/// Sends a test message by the e-mail that is set up.
pub(super) async fn send_test(shared: &Shared) -> Result<Done, Fault<Pulse>> {
    let (_, channel) = find(shared).await?;
    let channel = channel.ok_or_else(|| {
        let text = "no e-mail is set up; send its settings to /api/notifications/email first";
        Problem::new(Kind::Invalid, "email_missing", text)
    })?;
    shared
        .parts
        .channels
        .test(&channel.id, clock::now())
        .await?;
    Ok(Done::saying("Test email sent"))
}

/// What is kept beside the channels.
pub(super) async fn kept(shared: &Shared) -> Result<Kept, Fault<Pulse>> {
    let kept = shared
        .parts
        .settings
        .get(KEY)
        .await
        .map_err(settings_error)?;
    Ok(kept.unwrap_or_default())
}

/// Pulse's e-mail: the channel that it made, or the first one that there is.
async fn find(shared: &Shared) -> Result<(Kept, Option<Channel>), Fault<Pulse>> {
    let kept = kept(shared).await?;
    let all = shared.parts.channels.list().await?;
    let mut mails = all
        .into_iter()
        .map(|status| status.channel)
        .filter(|channel| channel.kind == "email")
        .collect::<Vec<_>>();
    let at = mails
        .iter()
        .position(|channel| Some(&channel.id) == kept.email.as_ref());
    let found = match at {
        Some(at) => Some(mails.swap_remove(at)),
        None => mails.into_iter().next(),
    };
    Ok((kept, found))
}

async fn keep(shared: &Shared, email: &Email) -> Answer<Pulse, Done> {
    let (mut kept, channel) = find(shared).await?;
    let channels = &shared.parts.channels;
    let now = clock::now();
    let is_empty = email.server.trim().is_empty();
    match channel {
        // A form that was never filled in; there is nothing to keep.
        None if is_empty && !email.enabled => {}
        // Switched off without saying more: what is there stays, and is told nothing.
        Some(channel) if is_empty && !email.enabled => {
            let change = ChannelChange {
                enabled: Some(false),
                ..ChannelChange::default()
            };
            may_change(channels, &shared.parts.settings, &channel.id).await?;
            channels.update(&channel.id, change, now).await?;
        }
        _ if is_empty => {
            let text = "server: is missing; give the name of the mail server";
            return Err(Problem::new(Kind::Invalid, "invalid_setting", text)
                .in_field("server")
                .into());
        }
        Some(channel) => {
            let change = ChannelChange {
                config: Some(email.config()),
                secrets: email
                    .secrets()
                    .into_iter()
                    .map(|(field, secret)| (field, SecretChange::Replace(secret)))
                    .collect(),
                enabled: Some(email.enabled),
                ..ChannelChange::default()
            };
            may_change(channels, &shared.parts.settings, &channel.id).await?;
            channels.update(&channel.id, change, now).await?;
            kept.email = Some(channel.id);
        }
        None => {
            let new = NewChannel {
                kind: "email".to_owned(),
                name: EMAIL.to_owned(),
                config: email.config(),
                secrets: email.secrets(),
                enabled: email.enabled,
            };
            kept.email = Some(channels.add(new, now).await?.id);
        }
    }
    kept.provider.clone_from(&email.provider);
    let settings = &shared.parts.settings;
    settings.put(KEY, &kept).await.map_err(settings_error)?;
    Ok(Reply::ok(Done::SUCCESS))
}
