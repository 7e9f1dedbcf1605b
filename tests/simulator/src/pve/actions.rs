//! What changes guests: queued as tasks, whose end tells whether it worked.

use serde_json::json;

use super::answer::{Answer, Failure, Outcome};
use super::call::Call;
use crate::world::State;
use crate::world::guest::{Guest, GuestKind, GuestStatus};
use crate::world::task::TaskSpec;

/// A power action: nearly always 200 with a UPID.
pub(crate) fn power(
    call: &Call<'_>,
    state: &mut State,
    node: &str,
    kind: GuestKind,
    vmid: &str,
    action: &str,
) -> Outcome {
    let vm = kind == GuestKind::Vm;
    let task = match (action, vm) {
        ("start", true) => "qmstart",
        ("start", false) => "vzstart",
        ("stop", true) => "qmstop",
        ("stop", false) => "vzstop",
        ("shutdown", true) => "qmshutdown",
        ("shutdown", false) => "vzshutdown",
        ("reboot", true) => "qmreboot",
        ("reboot", false) => "vzreboot",
        ("reset", true) => "qmreset",
        ("suspend", true) => "qmpause",
        ("suspend", false) => "vzsuspend",
        ("resume", true) => "qmresume",
        ("resume", false) => "vzresume",
        _ => return Err(Failure::not_implemented(call.method, call.path)),
    };
    call.need(&format!("/vms/{vmid}"), &["VM.PowerMgmt"])?;
    call.node(state, node)?;
    call.params.allow(&[
        "timeout",
        "forceStop",
        "skiplock",
        "overrule-shutdown",
        "todisk",
        "nocheck",
        "keepActive",
    ])?;
    let guest = call.guest(state, node, kind, vmid)?;
    if !state.quorate {
        return Err(Failure::runtime("cluster not ready - no quorum?"));
    }
    if !vm && action == "stop" && !guest.alive() {
        return Err(Failure::runtime(format!("CT {vmid} not running")));
    }
    let outcome = outcome(guest, action);
    // A managed guest is not touched here: the manager is only asked to.
    let (task, wish) = match (&guest.ha, action) {
        (Some(_), "start") => ("hastart", Some("started")),
        (Some(_), "stop" | "shutdown") => ("hastop", Some("stopped")),
        _ => (task, None),
    };
    let vmid = guest.vmid;
    let failed = outcome.is_err();
    if let (Some(guest), Ok(status)) = (state.guests.get_mut(&vmid), &outcome) {
        match action {
            "reboot" | "reset" => guest.run_from(call.now),
            _ => guest.switch_to(*status, call.now),
        }
        if let Some(wish) = wish {
            guest.ha = Some(wish.to_owned());
        }
    }
    let text = outcome.err().unwrap_or_else(|| "OK".to_owned());
    let takes = if failed { 0 } else { 2 };
    queue(
        call,
        state,
        TaskSpec::new(node, task, &vmid.to_string())
            .outcome(&text)
            .lasting(0, takes),
    )
}

/// What becomes of the guest, or why nothing does.
fn outcome(guest: &Guest, action: &str) -> Result<GuestStatus, String> {
    let name = if guest.kind == GuestKind::Vm {
        "VM"
    } else {
        "CT"
    };
    if let Some(lock) = &guest.lock {
        return Err(format!("{name} is locked ({lock})"));
    }
    if guest.template {
        return Err("you can't start a vm if it's a template".to_owned());
    }
    match action {
        "start" if guest.alive() => Err(format!("{name} {} already running", guest.vmid)),
        "start" => Ok(GuestStatus::Running),
        "stop" => Ok(GuestStatus::Stopped),
        _ if !guest.alive() => Err(format!("{name} {} not running", guest.vmid)),
        "shutdown" => Ok(GuestStatus::Stopped),
        "suspend" => Ok(GuestStatus::Paused),
        _ => Ok(GuestStatus::Running),
    }
}

pub(crate) fn snapshot(
    call: &Call<'_>,
    state: &mut State,
    node: &str,
    kind: GuestKind,
    vmid: &str,
) -> Outcome {
    call.need(&format!("/vms/{vmid}"), &["VM.Snapshot"])?;
    call.node(state, node)?;
    call.params.allow(&["snapname", "description", "vmstate"])?;
    call.guest(state, node, kind, vmid)?;
    if call.params.get("snapname").is_none() {
        return Err(Failure::parameter(
            "snapname",
            "property is missing and it is not optional",
        ));
    }
    let task = if kind == GuestKind::Vm {
        "qmsnapshot"
    } else {
        "vzsnapshot"
    };
    let name = call.params.get("snapname").unwrap_or_default().to_owned();
    let description = call
        .params
        .get("description")
        .unwrap_or_default()
        .to_owned();
    let now = call.seconds();
    let guest = vmid
        .parse()
        .ok()
        .and_then(|vmid: u32| state.guests.get_mut(&vmid));
    if let Some(guest) = guest {
        guest.take_snapshot(&name, &description, call.params.flag("vmstate"), now);
    }
    queue(call, state, TaskSpec::new(node, task, vmid).lasting(0, 1))
}

