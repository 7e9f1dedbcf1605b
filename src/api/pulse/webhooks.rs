//! Webhooks in Pulse's words.

use std::collections::BTreeMap;

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, delete, get, post, put};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::guard::{Allow, ChannelsRead, ChannelsWrite, DeliveriesRead};
use crate::api::limits::{self, Class};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::model::id::ChannelId;
use crate::notify::{Channel, ChannelChange, ChannelError, NewChannel, Receipt, Secrets};
use crate::services::channels::may_change;
use crate::telemetry::clock;

use super::channel::{KEY, Kept};
use super::email;
use super::errors::settings_error;
use super::webhook::{Fields, Parts, Rest, SERVICES, Webhook, is_webhook, masked_url, of_kind};
use super::words::Done;

/// A form of webhook that is known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseWebhookTemplate)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookTemplate {
    service: &'static str,
    name: String,
    url_pattern: &'static str,
    method: &'static str,
    #[schema(value_type = Object)]
    headers: BTreeMap<&'static str, &'static str>,
    payload_template: &'static str,
    instructions: String,
}

/// How a test went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseWebhookTest)]
pub(super) struct WebhookTest {
    /// Whether the other side took it.
    success: bool,
    /// The status of its answer.
    status: Option<u16>,
    /// What it answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What to test.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = PulseTestRequest)]
#[serde(rename_all = "camelCase")]
pub(super) struct TestRequest {
    /// `email` or `webhook`.
    method: Option<String>,
    /// The same, as some clients call it.
    r#type: Option<String>,
    /// Which webhook; the first one unless told.
    webhook_id: Option<String>,
}

/// A message that went to a webhook, or was to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseWebhookDelivery)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookDelivery {
    webhook_name: String,
    webhook_url: String,
    service: &'static str,
    alert_id: String,
    timestamp: String,
    status_code: Option<u16>,
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    retry_attempts: u32,
    payload_size: Option<u64>,
}

/// All webhooks.
#[utoipa::path(tag = "pulse", responses((status = 200, body = [Webhook])))]
#[get("/notifications/webhooks")]
pub(crate) async fn list_webhooks(
    _: Allow<Pulse, ChannelsRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Vec<Webhook>> {
    let kept = email::kept(&shared).await?;
    let mut shown = Vec::new();
    for channel in webhooks(&shared).await? {
        let secrets = secrets_of(&shared, &channel).await;
        let rest = kept.webhooks.get(&channel.id);
        shown.push(Webhook::of(&channel, secrets, rest, false));
    }
    Ok(Reply::ok(shown))
}

/// Add a webhook.
#[utoipa::path(tag = "pulse", request_body = Webhook, responses((status = 200, body = Webhook), (status = 400), (status = 409)))]
#[post("/notifications/webhooks")]
pub(crate) async fn add_webhook(
    _: Allow<Pulse, ChannelsWrite>,
    body: Json<Webhook>,
    shared: Data<Shared>,
) -> Answer<Pulse, Webhook> {
    let parts = body.parts(None)?;
    let new = new_channel(&body, parts.fields)?;
    let channel = shared.parts.channels.add(new, clock::now()).await?;
    let shown = keep_rest(&shared, &channel, Some(parts.rest)).await?;
    Ok(Reply::ok(shown))
}

/// Change a webhook.
#[utoipa::path(
    tag = "pulse",
    params(("id" = String, Path, description = "The webhook's id")),
    request_body = Webhook,
    responses((status = 200, body = Webhook), (status = 400), (status = 404)),
)]
#[put("/notifications/webhooks/{id}")]
pub(crate) async fn update_webhook(
    _: Allow<Pulse, ChannelsWrite>,
    id: Path<String>,
    body: Json<Webhook>,
    shared: Data<Shared>,
) -> Answer<Pulse, Webhook> {
    let channel = find(&shared, &id).await?;
    if body.service()?.kind != channel.kind {
        let text = "service: it cannot be changed; remove the webhook and add another one";
        return Err(Problem::new(Kind::Invalid, "invalid_setting", text)
            .in_field("service")
            .into());
    }
    let channels = &shared.parts.channels;
    may_change(channels, &shared.parts.settings, &channel.id).await?;
    let (channel, secrets) = channels.carried(&channel.id).await?;
    let before = Fields::new(&channel.config, secrets);
    let Parts { fields, rest } = body.parts(Some(before.clone()))?;
    let change = ChannelChange {
        name: Some(body.channel_name()),
        enabled: Some(body.enabled),
        ..fields.change_from(&before)
    };
    let channel = channels.update(&channel.id, change, clock::now()).await?;
    Ok(Reply::ok(keep_rest(&shared, &channel, Some(rest)).await?))
}

