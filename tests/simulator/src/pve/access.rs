//! Permissions, users, pools: who may see what.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::answer::{Answer, Outcome};
use super::auth::{Role, agent_privileges};
use super::call::Call;
use super::resources::member_row;
use crate::world::State;

/// Privileges that only administrators have, as far as anything here asks for them.
const MORE: [&str; 10] = [
    "Datastore.Allocate",
    "Datastore.AllocateSpace",
    "Sys.Modify",
    "Sys.PowerMgmt",
    "VM.Backup",
    "VM.Config.Disk",
    "VM.Migrate",
    "VM.PowerMgmt",
    "VM.Snapshot",
    "VM.Snapshot.Rollback",
];

/// The start-up self-check: path → privileges; `{}` for a token without ACL.
pub(crate) fn permissions(call: &Call<'_>) -> Outcome {
    call.params.allow(&["path", "userid"])?;
    let auditor = Role::Auditor
        .privileges(call.version(), "/")
        .unwrap_or_default();
    let mut paths = Map::new();
    for path in [
        "/",
        "/access",
        "/access/groups",
        "/nodes",
        "/pool",
        "/sdn",
        "/storage",
        "/vms",
    ] {
        let list = call
            .caller
            .role
            .privileges(call.version(), path)
            .unwrap_or_else(|| {
                let agent = agent_privileges(call.version()).iter().copied();
                auditor.iter().copied().chain(MORE).chain(agent).collect()
            });
        if list.is_empty() || call.params.get("path").is_some_and(|wanted| wanted != path) {
            continue;
        }
        let privileges: Map<String, Value> = list
            .into_iter()
            .map(|name| (name.to_owned(), json!(1)))
            .collect();
        paths.insert(path.to_owned(), Value::Object(privileges));
    }
    Ok(Value::Object(paths).into())
}

pub(crate) fn users(call: &Call<'_>) -> Outcome {
    call.params.allow(&["enabled", "full"])?;
    if !call.may("/access/groups", "Sys.Audit") {
        return Ok(Answer::new(json!([])).protected());
    }
    let rows = call.shared.users.iter().map(|user| {
        let realm = user.name.rsplit('@').next().unwrap_or("pam");
        let mut row = json!({"userid": user.name, "enable": 1, "expire": 0, "realm-type": realm});
        if realm == "pve" {
            row["comment"] = json!("liest nur");
            row["email"] = json!("");
        }
        row
    });
    Ok(Answer::new(call.shuffled(rows.collect())).protected())
}

pub(crate) fn roles(call: &Call<'_>) -> Outcome {
    call.params.allow(&[])?;
    let auditor = Role::Auditor
        .privileges(call.version(), "/")
        .unwrap_or_default();
    let rows = vec![
        json!({"roleid": "PVEAuditor", "privs": auditor.join(","), "special": 1}),
        json!({"roleid": "NoAccess", "privs": "", "special": 1}),
    ];
    Ok(call.shuffled(rows).into())
}

pub(crate) fn acl(call: &Call<'_>) -> Outcome {
    call.params.allow(&["exact", "path"])?;
    if !call.may("/access", "Sys.Audit") {
        return Ok(json!([]).into());
    }
    let row = json!({"path": "/", "type": "user", "ugid": "homepulse@pve", "roleid": "PVEAuditor", "propagate": 1});
    Ok(json!([row]).into())
}

/// All pools; with `poolid` one with its members, which nobody's rights are asked for.
pub(crate) fn pools(call: &Call<'_>, state: &State) -> Outcome {
    call.params.allow(&["poolid", "type"])?;
    let names: BTreeSet<&str> = state
        .guests
        .values()
        .filter_map(|guest| guest.pool.as_deref())
        .collect();
    if let Some(wanted) = call.params.get("poolid") {
        if !names.contains(wanted) {
            return Err(super::answer::Failure::runtime(format!(
                "pool '{wanted}' does not exist"
            )));
        }
        let members = state
            .guests
            .values()
            .filter(|guest| guest.pool.as_deref() == Some(wanted));
        let members = members
            .map(|guest| member_row(call, state, guest))
            .collect();
        return Ok(json!([{"poolid": wanted, "members": call.shuffled(members)}]).into());
    }
    let visible = names
        .into_iter()
        .filter(|name| call.may(&format!("/pool/{name}"), "Pool.Audit"));
    Ok(call
        .shuffled(visible.map(|name| json!({"poolid": name})).collect())
        .into())
}
