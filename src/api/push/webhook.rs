//! Proxmox VE's notifications.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, post};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::hp::errors;
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::services::push::notification;
use crate::telemetry::clock;

use super::sender::{Refused, Sent};

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Stranger => Self::new(
                Kind::Unauthorized,
                "push_token_wrong",
                "the push token is missing or wrong: send it as 'Authorization: Bearer …' or \
                 'X-Push-Token: …'",
            ),
            Refused::TooLarge(text) => Self::new(Kind::TooLarge, "body_too_large", text),
            Refused::Malformed(text) => Self::new(Kind::Invalid, "invalid_body", text),
        }
    }
}

/// Take what a host announces: it is kept, and the target is looked at, at once. What the host
/// calls a warning or an error becomes an alert.
#[utoipa::path(
    tag = "push",
    params(("target" = String, Path, description = "The target's id")),
    request_body(content = Object, content_type = "application/json", description = "severity, title, message, timestamp, fields; or plain text"),
    responses(
        (status = 204, description = "Taken"),
        (status = 400, body = errors::Problem),
        (status = 401, body = errors::Problem, description = "The token is missing, wrong, or another target's"),
    ),
)]
#[post("/{target}")]
pub(crate) async fn take_notification(
    request: HttpRequest,
    target: Path<String>,
    payload: Payload,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let sent = Sent::read(&request, payload, &shared)
        .await
        .map_err(Problem::from)?;
    if sent.target.as_str() != target.as_str() {
        return Err(Problem::from(Refused::Stranger).into());
    }
    let unpacked = sent.body.unpacked().map_err(Problem::from)?;
    let announced = notification::read(&unpacked)
        .map_err(Refused::from)
        .map_err(Problem::from)?;
    let push = &shared.parts.push;
    let now = clock::now();
    push.take_notification(&sent.target, announced.clone(), now)
        .await?;
    // It has been taken; that it cannot become an alert is no reason for the host to send it again.
    if let Err(error) = shared
        .parts
        .alerts
        .heed(&sent.target, &announced, now)
        .await
    {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "cannot make an alert of what a host announced"
        );
    }
    Ok(Reply::empty())
}
