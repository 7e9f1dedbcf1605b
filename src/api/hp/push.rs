//! Push doors: the commands that make a host send, what has come, and what was announced.

use std::collections::BTreeMap;

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpMessage, HttpRequest, delete, get};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::{IntoParams, ToSchema};

use crate::api::asked::Asked;
use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, FleetRead, TargetsWrite};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::model::id::TargetId;
use crate::services::push::{Announced, DoorStatus, setup};
use crate::telemetry::clock;

use super::errors;
use super::page::Page;

/// From where the host reaches us.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct GetPushSetup {
    /// Our address as the host reaches it, such as `http://192.0.2.5:7655`; the one that was asked
    /// unless told.
    address: Option<String>,
}

/// Commands for one way of sending.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PushWay {
    /// `notifications`, `influxdb` or `opentelemetry`.
    name: &'static str,
    /// What it brings.
    purpose: &'static str,
    /// Commands to paste on any node.
    commands: Vec<String>,
    /// Commands that take it back.
    undo: Vec<String>,
}

/// A series that only its sender knows.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PushedSeries {
    /// What it is about, as history knows it.
    resource: String,
    /// The metric, as history knows it.
    metric: String,
}

/// What has come so far.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PushStatus {
    /// When anything came last, in milliseconds.
    last_at: Option<i64>,
    /// Bodies that were taken since the server began.
    bodies: u64,
    /// Figures that were recorded since then.
    recorded: u64,
    /// Figures that looks had told already.
    known: u64,
    /// Figures that are of no use, too old, or one series too many.
    dropped: u64,
    /// Series that only the sender knows; 256 at most.
    series: Vec<PushedSeries>,
}

impl From<DoorStatus> for PushStatus {
    fn from(status: DoorStatus) -> Self {
        let [recorded, known, dropped] = status.figures;
        let series = status.series.into_iter().map(|series| PushedSeries {
            resource: series.resource.to_string(),
            metric: series.metric,
        });
        Self {
            last_at: status.last_at.map(|at| at.millis()),
            bodies: status.bodies,
            recorded,
            known,
            dropped,
            series: series.collect(),
        }
    }
}

/// How to make a target's host send, and what has come so far.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PushSetup {
    /// Our address as it stands in the commands.
    address: String,
    /// The token, which the commands hold: keep it secret.
    token: String,
    /// Ways of sending.
    ways: Vec<PushWay>,
    /// What has come so far.
    status: PushStatus,
}

/// The commands that make a target's host send to us. The token is made when it is asked for first.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The target's id"), GetPushSetup),
    responses(
        (status = 200, body = PushSetup),
        (status = 400, body = errors::Problem),
        (status = 404, body = errors::Problem),
    ),
)]
#[get("/targets/{id}/push-setup")]
pub(crate) async fn get_push_setup(
    _: Allow<Hp, TargetsWrite>,
    id: Path<TargetId>,
    query: Query<GetPushSetup>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Hp, PushSetup> {
    let address = address(&request, query.address.as_deref())?;
    let push = &shared.parts.push;
    let token = push.token(&id, clock::now()).await?;
    let ways = setup::ways(&id, &address, token.expose_secret());
    Ok(Reply::ok(PushSetup {
        address: address.to_string(),
        token: token.expose_secret().to_owned(),
        ways: ways
            .into_iter()
            .map(|way| PushWay {
                name: way.name,
                purpose: way.purpose,
                commands: way.commands,
                undo: way.undo,
            })
            .collect(),
        status: push.status(&id).unwrap_or_default().into(),
    }))
}

/// Our address: the one that is given, or the one that was asked.
fn address(request: &HttpRequest, given: Option<&str>) -> Result<Url, Problem> {
    let wrong = |problem: &str| {
        Problem::new(
            Kind::Invalid,
            "invalid_address",
            format!("address: {problem}"),
        )
        .in_field("address")
    };
    let base = || {
        let extensions = request.extensions();
        let base = extensions.get::<Asked>().map(|asked| asked.base.clone());
        base.unwrap_or_else(|| "/".to_owned())
    };
    let text = match given {
        Some(text) => text.trim().to_owned(),
        None => format!("http://{}{}", request.connection_info().host(), base()),
    };
    let url = Url::parse(&text).map_err(|_| wrong("give it as http://host:port"))?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
        // It stands in commands for a shell, within quotes.
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b":/.-_~[]%".contains(&b));
    match plain {
        true => Ok(url),
        false => Err(wrong("give it as http://host:port, without user or query")),
    }
}

/// Close a target's door: its token is not let in any more.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The target's id")),
    responses((status = 204, description = "It is closed")),
)]
#[delete("/targets/{id}/push-setup")]
pub(crate) async fn close_push_door(
    _: Allow<Hp, TargetsWrite>,
    id: Path<TargetId>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    shared.parts.push.close(&id).await?;
    Ok(Reply::empty())
}

/// Which announcements to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct ListAnnounced {
    /// Only those of this target's host.
    #[param(value_type = Option<String>)]
    target: Option<TargetId>,
    /// Only those before this number, for the next page.
    before: Option<i64>,
    /// The most to list; 100 unless told, 1000 at most.
    limit: Option<usize>,
}

/// Something that a host announced.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Announcement {
    /// Its number; grows.
    id: i64,
    /// The target.
    target: String,
    /// When it came, in milliseconds.
    at: i64,
    /// What sort, in the host's word, such as `vzdump`; may be empty.
    kind: String,
    /// The host's word for how bad: `info`, `notice`, `warning`, `error` or `unknown`.
    severity: String,
    /// One line; not to be trusted.
    title: String,
    /// All of it; not to be trusted.
    message: String,
    /// What the host adds.
    fields: BTreeMap<String, String>,
}

impl From<Announced> for Announcement {
    fn from(row: Announced) -> Self {
        Self {
            id: row.id,
            target: row.target,
            at: row.at.millis(),
            kind: row.notification.kind,
            severity: row.notification.severity,
            title: row.notification.title,
            message: row.notification.message,
            fields: row.notification.fields,
        }
    }
}

/// What hosts announced.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Announcements {
    /// The announcements, newest first.
    events: Vec<Announcement>,
    /// What to send as `before` for the next page; `null` at the end.
    next: Option<i64>,
}

/// What hosts announced, newest first; the last 5,000 are kept.
#[utoipa::path(
    tag = "hp",
    params(ListAnnounced),
    responses((status = 200, body = Announcements), (status = 400, body = errors::Problem)),
)]
#[get("/push/events")]
pub(crate) async fn list_announced(
    _: Allow<Hp, FleetRead>,
    query: Query<ListAnnounced>,
    shared: Data<Shared>,
) -> Answer<Hp, Announcements> {
    let query = query.into_inner();
    let limit = Page::new(0, query.limit).limit();
    let list = shared
        .parts
        .push
        .announced(query.target, query.before, limit)
        .await?;
    let full = list.len() == limit;
    Ok(Reply::ok(Announcements {
        next: list.last().map(|row| row.id).filter(|_| full),
        events: list.into_iter().map(Announcement::from).collect(),
    }))
}
