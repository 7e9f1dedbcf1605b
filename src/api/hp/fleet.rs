//! Everything there is, as the first frame of a live connection has it.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};

use crate::api::dialect::Hp;
use crate::api::guard::{Allow, FleetRead};
use crate::api::shared::Shared;
use crate::api::ws::FullFrame;

use super::errors::Problem;

/// All targets, nodes, guests, storages and open alerts.
#[utoipa::path(
    tag = "hp",
    responses((status = 200, body = FullFrame), (status = 401, body = Problem)),
)]
#[get("/fleet")]
pub(crate) async fn get_fleet(_: Allow<Hp, FleetRead>, shared: Data<Shared>) -> HttpResponse {
    let frame = shared.hub.full(&shared.hub.present());
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(frame.into_bytes())
}
