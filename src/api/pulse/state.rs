//! The complete state.

use actix_web::get;
use actix_web::web::Data;

use crate::api::dialect::{Answer, Pulse, Reply};
use crate::api::guard::{Allow, FleetRead};
use crate::api::shared::Shared;
use crate::telemetry::clock;

use super::view::{Circumstances, State};

/// Everything there is, as Pulse 4.3 showed it.
#[utoipa::path(
    tag = "pulse",
    params(("token" = Option<String>, Query, description = "A token, as Pulse 4.3 took it here")),
    responses((status = 200, body = State)),
)]
#[get("/state")]
pub(crate) async fn get_state(
    _: Allow<Pulse, FleetRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, State> {
    let circumstances = Circumstances::of(&shared, clock::now());
    Ok(Reply::ok(State::new(&shared.hub.present(), &circumstances)))
}
