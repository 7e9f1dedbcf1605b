//! Orders to what AMP's instances run.

use serde_json::{Value, json};

use super::map;
use super::session::Sessions;
use super::wire::{Backup, Outcome, Updates};
use crate::sources::games::host::{Done, GameHost, HostBackup, HostError, StopOrder};
use crate::sources::lenient::List;
use crate::sources::panel::order::{error, plain};

/// A connection to one AMP.
pub(super) struct Host(pub(super) Sessions);

impl Host {
    async fn call<T: serde::de::DeserializeOwned>(
        &self,
        server: &str,
        method: &'static str,
        arguments: Value,
    ) -> Result<T, HostError> {
        let called = self.0.call(plain(server)?, method, arguments).await;
        called.map_err(|refusal| error(server, refusal))
    }

    /// An order, and what came of it.
    async fn order(
        &self,
        server: &str,
        method: &'static str,
        arguments: Value,
    ) -> Result<Outcome, HostError> {
        let outcome: Option<Outcome> = self.call(server, method, arguments).await?;
        let outcome = outcome.unwrap_or_default();
        match outcome.status.0 {
            Some(false) => {
                let reason = outcome
                    .reason
                    .0
                    .unwrap_or_else(|| "it does not say why".into());
                Err(HostError::Refused(reason))
            }
            Some(true) | None => Ok(outcome),
        }
    }

    async fn act(&self, server: &str, method: &'static str) -> Result<(), HostError> {
        self.order(server, method, json!({})).await.map(drop)
    }
}

impl GameHost for Host {
    fn start<'a>(&'a self, server: &'a str) -> Done<'a> {
        Box::pin(self.act(server, "Core/Start"))
    }

    fn stop<'a>(&'a self, server: &'a str, _: &'a StopOrder) -> Done<'a> {
        Box::pin(self.act(server, "Core/Stop"))
    }

    fn kill<'a>(&'a self, server: &'a str) -> Done<'a> {
        Box::pin(self.act(server, "Core/Kill"))
    }

    fn command<'a>(&'a self, server: &'a str, line: &'a str) -> Done<'a, Option<String>> {
        Box::pin(async move {
            let arguments = json!({ "message": line });
            self.order(server, "Core/SendConsoleMessage", arguments)
                .await?;
            Ok(None)
        })
    }

    fn log<'a>(&'a self, server: &'a str, lines: usize) -> Done<'a, Vec<String>> {
        Box::pin(async move {
            let updates: Updates = self.call(server, "Core/GetUpdates", json!({})).await?;
            let entries = updates.console_entries.0.into_iter();
            let mut all: Vec<String> = entries.filter_map(|entry| entry.contents.0).collect();
            let first = all.len().saturating_sub(lines);
            Ok(all.split_off(first))
        })
    }

    fn backups<'a>(&'a self, server: &'a str) -> Done<'a, Vec<HostBackup>> {
        Box::pin(async move {
            let method = "LocalFileBackupPlugin/GetBackups";
            let rows: List<Backup> = self.call(server, method, json!({})).await?;
            Ok(rows.0.iter().filter_map(map::backup).collect())
        })
    }

    fn backup<'a>(&'a self, server: &'a str, name: &'a str) -> Done<'a, String> {
        Box::pin(async move {
            let method = "LocalFileBackupPlugin/TakeBackup";
            let arguments = json!({ "Title": name, "Description": "", "Sticky": false });
            let made = self.order(server, method, arguments).await?;
            // What it was made under can be found by its name where AMP does not say its id.
            Ok(made.result.0.unwrap_or_else(|| name.to_owned()))
        })
    }

    fn restore<'a>(&'a self, server: &'a str, backup: &'a str) -> Done<'a> {
        Box::pin(async move {
            let method = "LocalFileBackupPlugin/RestoreBackup";
            let arguments = json!({ "BackupId": backup });
            self.order(server, method, arguments).await.map(drop)
        })
    }
}
