//! Jobs: collecting garbage, pruning, copying, verifying.

use serde_json::{Value, json};

use super::datastore::visible;
use super::route::{Answer, Call, Outcome};
use crate::world::State;
use crate::world::vault::{Vault, VaultTask};

const DAY: i64 = 86_400;

fn last_run<'s>(call: &Call<'_>, state: &'s State, kind: &str, id: &str) -> Option<&'s VaultTask> {
    let tasks = state.vault_tasks.iter().rev();
    let mut own = tasks.filter(|task| task.kind == kind && task.id.contains(id));
    own.find(|task| task.endtime <= call.now)
}

/// Every day at this hour.
fn next_run(call: &Call<'_>, hour: i64) -> i64 {
    let today = call.now.div_euclid(DAY) * DAY + hour * 3600;
    if today > call.now { today } else { today + DAY }
}

fn add_last_run(row: &mut Value, task: Option<&VaultTask>) {
    if let Some(task) = task {
        row["last-run-endtime"] = json!(task.endtime);
        row["last-run-state"] = json!(task.outcome);
        row["last-run-upid"] = json!(task.upid);
    }
}

pub(crate) fn garbage_of(call: &Call<'_>, state: &State, vault: &Vault) -> Value {
    let last = last_run(call, state, "garbage_collection", &vault.name);
    let mut row = json!({
        "store": vault.name, "disk-bytes": vault.used, "disk-chunks": vault.used / 2_000_000,
        "index-data-bytes": vault.used * 9, "index-file-count": 40, "pending-bytes": 0, "pending-chunks": 0,
        "removed-bad": 0, "removed-bytes": 0, "removed-chunks": 0, "still-bad": 0,
        "upid": last.map(|task| task.upid.clone()), "schedule": "daily", "next-run": next_run(call, 0),
    });
    if let Some(task) = last {
        row["last-run-endtime"] = json!(task.endtime);
        row["last-run-state"] = json!(task.outcome);
        row["duration"] = json!(task.endtime - task.starttime);
    }
    row
}

pub(crate) fn garbage(call: &Call<'_>, state: &State) -> Outcome {
    call.allow(&["store"])?;
    let usable = visible(call, state);
    let usable = usable
        .into_iter()
        .filter(|vault| vault.maintenance.is_none());
    Ok(Value::Array(usable.map(|vault| garbage_of(call, state, vault)).collect()).into())
}

/// Rows of jobs on the datastore `main`, where the caller may see it.
fn on_main(call: &Call<'_>, row: Value) -> Outcome {
    call.allow(&["store"])?;
    let rows = match call.may("/datastore/main", "Datastore.Audit") {
        true => vec![row],
        false => Vec::new(),
    };
    Ok(Answer::from(Value::Array(rows)).with_digest())
}

pub(crate) fn prune(call: &Call<'_>, state: &State) -> Outcome {
    let mut row = json!({"id": "p-daily", "store": "main", "schedule": "daily", "keep-last": 3, "next-run": next_run(call, 0)});
    add_last_run(&mut row, last_run(call, state, "prunejob", "main"));
    on_main(call, row)
}

/// Runs that were started by hand do not count here.
pub(crate) fn verify(call: &Call<'_>, state: &State) -> Outcome {
    let mut row = json!({"id": "v-daily", "store": "main", "schedule": "06:00", "next-run": next_run(call, 6)});
    add_last_run(
        &mut row,
        last_run(call, state, "verificationjob", "v-daily"),
    );
    on_main(call, row)
}

/// Without `Remote.Audit` the list is empty, not refused.
pub(crate) fn sync(call: &Call<'_>, state: &State) -> Outcome {
    if !call.may("/remote/attic", "Remote.Audit") {
        call.allow(&["store"])?;
        return Ok(Answer::from(json!([])).with_digest());
    }
    let mut row = json!({
        "id": "s-offsite", "store": "main", "ns": "offsite", "remote": "attic", "remote-store": "main",
        "schedule": "03:00", "owner": "root@pam", "next-run": next_run(call, 3),
    });
    add_last_run(&mut row, last_run(call, state, "syncjob", "s-offsite"));
    on_main(call, row)
}

pub(crate) fn configuration(call: &Call<'_>, kind: &str) -> Outcome {
    let row = match kind {
        "prune" => json!({"id": "p-daily", "store": "main", "schedule": "daily", "keep-last": 3}),
        "verify" => json!({"id": "v-daily", "store": "main", "schedule": "06:00"}),
        _ => {
            call.allow(&[])?;
            return Ok(Answer::from(json!([])).with_digest());
        }
    };
    on_main(call, row)
}
