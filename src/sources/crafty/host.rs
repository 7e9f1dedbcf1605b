//! Orders to Crafty's servers. Its backups follow policies that only its own pages show, so they
//! are left to it.

use serde_json::Value;

use super::source::reworded;
use super::wire::Log;
use crate::sources::games::host::{Done, GameHost, HostError, StopOrder};
use crate::sources::panel::client::{PanelClient, Question, Verb};
use crate::sources::panel::order::{error, plain};

/// A connection to one Crafty.
pub(super) struct Host(pub(super) PanelClient);

impl Host {
    async fn act(&self, server: &str, action: &str) -> Result<(), HostError> {
        let path = format!("api/v2/servers/{}/action/{action}", plain(server)?);
        let class = "/api/v2/servers/{server}/action/{action}";
        self.send(server, Question::post(path, class, Value::Null))
            .await
    }

    async fn send(&self, server: &str, question: Question) -> Result<(), HostError> {
        let sent = self.0.ask(question).await;
        sent.map(drop)
            .map_err(|refusal| error(server, reworded(&self.0, refusal)))
    }
}

impl GameHost for Host {
    fn start<'a>(&'a self, server: &'a str) -> Done<'a> {
        Box::pin(self.act(server, "start_server"))
    }

    fn stop<'a>(&'a self, server: &'a str, _: &'a StopOrder) -> Done<'a> {
        Box::pin(self.act(server, "stop_server"))
    }

    fn kill<'a>(&'a self, server: &'a str) -> Done<'a> {
        Box::pin(self.act(server, "kill_server"))
    }

    fn command<'a>(&'a self, server: &'a str, line: &'a str) -> Done<'a, Option<String>> {
        Box::pin(async move {
            let path = format!("api/v2/servers/{}/stdin", plain(server)?);
            let verb = Verb::PostText(line.to_owned());
            let question = Question::new(verb, path, "/api/v2/servers/{server}/stdin");
            self.send(server, question).await?;
            Ok(None)
        })
    }

    fn log<'a>(&'a self, server: &'a str, lines: usize) -> Done<'a, Vec<String>> {
        Box::pin(async move {
            let path = format!("api/v2/servers/{}/logs?raw=true", plain(server)?);
            let question = Question::get(path, "/api/v2/servers/{server}/logs");
            let log: Log = self
                .0
                .read(question)
                .await
                .map_err(|refusal| error(server, reworded(&self.0, refusal)))?;
            let mut all: Vec<String> = log.data.0.into_iter().filter_map(|line| line.0).collect();
            let first = all.len().saturating_sub(lines);
            Ok(all.split_off(first))
        })
    }
}
