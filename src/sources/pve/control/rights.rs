//! What each action needs, and the exact commands for what the token lacks.

use super::permissions::grant;
use crate::model::action::Action;
use crate::model::target::MissingPrivilege;
use crate::sources::control::Aim;
use crate::sources::proxmox::{Permissions, holds};

/// The role that is made for acting, beside the auditor's.
const ROLE: &str = "HomepulseControl";

/// A privilege on a path, or several of which any will do.
#[derive(Clone, Debug)]
pub(super) struct Need {
    path: String,
    any_of: &'static [&'static str],
}

impl Need {
    pub(super) fn missing(&self, token_id: &str) -> MissingPrivilege {
        let privilege = self.any_of[0];
        MissingPrivilege {
            path: self.path.clone(),
            privilege: privilege.to_owned(),
            hides: String::new(),
            fix: format!(
                "(pveum role add {ROLE} --privs {privilege} || \
                 pveum role modify {ROLE} --append 1 --privs {privilege}) && {}",
                grant(ROLE, token_id)
            ),
            optional: false,
        }
    }
}

/// What `action` needs, as Proxmox VE's own documentation of each call says.
pub(super) fn needs(aim: &Aim, action: &Action) -> Vec<Need> {
    let guest = |any_of| Need {
        path: format!("/vms/{}", aim.vmid),
        any_of,
    };
    match action {
        Action::Start
        | Action::Shutdown { .. }
        | Action::Stop
        | Action::Reboot
        | Action::Suspend
        | Action::Resume => vec![guest(&["VM.PowerMgmt"])],
        Action::Snapshot { .. } | Action::DeleteSnapshot { .. } => vec![guest(&["VM.Snapshot"])],
        Action::Rollback { .. } => vec![guest(&["VM.Snapshot.Rollback", "VM.Snapshot"])],
        Action::Backup { storage, .. } => vec![
            guest(&["VM.Backup"]),
            Need {
                path: format!("/storage/{storage}"),
                any_of: &["Datastore.AllocateSpace"],
            },
        ],
        Action::Migrate { .. } => vec![guest(&["VM.Migrate"])],
    }
}

/// What of it the token lacks.
pub(super) fn lacking(
    permissions: &Permissions,
    aim: &Aim,
    action: &Action,
    token_id: &str,
) -> Vec<MissingPrivilege> {
    let lacks = |need: &Need| {
        !need
            .any_of
            .iter()
            .any(|privilege| holds(permissions, &need.path, privilege))
    };
    needs(aim, action)
        .iter()
        .filter(|need| lacks(need))
        .map(|need| need.missing(token_id))
        .collect()
}

/// A privilege that the host does not name.
pub(super) fn unknown(token_id: &str) -> MissingPrivilege {
    Need {
        path: "/vms".to_owned(),
        any_of: &["VM.PowerMgmt"],
    }
    .missing(token_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::action::BackupMode;
    use crate::model::resource::GuestKind;

    #[test]
    fn what_is_lacking_comes_with_the_command_that_grants_it() {
        let permissions: Permissions = serde_json::from_str(
            r#"{"/": {"VM.Audit": 1}, "/vms": {"VM.Audit": 1, "VM.Backup": 1}}"#,
        )
        .expect("permissions");
        let aim = Aim {
            node: "pve1".into(),
            vmid: 100,
            kind: GuestKind::Vm,
            running: true,
        };
        let backup = Action::Backup {
            storage: "nas".into(),
            mode: BackupMode::Snapshot,
            protected: false,
        };
        let missing = lacking(&permissions, &aim, &backup, "a@pve!b");
        assert_eq!(missing.len(), 1);
        assert_eq!(missing[0].path, "/storage/nas");
        assert_eq!(
            missing[0].fix,
            "(pveum role add HomepulseControl --privs Datastore.AllocateSpace || \
             pveum role modify HomepulseControl --append 1 --privs Datastore.AllocateSpace) && \
             pveum acl modify / --users 'a@pve' --roles HomepulseControl && \
             pveum acl modify / --tokens 'a@pve!b' --roles HomepulseControl"
        );
    }
}
