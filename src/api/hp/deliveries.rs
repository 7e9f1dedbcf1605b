//! Which messages went where.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, DeliveriesRead, DeliveriesWrite};
use crate::api::shared::Shared;
use crate::model::id::{AlertId, ChannelId, DeliveryId};
use crate::notify::outbox::{Dead, LogFilter};
use crate::notify::{Occasion, outbox};
use crate::telemetry::clock;

use super::errors::Problem;
use super::words;

/// The most messages that one answer holds.
const LIMIT: usize = 1000;

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct ListDeliveries {
    /// The most to list; 100 unless told, 1000 at most.
    limit: Option<usize>,
    /// Only those about this alert.
    #[param(value_type = Option<String>)]
    alert: Option<AlertId>,
    /// Only those to this channel.
    #[param(value_type = Option<String>)]
    channel: Option<ChannelId>,
    /// Only those in this state.
    #[param(schema_with = words::delivery_state)]
    state: Option<outbox::DeliveryState>,
}

/// One message on its way, arrived or given up.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Delivery {
    /// Stable id, the same on every attempt.
    id: String,
    /// About which alert.
    alert: String,
    /// To which channel.
    channel: String,
    /// Why it is told.
    #[schema(schema_with = words::occasion)]
    event: Occasion,
    /// Where it is.
    #[schema(schema_with = words::delivery_state)]
    state: outbox::DeliveryState,
    /// Attempts so far.
    attempts: u32,
    /// When it is tried next, while it is due, in milliseconds.
    due_at: i64,
    /// When it was queued, in milliseconds.
    created_at: i64,
    /// When it was sent or given up, in milliseconds.
    finished_at: Option<i64>,
    /// Why the latest failed attempt failed.
    last_error: Option<String>,
    /// What the other side said when it took it.
    receipt: Option<String>,
    /// The id under which it went out, together with others; none before the first attempt.
    message: Option<String>,
    /// Which reminder, from 1; after how many minutes a step of the escalation comes; 0 otherwise.
    step: u32,
    /// The end of the quiet hours that it waits, or waited, for, in milliseconds.
    held_until: Option<i64>,
    /// The name of the channel in whose place this one is told.
    stand_in: Option<String>,
}

impl From<outbox::Delivery> for Delivery {
    fn from(delivery: outbox::Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            alert: delivery.alert.to_string(),
            channel: delivery.channel.to_string(),
            event: delivery.event,
            state: delivery.state,
            attempts: delivery.attempts,
            due_at: delivery.due_at.millis(),
            created_at: delivery.created_at.millis(),
            finished_at: delivery.finished_at.map(|at| at.millis()),
            last_error: delivery.last_error,
            receipt: delivery.receipt,
            message: delivery.batch.map(|batch| batch.to_string()),
            step: delivery.step,
            held_until: delivery.held_until.map(|at| at.millis()),
            stand_in: delivery.stand_in,
        }
    }
}

/// Several messages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Deliveries {
    /// The messages, newest first.
    deliveries: Vec<Delivery>,
}

/// The latest messages, whatever became of them.
#[utoipa::path(tag = "hp", params(ListDeliveries), responses((status = 200, body = Deliveries)))]
#[get("/deliveries")]
pub(super) async fn list_deliveries(
    _: Allow<Hp, DeliveriesRead>,
    query: Query<ListDeliveries>,
    shared: Data<Shared>,
) -> Answer<Hp, Deliveries> {
    let limit = query.limit.unwrap_or(100).min(LIMIT);
    let query = query.into_inner();
    let filter = LogFilter {
        alert: query.alert,
        channel: query.channel,
        state: query.state,
    };
    let deliveries = shared.parts.deliveries.log(filter, limit).await?;
    let deliveries = deliveries.into_iter().map(Delivery::from).collect();
    Ok(Reply::ok(Deliveries { deliveries }))
}

/// One attempt to send a message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Attempt {
    /// Which one, from 1.
    attempt: u32,
    /// When it began, in milliseconds.
    at: i64,
    /// How long it took, in milliseconds; unknown where the program ended in it.
    latency_ms: Option<i64>,
    /// `sent`, `failed` or `refused`; unknown where the program ended in it.
    outcome: Option<String>,
    /// The status of the other side's answer, of HTTP or of SMTP.
    status: Option<u16>,
    /// Why it failed.
    error: Option<String>,
}

