//! Backups as they are kept, and when they are made.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::id::{GameBackupId, ResourceId};
use crate::model::silence::Weekday;
use crate::model::time::Timestamp;

/// Why a backup was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Somebody wanted it.
    Asked,
    /// Its time had come.
    Planned,
    /// Before something was put in the place of what it holds.
    Safety,
}

impl Reason {
    const ALL: [Self; 3] = [Self::Asked, Self::Planned, Self::Safety];

    /// The reason as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Planned => "planned",
            Self::Safety => "safety",
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// A backup as somebody, or something, wants it.
#[derive(Clone, Debug)]
pub(in super::super) struct Wish {
    /// The id that it will have, where it is kept here.
    pub(in super::super) id: GameBackupId,
    /// Why it is made.
    pub(in super::super) reason: Reason,
    /// Whether it is sealed though the server's plan does not say so.
    pub(in super::super) encrypt: bool,
}

impl Wish {
    /// A backup for `reason`, otherwise as the server's plan says.
    pub(in super::super) fn new(reason: Reason) -> Self {
        Self {
            id: GameBackupId::random(),
            reason,
            encrypt: false,
        }
    }
}

/// A backup that we keep.
#[derive(Clone, Debug, PartialEq)]
pub struct GameBackup {
    /// Its id.
    pub id: GameBackupId,
    /// The server that it was made of.
    pub server: ResourceId,
    /// What that was called then.
    pub server_name: String,
    /// The game's id in the catalogue.
    pub game: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Files in it.
    pub files: u64,
    /// SHA-256 of the whole file, in lower-case hexadecimal.
    pub sha256: String,
    /// Whether it is sealed.
    pub encrypted: bool,
    /// Whether the server was well when it was made.
    pub healthy: bool,
    /// Why it was made.
    pub reason: Reason,
    /// When.
    pub made_at: Timestamp,
    /// By whom.
    pub made_by: String,
    /// When it was last read through and found whole.
    pub verified_at: Option<Timestamp>,
    /// What is wrong with it.
    pub damage: Option<String>,
}

impl GameBackup {
    /// Whether it can be relied on: made of a server that was well, and read through since.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.healthy && self.verified_at.is_some() && self.damage.is_none()
    }
}

/// When backups of a server are made by themselves, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// Whether backups are made by themselves.
    pub enabled: bool,
    /// The days on which.
    pub days: Vec<Weekday>,
    /// When, on the clock of `zone`, such as `04:30`.
    pub start: String,
    /// The time zone's name, such as `Europe/Berlin`.
    pub zone: String,
    /// How many are kept, safety copies not counted. The last good one is kept beyond.
    pub keep: u32,
    /// Whether they are sealed with the key file of the state directory.
    pub encrypt: bool,
    /// The folder that they are kept in; the state directory's own unless given.
    pub directory: Option<PathBuf>,
    /// Whether a server that has to be stopped for it is stopped though players are online.
    pub even_with_players: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            enabled: false,
            days: vec![
                Weekday::Monday,
                Weekday::Tuesday,
                Weekday::Wednesday,
                Weekday::Thursday,
                Weekday::Friday,
                Weekday::Saturday,
                Weekday::Sunday,
            ],
            start: "04:30".to_owned(),
            zone: "UTC".to_owned(),
            keep: 7,
            encrypt: false,
            directory: None,
            even_with_players: false,
        }
    }
}
