//! A server's console: lines that are sent to it, and what it logged.

use serde_json::json;

use super::{Asker, Games, GamesError, Hostable, local, require, unable};
use crate::model::resource::GameAbility;
use crate::services::audit::{NewEntry, Outcome};
use crate::telemetry::clock;

/// Longest line that is sent to a console.
const LONGEST_COMMAND: usize = 1000;

/// Most lines of a log that are asked for at a time.
const MOST_LINES: usize = 2000;

impl Games {
    /// Sends a line to a server's console; answers what it said, where it says something.
    ///
    /// # Errors
    /// When it is not allowed or not possible, or the line is none.
    pub async fn command(
        &self,
        id: &str,
        line: &str,
        by: &Asker,
    ) -> Result<Option<String>, GamesError> {
        let server = self.find(id)?;
        let line = line.trim();
        if line.is_empty() || line.len() > LONGEST_COMMAND || line.chars().any(char::is_control) {
            return Err(GamesError::invalid(
                "command",
                format!("must be one line of 1 to {LONGEST_COMMAND} bytes"),
            ));
        }
        require(&server.seen, GameAbility::Command)?;
        let host = self.host(&server).await?;
        let entry = |outcome, message: String| NewEntry {
            at: clock::now(),
            actor: by.name.clone(),
            peer: by.peer.clone(),
            action: "game.command".to_owned(),
            resource: server.seen.id.to_string(),
            resource_name: server.seen.name.clone(),
            details: json!({ "command": line }),
            outcome,
            message,
        };
        self.audit
            .record(entry(Outcome::Asked, String::new()))
            .await?;
        let told = host.command(local(&server.seen), line).await;
        let ended = match &told {
            Ok(_) => entry(Outcome::Ok, String::new()),
            Err(error) => entry(Outcome::Failed, error.to_string()),
        };
        self.enter(ended).await;
        Ok(told?)
    }

    /// The last lines of a server's log, the oldest first.
    ///
    /// # Errors
    /// When that is not possible.
    pub async fn log(&self, id: &str, lines: usize) -> Result<Vec<String>, GamesError> {
        let server = self.find(id)?;
        require(&server.seen, GameAbility::Log)?;
        let host = match self.targets.host(&server.target, false).await? {
            Hostable::Yes(host) => host,
            _ => return Err(unable(&server.seen, "show its log")),
        };
        Ok(host
            .log(local(&server.seen), lines.clamp(1, MOST_LINES))
            .await?)
    }
}
