//! Backups of the product itself: which there are, when they are made, making, checking,
//! downloading and removing them. They are restored by the command line, while nothing runs.

use actix_web::http::header;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, post, put};
use bytes::Bytes;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Fault, Hp, Reply};
use crate::api::guard::{Allow, SettingsRead, SettingsWrite};
use crate::api::problem::{Classify, Kind, Problem};
use crate::api::shared::Shared;
use crate::model::silence::Weekday;
use crate::services::own_backups::{
    Backup, BackupError, BackupJob, BackupName, BackupPlan, Checked, KeyChoice, Overview,
};

use super::words;

/// When backups are made by themselves.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnBackupPlan {
    /// Whether any are.
    enabled: bool,
    /// The days on which one is made.
    #[schema(schema_with = words::weekdays)]
    days: Vec<Weekday>,
    /// When, on the clock of `zone`, such as `03:30`.
    start: String,
    /// The time zone's name, such as `Europe/Berlin`.
    zone: String,
    /// How many are kept, 1 to 365; the last good one is never removed.
    keep: u32,
    /// Whether the key goes in that opens tokens and passwords in the database.
    include_key: bool,
}

/// A backup to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOwnBackup {
    /// Whether the key goes in that opens tokens and passwords in the database.
    include_key: bool,
}

/// Backups of the product itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnBackupList {
    /// Where they lie, on the machine that runs the product.
    directory: String,
    /// When they are made by themselves.
    plan: OwnBackupPlan,
    /// When the next one is due, in milliseconds.
    next_at: Option<i64>,
    /// When the latest scheduled one was attempted, in milliseconds.
    last_at: Option<i64>,
    /// Why that failed; `null` where it did not.
    last_problem: Option<String>,
    /// Those there are, the newest first.
    backups: Vec<OwnBackup>,
    /// The one that is being made or checked, or the latest one that was.
    job: Option<OwnBackupJob>,
}

/// A backup of the product itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnBackup {
    /// Its name.
    name: String,
    /// When it was made, in milliseconds.
    made_at: i64,
    /// Why.
    #[schema(schema_with = words::own_backup_reason)]
    reason: &'static str,
    /// Its size.
    bytes: u64,
    /// The release that made it; `null` where it cannot be read.
    version: Option<String>,
    /// The schema of its database.
    schema: Option<u32>,
    /// Where the key is that opens its tokens and passwords.
    #[schema(schema_with = words::own_backup_key)]
    key: Option<&'static str>,
    /// What that means, as a sentence.
    about_secrets: Option<&'static str>,
    /// When it was last read to its end, in milliseconds.
    checked_at: Option<i64>,
    /// What is wrong with it, as far as is known.
    problem: Option<String>,
}

/// A backup being made or checked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnBackupJob {
    /// Its id.
    id: String,
    /// `create` or `verify`.
    #[schema(schema_with = words::own_backup_work)]
    work: &'static str,
    /// Where it is in its life.
    #[schema(schema_with = words::own_backup_state)]
    state: &'static str,
    /// How far it is, 0 to 1.
    progress: f64,
    /// What is being done just now, or why it failed.
    message: String,
    /// The backup.
    name: Option<String>,
    /// Who asked for it.
    by: String,
    /// When it began, in milliseconds.
    began_at: i64,
    /// When it was over, in milliseconds.
    ended_at: Option<i64>,
}

/// How to remove a backup.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct RemoveQuery {
    /// Remove it even if it is the last good one.
    #[serde(default)]
    force: bool,
}

