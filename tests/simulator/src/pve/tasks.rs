//! Tasks: what a node's workers did and do.

use serde_json::{Value, json};

use super::answer::{Answer, Failure, Outcome};
use super::call::Call;
use crate::http::request::percent_decode;
use crate::world::State;
use crate::world::task::Task;

/// How many finished tasks of each node the cluster keeps in memory.
const KEPT: usize = 25;

pub(crate) fn cluster(call: &Call<'_>, state: &State) -> Outcome {
    call.params.allow(&[])?;
    let now = call.seconds();
    let mut rows = Vec::new();
    for node in &state.nodes {
        let here = || {
            state
                .tasks
                .iter()
                .rev()
                .filter(|task| task.node == node.name && visible(call, task))
        };
        let running = here().filter(|task| task.running(now));
        let finished = here().filter(|task| !task.running(now)).take(KEPT);
        rows.extend(running.chain(finished).map(|task| {
            let mut row = split_row(task);
            if task.running(now) {
                row["pid"] = json!(task.pid);
                row["pstart"] = json!(task.pstart);
                row["saved"] = json!("0");
            } else {
                row["endtime"] = json!(task.endtime);
                row["status"] = json!(task.outcome);
                // Both forms occur in one list.
                row["saved"] = if task.pid.is_multiple_of(7) {
                    json!(1)
                } else {
                    json!("1")
                };
            }
            row
        }));
    }
    Ok(Value::Array(rows).into())
}

pub(crate) fn of_node(call: &Call<'_>, state: &State, node: &str) -> Outcome {
    call.node(state, node)?;
    let params = call.params;
    params.allow(&[
        "limit",
        "start",
        "since",
        "until",
        "errors",
        "source",
        "typefilter",
        "statusfilter",
        "userfilter",
        "vmid",
    ])?;
    let now = call.seconds();
    let source = params.get("source").unwrap_or("archive");
    if !matches!(source, "archive" | "active" | "all") {
        let reason = format!(
            "value '{source}' does not have a value in the enumeration 'archive, active, all'"
        );
        return Err(Failure::parameter("source", &reason));
    }
    let (since, until) = (params.number("since")?, params.number("until")?);
    let vmid = params.number("vmid")?.map(|vmid| vmid.to_string());
    let statuses: Option<Vec<&str>> = params
        .get("statusfilter")
        .map(|list| list.split([',', ';']).collect());
    let class = |task: &Task| match task.outcome.as_str() {
        "OK" => "ok",
        other if other.starts_with("WARNINGS") => "warning",
        _ => "error",
    };
    let matching: Vec<&Task> = state
        .tasks
        .iter()
        .rev()
        .filter(|task| task.node == node && visible(call, task))
        .filter(|task| match source {
            "archive" => !task.running(now),
            "active" => task.running(now),
            _ => true,
        })
        .filter(|task| since.is_none_or(|since| task.starttime >= since))
        .filter(|task| until.is_none_or(|until| task.starttime <= until))
        .filter(|task| !params.flag("errors") || task.failed(now))
        .filter(|task| {
            params
                .get("typefilter")
                .is_none_or(|kind| task.kind == kind)
        })
        .filter(|task| {
            params
                .get("userfilter")
                .is_none_or(|user| task.full_user().contains(user))
        })
        .filter(|task| vmid.as_ref().is_none_or(|vmid| task.id == *vmid))
        .filter(|task| {
            statuses
                .as_ref()
                .is_none_or(|list| !task.running(now) && list.contains(&class(task)))
        })
        .collect();
    let total = matching.len();
    let start = params.number("start")?.unwrap_or(0).max(0) as usize;
    let limit = params.number("limit")?.unwrap_or(50).max(0) as usize;
    let rows = matching
        .into_iter()
        .skip(start)
        .take(limit)
        .map(|task| node_row(task, now))
        .collect();
    Ok(Answer::new(Value::Array(rows)).total(total))
}

