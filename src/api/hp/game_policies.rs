//! What may be done to game servers without being asked.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{delete, get, put};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, GamesControl, GamesRead, HistoryRead};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::model::id::ResourceId;
use crate::model::resource::Resource;
use crate::services::game_policies::{self, Quietest, Standing};
use crate::telemetry::clock;

use super::details::{find, not_found};
use super::errors;

/// What may be done to a game server without being asked, and never while somebody plays.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GamePolicy {
    /// Minutes without players after which it is stopped, 5 to 1440; never where `null`.
    #[serde(default)]
    stop_when_empty_minutes: Option<u32>,
    /// Minutes that it is left up after a start, whoever is on it; 30 unless told.
    #[serde(default = "least_uptime")]
    #[schema(required = false)]
    least_uptime_minutes: u32,
    /// Times in which it is not stopped, though it is empty; each as a maintenance window's schedule.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, required = false)]
    keep_up: Vec<Value>,
    /// Whether it is updated when a newer version is there and nobody plays.
    #[serde(default)]
    #[schema(required = false)]
    update_when_empty: bool,
    /// Hours after which it is restarted as soon as nobody plays, 6 to 720; never where `null`.
    #[serde(default)]
    restart_after_hours: Option<u32>,
    /// Whether it is restarted, as soon as nobody plays, when it takes more and more memory.
    #[serde(default)]
    #[schema(required = false)]
    restart_on_leak: bool,
    /// Names and addresses by which players reach it: somebody who comes starts it.
    #[serde(default)]
    #[schema(required = false)]
    wake_addresses: Vec<String>,
}

fn least_uptime() -> u32 {
    game_policies::Policy::default().least_uptime_minutes
}

impl TryFrom<GamePolicy> for game_policies::Policy {
    type Error = Problem;

    fn try_from(policy: GamePolicy) -> Result<Self, Problem> {
        let keep_up = serde_json::from_value(Value::Array(policy.keep_up)).map_err(|error| {
            let text = format!("cannot be read: {error}");
            Problem::new(Kind::Invalid, "invalid_field", text).in_field("keep_up")
        })?;
        Ok(Self {
            stop_when_empty_minutes: policy.stop_when_empty_minutes,
            least_uptime_minutes: policy.least_uptime_minutes,
            keep_up,
            update_when_empty: policy.update_when_empty,
            restart_after_hours: policy.restart_after_hours,
            restart_on_leak: policy.restart_on_leak,
            wake_addresses: policy.wake_addresses,
        })
    }
}

impl From<game_policies::Policy> for GamePolicy {
    fn from(policy: game_policies::Policy) -> Self {
        let keep_up = policy.keep_up.iter();
        Self {
            stop_when_empty_minutes: policy.stop_when_empty_minutes,
            least_uptime_minutes: policy.least_uptime_minutes,
            keep_up: keep_up
                .filter_map(|schedule| serde_json::to_value(schedule).ok())
                .collect(),
            update_when_empty: policy.update_when_empty,
            restart_after_hours: policy.restart_after_hours,
            restart_on_leak: policy.restart_on_leak,
            wake_addresses: policy.wake_addresses,
        }
    }
}

/// A policy and how it is going.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GamePolicyStanding {
    /// What is set.
    policy: GamePolicy,
    /// Whether anything was set at all.
    is_set: bool,
    /// Since when nobody plays for certain, in milliseconds; `null` where that is not certain.
    empty_since: Option<i64>,
    /// What is waited for.
    waits_for: Option<String>,
    /// When it was last told something without being asked, in milliseconds.
    ordered_at: Option<i64>,
    /// Why that was not done.
    trouble: Option<String>,
}

impl From<Standing> for GamePolicyStanding {
    fn from(standing: Standing) -> Self {
        Self {
            policy: standing.policy.into(),
            is_set: standing.is_set,
            empty_since: standing.empty_since.map(|at| at.millis()),
            waits_for: standing.waits_for,
            ordered_at: standing.ordered_at.map(|at| at.millis()),
            trouble: standing.trouble,
        }
    }
}

/// The game server that is meant, by its id.
fn server(id: &str, shared: &Shared) -> Result<ResourceId, Problem> {
    let fleet = &shared.hub.present().fleet;
    match &*find(fleet, id, "game server")? {
        Resource::Game(game) => Ok(game.id.clone()),
        _ => Err(not_found(id, "game server")),
    }
}

