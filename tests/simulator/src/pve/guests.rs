//! Virtual machines and containers: lists, status, configuration, snapshots.

use serde_json::{Map, Value, json};

use super::answer::{Answer, Failure, Outcome};
use super::call::Call;
use super::ha::digest;
use super::resources::sees;
use super::{agent, rrd};
use crate::world::State;
use crate::world::guest::{Agent, Guest, GuestKind, GuestStatus};

pub(crate) fn get(
    call: &Call<'_>,
    state: &State,
    node: &str,
    kind: GuestKind,
    rest: &[&str],
) -> Outcome {
    let [vmid, rest @ ..] = rest else {
        return list(call, state, node, kind);
    };
    let path = format!("/vms/{vmid}");
    let privileges = match rest {
        ["agent", ..] if kind == GuestKind::Vm => super::auth::agent_privileges(call.version()),
        ["status", "current"] | ["config" | "pending" | "snapshot" | "rrddata" | "feature"] => {
            &["VM.Audit"]
        }
        ["interfaces"] if kind == GuestKind::Container => &["VM.Audit"],
        _ => return Err(Failure::not_implemented(call.method, call.path)),
    };
    call.need(&path, privileges)?;
    call.node(state, node)?;
    match rest {
        ["rrddata"] => call.params.allow(&["timeframe", "cf"])?,
        ["feature"] => call.params.allow(&["feature", "snapname"])?,
        ["config"] => call.params.allow(&["current", "snapshot"])?,
        _ => call.params.allow(&[])?,
    }
    let guest = call.guest(state, node, kind, vmid)?;
    match rest {
        ["status", "current"] => Ok(Answer::new(current(call, state, guest)).protected()),
        ["config"] => Ok(Value::Object(config(guest)).into()),
        ["pending"] => {
            let rows = config(guest)
                .into_iter()
                .map(|(key, value)| json!({"key": key, "value": value}));
            Ok(call.shuffled(rows.collect()).into())
        }
        ["snapshot"] => Ok(Answer::new(snapshots(call, guest)).protected()),
        ["feature"] => Ok(Answer::new(json!({"hasFeature": 1, "nodes": [node]})).protected()),
        ["rrddata"] => rrd::of_guest(call, state, guest),
        ["interfaces"] => Ok(Answer::new(agent::container_interfaces(guest)).protected()),
        ["agent", command] => agent::get(call, state, guest, command),
        _ => Err(Failure::not_implemented(call.method, call.path)),
    }
}

fn list(call: &Call<'_>, state: &State, node: &str, kind: GuestKind) -> Outcome {
    call.node(state, node)?;
    call.params.allow(if kind == GuestKind::Vm {
        &["full"]
    } else {
        &[]
    })?;
    let guests = state
        .guests_on(node)
        .filter(|guest| guest.kind == kind && sees(call, guest));
    let full = call.params.flag("full");
    let rows = guests.map(|guest| Value::Object(row(call, state, guest, full)));
    Ok(Answer::new(call.shuffled(rows.collect())).protected())
}

/// The row of a list; `full` adds what has to be asked from the running process.
fn row(call: &Call<'_>, state: &State, guest: &Guest, full: bool) -> Map<String, Value> {
    let figures = state.guest_figures(guest, call.now);
    let mut row = Map::new();
    let mut put = |key: &str, value: Value| {
        row.insert(key.to_owned(), value);
    };
    let vm = guest.kind == GuestKind::Vm;
    put("vmid", json!(guest.vmid));
    put("name", json!(guest.name));
    put(
        "status",
        json!(if guest.alive() { "running" } else { "stopped" }),
    );
    put("cpus", json!(guest.cores));
    put("cpu", json!(figures.cpu));
    put("mem", json!(figures.mem));
    put("maxmem", json!(guest.memory));
    put("disk", json!(if vm { 0 } else { figures.disk }));
    put("maxdisk", json!(guest.disk));
    put("uptime", json!(figures.uptime));
    put("netin", json!(figures.netin));
    put("netout", json!(figures.netout));
    if guest.template {
        put("template", json!(1));
    }
    if let Some(lock) = &guest.lock {
        put("lock", json!(lock));
    }
    if let Some(tags) = &guest.tags {
        put("tags", json!(tags));
    }
    if guest.alive() {
        put("pid", json!(1000 + guest.seed % 3_000_000));
        if call.v9() {
            let [cpu, io, memory] = figures.pressure;
            for (name, value) in [
                ("pressurecpusome", cpu),
                ("pressurecpufull", 0.0),
                ("pressureiosome", io),
                ("pressureiofull", io / 2.0),
                ("pressurememorysome", memory),
                ("pressurememoryfull", memory / 2.0),
            ] {
                put(name, json!((value * 100.0).round() / 100.0));
            }
        }
    }
    if vm {
        if call.v9() {
            put("memhost", json!(figures.memhost));
        }
        if full {
            put("qmpstatus", json!(qmp_status(guest)));
            // A suspended one tells nothing but that.
            if guest.status == GuestStatus::Running && guest.alive() {
                live(guest, &figures, &mut put);
            }
        }
    } else {
        put("type", json!("lxc"));
        put("diskread", json!(figures.diskread));
        put("diskwrite", json!(figures.diskwrite));
        put("swap", json!(figures.swap));
        put("maxswap", json!(guest.swap));
    }
    row
}

fn qmp_status(guest: &Guest) -> &'static str {
    match guest.status {
        _ if guest.template => "stopped",
        GuestStatus::Running => "running",
        GuestStatus::Stopped => "stopped",
        GuestStatus::Paused => "paused",
    }
}

