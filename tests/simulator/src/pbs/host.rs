//! The server's own host: figures, tasks, services, disks, tapes.

use serde_json::{Value, json};

use super::route::{Answer, Call, Failure, Outcome};
use crate::curve::Curve;
use crate::world::State;
use crate::world::vault::VaultTask;

const MEMORY: u64 = 16 << 30;
const ROOT: u64 = 60 << 30;

/// The name of the node in the path is not looked at.
pub(crate) fn get(call: &Call<'_>, state: &State, rest: &[&str]) -> Outcome {
    if rest == ["time"] {
        return Ok(json!({"timezone": "Etc/UTC", "time": call.now, "localtime": call.now}).into());
    }
    if rest == ["certificates", "info"] {
        return Err(Failure::new(403, "permission check failed"));
    }
    if rest == ["tasks"] {
        return tasks(call, state);
    }
    call.need("/system", "Sys.Audit")?;
    match rest {
        ["rrd"] => call.allow(&["timeframe", "cf"])?,
        ["disks", "list"] => call.allow(&["skipsmart", "usage-type"])?,
        _ => call.allow(&[])?,
    }
    match rest {
        ["status"] => Ok(status(call).into()),
        ["services"] => {
            let rows = ["proxmox-backup", "proxmox-backup-proxy", "cron"].map(|name| {
                json!({"service": name, "name": name, "desc": format!("the {name} service"), "state": "running", "unit-state": "enabled"})
            });
            Ok(Value::from(rows.to_vec()).into())
        }
        ["subscription"] => Ok(json!({
            "status": "notfound", "message": "There is no subscription key", "serverid": "00000000000000000000000000000000",
            "url": "https://www.proxmox.com/en/proxmox-backup-server/pricing",
        })
        .into()),
        ["apt", "update"] => Ok(json!([{
            "Package": "proxmox-backup-server", "Title": "Proxmox Backup Server daemon", "Arch": "amd64",
            "Description": "the server itself", "Origin": "Proxmox", "Priority": "optional", "Section": "admin",
            "Version": "3.2.7-1", "OldVersion": "3.2.4-1",
        }])
        .into()),
        ["disks", "list"] => Ok(json!([{
            "name": "sda", "devpath": "/dev/sda", "disk-type": "ssd", "gpt": true, "model": "Simulated ssd 8000",
            "serial": "SPBS0001", "vendor": "unknown", "wwn": null, "rpm": null, "size": 8_001_563_222_016_u64,
            "status": "passed", "used": "mounted", "wearout": 91.0, "partitions": null,
        }])
        .into()),
        ["disks", "directory"] | ["network"] => Ok(json!([]).into()),
        ["disks", "zfs"] => Err(Failure::new(
            400,
            "failed to execute \"zpool\" \"list\" \"-H\" \"-p\" \"-P\" - No such file or directory (os error 2)",
        )),
        ["rrd"] => {
            let (step, count) = call.frame()?;
            let row = |back: i64| match back % 17 {
                0 => json!({"time": call.now - back * step}),
                _ => json!({
                    "time": call.now - back * step, "cpu": 0.1, "iowait": 0.01, "loadavg": 0.5, "memtotal": MEMORY as f64,
                    "memused": 2.5e9, "swaptotal": 0.5, "swapused": 0.5, "total": ROOT as f64, "used": 9.5e9,
                    "netin": 10.5, "netout": 10.5, "read_bytes": 0.5, "write_bytes": 0.5, "read_ios": 0.5,
                    "write_ios": 0.5, "io_ticks": 0.5,
                }),
            };
            Ok(Value::Array((0..count).rev().map(row).collect()).into())
        }
        _ => Err((call.not_found)()),
    }
}

