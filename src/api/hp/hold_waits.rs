//! How long things are waited for before somebody is told, and what counts as flapping.

use actix_web::web::{Data, Json};
use actix_web::{get, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsRead, AlertsWrite, Allow};
use crate::api::shared::Shared;
use crate::services::silences::Waits;
use crate::telemetry::clock;

use super::errors::Problem;

/// How long things are waited for, and what counts as flapping. What is left out has its default.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct HoldWaits {
    /// Beginnings within `flapping_minutes` with which an alert flaps, 2 to 20; `null` where
    /// nothing does. What flapped the time before goes on with half as many.
    #[schema(required = false)]
    flapping_count: Option<u32>,
    /// The span in which beginnings are counted, in minutes, 5 to 1440.
    #[schema(required = false)]
    flapping_minutes: u32,
    /// What has held for so many minutes does not flap any more, 1 to 1440.
    #[schema(required = false)]
    steady_minutes: u32,
    /// Seconds that an alert waits for the one that seems to explain it, 0 to 3600.
    #[schema(required = false)]
    grace_seconds: u32,
    /// Seconds that what was explained may take to recover, 0 to 3600.
    #[schema(required = false)]
    recovery_seconds: u32,
    /// Seconds that figures may take to calm down after a backup, 0 to 3600.
    #[schema(required = false)]
    settle_seconds: u32,
}

impl Default for HoldWaits {
    fn default() -> Self {
        Waits::default().into()
    }
}

impl From<Waits> for HoldWaits {
    fn from(waits: Waits) -> Self {
        Self {
            flapping_count: waits.flapping_count,
            flapping_minutes: waits.flapping_minutes,
            steady_minutes: waits.steady_minutes,
            grace_seconds: waits.grace_seconds,
            recovery_seconds: waits.recovery_seconds,
            settle_seconds: waits.settle_seconds,
        }
    }
}

impl From<HoldWaits> for Waits {
    fn from(waits: HoldWaits) -> Self {
        Self {
            flapping_count: waits.flapping_count,
            flapping_minutes: waits.flapping_minutes,
            steady_minutes: waits.steady_minutes,
            grace_seconds: waits.grace_seconds,
            recovery_seconds: waits.recovery_seconds,
            settle_seconds: waits.settle_seconds,
        }
    }
}

/// How long things are waited for before somebody is told.
#[utoipa::path(tag = "hp", responses((status = 200, body = HoldWaits)))]
#[get("/maintenance/waits")]
pub(crate) async fn get_waits(
    _: Allow<Hp, AlertsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, HoldWaits> {
    Ok(Reply::ok(shared.parts.silences.waits().into()))
}

/// Set how long things are waited for. It counts at once, for what is held already too.
#[utoipa::path(
    tag = "hp",
    request_body = HoldWaits,
    responses((status = 200, body = HoldWaits), (status = 400, body = Problem)),
)]
#[put("/maintenance/waits")]
pub(crate) async fn put_waits(
    _: Allow<Hp, AlertsWrite>,
    waits: Json<HoldWaits>,
    shared: Data<Shared>,
) -> Answer<Hp, HoldWaits> {
    let silences = &shared.parts.silences;
    silences
        .set_waits(waits.into_inner().into(), clock::now())
        .await?;
    Ok(Reply::ok(silences.waits().into()))
}
