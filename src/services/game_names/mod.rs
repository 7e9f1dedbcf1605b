//! What game servers are called in APIs with ids of their own: numbered by game, such as
//! `valheim_001`, or `srv_` and twelve hexadecimal digits. Either stays the same for good.
//!
//! Start with [`GameNames::of`]; [`table`] has the SQL.

mod table;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::digest;

use crate::db::{Db, DbError};
use crate::model::id::ResourceId;
use crate::model::time::Timestamp;
use crate::secret::hex;

/// The word for servers whose game is not known.
const NO_GAME: &str = "server";

/// Servers that are called something, gone ones included.
const MOST: usize = 50_000;

/// Longest title.
pub const LONGEST_TITLE: usize = 100;

/// What one server is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameName {
    /// Which server.
    pub resource: ResourceId,
    /// Its game when it was first seen.
    pub game: String,
    /// Its number among those of the game.
    pub number: u32,
    /// The name that a person gave it for people.
    pub title: Option<String>,
    /// When it was first seen.
    pub first_seen: Timestamp,
}

impl GameName {
    /// Its game, where that was known when it was first seen.
    #[must_use]
    pub fn game(&self) -> Option<&str> {
        Some(&*self.game).filter(|game| *game != NO_GAME)
    }

    /// The numbered form, such as `valheim_001`.
    #[must_use]
    pub fn numbered(&self) -> String {
        format!("{}_{:03}", self.game, self.number)
    }
}

/// The short form, such as `srv_7d2f8b1a9c3e`; it follows from the id alone.
#[must_use]
pub fn short(id: &ResourceId) -> String {
    let digest = digest::digest(&digest::SHA256, id.as_str().as_bytes());
    format!("srv_{}", &hex(digest.as_ref())[..12])
}

/// Names servers. Cheap to clone; clones share.
#[derive(Clone)]
pub struct GameNames {
    db: Db,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    names: HashMap<ResourceId, GameName>,
    of_alias: HashMap<String, ResourceId>,
}

impl Known {
    fn add(&mut self, name: GameName) {
        let aliases = [name.numbered(), short(&name.resource)];
        for alias in aliases {
            self.of_alias.insert(alias, name.resource.clone());
        }
        self.names.insert(name.resource.clone(), name);
    }
}

impl GameNames {
    /// Reads what servers are called.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(db: Db) -> Result<Self, DbError> {
        let mut known = Known::default();
        for name in db.reader.run(table::all).await? {
            known.add(name);
        }
        Ok(Self {
            db,
            known: Arc::new(Mutex::new(known)),
        })
    }

    /// What these servers, each with its game, are called; those that were never named are now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(
        &self,
        servers: Vec<(ResourceId, Option<String>)>,
        now: Timestamp,
    ) -> Result<HashMap<ResourceId, GameName>, DbError> {
        let mut named = HashMap::with_capacity(servers.len());
        let mut new = Vec::new();
        {
            let known = self.lock();
            let room = MOST.saturating_sub(known.names.len());
            for (id, game) in servers {
                match known.names.get(&id) {
                    Some(name) => drop(named.insert(id, name.clone())),
                    None if new.len() < room => new.push((id, game)),
                    None => {}
                }
            }
        }
        if !new.is_empty() {
            let written = self
                .db
                .writer
                .run(move |tx| {
                    let put = |(id, game): (ResourceId, Option<String>)| {
                        let game = game.unwrap_or_else(|| NO_GAME.to_owned());
                        table::name(tx, &id, &game, now)
                    };
                    new.into_iter().map(put).collect::<Result<Vec<_>, _>>()
                })
                .await?;
            let mut known = self.lock();
            for name in written {
                known.add(name.clone());
                named.insert(name.resource.clone(), name);
            }
        }
        Ok(named)
    }

    /// Gives a server a name for people.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entitle(
        &self,
        id: &ResourceId,
        game: &str,
        title: &str,
        now: Timestamp,
    ) -> Result<GameName, DbError> {
        let (id, game, title) = (id.clone(), game.to_owned(), title.to_owned());
        let name = self
            .db
            .writer
            .run(move |tx| {
                table::name(tx, &id, &game, now)?;
                table::entitle(tx, &id, &title)?;
                table::name(tx, &id, &game, now)
            })
            .await?;
        self.lock().add(name.clone());
        Ok(name)
    }

    /// The server that is called so; one that was never shown is not known by any name.
    #[must_use]
    pub fn resolve(&self, alias: &str) -> Option<ResourceId> {
        self.lock().of_alias.get(alias).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
