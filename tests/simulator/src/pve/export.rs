//! `GET /cluster/metrics/export`: the figures of all reachable nodes as a flat list, half an hour back if asked.

use serde_json::{Value, json};

use super::answer::{Failure, Outcome};
use super::call::Call;
use crate::world::State;
use crate::world::guest::GuestKind;
use crate::world::node::Node;

/// How far back `history` reaches, in ms.
const HISTORY: i64 = 30 * 60_000;

pub(crate) fn get(call: &Call<'_>, state: &State) -> Outcome {
    call.need("/", &["Sys.Audit"])?;
    let known: &[&str] = if call.v9() {
        &["history", "start-time", "local-only", "node-list"]
    } else {
        &["history", "start-time", "local-only"]
    };
    call.params.allow(known)?;
    let local = call.params.flag("local-only");
    let since = call.params.number("start-time")?.unwrap_or(0) * 1000;
    let listed = call.params.get("node-list");
    let mut rows = Vec::new();
    for node in &state.nodes {
        if (local && node.name != call.asked)
            || listed.is_some_and(|list| !list.split([',', ';']).any(|name| name == node.name))
        {
            continue;
        }
        // A node that cannot be asked is left out without a word.
        if !State::reachable(node) || (!state.quorate && node.name != call.asked) {
            continue;
        }
        let newest = state.sampled(node, call.now);
        if !call.params.flag("history") {
            if newest > since {
                generation(state, node, newest, &mut rows);
            }
            continue;
        }
        let steps = HISTORY / state.pace.refresh.max(10_000);
        for step in (0..steps).rev() {
            let at = newest - step * state.pace.refresh.max(10_000);
            if at > since && !node.away_at(at) {
                generation(state, node, at, &mut rows);
            }
        }
    }
    if local && state.node(call.asked).is_none() {
        return Err(Failure::runtime("no such node"));
    }
    Ok(json!({ "data": rows }).into())
}

/// All figures of one node at one refresh.
fn generation(state: &State, node: &Node, at: i64, rows: &mut Vec<Value>) {
    let timestamp = at / 1000;
    let mut push = |id: &str, kind: &str, metric: &str, value: Value| {
        rows.push(json!({"id": id, "metric": metric, "type": kind, "value": value, "timestamp": timestamp}));
    };
    let figures = state.node_figures(node, at);
    let id = format!("node/{}", node.name);
    let hundredth = |value: f64| (value * 100.0).round() / 100.0;
    push(&id, "gauge", "uptime", json!(figures.uptime));
    push(&id, "derive", "net_in", json!(figures.netin));
    push(&id, "derive", "net_out", json!(figures.netout));
    push(&id, "gauge", "cpu_avg1", json!(hundredth(figures.load[0])));
    push(&id, "gauge", "cpu_avg5", json!(hundredth(figures.load[1])));
    push(&id, "gauge", "cpu_avg15", json!(hundredth(figures.load[2])));
    push(&id, "gauge", "cpu_max", json!(node.cpus));
    push(&id, "gauge", "cpu_current", json!(figures.cpu));
    push(&id, "gauge", "cpu_iowait", json!(figures.iowait));
    push(&id, "gauge", "mem_total", json!(node.memory));
    push(&id, "gauge", "mem_used", json!(figures.memory));
    push(&id, "gauge", "swap_total", json!(node.swap));
    push(&id, "gauge", "swap_used", json!(figures.swap));
    push(&id, "gauge", "disk_total", json!(node.rootfs));
    push(&id, "gauge", "disk_used", json!(figures.rootfs));
    for guest in state.guests_on(&node.name) {
        let id = guest.id();
        let figures = state.guest_figures(guest, at);
        if guest.alive() {
            push(&id, "gauge", "cpu_current", json!(figures.cpu));
            push(&id, "gauge", "mem_used", json!(figures.mem));
            push(&id, "derive", "disk_read", json!(figures.diskread));
            push(&id, "derive", "disk_write", json!(figures.diskwrite));
            push(&id, "derive", "net_in", json!(figures.netin));
            push(&id, "derive", "net_out", json!(figures.netout));
            if guest.kind == GuestKind::Container {
                push(&id, "gauge", "disk_used", json!(figures.disk));
            }
        }
        push(&id, "gauge", "uptime", json!(figures.uptime));
        push(&id, "gauge", "cpu_max", json!(guest.cores));
        push(&id, "gauge", "mem_total", json!(guest.memory));
        push(&id, "gauge", "disk_total", json!(guest.disk));
    }
    for storage in &state.storages {
        let id = format!("storage/{}/{}", node.name, storage.name);
        let (used, total) = state
            .storage_figures(storage, node, at)
            .map_or((0, 0), |figures| (figures.used, figures.total));
        push(&id, "gauge", "disk_total", json!(total));
        push(&id, "gauge", "disk_used", json!(used));
    }
}
