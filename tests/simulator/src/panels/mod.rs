//! Game panels as their documentation says, from the panel's side: servers that can be told what to do, a key, and
//! faults that can be switched. Start with [`PanelServer`].

mod amp;
mod crafty;
mod peon;
mod pterodactyl;
mod server;

pub use server::PanelServer;

/// Whose API is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelKind {
    /// Pterodactyl's client API, which is Pelican's too.
    Pterodactyl,
    /// Crafty Controller 4's API v2.
    Crafty,
    /// AMP's main instance with others under it.
    Amp,
    /// PEON's orchestrator.
    Peon,
}

/// A server that a panel runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelGame {
    /// Its id there.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its game in the panel's words.
    pub game: String,
    /// `running`, `starting`, `offline`, `crashed` or `suspended`.
    pub state: String,
    /// Who is on it.
    pub players: Vec<String>,
    /// Its port for players.
    pub port: u16,
    /// Seconds since it was started.
    pub uptime: u64,
    /// Lines that were sent to its console.
    pub console: Vec<String>,
    /// Names of its backups.
    pub backups: Vec<String>,
}

impl PanelGame {
    /// A running server with two players.
    pub fn running(id: &str, name: &str, game: &str, port: u16) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            game: game.into(),
            state: "running".into(),
            players: vec!["alice".into(), "bob".into()],
            port,
            uptime: 3600,
            console: Vec::new(),
            backups: Vec::new(),
        }
    }

    fn is_up(&self) -> bool {
        matches!(self.state.as_str(), "running" | "starting")
    }
}

/// How a panel misbehaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PanelFault {
    /// Not at all.
    #[default]
    None,
    /// It wants to be left alone for so many seconds.
    RetryAfter(u64),
    /// It answers with megabytes.
    Huge,
    /// It answers with something that is no JSON.
    Malformed,
    /// It answers never.
    Silent,
    /// It failed.
    Broken,
    /// Its key is good for nothing, in the panel's own words.
    Forbidden,
}
