//! What stands on what: guests and storages on nodes, everything under its target, guests on
//! storages, game servers in guests. One incident is one alert; what follows from it is its affected list.

use super::{Context, Ground, explained, view_of};
use crate::model::alert::{Alert, HoldReason, Standing};
use crate::model::id::ResourceId;
use crate::model::resource::{GameServer, Guest, GuestStatus, NodeStatus, Resource, StorageStatus};
use crate::model::target::Reachability;
use crate::model::time::Timestamp;
use crate::state::{Fleet, TargetView};

/// Something that an alert's resource stands on, and how it is doing.
struct Footing {
    id: ResourceId,
    /// Whether an alert is the one that says that this is down.
    says_it: fn(&Alert) -> bool,
    /// Whether it looks down already, though its own alert may still be waiting.
    looks_down: bool,
}

/// The alert that explains `subject`, or the resource that seems to be about to.
pub(super) fn inhibited(
    subject: &Standing,
    context: &Context<'_>,
    now: Timestamp,
) -> Option<Ground> {
    let alert = &subject.alert;
    let footings = footings(alert, context);
    let ground = |by: &str, until| Ground {
        reason: HoldReason::Inhibited,
        by: by.to_owned(),
        until,
    };
    for footing in &footings {
        let cause = context.causes.iter().find(|other| {
            other.id != alert.id && other.resource == footing.id && (footing.says_it)(other)
        });
        if let Some(cause) = cause {
            return Some(ground(cause.id.as_str(), None));
        }
    }
    let waits_until = subject.entered_at + context.suppressions.waits.grace();
    if now < waits_until
        && let Some(footing) = footings.iter().find(|footing| footing.looks_down)
    {
        return Some(ground(footing.id.as_str(), Some(waits_until)));
    }
    recovering(alert, context, now)
}

/// Held by an alert that ended a moment ago: what stood on it may take a while to come back.
fn recovering(alert: &Alert, context: &Context<'_>, now: Timestamp) -> Option<Ground> {
    let hold = alert.hold.as_ref()?;
    if hold.reason != HoldReason::Inhibited {
        return None;
    }
    let cause = context
        .ended
        .iter()
        .find(|ended| ended.id.as_str() == hold.by)?;
    let until = cause.resolved_at? + context.suppressions.waits.recovery();
    (now < until).then(|| Ground {
        until: Some(until),
        ..Ground::of(hold)
    })
}

/// What the alert's resource stands on, the widest first.
fn footings(alert: &Alert, context: &Context<'_>) -> Vec<Footing> {
    let Some(view) = view_of(alert, context.fleet) else {
        return Vec::new();
    };
    let mut footings = Vec::new();
    if !explained::is_target_down(alert) {
        footings.push(Footing {
            id: ResourceId::target(&view.summary.id),
            says_it: explained::is_target_down,
            looks_down: matches!(view.summary.reachability, Reachability::Failing { .. }),
        });
    }
    let resource = view.resources.get(&alert.resource).map(|found| &**found);
    if !explained::is_node_down(alert)
        && let Some(name) = node_of(alert, resource)
    {
        let id = ResourceId::node(&view.summary.id, name);
        let node = view.resources.get(&id).map(|found| &**found);
        footings.push(Footing {
            looks_down: is_down(node),
            says_it: explained::is_node_down,
            id,
        });
    }
    if let Some(Resource::Guest(guest)) = resource
        && explained::by_storage(alert)
    {
        footings.extend(storages(view, guest));
    }
    if let Some(Resource::Game(game)) = resource {
        footings.extend(home(game, context.fleet));
    }
    footings
}

/// The guest that a game server lives in, with what that guest stands on; often under another
/// target than the game server's own.
fn home(game: &GameServer, fleet: &Fleet) -> Vec<Footing> {
    let found = game.guest.as_ref().and_then(|id| {
        let target = id.target_text().parse().ok()?;
        let view = fleet.target(&target)?;
        match &**view.resources.get(id)? {
            Resource::Guest(guest) => Some((view, guest)),
            _ => None,
        }
    });
    let Some((view, guest)) = found else {
        return Vec::new();
    };
    let node_id = ResourceId::node(&view.summary.id, &guest.node);
    let node = view.resources.get(&node_id).map(|found| &**found);
    vec![
        Footing {
            id: ResourceId::target(&view.summary.id),
            says_it: explained::is_target_down,
            looks_down: matches!(view.summary.reachability, Reachability::Failing { .. }),
        },
        Footing {
            looks_down: is_down(node),
            says_it: explained::is_node_down,
            id: node_id,
        },
        Footing {
            id: guest.id.clone(),
            says_it: explained::is_guest_down,
            looks_down: guest.status == GuestStatus::Stopped,
        },
    ]
}

fn is_down(node: Option<&Resource>) -> bool {
    matches!(node, Some(Resource::Node(node)) if node.status != NodeStatus::Online)
}

/// The node it is on now; the one it was on when the alert began, where nobody says any more.
fn node_of<'a>(alert: &'a Alert, resource: Option<&'a Resource>) -> Option<&'a str> {
    match resource {
        Some(resource) => resource.node(),
        None => alert.node.as_deref(),
    }
}

/// The storages that hold the guest's disks, as far as its configuration is known.
fn storages<'a>(view: &'a TargetView, guest: &'a Guest) -> impl Iterator<Item = Footing> + 'a {
    let config = guest.facts.config.value();
    let names = config
        .into_iter()
        .flat_map(|config| &config.volumes)
        .filter_map(|volume| volume.storage.as_deref());
    names.filter_map(move |name| {
        let shared = ResourceId::storage(&view.summary.id, name, None);
        let own = ResourceId::storage(&view.summary.id, name, Some(&guest.node));
        let found = view.resources.get_key_value(&shared);
        let (id, resource) = found.or_else(|| view.resources.get_key_value(&own))?;
        let Resource::Storage(storage) = &**resource else {
            return None;
        };
        Some(Footing {
            id: id.clone(),
            says_it: explained::is_storage_down,
            looks_down: storage.status == StorageStatus::Unknown,
        })
    })
}

/// The node that the alert's resource is on is in maintenance, as its own cluster says.
pub(super) fn node_maintenance(alert: &Alert, context: &Context<'_>) -> Option<Ground> {
    let view = view_of(alert, context.fleet)?;
    let resource = view.resources.get(&alert.resource).map(|found| &**found);
    let name = node_of(alert, resource)?;
    let id = ResourceId::node(&view.summary.id, name);
    let Some(Resource::Node(node)) = view.resources.get(&id).map(|found| &**found) else {
        return None;
    };
    let state = node.ha_state.as_deref()?;
    state.contains("maintenance").then(|| Ground {
        reason: HoldReason::NodeMaintenance,
        by: node.id.to_string(),
        until: None,
    })
}
