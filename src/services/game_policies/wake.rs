//! Somebody comes: the calls of mc-router's webhook, by which a server that is off is started.
//!
//! mc-router posts `{"action": "up" | "down", "serverAddress": …, "backend": …}` (its option
//! `-auto-scale-webhook-url`). Its address may hold a user and password, which arrive as
//! `Authorization: Basic`; the password is the token.

use ring::digest::{SHA256, digest};
use serde::Deserialize;

use super::{Errand, GamePolicies, PolicyError};
use crate::model::id::ResourceId;
use crate::model::resource::{GameStatus, Resource};
use crate::secret::hex;

/// The setting that holds the token's hash.
const KEY: &str = "game_wake_token";

/// What a router tells.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    /// `up` when somebody comes, `down` when nobody has been there for a while.
    pub action: String,
    /// The address by which players came.
    #[serde(rename = "serverAddress")]
    pub server_address: String,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The server is being started.
    Started(ResourceId),
    /// It is up already, or is being started.
    Up(ResourceId),
    /// Taken note of: whether it is stopped is for its policy to say.
    Noted,
}

impl GamePolicies {
    /// Makes a new token for calls, in the place of the one before; it is shown this once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_door(&self) -> Result<String, PolicyError> {
        let token = format!("wake_{:032x}", rand::random::<u128>());
        self.parts.settings.put(KEY, &hash(&token)).await?;
        Ok(token)
    }

    /// Takes no more calls.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_door(&self) -> Result<(), PolicyError> {
        Ok(self.parts.settings.put(KEY, &None::<String>).await?)
    }

    /// Whether calls are taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_door_open(&self) -> Result<bool, PolicyError> {
        Ok(self.kept_hash().await?.is_some())
    }

    /// Does what a call asks for.
    ///
    /// # Errors
    /// When the token is wrong, no server is meant, or it cannot be started.
    pub async fn answer_call(&self, token: &str, call: &Call) -> Result<Woken, PolicyError> {
        let kept = self.kept_hash().await?.ok_or(PolicyError::Stranger)?;
        // Both are hashes, so that comparing them tells nothing of the token.
        if kept != hash(token) {
            return Err(PolicyError::Stranger);
        }
        let Some(server) = self.reached_by(&call.server_address) else {
            let address = call.server_address.chars().take(80).collect();
            return Err(PolicyError::NobodyThere(address));
        };
        if call.action != "up" {
            return Ok(Woken::Noted);
        }
        let fleet = self.parts.live.fleet();
        let status = match fleet.resource(&server).map(|found| &**found) {
            Some(Resource::Game(game)) => game.status,
            _ => return Err(PolicyError::NotStarted(format!("{server} is not seen now"))),
        };
        let is_off = matches!(status, GameStatus::Stopped | GameStatus::Crashed);
        if !is_off || self.parts.orders.is_busy(&server) {
            return Ok(Woken::Up(server));
        }
        let why = format!("somebody came to {}", call.server_address);
        let begun = self
            .parts
            .orders
            .carry_out(server.clone(), Errand::Start, why);
        begun.await.map_err(PolicyError::NotStarted)?;
        Ok(Woken::Started(server))
    }

    /// The server that players reach by an address; of several, the first by its id.
    fn reached_by(&self, address: &str) -> Option<ResourceId> {
        let policies = self.policies();
        let reached = policies
            .iter()
            .filter(|(_, policy)| policy.is_reached_by(address));
        reached.map(|(server, _)| server).min().cloned()
    }

    async fn kept_hash(&self) -> Result<Option<String>, PolicyError> {
        Ok(self
            .parts
            .settings
            .get::<Option<String>>(KEY)
            .await?
            .flatten())
    }
}

fn hash(token: &str) -> String {
    hex(digest(&SHA256, token.as_bytes()).as_ref())
}
