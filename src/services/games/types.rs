//! What goes in and out of the games service.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::model::id::{ResourceId, TargetId};
use crate::model::resource::GameServer;
use crate::model::time::Timestamp;
use crate::sources::games::catalog::Entry;

/// A game server as it is now, with what we know of it beyond.
#[derive(Clone, Debug)]
pub struct Server {
    /// As it was seen last.
    pub seen: GameServer,
    /// The target that it is under.
    pub target: TargetId,
    /// What the catalogue says of its game.
    pub entry: Option<Arc<Entry>>,
    /// What it was made of, where we made it.
    pub made: Option<Arc<Made>>,
}

/// A server that we have made.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Its id.
    pub id: ResourceId,
    /// The target that it was made on.
    pub target: TargetId,
    /// Its name on the host.
    pub local: String,
    /// The game's id in the catalogue.
    pub game: String,
    /// Its settings, without those that are nobody's business.
    pub config: Value,
    /// Ports outside, by the catalogue's names.
    pub ports: BTreeMap<String, u16>,
    /// Names of its volumes.
    pub volumes: Vec<String>,
    /// When.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
}

/// A server to be made.
#[derive(Clone, Debug)]
pub struct NewGame {
    /// The target that is to run it.
    pub target: TargetId,
    /// The game's id in the catalogue.
    pub game: String,
    /// Its name on the host: 2 to 60 letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// Settings by the game's schema; the catalogue's defaults for those that are left out.
    pub config: Value,
    /// Ports outside, by the catalogue's names; the same numbers as inside for the others.
    pub ports: BTreeMap<String, u16>,
    /// Address that the ports are bound to; every one of the host's unless given.
    pub bind: Option<String>,
    /// Another tag of the image than the catalogue's.
    pub tag: Option<String>,
    /// Another image than the catalogue's, as for games that it knows none of.
    pub image: Option<String>,
    /// Most memory in MiB; what the catalogue recommends unless given.
    pub memory_mb: Option<u32>,
    /// Most processor threads; all of them unless given.
    pub cpus: Option<f64>,
    /// Whether the game's terms are accepted.
    pub accept_eula: bool,
    /// Whether it is started as soon as it is there.
    pub start: bool,
}
