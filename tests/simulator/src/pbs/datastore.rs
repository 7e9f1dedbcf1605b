//! Datastores: their space, namespaces, groups and backups.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::route::{Answer, Call, Failure, Outcome};
use crate::world::State;
use crate::world::backup::Backup;
use crate::world::vault::Vault;

/// How many half-hours of the past the usage call tells of.
const HISTORY: usize = 1440;

pub(crate) fn visible<'s>(call: &Call<'_>, state: &'s State) -> Vec<&'s Vault> {
    let may = |vault: &&Vault| call.may(&format!("/datastore/{}", vault.name), "Datastore.Audit");
    state.vaults.iter().filter(may).collect()
}

/// Why a datastore does not answer.
fn trouble(vault: &Vault) -> Option<Failure> {
    let name = &vault.name;
    if let Some(mode) = &vault.maintenance {
        let (word, message) = mode.split_once(",message=").unwrap_or((mode, ""));
        let message = if message.is_empty() {
            String::new()
        } else {
            format!(": {message}")
        };
        return Some(Failure::new(
            400,
            format!("datastore '{name}' is in {word} maintenance mode{message}"),
        ));
    }
    vault.broken.then(|| {
        let path = format!("/srv/{name}/.chunks");
        Failure::new(400, format!("unable to open chunk store '{name}' at {path:?} - ENOENT: No such file or directory"))
    })
}

fn gc_status(vault: &Vault) -> Value {
    json!({
        "disk-bytes": vault.used, "disk-chunks": vault.used / 2_000_000, "index-data-bytes": vault.used * 9,
        "index-file-count": 40, "pending-bytes": 0, "pending-chunks": 0, "removed-bad": 0, "removed-bytes": 0,
        "removed-chunks": 0, "still-bad": 0, "upid": crate::world::vault::upid(1, "garbage_collection", &vault.name, 6),
    })
}

/// All datastores; one whose directory is gone spoils the whole answer.
pub(crate) fn usage(call: &Call<'_>, state: &State) -> Outcome {
    call.allow(&[])?;
    let mut rows = Vec::new();
    for vault in visible(call, state) {
        if vault.maintenance.is_some() {
            let error = trouble(vault).map(|failure| failure.text);
            rows.push(json!({"store": vault.name, "error": error}));
            continue;
        }
        if vault.broken {
            return Err(Failure::new(400, "ENOENT: No such file or directory"));
        }
        rows.push(json!({
            "store": vault.name, "total": vault.total, "used": vault.used, "avail": vault.total - vault.used,
            "gc-status": gc_status(vault), "history": vec![Value::Null; HISTORY],
            "history-start": call.now - 1800 * HISTORY as i64, "history-delta": 1800,
        }));
    }
    Ok(Value::Array(rows).into())
}

pub(crate) fn list(call: &Call<'_>, state: &State) -> Outcome {
    call.allow(&[])?;
    let rows = visible(call, state).into_iter().map(|vault| {
        let mut row = json!({"store": vault.name, "comment": vault.comment});
        if let Some(mode) = &vault.maintenance {
            row["maintenance"] = json!(mode);
        }
        row
    });
    Ok(Value::Array(rows.collect()).into())
}

pub(crate) fn configuration(call: &Call<'_>, state: &State) -> Outcome {
    call.allow(&[])?;
    let rows = visible(call, state).into_iter().map(|vault| {
        let mut row = json!({"name": vault.name, "path": format!("/srv/{}", vault.name)});
        for (key, value) in [
            ("comment", &vault.comment),
            ("maintenance-mode", &vault.maintenance),
        ] {
            if let Some(value) = value {
                row[key] = json!(value);
            }
        }
        row
    });
    Ok(Answer::from(Value::Array(rows.collect())).with_digest())
}