/// Remove a webhook.
#[utoipa::path(
    tag = "pulse",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, body = Done), (status = 404)),
)]
#[delete("/notifications/webhooks/{id}")]
pub(crate) async fn remove_webhook(
    _: Allow<Pulse, ChannelsWrite>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Pulse, Done> {
    let channel = find(&shared, &id).await?;
    let channels = &shared.parts.channels;
    may_change(channels, &shared.parts.settings, &channel.id).await?;
    channels.remove(&channel.id, clock::now()).await?;
    keep_rest(&shared, &channel, None).await?;
    Ok(Reply::ok(Done::SUCCESS))
}

/// Send a test message to a webhook that need not be kept.
#[utoipa::path(tag = "pulse", request_body = Webhook, responses((status = 200, body = WebhookTest), (status = 400)))]
#[post("/notifications/webhooks/test")]
pub(crate) async fn test_webhook(
    _: Allow<Pulse, ChannelsWrite>,
    body: Json<Webhook>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Pulse, WebhookTest> {
    limits::take(&request, &shared, Class::TestMessage)?;
    let before = match find(&shared, &body.id).await {
        Ok(channel) if body.service()?.kind == channel.kind => {
            let secrets = secrets_of(&shared, &channel).await;
            Some(Fields::new(&channel.config, secrets))
        }
        _ => None,
    };
    let new = new_channel(&body, body.parts(before)?.fields)?;
    let tried = shared.parts.channels.try_out(new, clock::now()).await;
    Ok(Reply::ok(WebhookTest::of(tried)?))
}

/// Send a test message by e-mail or by a webhook that is set up.
#[utoipa::path(tag = "pulse", request_body = TestRequest, responses((status = 200, body = Done), (status = 400), (status = 502)))]
#[post("/notifications/test")]
pub(crate) async fn test_notification(
    _: Allow<Pulse, ChannelsWrite>,
    body: Json<TestRequest>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Pulse, Done> {
    limits::take(&request, &shared, Class::TestMessage)?;
    match body.method.as_deref().or(body.r#type.as_deref()) {
        None | Some("email") => Ok(Reply::ok(email::send_test(&shared).await?)),
        Some("webhook") => {
            let channel = match &body.webhook_id {
                Some(id) => find(&shared, id).await?,
                None => webhooks(&shared).await?.into_iter().next().ok_or_else(|| {
                    Problem::new(Kind::Invalid, "webhook_missing", "no webhook is set up")
                })?,
            };
            let channels = &shared.parts.channels;
            channels.test(&channel.id, clock::now()).await?;
            Ok(Reply::ok(Done::saying("Test webhook sent")))
        }
        Some(other) => {
            let text = format!("method: '{other}' is unknown; give email or webhook");
            Err(Problem::new(Kind::Invalid, "invalid_setting", text)
                .in_field("method")
                .into())
        }
    }
}

/// Forms of webhooks that are known.
#[utoipa::path(tag = "pulse", responses((status = 200, body = [WebhookTemplate])))]
#[get("/notifications/webhook-templates")]
pub(crate) async fn list_webhook_templates(
    _: Allow<Pulse, ChannelsRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Vec<WebhookTemplate>> {
    let catalogue = shared.parts.channels.catalogue();
    let shown = SERVICES.iter().filter_map(|service| {
        let kind = catalogue.kind(service.kind)?;
        Some(WebhookTemplate {
            service: service.name,
            name: kind.label.clone(),
            url_pattern: service.pattern,
            method: "POST",
            headers: [("Content-Type", "application/json")].into(),
            // What is sent is written by the channel's kind.
            payload_template: "",
            instructions: kind.help.clone(),
        })
    });
    Ok(Reply::ok(shown.collect()))
}

/// The latest messages to webhooks, newest first.
#[utoipa::path(tag = "pulse", responses((status = 200, body = [WebhookDelivery])))]
#[get("/notifications/webhook-history")]
pub(crate) async fn list_webhook_history(
    _: Allow<Pulse, DeliveriesRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Vec<WebhookDelivery>> {
    let mut hooks = BTreeMap::new();
    for hook in webhooks(&shared).await? {
        let secrets = secrets_of(&shared, &hook).await;
        let url = masked_url(&hook.config, secrets, &hook.kind);
        hooks.insert(hook.id.clone(), (hook, url));
    }
    let recent = shared.parts.deliveries.recent(500).await?;
    let shown = recent.iter().filter_map(|delivery| {
        let (hook, url) = hooks.get(&delivery.channel)?;
        Some(WebhookDelivery {
            webhook_name: hook.name.clone(),
            webhook_url: url.clone(),
            service: of_kind(&hook.kind).map_or("generic", |service| service.name),
            alert_id: delivery.alert.to_string(),
            timestamp: delivery
                .finished_at
                .unwrap_or(delivery.created_at)
                .rfc3339(),
            status_code: None,
            success: delivery.state.word() == "sent",
            error_message: delivery.last_error.clone(),
            retry_attempts: delivery.attempts.saturating_sub(1),
            payload_size: None,
        })
    });
    Ok(Reply::ok(shown.take(100).collect()))
}

fn new_channel(webhook: &Webhook, fields: Fields) -> Result<NewChannel, Problem> {
    Ok(NewChannel {
        kind: webhook.service()?.kind.to_owned(),
        name: webhook.channel_name(),
        config: Value::Object(fields.config),
        secrets: fields.secrets,
        enabled: webhook.enabled,
    })
}

/// The secrets of a channel; none where they cannot be opened, which says so when they are used.
async fn secrets_of(shared: &Shared, channel: &Channel) -> Secrets {
    let carried = shared.parts.channels.carried(&channel.id).await;
    carried.map(|(_, secrets)| secrets).unwrap_or_default()
}

async fn webhooks(shared: &Shared) -> Result<Vec<Channel>, Fault<Pulse>> {
    let all = shared.parts.channels.list().await?;
    let channels = all.into_iter().map(|status| status.channel);
    Ok(channels
        .filter(|channel| is_webhook(&channel.kind))
        .collect())
}

async fn find(shared: &Shared, id: &str) -> Result<Channel, Fault<Pulse>> {
    let all = webhooks(shared).await?;
    let found = all.into_iter().find(|channel| channel.id.as_str() == id);
    found.ok_or_else(|| {
        let text = format!("there is no webhook {id}");
        Problem::new(Kind::NotFound, "webhook_not_found", text).into()
    })
}

/// Keeps what the channel cannot hold, or forgets it, and shows the webhook.
async fn keep_rest(
    shared: &Shared,
    channel: &Channel,
    rest: Option<Rest>,
) -> Result<Webhook, Fault<Pulse>> {
    let mut kept: Kept = email::kept(shared).await?;
    let id: ChannelId = channel.id.clone();
    let secrets = match &rest {
        Some(_) => secrets_of(shared, channel).await,
        None => Secrets::new(),
    };
    match rest {
        Some(rest) => kept.webhooks.insert(id.clone(), rest),
        None => kept.webhooks.remove(&id),
    };
    let settings = &shared.parts.settings;
    settings.put(KEY, &kept).await.map_err(settings_error)?;
    let rest = kept.webhooks.get(&id);
    Ok(Webhook::of(channel, secrets, rest, false))
}

impl WebhookTest {
    /// A message that did not arrive is an answer here; a field that is wrong is not.
    fn of(tried: Result<Receipt, ChannelError>) -> Result<Self, Fault<Pulse>> {
        match tried {
            Ok(receipt) => Ok(Self {
                success: true,
                status: receipt.status,
                response: Some(receipt.text),
                error: None,
            }),
            Err(ChannelError::Delivery(error)) => Ok(Self {
                success: false,
                status: None,
                response: None,
                error: Some(error.to_string()),
            }),
            Err(error) => Err(error.into()),
        }
    }
}
