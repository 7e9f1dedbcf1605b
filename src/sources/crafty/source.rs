//! One reading of Crafty: its list, and each server's figures.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream;

use super::map;
use super::wire::{Envelope, Server, Stats};
use crate::model::resource::GameAbility;
use crate::model::target::{Failure, MissingPrivilege};
use crate::model::time::Timestamp;
use crate::sources::BoxFuture;
use crate::sources::lenient::{List, Text};
use crate::sources::panel::client::{PanelClient, Question, Refusal};
use crate::sources::panel::order::plain;
use crate::sources::panel::source::{Panel, Reading};

/// Questions about servers on their way at the same time, and how long all of them may take.
const AT_ONCE: usize = 4;
const ALTOGETHER: Duration = Duration::from_secs(20);

/// One Crafty.
pub(super) struct Crafty {
    pub(super) client: PanelClient,
}

/// Crafty words a wrong key and a missing permission in ways of its own.
pub(super) fn reworded(client: &PanelClient, refusal: Refusal) -> Refusal {
    match (refusal.status, refusal.told.as_str()) {
        (Some(400 | 403), told) if told.contains("authenticated") || told.contains("DENIED") => {
            client.key_refused(refusal.told)
        }
        (Some(400 | 403), told) if told.contains("AUTHORIZED") || told.contains("permission") => {
            client.key_forbidden(refusal.told)
        }
        _ => refusal,
    }
}

impl Crafty {
    async fn stats(&self, id: &str) -> Result<Stats, Refusal> {
        let path = format!("api/v2/servers/{id}/stats");
        let question = Question::get(path, "/api/v2/servers/{server}/stats");
        let answer: Result<Envelope<Stats>, Refusal> = self.client.read(question).await;
        let answer = answer.map_err(|refusal| reworded(&self.client, refusal))?;
        Ok(answer.data)
    }

    /// The version, which the API tells anybody.
    async fn version(&self) -> Option<String> {
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Root {
            version: Text,
        }
        let question = Question::get("api/v2", "/api/v2");
        let root: Envelope<Root> = self.client.read(question).await.ok()?;
        root.data.version.0
    }

    async fn read_all(&self, now: Timestamp) -> Result<Reading, Failure> {
        let question = Question::get("api/v2/servers", "/api/v2/servers");
        let list: Result<Envelope<List<Server>>, Refusal> = self.client.read(question).await;
        let list = list.map_err(|refusal| reworded(&self.client, refusal).failure)?;
        let began = Instant::now();
        let mut asking = stream::iter(list.data.0)
            .map(|server| async move {
                let id = server.server_id.0.clone().unwrap_or_default();
                let may_ask = plain(&id).is_ok()
                    && began.elapsed() < ALTOGETHER
                    && self.client.allows_one_more();
                let stats = match may_ask {
                    true => Some(self.stats(&id).await),
                    false => None,
                };
                (server, stats)
            })
            .buffered(AT_ONCE);
        let mut reading = Reading::default();
        while let Some((server, stats)) = asking.next().await {
            let stats = match stats {
                Some(Ok(stats)) => Some(stats),
                Some(Err(refusal)) if refusal.is_general() => return Err(refusal.failure),
                Some(Err(refusal)) => {
                    if refusal.status == Some(403) {
                        reading.missing.push(missing(&server, &refusal));
                    }
                    None
                }
                None => None,
            };
            reading
                .servers
                .extend(map::server(&server, stats.as_ref(), now));
        }
        drop(asking);
        reading.version = self.version().await;
        Ok(reading)
    }
}

fn missing(server: &Server, refusal: &Refusal) -> MissingPrivilege {
    let name = server.server_name.0.as_deref().unwrap_or("a server");
    MissingPrivilege {
        path: name.to_owned(),
        privilege: "Terminal".into(),
        hides: "state, use and players".into(),
        fix: refusal.failure.fix.clone().unwrap_or_default(),
        optional: false,
    }
}

impl Panel for Crafty {
    fn client(&self) -> &PanelClient {
        &self.client
    }

    fn read(&mut self, now: Timestamp) -> BoxFuture<'_, Result<Reading, Failure>> {
        Box::pin(self.read_all(now))
    }

    fn abilities(&self) -> &'static [GameAbility] {
        &[GameAbility::Power, GameAbility::Command, GameAbility::Log]
    }
}
