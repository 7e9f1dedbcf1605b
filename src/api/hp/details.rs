//! One node or guest with everything that is known of it.

use std::sync::Arc;

use actix_web::get;
use actix_web::web::{Data, Path};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, FleetRead};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::model::resource::{Resource, SharedResource};
use crate::state::Fleet;

use super::errors;
use super::guest_detail::GuestDetail;
use super::node_detail::NodeDetail;
use super::view::Disk;

/// The resource that `id` names in any of the product's id forms.
pub(super) fn find(fleet: &Fleet, id: &str, what: &str) -> Result<SharedResource, Problem> {
    let found = fleet
        .resolve(id)
        .and_then(|id| fleet.resource(&id).cloned());
    found.ok_or_else(|| not_found(id, what))
}

/// There is no such thing.
pub(super) fn not_found(id: &str, what: &str) -> Problem {
    let id: String = id.chars().take(80).collect();
    Problem::new(
        Kind::NotFound,
        "resource_not_found",
        format!("there is no {what} {id}"),
    )
}

/// Everything known of a node.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The node's id")),
    responses((status = 200, body = NodeDetail), (status = 404, body = errors::Problem)),
)]
#[get("/nodes/{id}")]
pub(crate) async fn get_node(
    _: Allow<Hp, FleetRead>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Hp, NodeDetail> {
    let fleet = Arc::clone(&shared.hub.present().fleet);
    let resource = find(&fleet, &id, "node")?;
    let Resource::Node(node) = &*resource else {
        return Err(not_found(&id, "node").into());
    };
    let target = node.id.target_text();
    let disks = fleet.resources().filter_map(|resource| match &**resource {
        Resource::Disk(disk) if disk.node == node.name && disk.id.target_text() == target => {
            Some(Disk::new(shared.hub.handle(disk.id.as_str()), disk))
        }
        _ => None,
    });
    let detail = NodeDetail::new(shared.hub.handle(node.id.as_str()), node, disks.collect());
    Ok(Reply::ok(detail))
}

/// Everything known of a guest.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The guest's id, or its number where only one has it")),
    responses((status = 200, body = GuestDetail), (status = 404, body = errors::Problem)),
)]
#[get("/guests/{id}")]
pub(crate) async fn get_guest(
    _: Allow<Hp, FleetRead>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Hp, GuestDetail> {
    let fleet = Arc::clone(&shared.hub.present().fleet);
    let resource = find(&fleet, &id, "guest")?;
    let Resource::Guest(guest) = &*resource else {
        return Err(not_found(&id, "guest").into());
    };
    let handle = shared.hub.handle(guest.id.as_str());
    Ok(Reply::ok(GuestDetail::new(handle, guest)))
}
