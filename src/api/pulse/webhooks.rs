//! Webhooks in Pulse's words.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, delete, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::guard::{Allow, ChannelsRead, ChannelsWrite, DeliveriesRead};
use crate::api::limits::{self, Class};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::model::id::ChannelId;
use crate::notify::{Channel, ChannelChange, ChannelError, NewChannel, Receipt, Secrets};
use crate::telemetry::clock;

use super::channel::{KEY, Kept, Webhook, is_webhook};
use super::email;
use super::errors::settings_error;
use super::words::Done;

/// A form of webhook that is known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseWebhookTemplate)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookTemplate {
    service: &'static str,
    name: &'static str,
    url_pattern: &'static str,
    method: &'static str,
    #[schema(value_type = Object)]
    headers: std::collections::BTreeMap<&'static str, &'static str>,
    payload_template: &'static str,
    instructions: &'static str,
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
    let all = webhooks(&shared).await?;
    let shown = all
        .iter()
        .map(|channel| Webhook::of(channel, kept.webhooks.get(&channel.id)));
    Ok(Reply::ok(shown.collect()))
}

/// Add a webhook.
#[utoipa::path(tag = "pulse", request_body = Webhook, responses((status = 200, body = Webhook), (status = 400), (status = 409)))]
#[post("/notifications/webhooks")]
pub(crate) async fn add_webhook(
    _: Allow<Pulse, ChannelsWrite>,
    body: Json<Webhook>,
    shared: Data<Shared>,
) -> Answer<Pulse, Webhook> {
    body.check()?;
    let channel = shared
        .parts
        .channels
        .add(new_channel(&body), clock::now())
        .await?;
    Ok(Reply::ok(keep_rest(&shared, &channel, Some(&body)).await?))
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
    body.check()?;
    if body.kind() != channel.kind {
        let text = "service: it cannot be changed; remove the webhook and add another one";
        return Err(Problem::new(Kind::Invalid, "invalid_setting", text)
            .in_field("service")
            .into());
    }
    let change = ChannelChange {
        name: Some(body.channel_name()),
        config: Some(body.config_over(&channel.config)),
        enabled: Some(body.enabled),
        ..ChannelChange::default()
    };
    let channels = &shared.parts.channels;
    let channel = channels.update(&channel.id, change, clock::now()).await?;
    Ok(Reply::ok(keep_rest(&shared, &channel, Some(&body)).await?))
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
    body.check()?;
    let channels = &shared.parts.channels;
    let tried = channels.try_out(new_channel(&body), clock::now()).await;
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
) -> Answer<Pulse, [WebhookTemplate; 1]> {
    Ok(Reply::ok([WebhookTemplate {
        service: "generic",
        name: "Generic JSON",
        url_pattern: "https://example.org/hook",
        method: "POST",
        headers: [("Content-Type", "application/json")].into(),
        payload_template: "",
        instructions: "homepulse's own JSON, signed where a secret is set; other services are \
                       channels of their own kind.",
    }]))
}

/// The latest messages to webhooks, newest first.
#[utoipa::path(tag = "pulse", responses((status = 200, body = [WebhookDelivery])))]
#[get("/notifications/webhook-history")]
pub(crate) async fn list_webhook_history(
    _: Allow<Pulse, DeliveriesRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Vec<WebhookDelivery>> {
    let hooks = webhooks(&shared).await?;
    let recent = shared.parts.deliveries.recent(500).await?;
    let mut shown = Vec::new();
    for delivery in recent {
        let Some(hook) = hooks.iter().find(|hook| hook.id == delivery.channel) else {
            continue;
        };
        let url = hook.config.get("url").and_then(serde_json::Value::as_str);
        let state = delivery.state.word();
        shown.push(WebhookDelivery {
            webhook_name: hook.name.clone(),
            webhook_url: url.unwrap_or_default().to_owned(),
            service: "generic",
            alert_id: delivery.alert.to_string(),
            timestamp: delivery
                .finished_at
                .unwrap_or(delivery.created_at)
                .rfc3339(),
            status_code: None,
            success: state == "sent",
            error_message: delivery.last_error.clone(),
            retry_attempts: delivery.attempts.saturating_sub(1),
            payload_size: None,
        });
    }
    shown.truncate(100);
    Ok(Reply::ok(shown))
}

fn new_channel(webhook: &Webhook) -> NewChannel {
    NewChannel {
        kind: webhook.kind().to_owned(),
        name: webhook.channel_name(),
        config: webhook.config(),
        secrets: Secrets::new(),
        enabled: webhook.enabled,
    }
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
    webhook: Option<&Webhook>,
) -> Result<Webhook, Fault<Pulse>> {
    let mut kept: Kept = email::kept(shared).await?;
    let id: ChannelId = channel.id.clone();
    match webhook {
        Some(webhook) => kept.webhooks.insert(id.clone(), webhook.rest()),
        None => kept.webhooks.remove(&id),
    };
    let settings = &shared.parts.settings;
    settings.put(KEY, &kept).await.map_err(settings_error)?;
    Ok(Webhook::of(channel, kept.webhooks.get(&id)))
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
