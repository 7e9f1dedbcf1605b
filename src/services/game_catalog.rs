//! What is known about running each game, for whoever wants to read it.

use std::sync::Arc;

use serde_json::Value;

use crate::sources::games::catalog::{self, Entry, PortRole, Runtime, Status};

/// Why the catalogue has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// It knows no such game.
    #[error("the catalogue knows no game {id}")]
    NoGame {
        /// Which id was asked for.
        id: String,
        /// Those that it knows.
        known: Vec<String>,
    },
    /// What was to be imported is no egg.
    #[error("{0}")]
    Egg(String),
}

/// One game in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Game {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// One sentence about it.
    pub description: String,
    /// How far the entry can be relied on, as a word.
    pub status: &'static str,
    /// Whether it can be made on a container host.
    pub container: bool,
    /// The protocol it is asked by; `None` where it cannot be.
    pub protocol: Option<String>,
    /// The port that players use inside.
    pub port: Option<u16>,
    /// Memory with which it runs well, in MiB.
    pub memory_mb: u32,
    /// Whether terms have to be accepted first: where they are.
    pub terms: Option<String>,
}

/// An egg as an entry.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The entry, to be completed and kept as a file.
    pub entry: Value,
    /// What of the egg is not in it, in sentences.
    pub left_out: Vec<String>,
}

/// Every game, by id.
#[must_use]
pub fn list() -> Vec<Game> {
    catalog::current().iter().map(game).collect()
}

/// All that is known about one game.
///
/// # Errors
/// When it is not known.
pub fn entry(id: &str) -> Result<Value, CatalogError> {
    let catalog = catalog::current();
    let entry = catalog.get(id).ok_or_else(|| unknown(&catalog, id))?;
    as_json(entry)
}

/// The JSON Schema of one game's settings and the settings that work out of the box.
///
/// # Errors
/// When it is not known.
pub fn settings_of(id: &str) -> Result<(Value, Value), CatalogError> {
    let catalog = catalog::current();
    let entry = catalog.get(id).ok_or_else(|| unknown(&catalog, id))?;
    Ok((entry.config_schema.clone(), entry.default_config.clone()))
}

/// Reads an egg of Pterodactyl or Pelican; nothing is kept.
///
/// # Errors
/// When it is none.
pub fn import(egg: &[u8]) -> Result<Imported, CatalogError> {
    let imported =
        catalog::import_egg(egg).map_err(|error| CatalogError::Egg(error.to_string()))?;
    Ok(Imported {
        entry: as_json(&imported.entry)?,
        left_out: imported.left_out,
    })
}

fn game(entry: &Entry) -> Game {
    let port = entry.ports.iter().find(|port| port.role == PortRole::Game);
    Game {
        id: entry.id.clone(),
        name: entry.name.clone(),
        description: entry.description.clone(),
        status: match entry.status {
            Status::Stable => "stable",
            Status::Beta => "beta",
            Status::Experimental => "experimental",
            Status::Untested => "untested",
        },
        container: entry
            .runtimes
            .iter()
            .any(|runtime| matches!(runtime, Runtime::Docker { .. })),
        protocol: entry.query.as_ref().map(|query| query.protocol.clone()),
        port: port.map(|port| port.container),
        memory_mb: entry.resources.mem_rec_mb,
        terms: entry.eula.as_ref().map(|eula| eula.url.clone()),
    }
}

fn as_json(entry: &Entry) -> Result<Value, CatalogError> {
    // An entry was JSON before.
    serde_json::to_value(entry).map_err(|error| CatalogError::Egg(error.to_string()))
}

fn unknown(catalog: &Arc<catalog::Catalog>, id: &str) -> CatalogError {
    CatalogError::NoGame {
        id: id.chars().take(80).collect(),
        known: catalog.iter().map(|entry| entry.id.clone()).collect(),
    }
}