/// Backups of the product itself, and how making them goes.
#[utoipa::path(tag = "hp", responses((status = 200, body = OwnBackupList)))]
#[get("/own-backups")]
pub(crate) async fn list_own_backups(
    _: Allow<Hp, SettingsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, OwnBackupList> {
    Ok(Reply::ok(shared.parts.own_backups.overview().await?.into()))
}

/// Begin to make a backup; the list has the progress.
#[utoipa::path(
    tag = "hp",
    request_body = NewOwnBackup,
    responses((status = 202, body = OwnBackupJob), (status = 409, body = super::errors::Problem)),
)]
#[post("/own-backups")]
pub(crate) async fn create_own_backup(
    allow: Allow<Hp, SettingsWrite>,
    new: Json<NewOwnBackup>,
    shared: Data<Shared>,
) -> Answer<Hp, OwnBackupJob> {
    let key = if new.include_key {
        KeyChoice::Include
    } else {
        KeyChoice::LeaveOut
    };
    let backups = &shared.parts.own_backups;
    let job = backups.begin_create(&allow.principal.name, key)?;
    Ok(Reply::accepted(job.into()))
}

/// When backups are made by themselves.
#[utoipa::path(tag = "hp", responses((status = 200, body = OwnBackupPlan)))]
#[get("/own-backups/plan")]
pub(crate) async fn get_own_backup_plan(
    _: Allow<Hp, SettingsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, OwnBackupPlan> {
    Ok(Reply::ok(shared.parts.own_backups.plan().await?.into()))
}

/// Make them at other times from now on.
#[utoipa::path(
    tag = "hp",
    request_body = OwnBackupPlan,
    responses((status = 200, body = OwnBackupPlan), (status = 400, body = super::errors::Problem)),
)]
#[put("/own-backups/plan")]
pub(crate) async fn put_own_backup_plan(
    _: Allow<Hp, SettingsWrite>,
    plan: Json<OwnBackupPlan>,
    shared: Data<Shared>,
) -> Answer<Hp, OwnBackupPlan> {
    let plan = BackupPlan::from(plan.into_inner());
    shared.parts.own_backups.set_plan(&plan).await?;
    Ok(Reply::ok(plan.into()))
}

/// The archive itself. It may hold every token and password, so that it needs an API token where
/// everything else is open to this machine.
#[utoipa::path(
    tag = "hp",
    params(("name", description = "Its name")),
    responses((status = 200, description = "The archive", content_type = "application/gzip")),
)]
#[get("/own-backups/{name}/archive")]
pub(crate) async fn download_own_backup(
    _: Allow<Hp, SettingsWrite>,
    name: Path<String>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    shared.refuse_unprotected()?;
    let name = parse(&name)?;
    let path = shared.parts.own_backups.file(&name)?;
    let gone = |error: std::io::Error| {
        Problem::new(
            Kind::NotFound,
            "backup_not_found",
            format!("{name}: {error}"),
        )
    };
    let file = File::open(&path).await.map_err(gone)?;
    let length = file.metadata().await.map_err(gone)?.len();
    let stop = shared.stop.clone();
    let pieces = stream::unfold(Some(file), move |file| {
        let stop = stop.clone();
        async move {
            let mut file = file.filter(|_| !stop.is_cancelled())?;
            let mut buffer = vec![0; 64 << 10];
            match file.read(&mut buffer).await {
                Ok(0) => None,
                Ok(count) => {
                    buffer.truncate(count);
                    Some((Ok(Bytes::from(buffer)), Some(file)))
                }
                Err(error) => Some((Err(error), None)),
            }
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("application/gzip")
        .no_chunking(length)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .streaming(pieces))
}

/// Begin to read a backup to its end and check it; the list has the progress.
#[utoipa::path(
    tag = "hp",
    params(("name", description = "Its name")),
    responses(
        (status = 202, body = OwnBackupJob),
        (status = 404, body = super::errors::Problem),
        (status = 409, body = super::errors::Problem),
    ),
)]
#[post("/own-backups/{name}/verify")]
pub(crate) async fn verify_own_backup(
    allow: Allow<Hp, SettingsWrite>,
    name: Path<String>,
    shared: Data<Shared>,
) -> Answer<Hp, OwnBackupJob> {
    let name = parse(&name)?;
    let backups = &shared.parts.own_backups;
    let job = backups.begin_verify(&allow.principal.name, &name)?;
    Ok(Reply::accepted(job.into()))
}