pub(crate) fn status(call: &Call<'_>, state: &State, node: &str, upid: &str) -> Outcome {
    let task = find(call, state, node, upid)?;
    call.params.allow(&[])?;
    let mut row = split_row(task);
    row["pid"] = json!(task.pid);
    row["pstart"] = json!(task.pstart);
    if task.running(call.seconds()) {
        row["status"] = json!("running");
    } else {
        row["status"] = json!("stopped");
        row["exitstatus"] = json!(task.outcome);
    }
    Ok(Answer::new(row).protected())
}

pub(crate) fn log(call: &Call<'_>, state: &State, node: &str, upid: &str) -> Outcome {
    let task = find(call, state, node, upid)?;
    call.params.allow(&["start", "limit", "download"])?;
    let lines = &task.log[..task.written(call.seconds())];
    let start = call.params.number("start")?.unwrap_or(0).max(0) as usize;
    let limit = call.params.number("limit")?.unwrap_or(50).max(0) as usize;
    let rows = lines
        .iter()
        .enumerate()
        .skip(start)
        .take(limit)
        .map(|(index, text)| json!({"n": index + 1, "t": text}));
    Ok(Answer::new(Value::Array(rows.collect()))
        .total(lines.len())
        .protected())
}

/// Breaks a running task off; what has ended stays as it was.
pub(crate) fn stop(call: &Call<'_>, state: &mut State, node: &str, upid: &str) -> Outcome {
    let task = find(call, state, node, upid)?;
    call.params.allow(&[])?;
    let own = task.user == call.caller.user && task.tokenid == call.caller.tokenid;
    if !own {
        call.need(&format!("/nodes/{node}"), &["Sys.Modify"])?;
    }
    let (upid, now) = (task.upid.clone(), call.seconds());
    if let Some(task) = state.tasks.iter_mut().find(|task| task.upid == upid)
        && task.running(now)
    {
        let written = task.written(now);
        task.log.truncate(written);
        task.outcome = "interrupted by signal".to_owned();
        task.log.push(format!("TASK ERROR: {}", task.outcome));
        task.endtime = Some(now);
    }
    Ok(Answer::new(Value::Null).protected())
}

fn find<'s>(
    call: &Call<'_>,
    state: &'s State,
    node: &str,
    upid: &str,
) -> Result<&'s Task, Failure> {
    call.node(state, node)?;
    let upid = percent_decode(upid, false);
    if !upid.starts_with("UPID:") {
        return Err(Failure::parameter("upid", "unable to parse worker upid"));
    }
    let task = state
        .tasks
        .iter()
        .find(|task| task.upid == upid && task.node == node);
    let task = task.ok_or_else(|| Failure::parameter("upid", "no such task"))?;
    if !visible(call, task) {
        return Err(Failure::forbidden(
            &format!("/nodes/{node}"),
            &["Sys.Audit"],
        ));
    }
    Ok(task)
}

fn visible(call: &Call<'_>, task: &Task) -> bool {
    call.may(&format!("/nodes/{}", task.node), "Sys.Audit")
        || (task.user == call.caller.user && task.tokenid == call.caller.tokenid)
}

/// What all task rows share, with user and token apart.
fn split_row(task: &Task) -> Value {
    let mut row = json!({
        "upid": task.upid, "node": task.node, "type": task.kind, "id": task.id, "user": task.user, "starttime": task.starttime,
    });
    if let Some(token) = &task.tokenid {
        row["tokenid"] = json!(token);
    }
    row
}

/// A node's row. Running tasks come from another file there, in which user and token are not apart.
fn node_row(task: &Task, now: i64) -> Value {
    let mut row = split_row(task);
    row["pid"] = json!(task.pid);
    row["pstart"] = json!(task.pstart);
    if task.running(now) {
        row["status"] = json!("RUNNING");
        row["saved"] = json!("0");
        row["user"] = json!(task.full_user());
        if let Value::Object(map) = &mut row {
            map.remove("tokenid");
        }
    } else {
        row["endtime"] = json!(task.endtime);
        row["status"] = json!(task.outcome);
    }
    row
}
