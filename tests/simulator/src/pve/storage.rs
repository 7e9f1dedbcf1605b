//! Storages: per node, their status and content, and the cluster-wide configuration.

use serde_json::{Value, json};

use super::answer::{Answer, Failure, Outcome};
use super::call::Call;
use super::rrd;
use crate::dice;
use crate::world::State;
use crate::world::backup::Backup;
use crate::world::guest::GuestKind;
use crate::world::node::Node;
use crate::world::storage::Storage;

pub(crate) fn get(call: &Call<'_>, state: &State, node: &str, rest: &[&str]) -> Outcome {
    let [name, rest @ ..] = rest else {
        return list(call, state, node);
    };
    if !matches!(rest, ["status" | "content" | "rrddata" | "prunebackups"]) {
        return Err(Failure::not_implemented(call.method, call.path));
    }
    call.need(
        &format!("/storage/{name}"),
        &["Datastore.Audit", "Datastore.AllocateSpace"],
    )?;
    let node = call.node(state, node)?;
    match rest {
        ["content"] => call.params.allow(&["content", "vmid"])?,
        ["rrddata"] => call.params.allow(&["timeframe", "cf"])?,
        ["prunebackups"] => call.params.allow(&["prune-backups", "type", "vmid"])?,
        _ => call.params.allow(&[])?,
    }
    let Some(storage) = state.storages.iter().find(|storage| storage.name == *name) else {
        let reason = format!("storage '{name}' does not exist");
        return Err(match rest {
            ["status"] => Failure::parameter("storage", &reason),
            _ => Failure::runtime(reason),
        });
    };
    match rest {
        ["rrddata"] => rrd::of_storage(call, state, node, storage),
        ["prunebackups"] => Err(Failure::runtime(format!(
            "no prune-backups options configured for storage '{name}'"
        ))),
        ["content"] => content(call, state, node, storage),
        _ => {
            let mut row = row(call, state, node, storage);
            if let Value::Object(map) = &mut row {
                map.remove("storage");
                map.remove("used_fraction");
            }
            Ok(Answer::new(row).protected())
        }
    }
}

fn list(call: &Call<'_>, state: &State, name: &str) -> Outcome {
    let node = call.node(state, name)?;
    call.params
        .allow(&["enabled", "content", "storage", "target", "format"])?;
    let wanted = call.params.get("content");
    let rows = state
        .storages
        .iter()
        .filter(|storage| call.may(&format!("/storage/{}", storage.name), "Datastore.Audit"))
        // Those restricted to other nodes stay in the list of the enabled ones, as on real hosts.
        .filter(|storage| !(call.params.flag("enabled") && storage.disabled))
        .filter(|storage| wanted.is_none_or(|wanted| storage.content.contains(&wanted)))
        .map(|storage| row(call, state, node, storage));
    Ok(Answer::new(call.shuffled(rows.collect())).protected())
}

fn row(call: &Call<'_>, state: &State, node: &Node, storage: &Storage) -> Value {
    let mut row = json!({
        "storage": storage.name,
        "type": storage.kind,
        "content": call.words(storage.content),
        "shared": u8::from(storage.shared),
        "enabled": u8::from(storage.enabled_on(&node.name)),
        "active": 0,
        "total": 0,
        "used": 0,
        "avail": 0,
    });
    if let Some(figures) = state.storage_figures(storage, node, call.now) {
        row["active"] = json!(1);
        row["total"] = json!(figures.total);
        row["used"] = json!(figures.used);
        row["avail"] = json!(figures.total.saturating_sub(figures.used));
        row["used_fraction"] = json!(figures.used as f64 / figures.total as f64);
    }
    row
}

