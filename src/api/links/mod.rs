//! `/a/…`: what somebody does by a link in a message, without a login.
//!
//! Looking at a link changes nothing, however often a mail scanner does it; only POST acts, and
//! once. The pages need no JavaScript.

mod page;

use actix_web::http::header;
use actix_web::web::{Data, Path, PayloadConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde_json::{Value, json};

use crate::model::alert::Alert;
use crate::notify::links::Action;
use crate::services::links::{FollowError, Offer};
use crate::telemetry::clock;

use super::asked::Asked;
use super::dialect::{self, Hp};
use super::guard::Public;
use super::problem::Problem;
use super::shared::Shared;
use super::surface::Surface;

/// The most bytes that a form has.
const FORM: usize = 4096;

/// Every path.
pub(super) fn routes(scope: &mut Surface<'_>) {
    scope
        .set_up(|scope| {
            scope.app_data(PayloadConfig::new(FORM));
        })
        .service(get_style)
        .service(look_at_link)
        .service(follow_link);
}

/// The pages' style, as the rules for pages allow none in them.
#[utoipa::path(
    tag = "links",
    security(()),
    responses((status = 200, description = "A style sheet", content_type = "text/css")),
)]
#[get("/style.css")]
async fn get_style(_: Public) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "max-age=86400"))
        .body(page::STYLE)
}

/// What a link of a message would do, as a page with a button. Changes nothing.
#[utoipa::path(
    tag = "links",
    security(()),
    params(("token" = String, Path, description = "The link's own part of its address")),
    responses(
        (status = 200, description = "A page", content_type = "text/html"),
        (status = 404, description = "The link is not one of ours, or has expired"),
        (status = 429, description = "Too many bad links from this address"),
    ),
)]
#[get("/{token}")]
async fn look_at_link(
    _: Public,
    token: Path<String>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> HttpResponse {
    let peer = client(&request);
    let looked = shared.parts.links.look(&token, peer, clock::now()).await;
    match looked {
        Ok(offer) => show(&page::offer(&offer, clock::now())),
        Err(error) => refuse(&request, &error),
    }
}

/// Does what a link of a message allows, once: takes its alerts on, or silences them for `minutes`
/// (60 unless told), given as a form or as JSON.
#[utoipa::path(
    tag = "links",
    security(()),
    params(("token" = String, Path, description = "The link's own part of its address")),
    responses(
        (status = 200, description = "A page, or `{\"done\", \"alerts\"}` for those who take no HTML"),
        (status = 400, description = "The minutes make no sense"),
        (status = 404, description = "The link is not one of ours, or has expired"),
        (status = 409, description = "It has been used already"),
        (status = 429, description = "Too many bad links from this address"),
    ),
)]
#[post("/{token}")]
async fn follow_link(
    _: Public,
    token: Path<String>,
    body: String,
    request: HttpRequest,
    shared: Data<Shared>,
) -> HttpResponse {
    let (peer, now) = (client(&request), clock::now());
    let followed = match minutes(body.as_bytes()) {
        Ok(minutes) => shared.parts.links.follow(&token, minutes, peer, now).await,
        Err(error) => Err(error),
    };
    let offer = match followed {
        Ok(offer) => offer,
        Err(FollowError::Used) => return used(&request, &token, &shared).await,
        Err(error) => return refuse(&request, &error),
    };
    for alert in &offer.alerts {
        shared.announce(alert, now);
    }
    if takes_html(&request) {
        return show(&page::done(&offer));
    }
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(report(&offer))
}

/// A link that was used shows what is now, to people; to programs it is a conflict.
async fn used(request: &HttpRequest, token: &str, shared: &Shared) -> HttpResponse {
    if !takes_html(request) {
        return refuse(request, &FollowError::Used);
    }
    let (peer, now) = (client(request), clock::now());
    match shared.parts.links.look(token, peer, now).await {
        Ok(offer) => show(&page::offer(&offer, now)),
        Err(error) => refuse(request, &error),
    }
}

fn report(offer: &Offer) -> Value {
    let alert = |alert: &Alert| {
        json!({
            "id": alert.id,
            "state": alert.state,
            "acknowledged_by": alert.acknowledged_by,
        })
    };
    json!({
        "done": match offer.action {
            Action::Acknowledge => "acknowledged",
            Action::Snooze => "snoozed",
        },
        "alerts": offer.alerts.iter().map(alert).collect::<Vec<_>>(),
    })
}

/// `minutes` of a form or of a JSON object.
fn minutes(body: &[u8]) -> Result<Option<u32>, FollowError> {
    if let Ok(Value::Object(json)) = serde_json::from_slice(body) {
        let given = json.get("minutes").filter(|given| !given.is_null());
        return given
            .map(|given| given.as_u64().and_then(|given| u32::try_from(given).ok()))
            .map_or(Ok(None), |given| {
                given.map(Some).ok_or(FollowError::Minutes)
            });
    }
    let mut form = url::form_urlencoded::parse(body);
    match form.find(|(name, _)| name == "minutes") {
        None => Ok(None),
        Some((_, text)) => text.parse().map(Some).map_err(|_| FollowError::Minutes),
    }
}

fn client(request: &HttpRequest) -> std::net::IpAddr {
    use actix_web::HttpMessage;
    let extensions = request.extensions();
    extensions.get::<Asked>().map_or(
        std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        |asked| asked.client,
    )
}

fn takes_html(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    accept
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

fn refuse(request: &HttpRequest, error: &FollowError) -> HttpResponse {
    let problem = Problem::from_error(error);
    if !takes_html(request) {
        return dialect::answer::<Hp>(&problem);
    }
    let mut response = HttpResponse::build(problem.kind.status());
    if let super::problem::Kind::TooMany { retry_after } = problem.kind {
        let seconds = retry_after.as_secs().max(1).to_string();
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    page(response, &page::refusal(&problem.message))
}

fn show(html: &str) -> HttpResponse {
    page(HttpResponse::Ok(), html)
}

fn page(mut response: actix_web::HttpResponseBuilder, html: &str) -> HttpResponse {
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-robots-tag", "noindex"))
        .body(html.to_owned())
}
