//! Silences: telling nobody about some alerts for a while.

use actix_web::web::{Data, Json, Path};
use actix_web::{delete, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsRead, AlertsWrite, Allow};
use crate::api::shared::Shared;
use crate::model::id::SilenceId;
use crate::model::silence;
use crate::model::time::Timestamp;
use crate::services::silences::{self as service, NewSilence};
use crate::telemetry::clock;

use super::alert::Alert;
use super::errors::Problem;
use super::scope::Scope;

/// Resources that a preview lists; the rest is counted.
const SHOWN: usize = 100;

/// Telling nobody about some alerts for a while.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Silence {
    /// Stable id.
    id: String,
    /// Which alerts.
    scope: Scope,
    /// First moment, in milliseconds.
    from: i64,
    /// First moment after.
    until: i64,
    /// Why.
    note: Option<String>,
    /// Who asked for it.
    created_by: String,
    /// When, in milliseconds.
    created_at: i64,
}

impl From<&silence::Silence> for Silence {
    fn from(silence: &silence::Silence) -> Self {
        Self {
            id: silence.id.to_string(),
            scope: Scope::from(&silence.scope),
            from: silence.from.millis(),
            until: silence.until.millis(),
            note: silence.note.clone(),
            created_by: silence.created_by.clone(),
            created_at: silence.created_at.millis(),
        }
    }
}

/// Several silences.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SilenceList {
    /// Those that have not ended, the next to end first.
    silences: Vec<Silence>,
}

/// A silence to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SilenceRequest {
    /// Which alerts.
    scope: Scope,
    /// First moment, in milliseconds; now unless told.
    from: Option<i64>,
    /// First moment after, in milliseconds; a year away at most.
    until: i64,
    /// Why.
    note: Option<String>,
}

/// Another end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SilenceEnd {
    /// First moment after, in milliseconds.
    until: i64,
}

/// What is to be tried out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScopeRequest {
    /// Which alerts.
    scope: Scope,
}

/// A resource that a scope means.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MeantResource {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// The node it is on.
    node: Option<String>,
}

/// What a scope means now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScopePreview {
    /// Open alerts that it covers.
    alerts: Vec<Alert>,
    /// Resources whose alerts it would cover; 100 at most.
    resources: Vec<MeantResource>,
    /// How many such resources there are.
    resource_count: usize,
}

/// Silences that have not ended.
#[utoipa::path(tag = "hp", responses((status = 200, body = SilenceList)))]
#[get("/silences")]
pub(crate) async fn list_silences(
    _: Allow<Hp, AlertsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, SilenceList> {
    let silences = shared.parts.silences.list(clock::now()).await?;
    let silences = silences.iter().map(Silence::from).collect();
    Ok(Reply::ok(SilenceList { silences }))
}

/// Silence some alerts for a while; what still holds then is told then.
#[utoipa::path(
    tag = "hp",
    request_body = SilenceRequest,
    responses((status = 201, body = Silence), (status = 400, body = Problem)),
)]
#[post("/silences")]
pub(crate) async fn add_silence(
    caller: Allow<Hp, AlertsWrite>,
    new: Json<SilenceRequest>,
    shared: Data<Shared>,
) -> Answer<Hp, Silence> {
    let new = new.into_inner();
    let new = NewSilence {
        scope: new.scope.try_into()?,
        from: new.from.map(Timestamp),
        until: Timestamp(new.until),
        note: new.note,
    };
    let by = &caller.principal.name;
    let silence = shared.parts.silences.add(new, by, clock::now()).await?;
    Ok(Reply::created(Silence::from(&silence)))
}

/// What a scope means now, before anything is silenced.
#[utoipa::path(
    tag = "hp",
    request_body = ScopeRequest,
    responses((status = 200, body = ScopePreview), (status = 400, body = Problem)),
)]
#[post("/silences/preview")]
pub(crate) async fn preview_silence(
    _: Allow<Hp, AlertsRead>,
    wanted: Json<ScopeRequest>,
    shared: Data<Shared>,
) -> Answer<Hp, ScopePreview> {
    let scope = wanted.into_inner().scope.try_into()?;
    let present = shared.hub.present();
    let preview = service::preview(&scope, present.open_alerts(), &present.fleet)?;
    let shown = preview.resources.iter().take(SHOWN);
    Ok(Reply::ok(ScopePreview {
        alerts: preview.alerts.iter().map(Alert::from).collect(),
        resources: shown
            .map(|resource| MeantResource {
                id: resource.id().to_string(),
                name: resource.label(),
                node: resource.node().map(str::to_owned),
            })
            .collect(),
        resource_count: preview.resources.len(),
    }))
}

/// Give a silence another end.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The silence's id")),
    request_body = SilenceEnd,
    responses(
        (status = 200, body = Silence),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
    ),
)]
#[patch("/silences/{id}")]
pub(crate) async fn extend_silence(
    _: Allow<Hp, AlertsWrite>,
    id: Path<SilenceId>,
    end: Json<SilenceEnd>,
    shared: Data<Shared>,
) -> Answer<Hp, Silence> {
    let until = Timestamp(end.until);
    let silences = &shared.parts.silences;
    let silence = silences.extend(&id, until, clock::now()).await?;
    Ok(Reply::ok(Silence::from(&silence)))
}

/// End a silence now.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The silence's id")),
    responses((status = 204, description = "It is over"), (status = 404, body = Problem)),
)]
#[delete("/silences/{id}")]
pub(crate) async fn remove_silence(
    _: Allow<Hp, AlertsWrite>,
    id: Path<SilenceId>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    shared.parts.silences.remove(&id, clock::now()).await?;
    Ok(Reply::empty())
}
