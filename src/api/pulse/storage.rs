//! Storages: all of them, one, or those of a node.

use actix_web::get;
use actix_web::web::{Data, Path};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::guard::{Allow, FleetRead};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::model::id::ResourceKind;
use crate::model::resource::Resource;
use crate::state::{Fleet, TargetView};
use crate::telemetry::clock;

use super::items::{Place, Storage, pulse_id};

/// One storage, or the storages of a node.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum OneOrMany {
    One(Box<Storage>),
    Many(Vec<Storage>),
}

/// What was asked for, and when it was so.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseStorageAnswer)]
pub(super) struct StorageAnswer {
    #[schema(value_type = Object)]
    data: OneOrMany,
    /// Seconds since 1970.
    timestamp: i64,
}

/// All storages of all nodes.
#[utoipa::path(tag = "pulse", responses((status = 200, body = [Storage])))]
#[get("/storage")]
pub(crate) async fn list_storage(
    _: Allow<Pulse, FleetRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Vec<Storage>> {
    let present = shared.hub.present();
    let now = clock::now();
    let mut all = Vec::new();
    for view in present.fleet.targets() {
        all.extend(storages(&Place::new(view, now), |_| true));
    }
    Ok(Reply::ok(all))
}

/// One storage by its id, or all of a node by the node's id or name.
#[utoipa::path(
    tag = "pulse",
    params(("id" = String, Path, description = "A storage's or a node's id")),
    responses(
        (status = 200, body = StorageAnswer),
        (status = 404, description = "No such storage or node"),
    ),
)]
#[get("/storage/{id}")]
pub(crate) async fn get_storage(
    _: Allow<Pulse, FleetRead>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Pulse, StorageAnswer> {
    let now = clock::now();
    let data = find(&shared.hub.present().fleet, &id, |view| {
        Place::new(view, now)
    })?;
    Ok(Reply::ok(StorageAnswer {
        data,
        timestamp: now.seconds(),
    }))
}

fn storages<'a>(
    place: &'a Place<'a>,
    wanted: impl Fn(&crate::model::resource::Storage) -> bool + 'a,
) -> impl Iterator<Item = Storage> + 'a {
    place
        .view
        .of_kind(ResourceKind::Storage)
        .filter_map(move |found| match &**found {
            Resource::Storage(storage) if wanted(storage) => Some(place.storage(storage)),
            _ => None,
        })
}

fn find<'a>(
    fleet: &'a Fleet,
    id: &str,
    place: impl Fn(&'a TargetView) -> Place<'a>,
) -> Result<OneOrMany, Fault<Pulse>> {
    for view in fleet.targets() {
        for resource in view.resources.values() {
            if pulse_id(view, resource) != id && resource.id().as_str() != id {
                continue;
            }
            match &**resource {
                Resource::Storage(storage) => {
                    return Ok(OneOrMany::One(Box::new(place(view).storage(storage))));
                }
                Resource::Node(node) => return Ok(of_node(&place(view), &node.name)),
                _ => {}
            }
        }
    }
    // Scripts know a node by its name alone; that has to name one node only.
    let mut named = fleet.targets().filter(|view| has_node(view, id));
    match (named.next(), named.next()) {
        (Some(view), None) => Ok(of_node(&place(view), id)),
        (Some(_), Some(_)) => {
            let text = format!("several instances have a node {id}; give <instance>-{id}");
            Err(Problem::new(Kind::Invalid, "node_ambiguous", text).into())
        }
        (None, _) => {
            let text = format!("there is no storage or node {id}");
            Err(Problem::new(Kind::NotFound, "storage_not_found", text).into())
        }
    }
}

fn has_node(view: &TargetView, name: &str) -> bool {
    view.of_kind(ResourceKind::Node)
        .any(|node| node.node() == Some(name))
}

/// The storages that a node sees: its own and the shared ones.
fn of_node(place: &Place<'_>, node: &str) -> OneOrMany {
    let sees = |storage: &crate::model::resource::Storage| {
        storage.nodes.iter().any(|(name, _)| name == node) || storage.node.as_deref() == Some(node)
    };
    OneOrMany::Many(storages(place, sees).collect())
}