/// Deletes a snapshot, or goes back to it.
pub(crate) fn old_snapshot(
    call: &Call<'_>,
    state: &mut State,
    node: &str,
    kind: GuestKind,
    (vmid, name): (&str, &str),
) -> Outcome {
    let delete = call.method == "DELETE";
    let privilege = if delete {
        "VM.Snapshot"
    } else {
        "VM.Snapshot.Rollback"
    };
    call.need(&format!("/vms/{vmid}"), &[privilege])?;
    call.node(state, node)?;
    call.params.allow(&["force", "start"])?;
    let number = call.guest(state, node, kind, vmid)?.vmid;
    let task = match (kind, delete) {
        (GuestKind::Vm, true) => "qmdelsnapshot",
        (GuestKind::Vm, false) => "qmrollback",
        (GuestKind::Container, true) => "vzdelsnapshot",
        (GuestKind::Container, false) => "vzrollback",
    };
    let mut outcome = "OK".to_owned();
    if let Some(guest) = state.guests.get_mut(&number) {
        let place = guest
            .snapshots
            .iter()
            .position(|snapshot| snapshot.name == name);
        match place {
            Some(place) if delete => {
                guest.snapshots.remove(place);
            }
            Some(_) => {}
            None => outcome = format!("snapshot '{name}' does not exist"),
        }
    }
    queue(
        call,
        state,
        TaskSpec::new(node, task, vmid)
            .outcome(&outcome)
            .lasting(0, 1),
    )
}

/// Deletes a backup.
pub(crate) fn delete_volume(
    call: &Call<'_>,
    state: &mut State,
    node: &str,
    storage: &str,
    volume: &str,
) -> Outcome {
    call.need(
        &format!("/storage/{storage}"),
        &["Datastore.Allocate", "Datastore.AllocateSpace"],
    )?;
    call.node(state, node)?;
    call.params.allow(&["delay"])?;
    let volume = crate::http::request::percent_decode(volume, false);
    let now = call.seconds();
    let known = state
        .storages
        .iter()
        .find(|known| known.name == storage)
        .cloned();
    if let Some(known) = known {
        state.backups.retain(|backup| {
            super::storage::volid(&known, backup) != volume || backup.ready_at > now
        });
    }
    queue(
        call,
        state,
        TaskSpec::new(node, "imgdel", storage).lasting(0, 1),
    )
}

pub(crate) fn backup(call: &Call<'_>, state: &mut State, node: &str) -> Outcome {
    let vmid = call.params.get("vmid").unwrap_or("").to_owned();
    call.need(&format!("/vms/{vmid}"), &["VM.Backup"])?;
    call.node(state, node)?;
    call.params.allow(&[
        "vmid",
        "all",
        "pool",
        "storage",
        "mode",
        "compress",
        "remove",
        "prune-backups",
        "notes-template",
        "protected",
    ])?;
    let storage = call.params.get("storage").unwrap_or("local").to_owned();
    if let Ok(number) = vmid.parse() {
        state.back_up(number, &storage, call.seconds(), 20);
    }
    let mut spec = TaskSpec::new(node, "vzdump", &vmid).lasting(0, 20);
    spec.log = vec![
        format!("INFO: starting new backup job: vzdump {vmid} --storage {storage}"),
        format!("INFO: Starting Backup of VM {vmid}"),
    ];
    spec.log.extend((0..=10).map(|step| {
        let percent = step * 10;
        format!("INFO: {percent:3}% ({step}.0 GiB of 10.0 GiB) in {step}s, read: 1.0 GiB/s")
    }));
    spec.log
        .push(format!("INFO: Finished Backup of VM {vmid} (00:00:20)"));
    queue(call, state, spec)
}

/// Moves a guest to another node.
pub(crate) fn migrate(
    call: &Call<'_>,
    state: &mut State,
    node: &str,
    kind: GuestKind,
    vmid: &str,
) -> Outcome {
    call.need(&format!("/vms/{vmid}"), &["VM.Migrate"])?;
    call.node(state, node)?;
    let own = match kind {
        GuestKind::Vm => &["online", "with-local-disks", "force"][..],
        GuestKind::Container => &["online", "restart", "timeout"][..],
    };
    let known: Vec<&str> = own
        .iter()
        .copied()
        .chain(["target", "bwlimit", "targetstorage", "target-storage"])
        .collect();
    call.params.allow(&known)?;
    let guest = call.guest(state, node, kind, vmid)?;
    let Some(target) = call.params.get("target").map(str::to_owned) else {
        return Err(Failure::parameter(
            "target",
            "property is missing and it is not optional",
        ));
    };
    if target == node {
        return Err(Failure::parameter("target", "target is local node."));
    }
    if state.node(&target).is_none() {
        return Err(Failure::runtime(format!("no such cluster node '{target}'")));
    }
    let live = call.params.flag("online") || call.params.flag("restart");
    if guest.alive() && !live {
        return Err(Failure::runtime(
            "can't migrate running VM without --online",
        ));
    }
    let number = guest.vmid;
    let refused = guest
        .lock
        .as_ref()
        .map(|lock| format!("VM is locked ({lock})"));
    let task = match kind {
        GuestKind::Vm => "qmigrate",
        GuestKind::Container => "vzmigrate",
    };
    let mut spec = TaskSpec::new(node, task, vmid).lasting(0, 3);
    match refused {
        Some(text) => spec = spec.outcome(&text),
        None => {
            spec.log = vec![
                format!("starting migration of VM {vmid} to node '{target}'"),
                "migration active, transferred 1.0 GiB of 2.0 GiB VM-state (50.00%)".to_owned(),
                "migration finished successfully".to_owned(),
            ];
            if let Some(guest) = state.guests.get_mut(&number) {
                guest.node = target;
                guest.run_from(call.now);
            }
        }
    }
    queue(call, state, spec)
}

fn queue(call: &Call<'_>, state: &mut State, mut spec: TaskSpec) -> Outcome {
    spec.user.clone_from(&call.caller.user);
    spec.tokenid.clone_from(&call.caller.tokenid);
    let upid = state.add_task(spec, call.seconds());
    Ok(Answer::new(json!(upid)).protected())
}
