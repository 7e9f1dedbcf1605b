//! What each action is on the wire.

use crate::model::action::Action;
use crate::model::resource::GuestKind;
use crate::sources::control::{Aim, CommandError};
use crate::sources::proxmox::client::Verb;
use crate::sources::proxmox::safe_in_path;

/// One request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) verb: Verb,
    pub(super) path: String,
    pub(super) form: Vec<(&'static str, String)>,
}

/// The request that tells `aim` to do `action`.
pub(super) fn of(aim: &Aim, action: &Action) -> Result<Request, CommandError> {
    safe("node", &aim.node)?;
    let word = match aim.kind {
        GuestKind::Vm => "qemu",
        GuestKind::Container => "lxc",
    };
    let guest = format!("/nodes/{}/{word}/{}", aim.node, aim.vmid);
    let post = |path: String, form| Request {
        verb: Verb::Post,
        path,
        form,
    };
    let power = |word: &str, form| post(format!("{guest}/status/{word}"), form);
    Ok(match action {
        Action::Start => power("start", Vec::new()),
        Action::Stop => power("stop", Vec::new()),
        Action::Reboot => power("reboot", Vec::new()),
        Action::Suspend => power("suspend", Vec::new()),
        Action::Resume => power("resume", Vec::new()),
        Action::Shutdown { timeout, force } => {
            let mut form = Vec::new();
            form.extend(timeout.map(|seconds| ("timeout", seconds.to_string())));
            form.extend(force.then(|| ("forceStop", "1".to_owned())));
            power("shutdown", form)
        }
        Action::Snapshot {
            name,
            description,
            with_memory,
        } => {
            let mut form = vec![("snapname", name.clone())];
            form.extend(description.clone().map(|text| ("description", text)));
            let memory = *with_memory && aim.kind == GuestKind::Vm;
            form.extend(memory.then(|| ("vmstate", "1".to_owned())));
            post(format!("{guest}/snapshot"), form)
        }
        Action::Rollback { name } => {
            safe("name", name)?;
            post(format!("{guest}/snapshot/{name}/rollback"), Vec::new())
        }
        Action::DeleteSnapshot { name } => {
            safe("name", name)?;
            Request {
                verb: Verb::Delete,
                path: format!("{guest}/snapshot/{name}"),
                form: Vec::new(),
            }
        }
        Action::Backup {
            storage,
            mode,
            protected,
        } => {
            let mut form = vec![
                ("vmid", aim.vmid.to_string()),
                ("storage", storage.clone()),
                ("mode", mode.word().to_owned()),
                ("compress", "zstd".to_owned()),
                ("notes-template", "{{guestname}}".to_owned()),
            ];
            form.extend(protected.then(|| ("protected", "1".to_owned())));
            post(format!("/nodes/{}/vzdump", aim.node), form)
        }
        Action::Migrate {
            node,
            with_local_disks,
        } => {
            let mut form = vec![("target", node.clone())];
            match aim.kind {
                GuestKind::Vm => {
                    form.extend(aim.running.then(|| ("online", "1".to_owned())));
                    form.extend(with_local_disks.then(|| ("with-local-disks", "1".to_owned())));
                }
                // A container cannot move while it runs: it is stopped here and started there.
                GuestKind::Container => {
                    form.extend(aim.running.then(|| ("restart", "1".to_owned())));
                }
            }
            post(format!("{guest}/migrate"), form)
        }
    })
}

fn safe(what: &str, name: &str) -> Result<(), CommandError> {
    if safe_in_path(name) {
        Ok(())
    } else {
        Err(CommandError::Refused(format!(
            "the {what} '{name}' cannot stand in a path"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::action::BackupMode;

    fn aim(kind: GuestKind, running: bool) -> Aim {
        Aim {
            node: "pve1".into(),
            vmid: 100,
            kind,
            running,
        }
    }

    #[test]
    fn each_action_is_one_request() {
        let vm = aim(GuestKind::Vm, true);
        let ct = aim(GuestKind::Container, true);
        let name = || "before".to_owned();
        let backup = Action::Backup {
            storage: "nas".into(),
            mode: BackupMode::Snapshot,
            protected: true,
        };
        let migrate = Action::Migrate {
            node: "pve2".into(),
            with_local_disks: true,
        };
        for (aim, action, path, form) in [
            (&vm, Action::Start, "/nodes/pve1/qemu/100/status/start", ""),
            (
                &ct,
                Action::Shutdown {
                    timeout: Some(30),
                    force: true,
                },
                "/nodes/pve1/lxc/100/status/shutdown",
                "timeout=30 forceStop=1",
            ),
            (
                &vm,
                Action::Snapshot {
                    name: name(),
                    description: None,
                    with_memory: true,
                },
                "/nodes/pve1/qemu/100/snapshot",
                "snapname=before vmstate=1",
            ),
            (
                &ct,
                Action::Rollback { name: name() },
                "/nodes/pve1/lxc/100/snapshot/before/rollback",
                "",
            ),
            (
                &vm,
                backup,
                "/nodes/pve1/vzdump",
                "vmid=100 storage=nas mode=snapshot compress=zstd notes-template={{guestname}} protected=1",
            ),
            (
                &vm,
                migrate.clone(),
                "/nodes/pve1/qemu/100/migrate",
                "target=pve2 online=1 with-local-disks=1",
            ),
            (
                &ct,
                migrate,
                "/nodes/pve1/lxc/100/migrate",
                "target=pve2 restart=1",
            ),
        ] {
            let request = of(aim, &action).expect("a request");
            assert_eq!((request.verb, request.path.as_str()), (Verb::Post, path));
            let pairs: Vec<String> = request
                .form
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            assert_eq!(pairs.join(" "), form, "{path}");
        }
        let gone = of(&vm, &Action::DeleteSnapshot { name: name() }).expect("a request");
        assert_eq!(gone.verb, Verb::Delete);
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        for name in ["../../x", "a/b", "", "a b", "a?force=1"] {
            let action = Action::Rollback { name: name.into() };
            assert!(of(&aim(GuestKind::Vm, true), &action).is_err(), "{name}");
        }
    }
}
