//! What the token may see, and the exact command for what it may not.
//!
//! Proxmox VE answers many questions with "200, less" instead of "403", so an empty list proves
//! nothing; `/access/permissions` does (reference: self-check and thinned answers).

use crate::model::known::Gap;
use crate::model::target::MissingPrivilege;
use crate::sources::proxmox::{Permissions, holds};

/// A privilege, or several of which any will do, and what is not seen without.
struct Need {
    path: &'static str,
    any_of: &'static [&'static str],
    hides: &'static str,
    fix: fn(token_id: &str) -> String,
    optional: bool,
}

const AUDIT: &[Need] = &[
    Need {
        path: "/",
        any_of: &["Sys.Audit"],
        hides: "node figures, quorum, load and network of nodes",
        fix: grant_command,
        optional: false,
    },
    Need {
        path: "/vms",
        any_of: &["VM.Audit"],
        hides: "virtual machines and containers",
        fix: grant_command,
        optional: false,
    },
    Need {
        path: "/storage",
        any_of: &["Datastore.Audit"],
        hides: "storages",
        fix: grant_command,
        optional: false,
    },
];

/// Since version 9 the auditor's role holds it; before, it needs a role of its own.
const AGENT: Need = Need {
    path: "/vms",
    any_of: &["VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted"],
    hides: "disk use, addresses and operating systems of virtual machines",
    fix: grant_command,
    optional: true,
};
const AGENT_BEFORE_9: Need = Need {
    any_of: &["VM.Monitor"],
    fix: |token_id| role_command(token_id, "HomepulseAgent", "VM.Monitor"),
    ..AGENT
};
const BACKUP_SPACE: Need = Need {
    path: "/storage",
    any_of: &["Datastore.AllocateSpace", "Datastore.Allocate"],
    hides: "backups on storages",
    fix: |token_id| {
        role_command(
            token_id,
            "HomepulseBackups",
            "Datastore.AllocateSpace VM.Backup",
        )
    },
    optional: true,
};
const BACKUP_GUESTS: Need = Need {
    path: "/vms",
    any_of: &["VM.Backup"],
    ..BACKUP_SPACE
};
const UPDATES: Need = Need {
    path: "/nodes",
    any_of: &["Sys.Modify"],
    hides: "pending updates of nodes",
    fix: |token_id| role_command(token_id, "HomepulseUpdates", "Sys.Modify"),
    optional: true,
};

/// What the token may see.
#[derive(Debug, Default)]
pub(super) struct Rights {
    permissions: Permissions,
    before_9: bool,
}

impl Rights {
    pub(super) fn new(permissions: Permissions, version: Option<&str>) -> Self {
        let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
        Self {
            permissions,
            before_9: major.is_some_and(|major| major < 9),
        }
    }

    /// Whether there is none at all.
    pub(super) fn are_none(&self) -> bool {
        self.permissions.is_empty()
    }

    /// Why tasks, jobs and what else the whole cluster tells is not seen.
    pub(super) fn audit_gap(&self) -> Option<Gap> {
        self.gap(&AUDIT[0])
    }

    /// Why guest agents are not asked.
    pub(super) fn agent_gap(&self) -> Option<Gap> {
        self.gap(self.agent())
    }

    /// Why pending updates are not seen.
    pub(super) fn updates_gap(&self) -> Option<Gap> {
        self.gap(&UPDATES)
    }

    /// Why the backups on a storage are not seen. Its listing would be empty, not refused.
    pub(super) fn backups_gap(&self, storage: &str) -> Option<Gap> {
        let path = format!("/storage/{storage}");
        if holds(&self.permissions, &path, "Datastore.Allocate") {
            return None;
        }
        let lacking = |path: &str, privilege: &str| {
            (!holds(&self.permissions, path, privilege)).then(|| Gap::NotPermitted {
                privilege: format!("{privilege} on {path}"),
            })
        };
        lacking(&path, "Datastore.AllocateSpace").or_else(|| lacking("/vms", "VM.Backup"))
    }

    /// Everything that is missing, with what to do about it.
    pub(super) fn missing(&self, token_id: &str) -> Vec<MissingPrivilege> {
        let backups = match holds(&self.permissions, "/storage", "Datastore.Allocate") {
            true => &[][..],
            false => &[&BACKUP_SPACE, &BACKUP_GUESTS][..],
        };
        AUDIT
            .iter()
            .chain([self.agent(), &UPDATES])
            .chain(backups.iter().copied())
            .filter(|need| !self.has(need))
            .map(|need| MissingPrivilege {
                path: need.path.into(),
                privilege: need.any_of[0].into(),
                hides: need.hides.into(),
                fix: (need.fix)(token_id),
                optional: need.optional,
            })
            .collect()
    }

    const fn agent(&self) -> &'static Need {
        if self.before_9 {
            &AGENT_BEFORE_9
        } else {
            &AGENT
        }
    }

    fn has(&self, need: &Need) -> bool {
        need.any_of
            .iter()
            .any(|privilege| holds(&self.permissions, need.path, privilege))
    }

    fn gap(&self, need: &Need) -> Option<Gap> {
        (!self.has(need)).then(|| Gap::NotPermitted {
            privilege: format!("{} on {}", need.any_of[0], need.path),
        })
    }
}

/// The commands that give user and token what a look needs: with privilege separation, both need
/// the role.
pub(super) fn grant_command(token_id: &str) -> String {
    grant("PVEAuditor", token_id)
}

/// The commands that make a role and give it. All roles stand on `/`: one on a deeper path would
/// replace the auditor's role there.
fn role_command(token_id: &str, role: &str, privileges: &str) -> String {
    format!(
        "pveum role add {role} --privs '{privileges}' && {}",
        grant(role, token_id)
    )
}

pub(super) fn grant(role: &str, token_id: &str) -> String {
    let user = token_id.split('!').next().unwrap_or_default();
    format!(
        "pveum acl modify / --users '{user}' --roles {role} && \
         pveum acl modify / --tokens '{token_id}' --roles {role}"
    )
}
