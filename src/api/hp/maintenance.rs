//! Maintenance windows, and everything that is marked in a span of time.

use std::time::Duration;

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{delete, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsRead, AlertsWrite, Allow};
use crate::api::problem::{Kind, Problem as Trouble};
use crate::api::shared::Shared;
use crate::model::id::WindowId;
use crate::model::silence::{self, Weekday};
use crate::model::time::{Timestamp, Window};
use crate::services::silences::NewWindow;
use crate::telemetry::clock;

use super::errors::Problem;
use super::scope::Scope;
use super::words;

/// Shown ahead unless told otherwise.
const USUAL: Duration = Duration::from_secs(28 * 86_400);

/// The longest span that is listed.
const LONGEST: Duration = Duration::from_secs(400 * 86_400);

/// When a window is open.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Schedule {
    /// Once.
    Once {
        /// First moment, in milliseconds.
        from: i64,
        /// First moment after, in milliseconds.
        until: i64,
    },
    /// On some days of every week.
    Weekly {
        /// The days on which it opens.
        #[schema(schema_with = words::weekdays)]
        days: Vec<Weekday>,
        /// When it opens on the clock of `zone`, such as `02:30`.
        start: String,
        /// How long it stays open, in minutes; 1 to 10080.
        minutes: u32,
        /// The time zone, such as `Europe/Berlin`.
        zone: String,
    },
}

impl From<Schedule> for silence::Schedule {
    fn from(schedule: Schedule) -> Self {
        match schedule {
            Schedule::Once { from, until } => Self::Once {
                from: Timestamp(from),
                until: Timestamp(until),
            },
            Schedule::Weekly {
                days,
                start,
                minutes,
                zone,
            } => Self::Weekly {
                days,
                start,
                minutes,
                zone,
            },
        }
    }
}

impl From<&silence::Schedule> for Schedule {
    fn from(schedule: &silence::Schedule) -> Self {
        match schedule.clone() {
            silence::Schedule::Once { from, until } => Self::Once {
                from: from.millis(),
                until: until.millis(),
            },
            silence::Schedule::Weekly {
                days,
                start,
                minutes,
                zone,
            } => Self::Weekly {
                days,
                start,
                minutes,
                zone,
            },
        }
    }
}

/// A time in which something is being worked on: alerts that begin then are told afterwards, if
/// they still hold.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MaintenanceWindow {
    /// Stable id.
    id: String,
    /// What people call it.
    name: String,
    /// Which alerts.
    scope: Scope,
    /// When.
    schedule: Schedule,
    /// Whether it counts at all.
    enabled: bool,
    /// When it was set up, in milliseconds.
    created_at: i64,
}

impl From<&silence::MaintenanceWindow> for MaintenanceWindow {
    fn from(window: &silence::MaintenanceWindow) -> Self {
        Self {
            id: window.id.to_string(),
            name: window.name.clone(),
            scope: Scope::from(&window.scope),
            schedule: Schedule::from(&window.schedule),
            enabled: window.enabled,
            created_at: window.created_at.millis(),
        }
    }
}

/// Several windows.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MaintenanceWindows {
    /// The windows, by name.
    windows: Vec<MaintenanceWindow>,
}

/// A window to be set up, or everything about one anew.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MaintenanceWindowRequest {
    /// A name that no other window has.
    name: String,
    /// Which alerts.
    scope: Scope,
    /// When.
    schedule: Schedule,
    /// Whether it counts at all; yes unless told.
    #[serde(default = "yes")]
    #[schema(required = false)]
    enabled: bool,
}

pub(super) const fn yes() -> bool {
    true
}

impl TryFrom<MaintenanceWindowRequest> for NewWindow {
    type Error = Trouble;

    fn try_from(request: MaintenanceWindowRequest) -> Result<Self, Trouble> {
        Ok(Self {
            name: request.name,
            scope: request.scope.try_into()?,
            schedule: request.schedule.into(),
            enabled: request.enabled,
        })
    }
}