pub(crate) fn get(call: &Call<'_>, state: &State, store: &str, rest: &[&str]) -> Outcome {
    let path = format!("/datastore/{store}");
    if !call.may(&path, "Datastore.Audit") {
        return Err(match rest {
            ["status" | "gc" | "rrd" | "active-operations" | "namespace"] => {
                Failure::new(403, "permission check failed")
            }
            _ => Failure::new(
                403,
                format!(
                    "permission check failed - missing Datastore.Audit|Datastore.Backup on {path}{}",
                    call.params
                        .get("ns")
                        .map(|ns| format!("/{ns}"))
                        .unwrap_or_default()
                ),
            ),
        });
    }
    call.allow(match rest {
        ["status"] => &["verbose"],
        ["snapshots"] => &["ns", "backup-type", "backup-id"],
        ["groups"] => &["ns"],
        ["namespace"] => &["parent", "max-depth"],
        ["rrd"] => &["timeframe", "cf"],
        ["notes"] => &["ns", "backup-type", "backup-id", "backup-time"],
        _ => &[],
    })?;
    let Some((vault, storage)) = state.vault(store) else {
        return Err(Failure::new(400, format!("no such datastore '{store}'")));
    };
    if let Some(failure) = trouble(vault) {
        return Err(failure);
    }
    let namespace = call.params.get("ns").unwrap_or("");
    if !namespace.is_empty() && !vault.namespaces.iter().any(|known| known == namespace) {
        return Err(Failure::new(
            400,
            format!("namespace '{namespace}' does not exist"),
        ));
    }
    let backups = || {
        let all = state.backups_on(storage, call.now);
        all.filter(|backup| backup.namespace == namespace)
    };
    match rest {
        ["status"] => {
            let mut status = json!({"total": vault.total, "used": vault.used, "avail": vault.total - vault.used});
            if call.params.flag("verbose") {
                status["gc-status"] = gc_status(vault);
                status["counts"] = counts(state.backups_on(storage, call.now));
            }
            Ok(status.into())
        }
        ["namespace"] => {
            let names = vault.namespaces.iter().map(String::as_str);
            let rows = [""]
                .into_iter()
                .chain(names)
                .map(|name| json!({"ns": name}));
            Ok(Value::Array(rows.collect()).into())
        }
        ["groups"] => Ok(Value::Array(groups(backups())).into()),
        ["snapshots"] => {
            Ok(Answer::from(Value::Array(backups().map(snapshot).collect())).streamed())
        }
        ["gc"] => Ok(super::jobs::garbage_of(call, state, vault).into()),
        ["active-operations"] => Ok(json!({"read": 0, "write": 0}).into()),
        ["notes"] => {
            let asked = |name: &str| call.params.get(name).unwrap_or_default();
            let found = backups().find(|backup| {
                backup.kind == asked("backup-type")
                    && backup.id == asked("backup-id")
                    && backup.made_at.to_string() == asked("backup-time")
            });
            match found {
                Some(backup) => Ok(json!(backup.notes).into()),
                None => Err(Failure::new(
                    400,
                    "unable to load blob - ENOENT: No such file or directory",
                )),
            }
        }
        ["rrd"] => {
            let (step, count) = call.frame()?;
            let minute = |back: i64| call.now - back * step;
            let row = |back: i64| match back % 17 {
                0 => json!({"time": minute(back)}),
                _ => json!({
                    "time": minute(back), "total": vault.total as f64, "used": vault.used as f64,
                    "available": (vault.total - vault.used) as f64, "read_bytes": 0.5, "write_bytes": 0.5,
                    "read_ios": 0.5, "write_ios": 0.5, "io_ticks": 0.5,
                }),
            };
            Ok(Value::Array((0..count).rev().map(row).collect()).into())
        }
        _ => Err((call.not_found)()),
    }
}

fn by_group<'b>(
    backups: impl Iterator<Item = &'b Backup>,
) -> BTreeMap<(&'b str, &'b str), Vec<&'b Backup>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for backup in backups {
        groups
            .entry((backup.kind, backup.id.as_str()))
            .or_default()
            .push(backup);
    }
    groups
}

fn groups<'b>(backups: impl Iterator<Item = &'b Backup>) -> Vec<Value> {
    let groups = by_group(backups).into_iter();
    let rows = groups.map(|((kind, id), backups)| {
        json!({
            "backup-type": kind, "backup-id": id, "backup-count": backups.len(), "owner": "root@pam!full",
            "last-backup": backups.iter().map(|backup| backup.made_at).max(),
            "files": ["index.json.blob", "client.log.blob"],
        })
    });
    rows.collect()
}

fn counts<'b>(backups: impl Iterator<Item = &'b Backup>) -> Value {
    let mut counts = json!({"ct": null, "host": null, "vm": null, "other": null});
    for ((kind, _), backups) in by_group(backups) {
        let before = |what: &str| counts[kind][what].as_u64().unwrap_or(0);
        let row = json!({"groups": before("groups") + 1, "snapshots": before("snapshots") + backups.len() as u64});
        counts[kind] = row;
    }
    counts
}

fn snapshot(backup: &Backup) -> Value {
    let mut row = json!({
        "backup-type": backup.kind, "backup-id": backup.id, "backup-time": backup.made_at, "size": backup.size,
        "owner": "root@pam!full", "protected": backup.protected,
        "files": [
            {"filename": "index.json.blob", "crypt-mode": "none", "size": 454},
            {"filename": "client.log.blob"},
        ],
    });
    if !backup.notes.is_empty() {
        row["comment"] = json!(backup.notes);
    }
    if let Some((ok, upid)) = &backup.verified {
        row["verification"] = json!({"state": if *ok { "ok" } else { "failed" }, "upid": upid});
    }
    row
}