fn status(call: &Call<'_>) -> Value {
    let curve = Curve::new(901);
    let at = call.now as f64;
    let cpu = (0.06 + 0.05 * curve.wander(at) + 0.5 * curve.burst(at)).clamp(0.001, 1.0);
    let used = (MEMORY as f64 * (0.3 + 0.05 * curve.drift(at))) as u64;
    let root = (ROOT as f64 * (0.2 + 0.02 * curve.drift(at))) as u64;
    let load = |factor: f64| ((cpu * 8.0 * factor) * 100.0).round() / 100.0;
    json!({
        "cpu": cpu, "wait": 0.003 + 0.05 * curve.burst(at), "uptime": call.now % 8_640_000 + 600,
        "loadavg": [load(1.0), load(0.9), load(0.8)],
        "memory": {"total": MEMORY, "used": used, "free": MEMORY - used},
        "swap": {"total": 0, "used": 0, "free": 0},
        "root": {"total": ROOT, "used": root, "avail": ROOT - root},
        "cpuinfo": {"cpus": 8, "model": "Simulated CPU at 2.40GHz", "sockets": 1},
        "kversion": "Linux 6.8.12-15-pve #1 SMP PREEMPT_DYNAMIC",
        "current-kernel": {"sysname": "Linux", "release": "6.8.12-15-pve", "version": "#1 SMP PREEMPT_DYNAMIC", "machine": "x86_64"},
        "info": {"fingerprint": call.shared.fingerprint()},
        "boot-info": {"mode": "efi", "secureboot": false},
    })
}

fn tasks(call: &Call<'_>, state: &State) -> Outcome {
    let params = call.params;
    call.allow(&[
        "limit",
        "start",
        "since",
        "until",
        "running",
        "errors",
        "store",
        "typefilter",
        "statusfilter",
        "userfilter",
    ])?;
    if !call.may("/system", "Sys.Audit") {
        let mut answer = Answer::from(json!([])).streamed();
        answer.extra.push(("total", json!(0)));
        return Ok(answer);
    }
    let number = |name: &str| params.get(name).and_then(|text| text.parse::<i64>().ok());
    let running = |task: &VaultTask| task.endtime > call.now;
    let matching: Vec<&VaultTask> = state
        .vault_tasks
        .iter()
        .rev()
        .filter(|task| task.starttime <= call.now)
        .filter(|task| number("since").is_none_or(|since| task.starttime >= since))
        .filter(|task| number("until").is_none_or(|until| task.starttime <= until))
        .filter(|task| !params.flag("running") || running(task))
        .filter(|task| !params.flag("errors") || !running(task) && task.outcome != "OK")
        .filter(|task| {
            params
                .get("typefilter")
                .is_none_or(|kind| task.kind.contains(kind))
        })
        .filter(|task| {
            params
                .get("store")
                .is_none_or(|store| task.id.contains(store))
        })
        .collect();
    let start = number("start").unwrap_or(0).max(0) as usize;
    let limit = number("limit").unwrap_or(50).max(0) as usize;
    let page: Vec<&VaultTask> = matching.iter().skip(start).take(limit).copied().collect();
    let total = (start + page.len() + 1).min(matching.len());
    let rows = page.into_iter().map(|task| {
        let mut row = json!({
            "upid": task.upid, "node": "localhost", "pid": task.pid, "pstart": 344_295, "starttime": task.starttime,
            "worker_type": task.kind, "worker_id": task.id, "user": "root@pam!full",
        });
        if !running(task) {
            row["endtime"] = json!(task.endtime);
            row["status"] = json!(task.outcome);
        }
        row
    });
    let mut answer = Answer::from(Value::Array(rows.collect())).streamed();
    answer.extra.push(("total", json!(total)));
    Ok(answer)
}

/// Without `Tape.Audit` every list is empty, not refused; with it there is one drive.
pub(crate) fn tape(call: &Call<'_>, kind: &str) -> Outcome {
    call.allow(&[])?;
    let sees = call.may("/tape", "Tape.Audit");
    match kind {
        "drive" if sees => Ok(json!([{
            "name": "lto8", "path": "/dev/tape/by-id/scsi-1", "vendor": "IBM", "model": "ULT3580-TD8", "serial": "10WT036260",
        }])
        .into()),
        "backup" => Ok(Answer::from(json!([])).with_digest()),
        "drive" | "changer" | "media" => Ok(json!([]).into()),
        _ => Err((call.not_found)()),
    }
}
