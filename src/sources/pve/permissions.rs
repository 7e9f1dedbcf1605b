//! What the token may see, and the exact command for what it may not.
//!
//! Proxmox VE answers many questions with "200, less" instead of "403", so an empty list proves
//! nothing; `/access/permissions` does (reference: self-check and thinned answers).

use super::wire::Permissions;
use crate::model::target::MissingPrivilege;

/// A privilege and what is not seen without it.
struct Need {
    path: &'static str,
    privilege: &'static str,
    hides: &'static str,
}

const NEEDS: &[Need] = &[
    Need {
        path: "/",
        privilege: "Sys.Audit",
        hides: "node figures, quorum, load and network of nodes",
    },
    Need {
        path: "/vms",
        privilege: "VM.Audit",
        hides: "virtual machines and containers",
    },
    Need {
        path: "/storage",
        privilege: "Datastore.Audit",
        hides: "storages",
    },
];

/// What is missing from `permissions`, which the host lists by path.
pub(super) fn missing(permissions: &Permissions, token_id: &str) -> Vec<MissingPrivilege> {
    NEEDS
        .iter()
        .filter(|need| !holds(permissions, need))
        .map(|need| MissingPrivilege {
            path: need.path.into(),
            privilege: need.privilege.into(),
            hides: need.hides.into(),
            fix: grant_command(token_id),
        })
        .collect()
}

/// A role on a deeper path replaces the inherited ones, so the deepest listed path decides.
fn holds(permissions: &Permissions, need: &Need) -> bool {
    permissions
        .get(need.path)
        .or_else(|| permissions.get("/"))
        .is_some_and(|granted| granted.get(need.privilege).is_some_and(|flag| flag.0))
}

/// The commands that give user and token what a look needs: with privilege separation, both need
/// the role.
pub(super) fn grant_command(token_id: &str) -> String {
    let user = token_id.split('!').next().unwrap_or_default();
    format!(
        "pveum acl modify / --users '{user}' --roles PVEAuditor && \
         pveum acl modify / --tokens '{token_id}' --roles PVEAuditor"
    )
}
