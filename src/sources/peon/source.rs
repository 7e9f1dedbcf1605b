//! One reading of the orchestrator: version, list, and figures of the servers whose turn it is.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::map;
use super::wire::{Orchestrator, Server, Stats, StatsOrText};
use crate::model::resource::GameAbility;
use crate::model::target::Failure;
use crate::model::time::Timestamp;
use crate::sources::BoxFuture;
use crate::sources::lenient::List;
use crate::sources::panel::client::{PanelClient, Question, Refusal};
use crate::sources::panel::order::plain;
use crate::sources::panel::source::{Panel, Reading};

/// Figures take seconds each: no more are begun after this.
const STATS_FOR: Duration = Duration::from_secs(8);

/// Figures that are older say nothing of the present.
const STALE: Duration = Duration::from_secs(600);

/// One orchestrator.
pub(super) struct Peon {
    client: PanelClient,
    stats: HashMap<String, (Timestamp, Option<Stats>)>,
}

impl Peon {
    pub(super) fn new(client: PanelClient) -> Self {
        Self {
            client,
            stats: HashMap::new(),
        }
    }

    async fn read_all(&mut self, now: Timestamp) -> Result<Reading, Failure> {
        let question = Question::get("api/v1/orchestrator", "/api/v1/orchestrator");
        let orchestrator: Result<Orchestrator, Refusal> = self.client.read(question).await;
        let version = orchestrator.map_err(|refusal| refusal.failure)?.version.0;
        let question = Question::get("api/v1/servers", "/api/v1/servers");
        let servers: Result<List<Server>, Refusal> = self.client.read(question).await;
        let servers = servers.map_err(|refusal| refusal.failure)?.0;
        self.read_stats(&servers, now).await?;
        let host = self.client.host().to_owned();
        let found = servers.iter().filter_map(|server| {
            let stats = self.stats.get(&map::local(server)?);
            let fresh = stats.filter(|(at, _)| now.since(*at) <= STALE);
            map::server(server, fresh.and_then(|(_, stats)| stats.as_ref()), &host)
        });
        Ok(Reading {
            version,
            servers: found.collect(),
            ..Reading::default()
        })
    }

    async fn read_stats(&mut self, servers: &[Server], now: Timestamp) -> Result<(), Failure> {
        let running = servers
            .iter()
            .filter(|server| server.container_state.0.as_deref() == Some("running"));
        let mut ids: Vec<String> = running
            .filter_map(map::local)
            .filter(|id| plain(id).is_ok())
            .collect();
        self.stats.retain(|id, _| ids.contains(id));
        ids.sort_by_key(|id| self.stats.get(id).map(|(at, _)| *at));
        let began = Instant::now();
        for id in ids {
            if began.elapsed() >= STATS_FOR || !self.client.allows_one_more() {
                break;
            }
            let path = format!("api/v1/server/stats/{id}");
            let question = Question::get(path, "/api/v1/server/stats/{server}");
            let told: Result<Server, Refusal> = self.client.read(question).await;
            let stats = match told {
                Ok(Server {
                    stats: StatsOrText::Stats(stats),
                    ..
                }) => Some(*stats),
                Err(refusal) if refusal.is_general() => return Err(refusal.failure),
                Ok(_) | Err(_) => None,
            };
            self.stats.insert(id, (now, stats));
        }
        Ok(())
    }
}

impl Panel for Peon {
    fn client(&self) -> &PanelClient {
        &self.client
    }

    fn read(&mut self, now: Timestamp) -> BoxFuture<'_, Result<Reading, Failure>> {
        Box::pin(self.read_all(now))
    }

    fn abilities(&self) -> &'static [GameAbility] {
        &[GameAbility::Power]
    }
}
