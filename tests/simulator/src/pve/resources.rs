//! `GET /cluster/resources`: every node, guest and storage in one list, with what is known of them *now*.

use serde_json::{Value, json};

use super::answer::{Failure, Outcome};
use super::call::Call;
use crate::world::State;
use crate::world::guest::{Guest, GuestKind, GuestStatus};
use crate::world::node::{Freshness, Node};
use crate::world::storage::Storage;

pub(crate) fn list(call: &Call<'_>, state: &State) -> Outcome {
    call.params.allow(&["type"])?;
    let wanted = call.params.get("type");
    let zones = if call.v9() { "network" } else { "sdn" };
    if let Some(word) = wanted
        && !["vm", "storage", "node", "sdn", zones].contains(&word)
    {
        let reason = format!(
            "value '{word}' does not have a value in the enumeration 'vm, storage, node, sdn'"
        );
        return Err(Failure::parameter("type", &reason));
    }
    let asks_for = |word: &str| wanted.is_none_or(|wanted| wanted == word);
    let mut rows = Vec::new();
    if wanted.is_none() {
        rows.extend(pools(call, state));
    }
    if asks_for("vm") {
        rows.extend(
            state
                .guests
                .values()
                .filter(|guest| sees(call, guest))
                .map(|guest| guest_row(call, state, guest)),
        );
    }
    if asks_for("node") {
        rows.extend(state.nodes.iter().map(|node| {
            let mut row = node_row(call, state, node);
            row["cgroup-mode"] = json!(2);
            row
        }));
    }
    if asks_for("storage") {
        for node in &state.nodes {
            let here = state
                .storages
                .iter()
                .filter(|storage| storage.enabled_on(&node.name));
            rows.extend(here.filter_map(|storage| storage_row(call, state, storage, node)));
        }
    }
    if (asks_for("sdn") || asks_for(zones)) && call.may("/sdn", "SDN.Audit") {
        rows.extend(state.nodes.iter().map(|node| zone_row(call, node)));
    }
    Ok(call.shuffled(rows).into())
}

pub(crate) fn sees(call: &Call<'_>, guest: &Guest) -> bool {
    call.may(&format!("/vms/{}", guest.vmid), "VM.Audit")
}

/// A node's row, without what only `/cluster/resources` or only `/nodes` adds.
pub(crate) fn node_row(call: &Call<'_>, state: &State, node: &Node) -> Value {
    let freshness = state.freshness(node, call.now);
    let status = match (State::reachable(node), freshness) {
        (false, _) => "offline",
        (true, Freshness::Forgotten) => "unknown",
        (true, _) => "online",
    };
    let mut row = json!({"id": format!("node/{}", node.name), "node": node.name, "type": "node", "status": status});
    if freshness == Freshness::Forgotten {
        return row;
    }
    row["level"] = json!("");
    if !call.may(&format!("/nodes/{}", node.name), "Sys.Audit") {
        return row;
    }
    row["maxcpu"] = json!(node.cpus);
    row["maxmem"] = json!(node.memory);
    row["maxdisk"] = json!(node.rootfs);
    if State::reachable(node) {
        let figures = state.node_figures(node, call.now);
        row["cpu"] = json!(figures.cpu);
        row["mem"] = json!(figures.memory);
        row["disk"] = json!(figures.rootfs);
        row["uptime"] = json!(figures.uptime);
    }
    row
}

/// A guest's row with its pool and HA state.
pub(crate) fn guest_row(call: &Call<'_>, state: &State, guest: &Guest) -> Value {
    let mut row = member_row(call, state, guest);
    if let Some(pool) = &guest.pool {
        row["pool"] = json!(pool);
    }
    if let (Some(ha), true) = (&guest.ha, row.get("name").is_some()) {
        row["hastate"] = json!(ha);
    }
    row
}

