//! Whom to ask, and with what.

use secrecy::SecretString;

use super::line::{Connection, Limits};
use crate::http::{Guard, Trust};

/// Whom to ask, and with what.
#[derive(Clone, Debug)]
pub struct Request {
    /// Name or address.
    pub host: String,
    /// Port of the query, which is often not that of the game.
    pub port: u16,
    /// What some protocols need beyond.
    pub options: Options,
    /// How long and how much.
    pub limits: Limits,
}

impl Request {
    /// A question to `host` with the usual limits.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            options: Options::default(),
            limits: Limits::default(),
        }
    }
}

/// What some protocols need beyond an address.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// User name, where there are several.
    pub user: Option<String>,
    /// Password or token.
    pub secret: Option<SecretString>,
    /// Port that players use, where the query's own does not say which server is meant.
    pub game_port: Option<u16>,
    /// Leaves out what costs a second exchange: the players' names, mostly.
    pub brief: bool,
    /// HTTPS where the protocol would use HTTP.
    pub https: bool,
    /// How an HTTPS server proves who it is; by the system's authorities if not said.
    pub trust: Option<Trust>,
    /// Addresses that are never asked; beside those that nobody may ask.
    pub guard: Guard,
    /// An HTTP connection to use again; without one, each query makes its own.
    pub connection: Option<Connection>,
}
