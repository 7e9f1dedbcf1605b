//! The backup server of the world: its datastores and its own tasks.

use super::State;
use super::backup::Backup;

/// A datastore of the backup server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vault {
    /// Its name; backups name it as their storage.
    pub name: String,
    /// What its owner wrote.
    pub comment: Option<String>,
    /// `offline,message=…` while it is taken out of use.
    pub maintenance: Option<String>,
    /// Its directory is gone, though it is meant to be in use.
    pub broken: bool,
    /// Namespaces beside the root.
    pub namespaces: Vec<String>,
    /// Bytes in use.
    pub used: u64,
    /// Bytes in all.
    pub total: u64,
}

/// A task of the backup server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultTask {
    /// Its identifier, with one field more than on Proxmox VE.
    pub upid: String,
    /// `backup`, `verify`, ….
    pub kind: String,
    /// What it works on.
    pub id: String,
    /// Start in unix seconds.
    pub starttime: i64,
    /// End in unix seconds.
    pub endtime: i64,
    /// What it ends with.
    pub outcome: String,
    pub(crate) pid: u32,
}

/// The datastores of a new world: the one behind the storage `backups`, another, and one that is
/// being repaired.
pub(crate) fn vaults() -> Vec<Vault> {
    let vault = |name: &str, used: u64, total: u64| Vault {
        name: name.to_owned(),
        comment: None,
        maintenance: None,
        broken: false,
        namespaces: Vec::new(),
        used: used << 30,
        total: total << 30,
    };
    vec![
        Vault {
            comment: Some("Hauptspeicher".to_owned()),
            namespaces: vec!["offsite".to_owned()],
            ..vault("main", 4_100, 7_450)
        },
        vault("archive", 900, 3_700),
        Vault {
            maintenance: Some("offline,message=disk swap".to_owned()),
            ..vault("off", 0, 0)
        },
    ]
}

/// The storage of Proxmox VE that lies on the datastore `main`.
pub(crate) const STORAGE: (&str, &str) = ("backups", "main");

/// What hosts keep there beside the guests of the cluster.
pub(crate) fn of_hosts(now: i64) -> Vec<Backup> {
    let backup = |namespace: &str, id: &str, at: i64, ok: Option<bool>| Backup {
        storage: STORAGE.0.to_owned(),
        namespace: namespace.to_owned(),
        kind: "host",
        id: id.to_owned(),
        made_at: at,
        ready_at: at,
        size: 6_001_005,
        notes: String::new(),
        protected: id == "nas1",
        verified: ok.map(|ok| {
            let task = upid(at + 3600, "verify", "main", 7);
            (ok, task)
        }),
    };
    vec![
        backup("", "nas1", now - 86_400, Some(true)),
        backup("offsite", "laptop", now - 9 * 86_400, Some(false)),
    ]
}

/// The identifier of a task.
pub(crate) fn upid(at: i64, kind: &str, id: &str, number: u32) -> String {
    let id = id
        .replace(':', "\\x3a")
        .replace('-', "\\x2d")
        .replace('/', "-");
    format!("UPID:pbs:00000112:000540E7:{number:08X}:{at:08X}:{kind}:{id}:root@pam!full:")
}

impl State {
    /// Adds a task of the backup server that began at `at` and took `seconds`.
    pub(crate) fn add_vault_task(
        &mut self,
        kind: &str,
        id: &str,
        at: i64,
        seconds: i64,
        outcome: &str,
    ) -> String {
        self.next_pid = self.next_pid % 4_000_000 + 37;
        let task = VaultTask {
            upid: upid(at, kind, id, self.next_pid),
            kind: kind.to_owned(),
            id: id.to_owned(),
            starttime: at,
            endtime: at + seconds,
            outcome: outcome.to_owned(),
            pid: 274,
        };
        let upid = task.upid.clone();
        let place = self
            .vault_tasks
            .partition_point(|other| other.starttime <= task.starttime);
        self.vault_tasks.insert(place, task);
        upid
    }

    /// Reads every backup of a datastore again, of which those of `rotten` are broken.
    pub(crate) fn verify(&mut self, storage: &str, at: i64, rotten: &[String]) {
        let failed = !rotten.is_empty();
        let outcome = match failed {
            true => "verification failed - please check the log for details",
            false => "OK",
        };
        let upid = self.add_vault_task("verificationjob", "main:v-daily", at, 40, outcome);
        for backup in &mut self.backups {
            if backup.storage == storage && backup.ready_at <= at {
                backup.verified = Some((!rotten.contains(&backup.id), upid.clone()));
            }
        }
    }

    /// The datastore behind a name, and the storage its backups are kept under.
    pub(crate) fn vault(&self, name: &str) -> Option<(&Vault, &str)> {
        let vault = self.vaults.iter().find(|vault| vault.name == name)?;
        let storage = match name == STORAGE.1 {
            true => STORAGE.0,
            false => vault.name.as_str(),
        };
        Some((vault, storage))
    }
}
