//! Which messages went where.

use actix_web::get;
use actix_web::web::{Data, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, DeliveriesRead};
use crate::api::shared::Shared;
use crate::notify::{Occasion, outbox};

use super::words;

/// The most messages that one answer holds.
const LIMIT: usize = 1000;

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct ListDeliveries {
    /// The most to list; 100 unless told, 1000 at most.
    limit: Option<usize>,
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
    let deliveries = shared.parts.deliveries.recent(limit).await?;
    let deliveries = deliveries.into_iter().map(Delivery::from).collect();
    Ok(Reply::ok(Deliveries { deliveries }))
}
