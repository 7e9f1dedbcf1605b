//! What people wrote down about guests.

use std::collections::BTreeMap;

use actix_web::web::{Data, Json, Path};
use actix_web::{delete, get, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::guard::{Allow, FleetRead, SettingsWrite};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::model::id::{ResourceId, ResourceKind};
use crate::services::guest_metadata::Metadata;
use crate::state::Fleet;
use crate::telemetry::clock;

use super::items::pulse_id;
use super::words::Done;

/// What somebody wrote down about a guest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseGuestMetadata)]
#[serde(rename_all = "camelCase")]
pub(super) struct GuestMetadata {
    id: String,
    custom_url: String,
    description: String,
    tags: Vec<String>,
}

/// What to write down; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PulseGuestMetadataRequest)]
#[serde(rename_all = "camelCase")]
pub(super) struct GuestMetadataRequest {
    /// An http or https address; empty for none.
    custom_url: Option<String>,
    description: Option<String>,
    tags: Option<Vec<String>>,
}

/// Everything that was written down, by Pulse's ids of the guests.
#[utoipa::path(
    tag = "pulse",
    responses((status = 200, body = std::collections::HashMap<String, GuestMetadata>)),
)]
#[get("/guests/metadata")]
pub(crate) async fn list_guest_metadata(
    _: Allow<Pulse, FleetRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, BTreeMap<String, GuestMetadata>> {
    let fleet = shared.hub.present().fleet.clone();
    let all = shared.parts.guest_metadata.all().await?;
    let shown = all.into_iter().map(|(key, metadata)| {
        let id = shown_id(&fleet, &key);
        (id.clone(), GuestMetadata::new(id, metadata))
    });
    Ok(Reply::ok(shown.collect()))
}

/// What was written down about a guest; empty where nothing was.
#[utoipa::path(
    tag = "pulse",
    params(("id" = String, Path, description = "Any id of the guest")),
    responses((status = 200, body = GuestMetadata), (status = 404, description = "No such guest")),
)]
#[get("/guests/metadata/{id}")]
pub(crate) async fn get_guest_metadata(
    _: Allow<Pulse, FleetRead>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Pulse, GuestMetadata> {
    let known = known(&shared, &id).await?;
    Ok(Reply::ok(GuestMetadata::new(known.shown, known.metadata)))
}

/// Write something down about a guest.
#[utoipa::path(
    tag = "pulse",
    params(("id" = String, Path, description = "Any id of the guest")),
    request_body = GuestMetadataRequest,
    responses(
        (status = 200, body = GuestMetadata),
        (status = 400, description = "A field is wrong"),
        (status = 404, description = "No such guest"),
    ),
)]
#[put("/guests/metadata/{id}")]
pub(crate) async fn put_guest_metadata(
    _: Allow<Pulse, SettingsWrite>,
    id: Path<String>,
    body: Json<GuestMetadataRequest>,
    shared: Data<Shared>,
) -> Answer<Pulse, GuestMetadata> {
    let known = known(&shared, &id).await?;
    let body = body.into_inner();
    let before = known.metadata;
    let metadata = Metadata {
        custom_url: body.custom_url.or(before.custom_url),
        description: body.description.or(before.description),
        tags: body.tags.unwrap_or(before.tags),
    };
    let notes = &shared.parts.guest_metadata;
    let kept = notes.put(known.key, known.aliases, metadata, clock::now());
    Ok(Reply::ok(GuestMetadata::new(known.shown, kept.await?)))
}

/// Forget what was written down about a guest.
#[utoipa::path(
    tag = "pulse",
    params(("id" = String, Path, description = "Any id of the guest")),
    responses((status = 200, body = Done), (status = 404, description = "No such guest")),
)]
#[delete("/guests/metadata/{id}")]
pub(crate) async fn remove_guest_metadata(
    _: Allow<Pulse, SettingsWrite>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Pulse, Done> {
    let mut known = known(&shared, &id).await?;
    known.aliases.push(known.key);
    shared.parts.guest_metadata.remove(known.aliases).await?;
    Ok(Reply::ok(Done::SUCCESS))
}

impl GuestMetadata {
    fn new(id: String, metadata: Metadata) -> Self {
        Self {
            id,
            custom_url: metadata.custom_url.unwrap_or_default(),
            description: metadata.description.unwrap_or_default(),
            tags: metadata.tags,
        }
    }
}

/// A guest that somebody named.
struct Known {
    /// Under which key its metadata belongs.
    key: String,
    /// Under which keys it may lie as well.
    aliases: Vec<String>,
    /// Pulse's id of it.
    shown: String,
    metadata: Metadata,
}

async fn known(shared: &Shared, text: &str) -> Result<Known, Fault<Pulse>> {
    let fleet = shared.hub.present().fleet.clone();
    let all = shared.parts.guest_metadata.all().await?;
    let id = guest(&fleet, text);
    let is_it = |key: &String| match &id {
        Some(id) => key == id.as_str() || guest(&fleet, key).as_ref() == Some(id),
        None => key == text,
    };
    let mut kept = all.into_iter().filter(|(key, _)| is_it(key)).peekable();
    if id.is_none() && kept.peek().is_none() {
        let text = format!("there is no guest {text}");
        return Err(Problem::new(Kind::NotFound, "guest_not_found", text).into());
    }
    let (aliases, metadata): (Vec<String>, Vec<Metadata>) = kept.unzip();
    let key = id.map_or_else(|| text.to_owned(), |id| id.to_string());
    Ok(Known {
        shown: shown_id(&fleet, &key),
        key,
        aliases,
        metadata: metadata.into_iter().next().unwrap_or_default(),
    })
}

fn guest(fleet: &Fleet, text: &str) -> Option<ResourceId> {
    let id = fleet.resolve(text)?;
    (id.kind() == ResourceKind::Guest).then_some(id)
}

/// Pulse's id of the guest that `key` names; the key itself while nobody is known by it.
pub(super) fn shown_id(fleet: &Fleet, key: &str) -> String {
    let Some(id) = guest(fleet, key) else {
        return key.to_owned();
    };
    let mut views = fleet.targets();
    let shown = views.find_map(|view| Some(pulse_id(view, view.resources.get(&id)?)));
    shown.unwrap_or_else(|| key.to_owned())
}