/// Maintenance windows.
#[utoipa::path(tag = "hp", responses((status = 200, body = MaintenanceWindows)))]
#[get("/maintenance/windows")]
pub(crate) async fn list_windows(
    _: Allow<Hp, AlertsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, MaintenanceWindows> {
    let windows = shared.parts.silences.windows().await?;
    let windows = windows.iter().map(MaintenanceWindow::from).collect();
    Ok(Reply::ok(MaintenanceWindows { windows }))
}

/// Set up a maintenance window.
#[utoipa::path(
    tag = "hp",
    request_body = MaintenanceWindowRequest,
    responses(
        (status = 201, body = MaintenanceWindow),
        (status = 400, body = Problem),
        (status = 409, body = Problem, description = "The name is taken"),
    ),
)]
#[post("/maintenance/windows")]
pub(crate) async fn add_window(
    _: Allow<Hp, AlertsWrite>,
    new: Json<MaintenanceWindowRequest>,
    shared: Data<Shared>,
) -> Answer<Hp, MaintenanceWindow> {
    let new = new.into_inner().try_into()?;
    let window = shared.parts.silences.add_window(new, clock::now()).await?;
    Ok(Reply::created(MaintenanceWindow::from(&window)))
}

/// Replace everything about a maintenance window but its id.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The window's id")),
    request_body = MaintenanceWindowRequest,
    responses(
        (status = 200, body = MaintenanceWindow),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The name is taken"),
    ),
)]
#[put("/maintenance/windows/{id}")]
pub(crate) async fn replace_window(
    _: Allow<Hp, AlertsWrite>,
    id: Path<WindowId>,
    new: Json<MaintenanceWindowRequest>,
    shared: Data<Shared>,
) -> Answer<Hp, MaintenanceWindow> {
    let new = new.into_inner().try_into()?;
    let silences = &shared.parts.silences;
    let window = silences.replace_window(&id, new, clock::now()).await?;
    Ok(Reply::ok(MaintenanceWindow::from(&window)))
}

/// Remove a maintenance window.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The window's id")),
    responses((status = 204, description = "It is gone"), (status = 404, body = Problem)),
)]
#[delete("/maintenance/windows/{id}")]
pub(crate) async fn remove_window(
    _: Allow<Hp, AlertsWrite>,
    id: Path<WindowId>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    shared
        .parts
        .silences
        .remove_window(&id, clock::now())
        .await?;
    Ok(Reply::empty())
}

/// Which span.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct MaintenanceSpan {
    /// First moment, in milliseconds; now unless told.
    from: Option<i64>,
    /// First moment after, in milliseconds; four weeks after `from` unless told, 400 days at most.
    to: Option<i64>,
}

/// A time at which some alerts are not told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MaintenanceTime {
    /// What marks it.
    #[schema(schema_with = words::maintenance_source)]
    source: &'static str,
    /// That thing's id.
    id: String,
    /// What people call it.
    name: String,
    /// First moment, in milliseconds.
    from: i64,
    /// First moment after, in milliseconds.
    until: i64,
}

/// Everything that is marked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MaintenanceTimes {
    /// By their beginning; 1000 at most.
    times: Vec<MaintenanceTime>,
}

/// When windows, calendars and silences keep alerts from being told.
#[utoipa::path(
    tag = "hp",
    params(MaintenanceSpan),
    responses((status = 200, body = MaintenanceTimes), (status = 400, body = Problem)),
)]
#[get("/maintenance/calendar")]
pub(crate) async fn list_maintenance(
    _: Allow<Hp, AlertsRead>,
    span: Query<MaintenanceSpan>,
    shared: Data<Shared>,
) -> Answer<Hp, MaintenanceTimes> {
    let now = clock::now();
    let from = span.from.map_or(now, Timestamp);
    let to = span.to.map_or(from + USUAL, Timestamp);
    let range = Window { from, to };
    let is_sane = from < to && range.length() <= LONGEST && from.millis() >= 0;
    if !is_sane {
        let text = "from must be before to, and at most 400 days before it";
        return Err(Trouble::new(Kind::Invalid, "invalid_span", text)
            .in_field("to")
            .into());
    }
    let times = shared.parts.silences.upcoming(range, now).await?;
    let times = times.into_iter().map(|time| MaintenanceTime {
        source: time.source.word(),
        id: time.id,
        name: time.name,
        from: time.span.from.millis(),
        until: time.span.to.millis(),
    });
    Ok(Reply::ok(MaintenanceTimes {
        times: times.collect(),
    }))
}