/// What the process of a running virtual machine tells.
fn live(guest: &Guest, figures: &crate::GuestFigures, put: &mut impl FnMut(&str, Value)) {
    put("diskread", json!(figures.diskread));
    put("diskwrite", json!(figures.diskwrite));
    put("running-machine", json!("pc-i440fx-10.0+pve0"));
    put("running-qemu", json!("10.0.2"));
    let mut nics = Map::new();
    nics.insert(
        format!("tap{}i0", guest.vmid),
        json!({"netin": figures.netin, "netout": figures.netout}),
    );
    put("nics", Value::Object(nics));
    let (reads, writes) = (figures.diskread / 16_384, figures.diskwrite / 8192);
    put(
        "blockstat",
        json!({"scsi0": {
            "rd_bytes": figures.diskread, "wr_bytes": figures.diskwrite, "rd_operations": reads, "wr_operations": writes,
            "rd_merged": 0, "wr_merged": 0, "rd_total_time_ns": reads * 210_000, "wr_total_time_ns": writes * 380_000,
            "flush_operations": writes / 8, "flush_total_time_ns": writes * 90_000, "wr_highest_offset": guest.disk / 2,
            "unmap_bytes": 0, "unmap_merged": 0, "unmap_operations": 0, "unmap_total_time_ns": 0,
            "failed_rd_operations": 0, "failed_wr_operations": 0, "failed_flush_operations": 0, "failed_unmap_operations": 0,
            "invalid_rd_operations": 0, "invalid_wr_operations": 0, "invalid_flush_operations": 0,
            "invalid_unmap_operations": 0, "account_failed": true, "account_invalid": true, "timed_stats": [],
            "idle_time_ns": figures.uptime * 1_000_000,
        }}),
    );
    if guest.balloon {
        let free = guest.memory.saturating_sub(figures.mem);
        put("balloon", json!(guest.memory));
        put("freemem", json!(free));
        put(
            "ballooninfo",
            json!({
                "actual": guest.memory, "max_mem": guest.memory, "total_mem": guest.memory, "free_mem": free,
                "major_page_faults": 2134, "minor_page_faults": 5_123_456, "mem_swapped_in": 0, "mem_swapped_out": 0,
            }),
        );
    }
}

fn current(call: &Call<'_>, state: &State, guest: &Guest) -> Value {
    let mut row = row(call, state, guest, true);
    row.insert(
        "ha".to_owned(),
        match &guest.ha {
            Some(wish) => json!({"managed": 1, "state": wish}),
            None => json!({"managed": 0}),
        },
    );
    if guest.agent != Agent::Absent {
        row.insert("agent".to_owned(), json!(1));
    }
    Value::Object(row)
}

/// The configuration. A VM's `memory` and `agent` are strings, a container's `memory` is a number.
fn config(guest: &Guest) -> Map<String, Value> {
    let mib = guest.memory >> 20;
    let gib = guest.disk.div_ceil(1 << 30);
    let mac = agent::mac(guest).to_uppercase();
    let mut config = match guest.kind {
        GuestKind::Vm => json!({
            "name": guest.name,
            "memory": mib.to_string(),
            "cores": guest.cores,
            "cpu": "x86-64-v2-AES",
            "ostype": "l26",
            "scsihw": "virtio-scsi-single",
            "scsi0": format!("{}:vm-{}-disk-0,size={gib}G", guest.storage, guest.vmid),
            "net0": format!("virtio={mac},bridge=vmbr0"),
            "boot": "order=scsi0;net0",
            "smbios1": format!("uuid={}", super::auth::uuid(&[guest.seed, 810])),
            "vmgenid": super::auth::uuid(&[guest.seed, 811]),
            "meta": "creation-qemu=10.0.2,ctime=1767225600",
            "digest": digest(guest),
        }),
        GuestKind::Container => json!({
            "hostname": guest.name,
            "memory": mib,
            "swap": guest.swap >> 20,
            "cores": guest.cores,
            "arch": "amd64",
            "ostype": "debian",
            "rootfs": format!("{}:vm-{}-disk-0,size={gib}G", guest.storage, guest.vmid),
            "net0": format!("name=eth0,bridge=vmbr0,hwaddr={mac},ip=dhcp,type=veth"),
            "digest": digest(guest),
        }),
    };
    let optional = [
        ("tags", guest.tags.clone()),
        ("lock", guest.lock.clone()),
        ("description", guest.description.clone()),
        (
            "agent",
            (guest.agent != Agent::Absent).then(|| "1".to_owned()),
        ),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            config[key] = json!(value);
        }
    }
    if guest.template {
        config["template"] = json!(1);
    }
    match config {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Snapshots, always with the pseudo entry `current`.
fn snapshots(call: &Call<'_>, guest: &Guest) -> Value {
    let mut rows = Vec::new();
    let mut current = json!({"name": "current", "description": "You are here!", "digest": digest(guest), "running": u8::from(guest.alive())});
    for snapshot in &guest.snapshots {
        let mut row = json!({
            "name": snapshot.name, "description": snapshot.description, "snaptime": snapshot.at,
            "vmstate": u8::from(snapshot.vmstate),
        });
        if let Some(parent) = &snapshot.parent {
            row["parent"] = json!(parent);
        }
        rows.push(row);
    }
    if let Some(last) = guest.snapshots.last() {
        current["parent"] = json!(last.name);
    }
    rows.push(current);
    call.shuffled(rows)
}