fn content(call: &Call<'_>, state: &State, node: &Node, storage: &Storage) -> Outcome {
    if !storage.enabled_on(&node.name) {
        return Err(Failure::runtime(format!(
            "storage '{}' is not available on node '{}'",
            storage.name, node.name
        )));
    }
    if storage.inactive {
        return Err(Failure::runtime(format!(
            "storage '{}' is not online",
            storage.name
        )));
    }
    let wanted = call.params.get("content");
    let vmid = call.params.number("vmid")?;
    let asks_for =
        |kind: &str| storage.content.contains(&kind) && wanted.is_none_or(|wanted| wanted == kind);
    let mut rows = Vec::new();
    if asks_for("backup")
        && matches!(storage.kind, "pbs" | "nfs" | "dir")
        && call.may(
            &format!("/storage/{}", storage.name),
            "Datastore.AllocateSpace",
        )
    {
        let listed = state.backups_on(&storage.name, call.seconds());
        let visible = listed.filter(|backup| {
            backup
                .vmid()
                .is_some_and(|vmid| call.may(&format!("/vms/{vmid}"), "VM.Backup"))
        });
        rows.extend(visible.map(|backup| backup_row(storage, backup)));
    }
    if asks_for("iso") {
        rows.push(json!({
            "volid": format!("{}:iso/debian-13.1.0-amd64-netinst.iso", storage.name), "content": "iso", "format": "iso",
            "size": 790_626_304, "ctime": 1_757_203_200,
        }));
    }
    if asks_for("vztmpl") {
        rows.push(json!({
            "volid": format!("{}:vztmpl/debian-13-standard_13.1-1_amd64.tar.zst", storage.name), "content": "vztmpl",
            "format": "tzst", "size": 127_401_984, "ctime": 1_757_203_300,
        }));
    }
    for (kind, content) in [(GuestKind::Vm, "images"), (GuestKind::Container, "rootdir")] {
        if !asks_for(content) {
            continue;
        }
        let here = state
            .guests_on(&node.name)
            .filter(|guest| guest.kind == kind && guest.storage == storage.name);
        rows.extend(here.filter(|guest| call.may(&format!("/vms/{}", guest.vmid), "VM.Config.Disk")).map(|guest| {
            json!({
                "volid": format!("{}:vm-{}-disk-0", storage.name, guest.vmid), "content": content, "format": "raw",
                "size": guest.disk, "ctime": 1_767_225_600, "vmid": guest.vmid, "parent": null,
            })
        }));
    }
    if let Some(vmid) = vmid {
        rows.retain(|row| row["vmid"] == json!(vmid));
    }
    Ok(Answer::new(call.shuffled(rows)).protected())
}

/// A backup as it stands in a storage's content.
fn backup_row(storage: &Storage, backup: &Backup) -> Value {
    let word = match backup.kind {
        "ct" => "lxc",
        _ => "qemu",
    };
    let mut row = json!({
        "volid": volid(storage, backup), "content": "backup", "subtype": word, "vmid": backup.vmid(),
        "format": if storage.kind == "pbs" { format!("pbs-{}", backup.kind) } else { "vma.zst".to_owned() },
        "ctime": backup.made_at, "size": backup.size, "notes": backup.notes,
        "protected": u8::from(backup.protected),
    });
    if let Some((ok, upid)) = &backup.verified {
        let state = if *ok { "ok" } else { "failed" };
        row["verification"] = json!({"state": state, "upid": upid});
    }
    row
}

/// The name of a backup on a storage: a path on a backup server, a file elsewhere.
pub(crate) fn volid(storage: &Storage, backup: &Backup) -> String {
    let at = backup.made_at;
    let (year, month, day) = crate::clock::civil(at.div_euclid(86_400));
    let (hour, minute, second) = (at / 3600 % 24, at / 60 % 60, at % 60);
    if storage.kind == "pbs" {
        return format!(
            "{}:backup/{}/{}/{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z",
            storage.name, backup.kind, backup.id
        );
    }
    let word = if backup.kind == "ct" { "lxc" } else { "qemu" };
    format!(
        "{}:backup/vzdump-{word}-{}-{year}_{month:02}_{day:02}-{hour:02}_{minute:02}_{second:02}.vma.zst",
        storage.name, backup.id
    )
}

/// `GET /storage`: what is configured, whatever became of it.
pub(crate) fn configuration(call: &Call<'_>, state: &State) -> Outcome {
    call.params.allow(&["type"])?;
    let wanted = call.params.get("type");
    let visible = |storage: &&Storage| {
        call.may(&format!("/storage/{}", storage.name), "Datastore.Audit")
            && wanted.is_none_or(|wanted| wanted == storage.kind)
    };
    let rows = state.storages.iter().filter(visible).map(|storage| {
        let mut row = json!({
            "storage": storage.name,
            "type": storage.kind,
            "content": call.words(storage.content),
            "digest": format!("{:016x}{:016x}{:08x}", state.seed(), dice::hash(&[state.seed(), 831]), 0x14d9_ca77),
        });
        let more = match storage.kind {
            "dir" => json!({"path": if storage.name == "local" { "/var/lib/vz".to_owned() } else { format!("/mnt/{}", storage.name) }}),
            "lvmthin" => json!({"vgname": "pve", "thinpool": "data"}),
            "zfspool" => json!({"pool": "tank/guests", "sparse": 1}),
            "nfs" => json!({
                "server": "10.10.0.20", "export": format!("/tank/{}", storage.name), "path": format!("/mnt/pve/{}", storage.name),
                "options": "vers=4.2",
            }),
            _ => json!({
                "server": "10.10.0.9", "datastore": "main", "username": "backup@pbs!pve",
                "fingerprint": call.shared.authority.certificate.fingerprint.to_lowercase(),
            }),
        };
        if let (Value::Object(row), Value::Object(more)) = (&mut row, more) {
            row.extend(more);
        }
        if storage.shared {
            row["shared"] = json!(1);
        }
        if storage.disabled {
            row["disable"] = json!(1);
        }
        if let Some(nodes) = &storage.nodes {
            row["nodes"] = json!(nodes.join(","));
        }
        row
    });
    Ok(call.shuffled(rows.collect()).into())
}