/// Remove a backup.
#[utoipa::path(
    tag = "hp",
    params(("name", description = "Its name"), RemoveQuery),
    responses(
        (status = 204),
        (status = 404, body = super::errors::Problem),
        (status = 409, description = "It is the last good one", body = super::errors::Problem),
    ),
)]
#[delete("/own-backups/{name}")]
pub(crate) async fn remove_own_backup(
    _: Allow<Hp, SettingsWrite>,
    name: Path<String>,
    query: Query<RemoveQuery>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let name = parse(&name)?;
    let backups = &shared.parts.own_backups;
    backups.remove(&name, query.force).await?;
    Ok(Reply::empty())
}

fn parse(name: &str) -> Result<BackupName, BackupError> {
    Ok(name.parse::<BackupName>()?)
}

impl From<BackupPlan> for OwnBackupPlan {
    fn from(plan: BackupPlan) -> Self {
        Self {
            enabled: plan.enabled,
            days: plan.days,
            start: plan.start,
            zone: plan.zone,
            keep: plan.keep,
            include_key: plan.include_key,
        }
    }
}

impl From<OwnBackupPlan> for BackupPlan {
    fn from(plan: OwnBackupPlan) -> Self {
        Self {
            enabled: plan.enabled,
            days: plan.days,
            start: plan.start,
            zone: plan.zone,
            keep: plan.keep,
            include_key: plan.include_key,
        }
    }
}

impl From<Overview> for OwnBackupList {
    fn from(overview: Overview) -> Self {
        Self {
            directory: overview.directory.display().to_string(),
            plan: overview.plan.into(),
            next_at: overview.next.map(|at| at.millis()),
            last_at: overview.last.as_ref().map(|last| last.at.millis()),
            last_problem: overview.last.and_then(|last| last.problem),
            backups: overview.backups.into_iter().map(OwnBackup::from).collect(),
            job: overview.job.map(OwnBackupJob::from),
        }
    }
}

impl From<(Backup, Option<Checked>)> for OwnBackup {
    fn from((backup, checked): (Backup, Option<Checked>)) -> Self {
        let manifest = backup.manifest.as_ref().ok();
        let unreadable = backup.manifest.as_ref().err().cloned();
        Self {
            name: backup.name.to_string(),
            made_at: backup.name.made_at.millis(),
            reason: backup.name.reason.word(),
            bytes: backup.bytes,
            version: manifest.map(|it| it.version.clone()),
            schema: manifest.map(|it| it.schema),
            key: manifest.map(|it| it.key.word()),
            about_secrets: manifest.map(|it| it.key.meaning()),
            checked_at: checked.as_ref().map(|checked| checked.at.millis()),
            problem: unreadable.or_else(|| checked?.problem),
        }
    }
}

impl From<BackupJob> for OwnBackupJob {
    fn from(job: BackupJob) -> Self {
        Self {
            id: job.id.to_string(),
            work: job.work.word(),
            state: job.state.word(),
            progress: job.progress,
            message: job.message,
            name: job.name.map(|name| name.to_string()),
            by: job.by,
            began_at: job.began_at.millis(),
            ended_at: job.ended_at.map(|at| at.millis()),
        }
    }
}

impl Classify for BackupError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Busy => (Kind::Conflict, "backup_under_way"),
            Self::LastGood { .. } => (Kind::Conflict, "last_good_backup"),
            Self::NotFound { .. } | Self::Name(_) => (Kind::NotFound, "backup_not_found"),
            Self::Setting { .. } => (Kind::Invalid, "invalid_plan"),
            Self::Claimed(_)
            | Self::NoRoom { .. }
            | Self::NoDatabase { .. }
            | Self::NewerSchema { .. }
            | Self::PassphraseMissing
            | Self::Passphrase(_)
            | Self::DamagedDatabase { .. } => (Kind::Conflict, "backup_not_possible"),
            Self::Key(_) | Self::Archive(_) | Self::File { .. } | Self::Database(_) => {
                (Kind::Internal, "backup")
            }
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Setting { field, .. } => Some((*field).to_owned()),
            _ => None,
        }
    }
}
