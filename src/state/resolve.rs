//! Finding a resource by any of the names that clients of the five API families use.

use crate::model::id::ResourceId;
use crate::model::resource::Resource;

use super::fleet::Fleet;

/// See [`Fleet::resolve`].
pub(super) fn resolve(fleet: &Fleet, alias: &str) -> Option<ResourceId> {
    if let Ok(id) = alias.parse::<ResourceId>()
        && fleet.resource(&id).is_some()
    {
        return Some(id);
    }
    if let Ok(vmid) = alias.parse::<u32>() {
        let mut found = fleet.guests().filter(|guest| guest.vmid == vmid);
        return match (found.next(), found.next()) {
            (Some(only), None) => Some(only.id.clone()),
            _ => None,
        };
    }
    fleet.targets().find_map(|view| {
        let rest = alias
            .strip_prefix(view.summary.name.as_str())?
            .strip_prefix('-')?;
        view.resources
            .values()
            .find(|resource| is_called(resource, rest))
            .map(|resource| resource.id().clone())
    })
}

fn is_called(resource: &Resource, rest: &str) -> bool {
    match resource {
        Resource::Node(node) => node.name == rest,
        Resource::Guest(guest) => rest
            .strip_suffix(&guest.vmid.to_string())
            .and_then(|head| head.strip_suffix('-'))
            .is_some_and(|node| node == guest.node),
        Resource::Storage(storage) => match &storage.node {
            Some(node) => rest
                .strip_prefix(node.as_str())
                .and_then(|tail| tail.strip_prefix('-'))
                .is_some_and(|name| name == storage.name),
            None => rest
                .strip_prefix("shared-")
                .is_some_and(|name| name == storage.name),
        },
        Resource::Datastore(datastore) => datastore.name == rest,
        Resource::Game(game) => game.name == rest,
        Resource::Disk(disk) => rest
            .strip_prefix(disk.node.as_str())
            .and_then(|tail| tail.strip_prefix('-'))
            .is_some_and(|device| disk.device.strip_prefix("/dev/") == Some(device)),
    }
}
