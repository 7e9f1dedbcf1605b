//! Orders to the orchestrator. What it saves leaves the worlds out, so it keeps no backups.

use serde_json::json;

use crate::sources::games::host::{Done, GameHost, HostError, StopOrder};
use crate::sources::panel::client::{PanelClient, Question, Verb};
use crate::sources::panel::order::{error, plain};

/// A connection to one orchestrator.
pub(super) struct Host(pub(super) PanelClient);

impl Host {
    async fn act(&self, server: &str, action: &str) -> Result<(), HostError> {
        let path = format!("api/v1/server/{action}/{}", plain(server)?);
        let class = "/api/v1/server/{action}/{server}";
        let question = Question::new(Verb::Put(json!({})), path, class);
        let sent = self.0.ask(question).await;
        sent.map(drop).map_err(|refusal| error(server, refusal))
    }
}

impl GameHost for Host {
    fn start<'a>(&'a self, server: &'a str) -> Done<'a> {
        Box::pin(self.act(server, "start"))
    }

    fn stop<'a>(&'a self, server: &'a str, _: &'a StopOrder) -> Done<'a> {
        Box::pin(self.act(server, "stop"))
    }

    fn kill<'a>(&'a self, _: &'a str) -> Done<'a> {
        let answer = Err(HostError::Unsupported("end a server at once"));
        Box::pin(std::future::ready(answer))
    }
}
