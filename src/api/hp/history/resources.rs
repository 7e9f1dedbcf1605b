//! What has history, resources that are gone included.

use actix_web::get;
use actix_web::web::{Data, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, HistoryRead};
use crate::api::shared::Shared;
use crate::history::Recorded;
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::state::Fleet;

use super::words;

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::api::hp) struct RecordedQuery {
    /// Only resources that are gone (`true`) or still there (`false`).
    removed: Option<bool>,
    /// Only resources of this kind.
    #[param(schema_with = words::resource_kind)]
    kind: Option<ResourceKind>,
}

/// A resource that has history.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordedResource {
    /// Its id.
    resource: String,
    /// What sort of thing it is.
    #[schema(schema_with = words::resource_kind)]
    kind: ResourceKind,
    /// Its name, while it is there.
    name: Option<String>,
    /// Whether it is gone; a host that has not answered since the start counts as there.
    removed: bool,
    /// Its metrics, in the order they came.
    metrics: Vec<String>,
    /// Its first sample, in milliseconds.
    first_at: i64,
    /// Its latest sample, within a day for resources that are gone.
    last_at: i64,
}

/// What has history.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordedResources {
    /// The resources, by id.
    resources: Vec<RecordedResource>,
}

/// What has history, resources that are gone included.
#[utoipa::path(
    tag = "hp",
    params(RecordedQuery),
    responses((status = 200, body = RecordedResources)),
)]
#[get("/history/resources")]
pub(in crate::api::hp) async fn list_history_resources(
    _: Allow<Hp, HistoryRead>,
    query: Query<RecordedQuery>,
    shared: Data<Shared>,
) -> Answer<Hp, RecordedResources> {
    let present = shared.hub.present();
    let recorded = shared.parts.history.recorded();
    let mut resources: Vec<RecordedResource> = recorded
        .iter()
        .filter(|one| query.kind.is_none_or(|kind| one.resource.kind() == kind))
        .map(|one| RecordedResource::new(one, &present.fleet))
        .filter(|one| query.removed.is_none_or(|removed| one.removed == removed))
        .collect();
    resources.sort_by(|a, b| a.resource.cmp(&b.resource));
    Ok(Reply::ok(RecordedResources { resources }))
}

impl RecordedResource {
    fn new(recorded: &Recorded, fleet: &Fleet) -> Self {
        let id = &recorded.resource;
        Self {
            resource: id.to_string(),
            kind: id.kind(),
            name: fleet.resource(id).map(|resource| resource.label()),
            removed: is_removed(id, fleet),
            metrics: recorded.metrics.iter().map(ToString::to_string).collect(),
            first_at: recorded.first_at.millis(),
            last_at: recorded.last_at.millis(),
        }
    }
}

fn is_removed(id: &ResourceId, fleet: &Fleet) -> bool {
    let target = id.target_text().parse::<TargetId>().ok();
    match target.and_then(|target| fleet.target(&target)) {
        Some(view) => view.seen_at.is_some() && !view.resources.contains_key(id),
        None => true,
    }
}
