//! Backups of game servers, and when they are made by themselves.

use std::path::PathBuf;

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, delete, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, GamesControl, GamesRead};
use crate::api::shared::Shared;
use crate::model::id::GameBackupId;
use crate::model::silence::Weekday;
use crate::services::games::{self, HostBackup};

use super::control::asker;
use super::errors::Problem;
use super::job_view::Job;
use super::words;

/// A backup that we keep.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GameBackup {
    /// Its id.
    id: String,
    /// The server that it was made of.
    server: String,
    /// What that was called then; not to be trusted.
    server_name: String,
    /// The game's id in the catalogue.
    game: String,
    /// Where it lies.
    path: String,
    /// Its size in bytes.
    bytes: u64,
    /// Files in it.
    files: u64,
    /// SHA-256 of the whole file.
    sha256: String,
    /// Whether it is sealed.
    encrypted: bool,
    /// Whether the server was well when it was made.
    healthy: bool,
    /// Whether it can be relied on: made of a healthy server, and read through since.
    good: bool,
    /// Why it was made.
    #[schema(schema_with = words::game_backup_reason)]
    reason: &'static str,
    /// When, in milliseconds.
    made_at: i64,
    /// By whom.
    made_by: String,
    /// When it was last read through and found whole, in milliseconds.
    verified_at: Option<i64>,
    /// What is wrong with it.
    damage: Option<String>,
}

impl From<&games::GameBackup> for GameBackup {
    fn from(backup: &games::GameBackup) -> Self {
        Self {
            id: backup.id.to_string(),
            server: backup.server.to_string(),
            server_name: backup.server_name.clone(),
            game: backup.game.clone(),
            path: backup.path.display().to_string(),
            bytes: backup.bytes,
            files: backup.files,
            sha256: backup.sha256.clone(),
            encrypted: backup.encrypted,
            healthy: backup.healthy,
            good: backup.is_good(),
            reason: backup.reason.word(),
            made_at: backup.made_at.millis(),
            made_by: backup.made_by.clone(),
            verified_at: backup.verified_at.map(|at| at.millis()),
            damage: backup.damage.clone(),
        }
    }
}

/// A backup that a panel keeps itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PanelBackup {
    /// Its id there, by which it is restored.
    id: String,
    /// Its name there; not to be trusted.
    name: String,
    /// Its size in bytes.
    bytes: Option<u64>,
    /// When it was made, in milliseconds.
    made_at: Option<i64>,
    /// Whether it is complete.
    complete: bool,
}

impl From<HostBackup> for PanelBackup {
    fn from(backup: HostBackup) -> Self {
        Self {
            id: backup.id,
            name: backup.name,
            bytes: backup.bytes,
            made_at: backup.at,
            complete: backup.complete,
        }
    }
}

/// The backups of a game server.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GameBackups {
    /// Those that we keep, newest first.
    backups: Vec<GameBackup>,
    /// Those that its host keeps itself.
    on_host: Vec<PanelBackup>,
}

/// The backups of a game server.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The server's id, or its name where only one has it")),
    responses(
        (status = 200, body = GameBackups),
        (status = 404, body = Problem),
        (status = 502, body = Problem, description = "The host does not answer"),
    ),
)]
#[get("/games/{id}/backups")]
pub(crate) async fn list_game_backups(
    _: Allow<Hp, GamesRead>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Hp, GameBackups> {
    let kept = shared.parts.games.backups(&id).await?;
    Ok(Reply::ok(GameBackups {
        backups: kept.ours.iter().map(GameBackup::from).collect(),
        on_host: kept.of_host.into_iter().map(PanelBackup::from).collect(),
    }))
}

/// Backups of game servers, those of servers that are gone too.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AllGameBackups {
    /// The backups, newest first.
    backups: Vec<GameBackup>,
}

/// Every backup of a game server that we keep.
#[utoipa::path(tag = "hp", responses((status = 200, body = AllGameBackups)))]
#[get("/game-backups")]
pub(crate) async fn list_all_game_backups(
    _: Allow<Hp, GamesRead>,
    shared: Data<Shared>,
) -> Answer<Hp, AllGameBackups> {
    let all = shared.parts.games.all_backups().await?;
    Ok(Reply::ok(AllGameBackups {
        backups: all.iter().map(GameBackup::from).collect(),
    }))
}

/// How a backup is deleted.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct Deleting {
    /// Whether it goes though it is the last good one of its server.
    #[serde(default)]
    even_last: bool,
}

/// Delete a backup of a game server.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The backup's id"), Deleting),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is the last good one of its server"),
    ),
)]
#[delete("/game-backups/{id}")]
pub(crate) async fn delete_game_backup(
    caller: Allow<Hp, GamesControl>,
    id: Path<GameBackupId>,
    query: Query<Deleting>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let by = asker(&request, &caller);
    let games = &shared.parts.games;
    games.delete_backup(&id, query.even_last, &by).await?;
    Ok(Reply::empty())
}

