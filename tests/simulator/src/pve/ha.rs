//! High availability: the manager's view of the guests it keeps running.

use serde_json::{Value, json};

use super::answer::{Failure, Outcome};
use super::call::Call;
use crate::world::State;
use crate::world::guest::{Guest, GuestKind};

pub(crate) fn get(call: &Call<'_>, state: &State, rest: &[&str]) -> Outcome {
    let known = match rest {
        ["status", "current" | "manager_status"] | ["resources" | "groups"] => true,
        ["rules"] => call.v9(),
        _ => false,
    };
    if !known {
        return Err(Failure::not_implemented(call.method, call.path));
    }
    call.need("/", &["Sys.Audit"])?;
    call.params.allow(&[])?;
    match rest {
        ["status", "current"] => Ok(call.shuffled(current(call, state)).into()),
        ["status", "manager_status"] => {
            let quorum =
                json!({"node": call.asked, "quorate": u8::from(state.quorate).to_string()});
            Ok(json!({"manager_status": {"node_status": {}}, "quorum": quorum}).into())
        }
        ["resources"] => {
            let rows = managed(state).map(|(guest, wish)| {
                json!({"sid": sid(guest), "type": kind(guest), "state": wish, "digest": digest(guest)})
            });
            Ok(call.shuffled(rows.collect()).into())
        }
        ["groups"] if call.v9() => Err(Failure::runtime(
            "cannot index groups: ha groups have been migrated to rules",
        )),
        _ => Ok(json!([]).into()),
    }
}

fn current(call: &Call<'_>, state: &State) -> Vec<Value> {
    let status = if state.quorate {
        "OK".to_owned()
    } else {
        format!("No quorum on node '{}'!", call.asked)
    };
    let mut rows = vec![json!({
        "id": "quorum", "type": "quorum", "node": call.asked, "quorate": u8::from(state.quorate), "status": status,
    })];
    if call.v9() {
        rows.push(json!({
            "id": "fencing", "type": "fencing", "node": call.asked, "armed-state": "standby",
            "status": "standby (CRM watchdog standby)",
        }));
    }
    for (guest, wish) in managed(state) {
        let crm = if guest.alive() { "started" } else { "stopped" };
        let mut row = json!({
            "id": format!("service:{}", sid(guest)),
            "type": "service",
            "sid": sid(guest),
            "node": guest.node,
            "state": crm,
            "request_state": wish,
            "status": format!("{} ({}, {crm})", sid(guest), guest.node),
            "max_restart": 1,
            "max_relocate": 1,
        });
        if call.v9() {
            row["failback"] = json!(1);
        }
        rows.push(row);
    }
    rows
}

fn managed(state: &State) -> impl Iterator<Item = (&Guest, &str)> {
    state
        .guests
        .values()
        .filter_map(|guest| guest.ha.as_deref().map(|wish| (guest, wish)))
}

fn kind(guest: &Guest) -> &'static str {
    if guest.kind == GuestKind::Vm {
        "vm"
    } else {
        "ct"
    }
}

fn sid(guest: &Guest) -> String {
    format!("{}:{}", kind(guest), guest.vmid)
}

/// Forty hexadecimal digits that belong to a guest's configuration.
pub(crate) fn digest(guest: &Guest) -> String {
    let hash = |tag| crate::dice::hash(&[guest.seed, tag]);
    format!(
        "{:016x}{:016x}{:08x}",
        hash(801),
        hash(802),
        hash(803) as u32
    )
}
