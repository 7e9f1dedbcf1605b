//! What follows from a target's lists and would be dear to work out anew with every look; made
//! again when a list is another one.

use std::collections::HashMap;

use crate::model::backup::{Backups, Verification};
use crate::model::facts::Facts;
use crate::model::known::Known;
use crate::model::shared::Shared;
use crate::model::task::{Task, TaskOutcome};
use crate::model::time::Timestamp;

/// What follows from a target's lists.
#[derive(Default)]
pub struct Index {
    backups: Shared<Backups>,
    tasks: Known<Shared<Vec<Task>>>,
    newest: HashMap<u32, NewestBackup>,
    complete: bool,
    ended: HashMap<u32, Ended>,
    node_ended: HashMap<String, Ended>,
    runs: Vec<BackupRun>,
}

/// The newest backup of a guest.
#[derive(Clone, Debug, PartialEq)]
pub struct NewestBackup {
    /// When it was made.
    pub at: Timestamp,
    /// The place where it lies.
    pub place: String,
    /// Whether the place can verify backups.
    pub verifiable: bool,
    /// Whether it was verified.
    pub verification: Option<Verification>,
    /// When the newest that was verified and found whole was made.
    pub verified_at: Option<Timestamp>,
}

/// The latest task that ends or pauses a guest, or all guests of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// When it began.
    pub at: Timestamp,
    /// What it was, in the host's word.
    pub kind: String,
    /// Who started it.
    pub user: Option<String>,
}

/// How the latest backup of a guest, or the latest of several guests of a node, came out.
#[derive(Clone, Debug, PartialEq)]
pub struct BackupRun {
    /// The guest; `None` for a run over several.
    pub vmid: Option<u32>,
    /// The node.
    pub node: Option<String>,
    /// When it began.
    pub at: Timestamp,
    /// How it came out.
    pub outcome: TaskOutcome,
}

/// Tasks after which a guest does not run, by intent. What rolls back or backs up in the mode
/// `stop` stops a guest for a while.
const ENDING: &[&str] = &[
    "qmstop",
    "qmshutdown",
    "qmsuspend",
    "qmpause",
    "qmdestroy",
    "qmrollback",
    "qmreboot",
    "qmreset",
    "qmigrate",
    "qmtemplate",
    "qmrestore",
    "vzstop",
    "vzshutdown",
    "vzsuspend",
    "vzdestroy",
    "vzrollback",
    "vzreboot",
    "vzmigrate",
    "vztemplate",
    "vzrestore",
    "hastop",
    "vzdump",
];

/// Tasks that end all guests of a node.
const ENDING_ALL: &[&str] = &["stopall", "migrateall", "suspendall"];

impl Index {
    /// Makes what follows from lists that are other ones than before.
    pub fn refresh(&mut self, facts: &Facts) {
        if !self.backups.is_same(&facts.backups) {
            self.backups = facts.backups.clone();
            self.index_backups();
        }
        let same = match (&self.tasks, &facts.tasks) {
            (Known::Is(before), Known::Is(now)) => before.is_same(now),
            (before, now) => before == now,
        };
        if !same {
            self.tasks = facts.tasks.clone();
            self.index_tasks();
        }
    }

    fn index_backups(&mut self) {
        self.newest.clear();
        self.complete = self.backups.is_complete();
        for (place, backup) in self.backups.all() {
            let Some(vmid) = backup.vmid else {
                continue;
            };
            let is_whole = backup.verification == Some(Verification::Ok);
            let verified_at = is_whole.then_some(backup.at);
            let verifiable = backup
                .format
                .as_deref()
                .is_some_and(|f| f.starts_with("pbs-"))
                || place.namespace.is_some();
            let known = self.newest.get(&vmid);
            let verified_at = known.and_then(|known| known.verified_at).max(verified_at);
            if known.is_none_or(|known| known.at < backup.at) {
                let newest = NewestBackup {
                    at: backup.at,
                    place: place.name.clone(),
                    verifiable,
                    verification: backup.verification.clone(),
                    verified_at,
                };
                self.newest.insert(vmid, newest);
            } else if let Some(known) = self.newest.get_mut(&vmid) {
                known.verified_at = verified_at;
            }
        }
    }

    fn index_tasks(&mut self) {
        self.ended.clear();
        self.node_ended.clear();
        self.runs.clear();
        let tasks = self.tasks.value().map_or(&[][..], |tasks| tasks.as_slice());
        // Newest first: the first of each kind counts.
        for task in tasks {
            let vmid = task
                .subject
                .as_deref()
                .and_then(|subject| subject.parse::<u32>().ok());
            let ended = || Ended {
                at: task.began_at,
                kind: task.kind.clone(),
                user: task.user.clone(),
            };
            if let Some(vmid) = vmid
                && ENDING.contains(&&*task.kind)
            {
                self.ended.entry(vmid).or_insert_with(ended);
            }
            if ENDING_ALL.contains(&&*task.kind)
                && let Some(node) = &task.node
            {
                self.node_ended.entry(node.clone()).or_insert_with(ended);
            }
            if task.kind == "vzdump" && task.outcome != TaskOutcome::Running {
                let is_same =
                    |run: &BackupRun| run.vmid == vmid && (vmid.is_some() || run.node == task.node);
                if !self.runs.iter().any(is_same) {
                    self.runs.push(BackupRun {
                        vmid,
                        node: task.node.clone(),
                        at: task.began_at,
                        outcome: task.outcome.clone(),
                    });
                }
            }
        }
    }

    /// The newest backup of a guest.
    #[must_use]
    pub fn newest(&self, vmid: u32) -> Option<&NewestBackup> {
        self.newest.get(&vmid)
    }

    /// Whether every place could be read, so that a backup that is not listed does not exist.
    #[must_use]
    pub const fn knows_all_backups(&self) -> bool {
        self.complete
    }

    /// Whether tasks are known at all.
    #[must_use]
    pub const fn knows_tasks(&self) -> bool {
        self.tasks.value().is_some()
    }

    /// The latest task after which a guest on `node` does not run.
    #[must_use]
    pub fn ended(&self, vmid: u32, node: &str) -> Option<&Ended> {
        let own = self.ended.get(&vmid);
        let all = self.node_ended.get(node);
        own.into_iter().chain(all).max_by_key(|ended| ended.at)
    }

    /// How the latest backups came out, one for each guest and node.
    #[must_use]
    pub fn runs(&self) -> &[BackupRun] {
        &self.runs
    }
}
