//! The cluster's own endpoints: quorum, options, backup jobs.

use serde_json::json;

use super::answer::{Answer, Failure, Outcome};
use super::auth::uuid;
use super::call::Call;
use crate::world::State;

pub(crate) fn status(call: &Call<'_>, state: &State) -> Outcome {
    call.need("/", &["Sys.Audit"])?;
    call.params.allow(&[])?;
    let cluster = call.shared.world.config().cluster.as_deref();
    let mut rows = Vec::new();
    if let Some(name) = cluster {
        rows.push(json!({
            "type": "cluster",
            "id": "cluster",
            "name": name,
            "nodes": state.nodes.len(),
            "quorate": u8::from(state.quorate),
            "version": state.nodes.len(),
        }));
    }
    for node in &state.nodes {
        rows.push(json!({
            "type": "node",
            "id": format!("node/{}", node.name),
            "name": node.name,
            "nodeid": if cluster.is_some() { node.nodeid } else { 0 },
            "ip": call.shared.address(node.nodeid).ip().to_string(),
            "online": u8::from(State::reachable(node) && (state.quorate || node.name == call.asked)),
            "local": u8::from(node.name == call.asked),
            "level": "",
        }));
    }
    Ok(Answer::new(call.shuffled(rows)).protected())
}

/// The backup jobs: everything but one guest every night, one pool on Saturdays.
pub(crate) fn backup_jobs(call: &Call<'_>) -> Outcome {
    call.need("/", &["Sys.Audit"])?;
    call.params.allow(&[])?;
    let seed = call.shared.world.config().seed;
    let day = 86_400;
    let next_night = (call.seconds() - 7200).div_euclid(day) * day + day + 7200;
    let rows = vec![
        json!({
            "id": uuid(&[seed, 601]),
            "type": "vzdump",
            "schedule": "02:00",
            "enabled": 1,
            "storage": "backups",
            "mode": "snapshot",
            "all": 1,
            "exclude": "102",
            "prune-backups": {"keep-last": "3", "keep-weekly": "4"},
            "next-run": next_night,
            "comment": "nächtlich, alles",
            "notes-template": "{{guestname}}",
        }),
        json!({
            "id": uuid(&[seed, 602]),
            "type": "vzdump",
            "schedule": "sat 05:00",
            "enabled": 0,
            "storage": "nas",
            "mode": "snapshot",
            "pool": "prod",
            "prune-backups": {"keep-last": "2"},
            "next-run": next_night + 3 * 3600,
        }),
    ];
    Ok(call.shuffled(rows).into())
}

pub(crate) fn not_backed_up(call: &Call<'_>, state: &State) -> Outcome {
    call.need("/", &["Sys.Audit"])?;
    call.params.allow(&[])?;
    let left_out = state.guests.get(&102).into_iter();
    let rows = left_out
        .map(|guest| json!({"vmid": guest.vmid, "name": guest.name, "type": guest.kind.word()}))
        .collect();
    Ok(Answer::new(call.shuffled(rows)).protected())
}

pub(crate) fn options(call: &Call<'_>, state: &State) -> Outcome {
    call.params.allow(&[])?;
    if !call.may("/", "Sys.Audit") {
        return Ok(json!({"allowed-tags": []}).into());
    }
    let mut tags: Vec<&str> = state
        .guests
        .values()
        .filter_map(|guest| guest.tags.as_deref())
        .flat_map(|tags| tags.split(';'))
        .collect();
    tags.sort_unstable();
    tags.dedup();
    Ok(json!({"allowed-tags": tags, "description": "", "mac_prefix": "BC:24:11"}).into())
}

pub(crate) fn next_id(call: &Call<'_>, state: &State) -> Outcome {
    call.params.allow(&["vmid"])?;
    if let Some(vmid) = call.params.number("vmid")? {
        if u32::try_from(vmid).is_ok_and(|vmid| state.guests.contains_key(&vmid)) {
            return Err(Failure::parameter(
                "vmid",
                &format!("VM {vmid} already exists"),
            ));
        }
        return Ok(json!(vmid.to_string()).into());
    }
    Ok(json!(state.next_vmid().to_string()).into())
}

pub(crate) fn config_nodes(call: &Call<'_>, state: &State) -> Outcome {
    call.need("/", &["Sys.Audit"])?;
    call.params.allow(&[])?;
    let rows = state.nodes.iter().map(|node| {
        json!({
            "node": node.name,
            "name": node.name,
            "nodeid": node.nodeid.to_string(),
            "quorum_votes": "1",
            "ring0_addr": call.shared.address(node.nodeid).ip().to_string(),
        })
    });
    Ok(call.shuffled(rows.collect()).into())
}

pub(crate) fn totem(call: &Call<'_>) -> Outcome {
    call.need("/", &["Sys.Audit"])?;
    call.params.allow(&[])?;
    Ok(json!({
        "cluster_name": call.shared.world.config().cluster,
        "config_version": call.shared.world.config().nodes.to_string(),
        "interface": {"0": {"linknumber": "0"}},
        "ip_version": "ipv4-6",
        "link_mode": "passive",
        "secauth": "on",
        "version": "2",
    })
    .into())
}

/// There is no Ceph here, and that is no alarm.
pub(crate) fn ceph(call: &Call<'_>) -> Outcome {
    call.need("/", &["Sys.Audit", "Datastore.Audit"])?;
    Err(Failure::runtime("binary not installed: /usr/bin/ceph-mon"))
}
