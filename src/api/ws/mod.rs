//! `/ws`: our own delta frames for clients that ask for [`SUBPROTOCOL`], seed 004's messages for
//! all others.
//!
//! [`hub`] makes one frame per change and all clients share its bytes; [`delta`] is the pure
//! function behind it; [`session`] and [`pulse`] are the two conversations.

mod delta;
mod frame;
mod handles;
pub(super) mod hub;
pub(super) mod place;
mod present;
mod pulse;
mod session;
mod vitals;

use std::time::Duration;

use actix_web::http::header::SEC_WEBSOCKET_PROTOCOL;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, get};

pub use frame::{DeltaFrame, FullFrame};
pub use hub::Hub;
pub use place::Traffic;
pub use present::Present;

use super::dialect::{Fault, Pulse};
use super::guard::{Allow, FleetRead, Need as _, Pass};
use super::problem::{Kind, Problem};
use super::shared::Shared;
use super::surface::Surface;

/// The subprotocol of our own frames.
pub const SUBPROTOCOL: &str = "homepulse.v1";

/// The largest message that a client may send.
pub(super) const MESSAGE_LIMIT: usize = 64 * 1024;

/// How long a client may take to accept a message before it is dropped.
const SEND_PATIENCE: Duration = Duration::from_secs(20);

/// How often a silent client is asked for a sign of life.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(30);

/// How long a client may stay silent: two heartbeats and some.
pub(super) const SILENCE: Duration = Duration::from_secs(75);

/// Adds the endpoint.
pub fn routes(config: &mut Surface<'_>) {
    config.service(open_live_connection);
}

/// Follow the present: with the subprotocol `homepulse.v1` a full frame and then deltas, without
/// it the messages of Pulse 4.3.
#[utoipa::path(
    tag = "live",
    params(("token" = Option<String>, Query, description = "A token, as browsers cannot set headers here")),
    responses(
        (status = 101, description = "A WebSocket: FullFrame and DeltaFrame, or Pulse's messages"),
        (status = 503, description = "All places are taken"),
    )
)]
#[get("/ws")]
async fn open_live_connection(
    _caller: Allow<Pulse, FleetRead>,
    request: HttpRequest,
    body: Payload,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Pulse>> {
    let place = shared.hub.take_place().ok_or_else(no_place)?;
    let (response, session, stream) =
        actix_ws::handle_with_protocols(&request, body, &[SUBPROTOCOL]).map_err(no_handshake)?;
    let stream = stream
        .max_frame_size(MESSAGE_LIMIT)
        .aggregate_continuations()
        .max_continuation_size(MESSAGE_LIMIT);
    let line = place.line(session);
    let is_ours = response.headers().contains_key(SEC_WEBSOCKET_PROTOCOL);
    let pass = Pass::of(&request);
    actix_web::rt::spawn(async move {
        let until_refused = async {
            match pass {
                Some(pass) => pass.until_refused(&shared, FleetRead::SCOPE).await,
                None => std::future::pending().await,
            }
        };
        let conversation = async {
            match is_ours {
                true => session::run(shared.clone(), line, stream).await,
                false => pulse::run(shared.clone(), line, stream).await,
            }
        };
        tokio::select! {
            () = conversation => {}
            // What is dropped here closes the connection.
            () = until_refused => {}
        }
    });
    Ok(response)
}

fn no_place() -> Problem {
    Problem::new(
        Kind::Unavailable,
        "too_many_clients",
        "all places for live connections are taken",
    )
}

fn no_handshake(error: actix_web::Error) -> Problem {
    Problem::new(
        Kind::Invalid,
        "not_a_websocket",
        format!("this address speaks WebSocket only: {error}"),
    )
}
