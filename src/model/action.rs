//! What a guest can be told to do.

use serde::{Deserialize, Serialize};

/// How a backup treats a guest that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupMode {
    /// It goes on running.
    Snapshot,
    /// It is held for a while.
    Suspend,
    /// It is stopped and started again.
    Stop,
}

impl BackupMode {
    /// The mode as one word, as Proxmox writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Suspend => "suspend",
            Self::Stop => "stop",
        }
    }
}

/// Something that a guest can be told to do. Names are checked before they get here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Begin to run.
    Start,
    /// Ask the guest to end.
    Shutdown {
        /// Seconds to wait for it; the host's own patience unless given.
        timeout: Option<u32>,
        /// Whether to stop it hard when it does not end in time.
        force: bool,
    },
    /// Stop hard, as by pulling the plug.
    Stop,
    /// Ask the guest to end and begin again.
    Reboot,
    /// Hold in memory without running.
    Suspend,
    /// Go on running.
    Resume,
    /// Take a snapshot.
    Snapshot {
        /// Its name.
        name: String,
        /// The owner's notes.
        description: Option<String>,
        /// Whether it holds the memory too; machines only.
        with_memory: bool,
    },
    /// Go back to a snapshot; what was since is lost.
    Rollback {
        /// Its name.
        name: String,
    },
    /// Delete a snapshot.
    DeleteSnapshot {
        /// Its name.
        name: String,
    },
    /// Make a backup now.
    Backup {
        /// The storage to write to.
        storage: String,
        /// How to treat the guest while it runs.
        mode: BackupMode,
        /// Whether the backup may not be pruned.
        protected: bool,
    },
    /// Move to another node.
    Migrate {
        /// To which.
        node: String,
        /// Whether disks that only this node has are copied; machines only.
        with_local_disks: bool,
    },
}

impl Action {
    /// The words of all actions, in the order they are offered.
    pub const WORDS: [&'static str; 11] = [
        "start",
        "shutdown",
        "stop",
        "reboot",
        "suspend",
        "resume",
        "snapshot",
        "rollback",
        "delete_snapshot",
        "backup",
        "migrate",
    ];

    /// The action as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Shutdown { .. } => "shutdown",
            Self::Stop => "stop",
            Self::Reboot => "reboot",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Snapshot { .. } => "snapshot",
            Self::Rollback { .. } => "rollback",
            Self::DeleteSnapshot { .. } => "delete_snapshot",
            Self::Backup { .. } => "backup",
            Self::Migrate { .. } => "migrate",
        }
    }

    /// Whether somebody may lose something by it, be it data or only the use of a service for a
    /// while, so that it has to be confirmed.
    #[must_use]
    pub const fn is_harmful(&self) -> bool {
        match self {
            Self::Start | Self::Resume | Self::Snapshot { .. } => false,
            Self::Backup { mode, .. } => !matches!(mode, BackupMode::Snapshot),
            Self::Shutdown { .. }
            | Self::Stop
            | Self::Reboot
            | Self::Suspend
            | Self::Rollback { .. }
            | Self::DeleteSnapshot { .. }
            | Self::Migrate { .. } => true,
        }
    }

    /// What it is done with, for people and the audit: names and switches, no secrets.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Start | Self::Stop | Self::Reboot | Self::Suspend | Self::Resume => Vec::new(),
            Self::Shutdown { timeout, force } => timeout
                .map(|seconds| ("timeout_seconds", seconds.to_string()))
                .into_iter()
                .chain([("force", force.to_string())])
                .collect(),
            Self::Snapshot {
                name,
                description,
                with_memory,
            } => [("name", name.clone())]
                .into_iter()
                .chain(description.clone().map(|text| ("description", text)))
                .chain([("with_memory", with_memory.to_string())])
                .collect(),
            Self::Rollback { name } | Self::DeleteSnapshot { name } => vec![("name", name.clone())],
            Self::Backup {
                storage,
                mode,
                protected,
            } => vec![
                ("storage", storage.clone()),
                ("mode", mode.word().to_owned()),
                ("protected", protected.to_string()),
            ],
            Self::Migrate {
                node,
                with_local_disks,
            } => vec![
                ("node", node.clone()),
                ("with_local_disks", with_local_disks.to_string()),
            ],
        }
    }
}