/// What may be done to a game server without being asked, and what is waited for.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The server's id")),
    responses((status = 200, body = GamePolicyStanding), (status = 404, body = errors::Problem)),
)]
#[get("/games/{id}/policy")]
pub(crate) async fn get_game_policy(
    _: Allow<Hp, GamesRead>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Hp, GamePolicyStanding> {
    let server = server(&id, &shared)?;
    let standing = shared.parts.game_policies.standing(&server, clock::now());
    Ok(Reply::ok(standing.into()))
}

/// Say what may be done to a game server without being asked.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The server's id")),
    request_body = GamePolicy,
    responses(
        (status = 200, body = GamePolicyStanding),
        (status = 400, body = errors::Problem),
        (status = 404, body = errors::Problem),
    ),
)]
#[put("/games/{id}/policy")]
pub(crate) async fn put_game_policy(
    _: Allow<Hp, GamesControl>,
    id: Path<String>,
    policy: Json<GamePolicy>,
    shared: Data<Shared>,
) -> Answer<Hp, GamePolicyStanding> {
    let server = server(&id, &shared)?;
    let policies = &shared.parts.game_policies;
    let now = clock::now();
    policies
        .set(&server, policy.into_inner().try_into()?, now)
        .await?;
    Ok(Reply::ok(policies.standing(&server, now).into()))
}

/// Leave a game server alone.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The server's id")),
    responses((status = 204, description = "Nothing is done to it by itself"), (status = 404, body = errors::Problem)),
)]
#[delete("/games/{id}/policy")]
pub(crate) async fn delete_game_policy(
    _: Allow<Hp, GamesControl>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let server = server(&id, &shared)?;
    shared.parts.game_policies.clear(&server).await?;
    Ok(Reply::empty())
}

/// Which hours are wanted.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct QuietQuery {
    /// How many hours in a row, 1 to 24; 2 unless told.
    hours: Option<u8>,
    /// Time zone whose clock counts, such as `Europe/Berlin`; UTC unless told.
    zone: Option<String>,
}

/// The hours of the week in which fewest play.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuietHours {
    /// Whether enough is known.
    known: bool,
    /// How it is found.
    method: &'static str,
    /// Weeks of which every hour of the week is known.
    weeks: usize,
    /// Weeks that it takes.
    weeks_needed: usize,
    /// Day of the week on which they begin, 0 for Monday.
    weekday: Option<u8>,
    /// Hour at which they begin.
    hour: Option<u8>,
    /// How many hours.
    hours: u8,
    /// Players that are usual in the busiest of them.
    usual_players: Option<f64>,
    /// Players that nine of ten weeks do not exceed in the busiest of them.
    at_most_players: Option<f64>,
    /// When they begin next, in milliseconds.
    next_at: Option<i64>,
}

const WEEKS_NEEDED: usize = 3;

/// The hours of the week in which fewest play: when work on the server disturbs least.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The server's id"), QuietQuery),
    responses(
        (status = 200, body = QuietHours),
        (status = 400, body = errors::Problem),
        (status = 404, body = errors::Problem),
    ),
)]
#[get("/games/{id}/quiet")]
pub(crate) async fn get_game_quiet_hours(
    _: Allow<Hp, HistoryRead>,
    id: Path<String>,
    query: Query<QuietQuery>,
    shared: Data<Shared>,
) -> Answer<Hp, QuietHours> {
    let server = server(&id, &shared)?;
    let hours = query.hours.unwrap_or(2);
    if !(1..=24).contains(&hours) {
        let text = "must be 1 to 24";
        return Err(Problem::new(Kind::Invalid, "invalid_field", text)
            .in_field("hours")
            .into());
    }
    let found = shared
        .parts
        .game_policies
        .quietest(&server, hours, query.zone.as_deref(), clock::now())
        .await?;
    let empty = QuietHours {
        known: false,
        method: "the hours whose 90th percentile of players by hour of the week is least",
        weeks: 0,
        weeks_needed: WEEKS_NEEDED,
        weekday: None,
        hour: None,
        hours,
        usual_players: None,
        at_most_players: None,
        next_at: None,
    };
    let short = |players: f64| (players * 100.0).round() / 100.0;
    Ok(Reply::ok(match found {
        Quietest::NotEnough { weeks, needed } => QuietHours {
            weeks,
            weeks_needed: needed,
            ..empty
        },
        Quietest::Found(quiet) => QuietHours {
            known: true,
            weeks: quiet.weeks,
            weekday: Some(quiet.weekday),
            hour: Some(quiet.hour),
            usual_players: Some(short(quiet.usual)),
            at_most_players: Some(short(quiet.at_most)),
            next_at: Some(quiet.next.millis()),
            ..empty
        },
    }))
}