/// One message and every attempt to send it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveryDetails {
    /// The message.
    pub(super) delivery: Delivery,
    /// The attempts, the first one first.
    pub(super) attempts: Vec<Attempt>,
}

impl From<(outbox::Delivery, Vec<outbox::Attempt>)> for DeliveryDetails {
    fn from((delivery, attempts): (outbox::Delivery, Vec<outbox::Attempt>)) -> Self {
        let attempts = attempts.into_iter().map(|attempt| Attempt {
            attempt: attempt.attempt,
            at: attempt.at.millis(),
            latency_ms: attempt.latency_ms,
            outcome: attempt.outcome,
            status: attempt.status,
            error: attempt.error,
        });
        Self {
            delivery: delivery.into(),
            attempts: attempts.collect(),
        }
    }
}

/// One message and every attempt to send it.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The message's id")),
    responses((status = 200, body = DeliveryDetails), (status = 404, body = Problem)),
)]
#[get("/deliveries/{id}")]
pub(super) async fn get_delivery(
    _: Allow<Hp, DeliveriesRead>,
    id: Path<DeliveryId>,
    shared: Data<Shared>,
) -> Answer<Hp, DeliveryDetails> {
    let (delivery, attempts) = shared.parts.deliveries.attempts(id.into_inner()).await?;
    Ok(Reply::ok(DeliveryDetails::from((delivery, attempts))))
}

/// Which messages that were given up are meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichDeliveries {
    /// Those of one channel; all where it is missing.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    channel: Option<ChannelId>,
}

impl From<WhichDeliveries> for Dead {
    fn from(which: WhichDeliveries) -> Self {
        which.channel.map_or(Self::All, Self::Of)
    }
}

/// How many messages were meant.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Counted {
    /// How many, counting each alert that a message tells of.
    count: usize,
}

/// Send one message again that was given up, at once and under the id it had.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The message's id")),
    responses(
        (status = 200, body = Counted),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It was not given up"),
    ),
)]
#[post("/deliveries/{id}/retry")]
pub(super) async fn retry_delivery(
    _: Allow<Hp, DeliveriesWrite>,
    id: Path<DeliveryId>,
    shared: Data<Shared>,
) -> Answer<Hp, Counted> {
    let dead = Dead::One(id.into_inner());
    let count = shared
        .parts
        .deliveries
        .send_again(dead, clock::now())
        .await?;
    Ok(Reply::ok(Counted { count }))
}

/// Discard one message that was given up or waits.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The message's id")),
    responses(
        (status = 200, body = Counted),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It was sent already"),
    ),
)]
#[post("/deliveries/{id}/discard")]
pub(super) async fn discard_delivery(
    _: Allow<Hp, DeliveriesWrite>,
    id: Path<DeliveryId>,
    shared: Data<Shared>,
) -> Answer<Hp, Counted> {
    let dead = Dead::One(id.into_inner());
    let count = shared.parts.deliveries.discard(dead, clock::now()).await?;
    Ok(Reply::ok(Counted { count }))
}

/// Send all messages again that were given up, of one channel or of all.
#[utoipa::path(
    tag = "hp",
    request_body = WhichDeliveries,
    responses((status = 200, body = Counted), (status = 400, body = Problem)),
)]
#[post("/deliveries/retry")]
pub(super) async fn retry_deliveries(
    _: Allow<Hp, DeliveriesWrite>,
    which: Json<WhichDeliveries>,
    shared: Data<Shared>,
) -> Answer<Hp, Counted> {
    let dead = which.into_inner().into();
    let count = shared
        .parts
        .deliveries
        .send_again(dead, clock::now())
        .await?;
    Ok(Reply::ok(Counted { count }))
}

/// Discard all messages that were given up, of one channel or of all.
#[utoipa::path(
    tag = "hp",
    request_body = WhichDeliveries,
    responses((status = 200, body = Counted), (status = 400, body = Problem)),
)]
#[post("/deliveries/discard")]
pub(super) async fn discard_deliveries(
    _: Allow<Hp, DeliveriesWrite>,
    which: Json<WhichDeliveries>,
    shared: Data<Shared>,
) -> Answer<Hp, Counted> {
    let dead = which.into_inner().into();
    let count = shared.parts.deliveries.discard(dead, clock::now()).await?;
    Ok(Reply::ok(Counted { count }))
}
