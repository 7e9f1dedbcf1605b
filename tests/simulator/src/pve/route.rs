//! From method and path to the endpoint.

use serde_json::{Value, json};

use super::answer::{Failure, Outcome};
use super::call::Call;
use super::{access, actions, cluster, export, guests, ha, nodes, resources, rrd, storage, tasks};
use crate::world::State;
use crate::world::guest::GuestKind;

/// Answers a call that reads.
pub(crate) fn get(call: &Call<'_>, state: &State) -> Outcome {
    let segments: Vec<&str> = call
        .path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    match segments.as_slice() {
        ["version"] => plain(call, nodes::version(call)),
        ["cluster", "resources"] => resources::list(call, state),
        ["cluster", "status"] => cluster::status(call, state),
        ["cluster", "tasks"] => tasks::cluster(call, state),
        ["cluster", "log"] => {
            call.params.allow(&["max"])?;
            Ok(json!([]).into())
        }
        ["cluster", "backup"] => cluster::backup_jobs(call),
        ["cluster", "backup-info", "not-backed-up"] => cluster::not_backed_up(call, state),
        ["cluster", "replication"] => plain(call, json!([])),
        ["cluster", "jobs"] => plain(
            call,
            json!([{"subdir": "schedule-analyze"}, {"subdir": "realm-sync"}]),
        ),
        ["cluster", "ha", rest @ ..] => ha::get(call, state, rest),
        ["cluster", "metrics", "export"] => export::get(call, state),
        ["cluster", "metrics", "server"] => {
            call.need("/", &["Sys.Audit"])?;
            plain(call, json!([]))
        }
        ["cluster", "options"] => cluster::options(call, state),
        ["cluster", "nextid"] => cluster::next_id(call, state),
        ["cluster", "config", "nodes"] => cluster::config_nodes(call, state),
        ["cluster", "config", "totem"] => cluster::totem(call),
        ["cluster", "ceph", "status"] => cluster::ceph(call),
        ["nodes"] => nodes::list(call, state),
        ["nodes", node, rest @ ..] => node_get(call, state, node, rest),
        ["pools"] => access::pools(call, state),
        ["storage"] => storage::configuration(call, state),
        ["access", "permissions"] => access::permissions(call),
        ["access", "users"] => access::users(call),
        ["access", "roles"] => access::roles(call),
        ["access", "acl"] => access::acl(call),
        _ => Err(Failure::not_implemented(call.method, call.path)),
    }
}

fn node_get(call: &Call<'_>, state: &State, node: &str, rest: &[&str]) -> Outcome {
    match rest {
        ["qemu", rest @ ..] => guests::get(call, state, node, GuestKind::Vm, rest),
        ["lxc", rest @ ..] => guests::get(call, state, node, GuestKind::Container, rest),
        ["storage", rest @ ..] => storage::get(call, state, node, rest),
        ["tasks"] => tasks::of_node(call, state, node),
        ["tasks", upid, "status"] => tasks::status(call, state, node, upid),
        ["tasks", upid, "log"] => tasks::log(call, state, node, upid),
        ["rrddata"] => rrd::of_node(call, state, node),
        ["ceph", "status"] => cluster::ceph(call),
        _ => nodes::get(call, state, node, rest),
    }
}

/// Answers a call that changes something.
pub(crate) fn write(call: &Call<'_>, state: &mut State) -> Outcome {
    let segments: Vec<&str> = call
        .path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    match (call.method, segments.as_slice()) {
        (
            "POST",
            [
                "nodes",
                node,
                kind @ ("qemu" | "lxc"),
                vmid,
                "status",
                action,
            ],
        ) => {
            let kind = if *kind == "qemu" {
                GuestKind::Vm
            } else {
                GuestKind::Container
            };
            actions::power(call, state, node, kind, vmid, action)
        }
        ("POST", ["nodes", node, "qemu", vmid, "agent", command]) => guests::get(
            call,
            state,
            node,
            GuestKind::Vm,
            &[*vmid, "agent", *command],
        ),
        ("POST", ["nodes", node, kind @ ("qemu" | "lxc"), vmid, "snapshot"]) => {
            let kind = if *kind == "qemu" {
                GuestKind::Vm
            } else {
                GuestKind::Container
            };
            actions::snapshot(call, state, node, kind, vmid)
        }
        (
            "DELETE",
            [
                "nodes",
                node,
                kind @ ("qemu" | "lxc"),
                vmid,
                "snapshot",
                name,
            ],
        )
        | (
            "POST",
            [
                "nodes",
                node,
                kind @ ("qemu" | "lxc"),
                vmid,
                "snapshot",
                name,
                "rollback",
            ],
        ) => {
            let kind = if *kind == "qemu" {
                GuestKind::Vm
            } else {
                GuestKind::Container
            };
            actions::old_snapshot(call, state, node, kind, (vmid, name))
        }
        ("DELETE", ["nodes", node, "storage", storage, "content", volume]) => {
            actions::delete_volume(call, state, node, storage, volume)
        }
        ("POST", ["nodes", node, "vzdump"]) => actions::backup(call, state, node),
        ("POST", ["nodes", node, kind @ ("qemu" | "lxc"), vmid, "migrate"]) => {
            let kind = if *kind == "qemu" {
                GuestKind::Vm
            } else {
                GuestKind::Container
            };
            actions::migrate(call, state, node, kind, vmid)
        }
        ("DELETE", ["nodes", node, "tasks", upid]) => tasks::stop(call, state, node, upid),
        _ => Err(Failure::not_implemented(call.method, call.path)),
    }
}

fn plain(call: &Call<'_>, data: Value) -> Outcome {
    call.params.allow(&[])?;
    Ok(data.into())
}
