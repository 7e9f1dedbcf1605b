//! What the token may see, and the exact commands for what it may not: on a backup server user
//! and token both need every role.

use crate::model::known::Gap;
use crate::model::target::MissingPrivilege;
use crate::sources::proxmox::{Permissions, holds};

struct Need {
    path: &'static str,
    privilege: &'static str,
    hides: &'static str,
    /// Where the role is given, and which.
    grant: (&'static str, &'static str),
    optional: bool,
}

const SYSTEM: Need = Need {
    path: "/system",
    privilege: "Sys.Audit",
    hides: "the server's figures and tasks",
    grant: ("/", "Audit"),
    optional: false,
};
const DATASTORES: Need = Need {
    path: "/datastore",
    privilege: "Datastore.Audit",
    hides: "datastores and backups",
    grant: ("/", "Audit"),
    optional: false,
};
/// The auditor's role does not hold it: the list of sync jobs is empty then, not refused.
const REMOTES: Need = Need {
    path: "/remote",
    privilege: "Remote.Audit",
    hides: "sync jobs",
    grant: ("/remote", "RemoteAudit"),
    optional: true,
};
const TAPES: Need = Need {
    path: "/tape",
    privilege: "Tape.Audit",
    hides: "tape drives and tape jobs",
    grant: ("/tape", "TapeAudit"),
    optional: true,
};

/// What the token may see.
#[derive(Debug, Default)]
pub(super) struct Rights(Permissions);

impl Rights {
    pub(super) const fn new(permissions: Permissions) -> Self {
        Self(permissions)
    }

    /// Whether there is none at all.
    pub(super) fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Why the host itself is not seen.
    pub(super) fn system_gap(&self) -> Option<Gap> {
        self.gap(&SYSTEM)
    }

    /// Why datastores are not seen.
    pub(super) fn datastore_gap(&self) -> Option<Gap> {
        self.gap(&DATASTORES)
    }

    /// Why sync jobs are not seen.
    pub(super) fn remote_gap(&self) -> Option<Gap> {
        self.gap(&REMOTES)
    }

    /// Why tapes are not seen.
    pub(super) fn tape_gap(&self) -> Option<Gap> {
        self.gap(&TAPES)
    }

    /// Everything that is missing, with what to do about it.
    pub(super) fn missing(&self, token_id: &str) -> Vec<MissingPrivilege> {
        [SYSTEM, DATASTORES, REMOTES, TAPES]
            .iter()
            .filter(|need| self.gap(need).is_some())
            .map(|need| MissingPrivilege {
                path: need.path.into(),
                privilege: need.privilege.into(),
                hides: need.hides.into(),
                fix: grant(need.grant, token_id),
                optional: need.optional,
            })
            .collect()
    }

    fn gap(&self, need: &Need) -> Option<Gap> {
        // A role on one datastore is enough to see that one.
        let below = need.path == "/datastore"
            && self.0.iter().any(|(path, granted)| {
                path.starts_with("/datastore/") && granted.contains_key(need.privilege)
            });
        (!below && !holds(&self.0, need.path, need.privilege)).then(|| Gap::NotPermitted {
            privilege: format!("{} on {}", need.privilege, need.path),
        })
    }
}

/// The commands that give user and token what a look needs.
pub(super) fn grant_command(token_id: &str) -> String {
    grant(("/", "Audit"), token_id)
}

fn grant((path, role): (&str, &str), token_id: &str) -> String {
    let user = token_id.split('!').next().unwrap_or_default();
    format!(
        "proxmox-backup-manager acl update {path} {role} --auth-id '{user}' && \
         proxmox-backup-manager acl update {path} {role} --auth-id '{token_id}'"
    )
}