/// A guest's row as a pool lists its members.
pub(crate) fn member_row(call: &Call<'_>, state: &State, guest: &Guest) -> Value {
    let mut row = json!({
        "id": guest.id(),
        "type": guest.kind.word(),
        "vmid": guest.vmid,
        "node": guest.node,
        "status": "unknown",
    });
    let freshness = state
        .node(&guest.node)
        .map_or(Freshness::Forgotten, |node| state.freshness(node, call.now));
    if freshness == Freshness::Forgotten {
        return row;
    }
    let figures = state.guest_figures(guest, call.now);
    row["status"] = json!(match guest.status {
        _ if guest.template => "stopped",
        GuestStatus::Running => "running",
        GuestStatus::Stopped => "stopped",
        GuestStatus::Paused => "paused",
    });
    row["name"] = json!(guest.name);
    row["template"] = json!(u8::from(guest.template));
    row["cpu"] = json!(figures.cpu);
    row["maxcpu"] = json!(guest.cores);
    row["mem"] = json!(figures.mem);
    row["maxmem"] = json!(guest.memory);
    row["disk"] = json!(if guest.kind == GuestKind::Vm {
        0
    } else {
        figures.disk
    });
    row["maxdisk"] = json!(guest.disk);
    row["uptime"] = json!(figures.uptime);
    row["netin"] = json!(figures.netin);
    row["netout"] = json!(figures.netout);
    row["diskread"] = json!(figures.diskread);
    row["diskwrite"] = json!(figures.diskwrite);
    if call.v9() {
        row["memhost"] = json!(figures.memhost);
    }
    if let Some(tags) = &guest.tags {
        row["tags"] = json!(tags);
    }
    if let Some(lock) = &guest.lock {
        row["lock"] = json!(lock);
    }
    row
}

fn storage_row(call: &Call<'_>, state: &State, storage: &Storage, node: &Node) -> Option<Value> {
    if !call.may(&format!("/storage/{}", storage.name), "Datastore.Audit") {
        return None;
    }
    let mut row = json!({
        "id": format!("storage/{}/{}", node.name, storage.name),
        "type": "storage",
        "storage": storage.name,
        "node": node.name,
        "plugintype": storage.kind,
        "content": call.words(storage.content),
        "shared": u8::from(storage.shared),
        "status": "unknown",
    });
    if state.freshness(node, call.now) != Freshness::Forgotten
        && let Some(figures) = state.storage_figures(storage, node, call.now)
    {
        row["status"] = json!("available");
        row["disk"] = json!(figures.used);
        row["maxdisk"] = json!(figures.total);
    }
    Some(row)
}

/// A zone keeps saying `ok`, whatever became of its node.
fn zone_row(call: &Call<'_>, node: &Node) -> Value {
    if call.v9() {
        json!({
            "id": format!("network/{}/zone/localnetwork", node.name),
            "type": "network",
            "network": "localnetwork",
            "network-type": "zone",
            "node": node.name,
            "status": "ok",
        })
    } else {
        json!({
            "id": format!("sdn/{}/localnetwork", node.name),
            "type": "sdn",
            "sdn": "localnetwork",
            "node": node.name,
            "status": "ok",
        })
    }
}

fn pools(call: &Call<'_>, state: &State) -> Vec<Value> {
    let mut names: Vec<&str> = state
        .guests
        .values()
        .filter_map(|guest| guest.pool.as_deref())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| call.may(&format!("/pool/{name}"), "Pool.Audit"));
    names
        .into_iter()
        .map(|name| pool_row(call, state, name))
        .collect()
}

fn pool_row(call: &Call<'_>, state: &State, name: &str) -> Value {
    let (mut busy, mut cores, mut mem, mut maxmem, mut uptime) = (0.0, 0, 0, 0, 0);
    for guest in state
        .guests
        .values()
        .filter(|guest| guest.pool.as_deref() == Some(name) && guest.alive())
    {
        let figures = state.guest_figures(guest, call.now);
        busy += figures.cpu * f64::from(guest.cores);
        cores += guest.cores;
        mem += figures.mem;
        maxmem += guest.memory;
        uptime = uptime.max(figures.uptime);
    }
    json!({
        "id": format!("/pool/{name}"),
        "type": "pool",
        "pool": name,
        "cpu": if cores == 0 { 0.0 } else { busy / f64::from(cores) },
        "maxcpu": cores,
        "mem": mem,
        "maxmem": maxmem,
        "uptime": uptime,
    })
}