/// When backups of a game server are made by themselves, and how.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GameBackupPlan {
    /// Whether backups are made by themselves; no unless told.
    #[serde(default)]
    #[schema(required = false)]
    enabled: bool,
    /// The days on which; all of them unless told.
    #[serde(default = "every_day")]
    #[schema(required = false, schema_with = words::weekdays)]
    days: Vec<Weekday>,
    /// When, on the clock of `zone`; `04:30` unless told.
    #[serde(default = "at_night")]
    #[schema(required = false)]
    start: String,
    /// The time zone's name, such as `Europe/Berlin`.
    zone: String,
    /// How many are kept, 1 to 1000; the last good one is kept beyond. 7 unless told.
    #[serde(default = "a_week")]
    #[schema(required = false)]
    keep: u32,
    /// Whether they are sealed with the key file of the state directory; no unless told.
    #[serde(default)]
    #[schema(required = false)]
    encrypt: bool,
    /// The folder that they are kept in; that of the state directory unless told.
    directory: Option<String>,
    /// Whether a server that has to be stopped for it is stopped though players are online.
    #[serde(default)]
    #[schema(required = false)]
    even_with_players: bool,
}

fn every_day() -> Vec<Weekday> {
    games::BackupPlan::default().days
}

fn at_night() -> String {
    games::BackupPlan::default().start
}

fn a_week() -> u32 {
    games::BackupPlan::default().keep
}

impl From<GameBackupPlan> for games::BackupPlan {
    fn from(plan: GameBackupPlan) -> Self {
        Self {
            enabled: plan.enabled,
            days: plan.days,
            start: plan.start,
            zone: plan.zone,
            keep: plan.keep,
            encrypt: plan.encrypt,
            directory: plan.directory.map(PathBuf::from),
            even_with_players: plan.even_with_players,
        }
    }
}

impl From<games::BackupPlan> for GameBackupPlan {
    fn from(plan: games::BackupPlan) -> Self {
        Self {
            enabled: plan.enabled,
            days: plan.days,
            start: plan.start,
            zone: plan.zone,
            keep: plan.keep,
            encrypt: plan.encrypt,
            directory: plan.directory.map(|path| path.display().to_string()),
            even_with_players: plan.even_with_players,
        }
    }
}

/// When backups of a game server are made by themselves.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The server's id, or its name where only one has it")),
    responses((status = 200, body = GameBackupPlan), (status = 404, body = Problem)),
)]
#[get("/games/{id}/schedule")]
pub(crate) async fn get_game_schedule(
    _: Allow<Hp, GamesRead>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Hp, GameBackupPlan> {
    let plan = shared.parts.games.backup_plan(&id).await?;
    Ok(Reply::ok(plan.into()))
}

/// Set when backups of a game server are made by themselves.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The server's id, or its name where only one has it")),
    request_body = GameBackupPlan,
    responses(
        (status = 200, body = GameBackupPlan),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
    ),
)]
#[put("/games/{id}/schedule")]
pub(crate) async fn put_game_schedule(
    _: Allow<Hp, GamesControl>,
    id: Path<String>,
    plan: Json<GameBackupPlan>,
    shared: Data<Shared>,
) -> Answer<Hp, GameBackupPlan> {
    let plan = plan.into_inner().into();
    let plan = shared.parts.games.set_backup_plan(&id, plan).await?;
    Ok(Reply::ok(plan.into()))
}

/// Which storage a guest is backed up to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GuestBackup {
    /// The storage's name on the guest's own host.
    storage: String,
    /// The guest's number or name, where its host asks for it.
    confirm: Option<String>,
}

/// Back up the guest that a game server lives in, on its own host. The job is the guest's.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The server's id, or its name where only one has it")),
    request_body = GuestBackup,
    responses(
        (status = 202, body = Job, description = "The host has begun; follow the job"),
        (status = 400, body = Problem, description = "It lives in no guest"),
        (status = 403, body = Problem, description = "Control of the guest's host is off"),
        (status = 404, body = Problem),
        (status = 502, body = Problem),
    ),
)]
#[post("/games/{id}/guest-backup")]
pub(crate) async fn back_up_guest_of_game(
    caller: Allow<Hp, GamesControl>,
    id: Path<String>,
    new: Json<GuestBackup>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Hp, Job> {
    let by = asker(&request, &caller);
    let games = &shared.parts.games;
    let server = games.find(&id)?;
    let confirm = new.confirm.as_deref();
    let job = games
        .back_up_guest(&server, &new.storage, confirm, &by)
        .await?;
    Ok(Reply::accepted(Job::from(&*job)))
}
