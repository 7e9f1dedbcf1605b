//! What a game server can be told to do.

/// How players are treated when a server ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// What players are told before; the usual words unless given.
    pub message: Option<String>,
    /// Seconds between telling players and ending; none unless given.
    pub warn_s: u32,
    /// Seconds that it gets before it is killed; the catalogue's unless given.
    pub grace_s: Option<u32>,
    /// Whether to go on though players are online.
    pub even_with_players: bool,
}

/// Something that a game server can be told to do. Names are checked before they get here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GameAction {
    /// Make it, of the catalogue's game.
    Create {
        /// The game's id.
        game: String,
    },
    /// Begin to run.
    Start,
    /// Save, tell players, wait, and end.
    Stop(Ending),
    /// Stop as above, and start again.
    Restart(Ending),
    /// End at once; what was not saved is lost.
    Kill,
    /// Get the newest image or version.
    Update(Ending),
    /// Delete it.
    Delete {
        /// Whether its worlds go too.
        data: bool,
    },
    /// Make a backup now.
    Backup,
    /// Read a backup through.
    Verify {
        /// Which backup.
        backup: String,
    },
    /// Put a backup's files in place of the server's own.
    Restore {
        /// Which backup.
        backup: String,
    },
}

impl GameAction {
    /// The words of all actions.
    pub const WORDS: [&'static str; 10] = [
        "create", "start", "stop", "restart", "kill", "update", "delete", "backup", "verify",
        "restore",
    ];

    /// The action as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Start => "start",
            Self::Stop(_) => "stop",
            Self::Restart(_) => "restart",
            Self::Kill => "kill",
            Self::Update(_) => "update",
            Self::Delete { .. } => "delete",
            Self::Backup => "backup",
            Self::Verify { .. } => "verify",
            Self::Restore { .. } => "restore",
        }
    }

    /// Whether something may be lost by it that nobody can bring back, so that it has to be
    /// confirmed by the server's name.
    #[must_use]
    pub const fn is_harmful(&self) -> bool {
        matches!(
            self,
            Self::Kill | Self::Delete { .. } | Self::Restore { .. }
        )
    }

    /// How players are treated, where it ends the server.
    #[must_use]
    pub const fn ending(&self) -> Option<&Ending> {
        match self {
            Self::Stop(ending) | Self::Restart(ending) | Self::Update(ending) => Some(ending),
            _ => None,
        }
    }

    /// What it is done with, for people and the audit: names and switches, no secrets.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Start | Self::Kill | Self::Backup => Vec::new(),
            Self::Create { game } => vec![("game", game.clone())],
            Self::Delete { data } => vec![("data", data.to_string())],
            Self::Verify { backup } | Self::Restore { backup } => {
                vec![("backup", backup.clone())]
            }
            Self::Stop(ending) | Self::Restart(ending) | Self::Update(ending) => {
                let mut all = Vec::new();
                if ending.warn_s > 0 {
                    all.push(("warn_s", ending.warn_s.to_string()));
                }
                all.extend(ending.grace_s.map(|grace| ("grace_s", grace.to_string())));
                if ending.even_with_players {
                    all.push(("even_with_players", "true".to_owned()));
                }
                all
            }
        }
    }
}
