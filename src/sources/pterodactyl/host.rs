//! Orders to a panel's servers. Its log is only to be had over a node's WebSocket, and is not read.

use serde_json::{Value, json};

use super::map;
use super::wire::{Backup, Backups, Item};
use crate::sources::games::host::{Done, GameHost, HostBackup, HostError, StopOrder};
use crate::sources::panel::client::{PanelClient, Question};
use crate::sources::panel::order::{error, plain};

/// A connection to one panel.
pub(super) struct Host(pub(super) PanelClient);

impl Host {
    async fn order(
        &self,
        server: &str,
        path: &str,
        class: &'static str,
        body: Value,
    ) -> Result<(), HostError> {
        let path = format!("api/client/servers/{}/{path}", plain(server)?);
        let sent = self.0.ask(Question::post(path, class, body)).await;
        sent.map(drop).map_err(|refusal| error(server, refusal))
    }

    fn power<'a>(&'a self, server: &'a str, signal: &'static str) -> Done<'a> {
        let class = "/api/client/servers/{server}/power";
        Box::pin(self.order(server, "power", class, json!({ "signal": signal })))
    }
}

impl GameHost for Host {
    fn start<'a>(&'a self, server: &'a str) -> Done<'a> {
        self.power(server, "start")
    }

    fn stop<'a>(&'a self, server: &'a str, _: &'a StopOrder) -> Done<'a> {
        // The egg says how; the panel itself waits as long as that takes.
        self.power(server, "stop")
    }

    fn kill<'a>(&'a self, server: &'a str) -> Done<'a> {
        self.power(server, "kill")
    }

    fn command<'a>(&'a self, server: &'a str, line: &'a str) -> Done<'a, Option<String>> {
        Box::pin(async move {
            let class = "/api/client/servers/{server}/command";
            let body = json!({ "command": line });
            self.order(server, "command", class, body).await?;
            Ok(None)
        })
    }

    fn backups<'a>(&'a self, server: &'a str) -> Done<'a, Vec<HostBackup>> {
        Box::pin(async move {
            let path = format!("api/client/servers/{}/backups?per_page=50", plain(server)?);
            let question = Question::get(path, "/api/client/servers/{server}/backups");
            let all: Backups = self
                .0
                .read(question)
                .await
                .map_err(|refusal| error(server, refusal))?;
            let rows = all.data.0.iter();
            Ok(rows
                .filter_map(|row| map::backup(&row.attributes))
                .collect())
        })
    }

    fn backup<'a>(&'a self, server: &'a str, name: &'a str) -> Done<'a, String> {
        Box::pin(async move {
            let path = format!("api/client/servers/{}/backups", plain(server)?);
            let class = "/api/client/servers/{server}/backups";
            let question = Question::post(path, class, json!({ "name": name }));
            let made: Item<Backup> = self
                .0
                .read(question)
                .await
                .map_err(|refusal| error(server, refusal))?;
            let id = made.attributes.uuid.0;
            id.ok_or_else(|| HostError::Refused("it does not name the backup".into()))
        })
    }

    fn restore<'a>(&'a self, server: &'a str, backup: &'a str) -> Done<'a> {
        Box::pin(async move {
            let path = format!("backups/{}/restore", plain(backup)?);
            let class = "/api/client/servers/{server}/backups/{backup}/restore";
            self.order(server, &path, class, json!({ "truncate": false }))
                .await
        })
    }
}
