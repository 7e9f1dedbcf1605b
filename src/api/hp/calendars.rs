//! Subscribed calendars whose entries are maintenance windows.

use actix_web::web::{Data, Json, Path};
use actix_web::{delete, get, post, put};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsRead, AlertsWrite, Allow};
use crate::api::problem::{Kind, Problem as Trouble};
use crate::api::shared::Shared;
use crate::model::id::CalendarId;
use crate::model::silence;
use crate::services::silences::{CalendarChange, CalendarRow, NewCalendar};
use crate::telemetry::clock;

use super::errors::Problem;
use super::maintenance::yes;
use super::scope::Scope;

/// A subscribed calendar.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MaintenanceCalendar {
    /// Stable id.
    id: String,
    /// What people call it.
    name: String,
    /// The host it is fetched from; its whole address is never shown.
    host: String,
    /// Which alerts its entries silence.
    scope: Scope,
    /// Time zone of entries that name none.
    zone: String,
    /// Whether it counts at all.
    enabled: bool,
    /// When it was last fetched without failure, in milliseconds.
    fetched_at: Option<i64>,
    /// Why the latest attempt failed, if it did.
    last_error: Option<String>,
    /// What of it is not understood and left out.
    problems: Vec<String>,
}

/// Several calendars.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MaintenanceCalendars {
    /// The calendars, by name.
    calendars: Vec<MaintenanceCalendar>,
}

/// A calendar to be subscribed to, or everything about one anew.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MaintenanceCalendarRequest {
    /// A name that no other calendar has.
    name: String,
    /// Where it is (`https://`, `http://` or `webcal://`); left out, a known one stays.
    #[schema(value_type = Option<String>)]
    url: Option<SecretString>,
    /// Which alerts its entries silence.
    scope: Scope,
    /// Time zone of entries that name none; `UTC` unless told.
    #[serde(default = "utc")]
    #[schema(required = false)]
    zone: String,
    /// Whether it counts at all; yes unless told.
    #[serde(default = "yes")]
    #[schema(required = false)]
    enabled: bool,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn show(row: CalendarRow, shared: &Shared) -> MaintenanceCalendar {
    let present = shared.parts.silences.present();
    let read = present.calendars.iter().find(|known| known.id == row.id);
    MaintenanceCalendar {
        problems: read.map_or_else(Vec::new, |read| read.problems.clone()),
        id: row.id.to_string(),
        name: row.name,
        host: row.host,
        scope: Scope::from(&row.scope),
        zone: row.zone,
        enabled: row.enabled,
        fetched_at: row.fetched_at.map(|at| at.millis()),
        last_error: row.last_error,
    }
}

/// Subscribed calendars.
#[utoipa::path(tag = "hp", responses((status = 200, body = MaintenanceCalendars)))]
#[get("/maintenance/calendars")]
pub(crate) async fn list_calendars(
    _: Allow<Hp, AlertsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, MaintenanceCalendars> {
    let rows = shared.parts.silences.calendars().await?;
    let calendars = rows.into_iter().map(|row| show(row, &shared)).collect();
    Ok(Reply::ok(MaintenanceCalendars { calendars }))
}

/// Subscribe to a calendar.
#[utoipa::path(
    tag = "hp",
    request_body = MaintenanceCalendarRequest,
    responses(
        (status = 201, body = MaintenanceCalendar),
        (status = 400, body = Problem),
        (status = 409, body = Problem, description = "The name is taken"),
    ),
)]
#[post("/maintenance/calendars")]
pub(crate) async fn add_calendar(
    _: Allow<Hp, AlertsWrite>,
    new: Json<MaintenanceCalendarRequest>,
    shared: Data<Shared>,
) -> Answer<Hp, MaintenanceCalendar> {
    let new = new.into_inner();
    let scope: silence::Scope = new.scope.try_into()?;
    let url = new.url.ok_or_else(|| {
        Trouble::new(Kind::Invalid, "invalid_field", "say where the calendar is").in_field("url")
    })?;
    let new = NewCalendar {
        name: new.name,
        url,
        scope,
        zone: new.zone,
        enabled: new.enabled,
    };
    let row = shared
        .parts
        .silences
        .add_calendar(new, clock::now())
        .await?;
    Ok(Reply::created(show(row, &shared)))
}

/// Replace everything about a calendar but its id, and its address if one is given.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The calendar's id")),
    request_body = MaintenanceCalendarRequest,
    responses(
        (status = 200, body = MaintenanceCalendar),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The name is taken"),
    ),
)]
#[put("/maintenance/calendars/{id}")]
pub(crate) async fn replace_calendar(
    _: Allow<Hp, AlertsWrite>,
    id: Path<CalendarId>,
    new: Json<MaintenanceCalendarRequest>,
    shared: Data<Shared>,
) -> Answer<Hp, MaintenanceCalendar> {
    let new = new.into_inner();
    let change = CalendarChange {
        name: new.name,
        url: new.url,
        scope: new.scope.try_into()?,
        zone: new.zone,
        enabled: new.enabled,
    };
    let silences = &shared.parts.silences;
    let row = silences.replace_calendar(&id, change, clock::now()).await?;
    Ok(Reply::ok(show(row, &shared)))
}

/// Unsubscribe from a calendar.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The calendar's id")),
    responses((status = 204, description = "It is gone"), (status = 404, body = Problem)),
)]
#[delete("/maintenance/calendars/{id}")]
pub(crate) async fn remove_calendar(
    _: Allow<Hp, AlertsWrite>,
    id: Path<CalendarId>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    shared
        .parts
        .silences
        .remove_calendar(&id, clock::now())
        .await?;
    Ok(Reply::empty())
}
