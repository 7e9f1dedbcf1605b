//! One reading of the panel: its list, and what the servers use whose turn it is.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream;

use super::map::{self, Told};
use super::wire::{Item, Page, Server, Stats};
use crate::model::resource::GameAbility;
use crate::model::target::Failure;
use crate::model::time::Timestamp;
use crate::sources::BoxFuture;
use crate::sources::panel::client::{PanelClient, Question, Refusal};
use crate::sources::panel::order::plain;
use crate::sources::panel::source::{Panel, Reading};
use crate::sources::rates::RateTracker;

/// Servers of a page, and pages that are read at most.
const PAGE: u64 = 100;
const MOST_PAGES: u64 = 10;

/// Questions about servers on their way at the same time, and how long all of them may take.
const AT_ONCE: usize = 4;
const ALTOGETHER: Duration = Duration::from_secs(20);

/// A panel as it is remembered between readings.
pub(super) struct Pterodactyl {
    client: PanelClient,
    told: HashMap<String, Told>,
    traffic: RateTracker<String>,
}

impl Pterodactyl {
    pub(super) fn new(client: PanelClient) -> Self {
        Self {
            client,
            told: HashMap::new(),
            traffic: RateTracker::default(),
        }
    }

    async fn list(&self) -> Result<Vec<Server>, Failure> {
        let mut servers = Vec::new();
        for number in 1..=MOST_PAGES {
            let path = format!("api/client?per_page={PAGE}&page={number}");
            let page: Page = self
                .client
                .read(Question::get(path, "/api/client"))
                .await
                .map_err(|refusal| refusal.failure)?;
            if page.object.0.as_deref() != Some("list") {
                let refusal = self.client.senseless("/api/client", "it is no list");
                return Err(refusal.failure);
            }
            servers.extend(page.data.0.into_iter().map(|item| item.attributes));
            if page.meta.pagination.total_pages.0.unwrap_or(1) <= number {
                break;
            }
        }
        Ok(servers)
    }

    async fn stats(&self, id: &str) -> Result<Stats, Refusal> {
        let path = format!("api/client/servers/{id}/resources");
        let question = Question::get(path, "/api/client/servers/{server}/resources");
        let item: Item<Stats> = self.client.read(question).await?;
        Ok(item.attributes)
    }

    /// Asks about the servers that were asked about longest ago, as many as the panel allows.
    async fn read_stats(&mut self, servers: &[Server], now: Timestamp) -> Result<(), Failure> {
        let ids = servers
            .iter()
            .filter_map(|server| server.identifier.0.clone());
        let mut ids: Vec<String> = ids.filter(|id| plain(id).is_ok()).collect();
        self.told.retain(|id, _| ids.contains(id));
        ids.sort_by_key(|id| self.told.get(id).and_then(|told| told.at));
        let client = &self.client;
        let began = Instant::now();
        let this = &*self;
        let mut asking = stream::iter(ids)
            .take_while(|_| {
                let goes_on = client.allows_one_more() && began.elapsed() < ALTOGETHER;
                std::future::ready(goes_on)
            })
            .map(|id| async move {
                let stats = this.stats(&id).await;
                (id, stats)
            })
            .buffer_unordered(AT_ONCE);
        let mut answers = Vec::new();
        while let Some((id, stats)) = asking.next().await {
            match stats {
                Err(refusal) if refusal.is_general() => return Err(refusal.failure),
                stats => answers.push((id, stats.ok())),
            }
        }
        drop(asking);
        self.traffic.begin_round();
        for (id, stats) in answers {
            let counters = stats.as_ref().and_then(map::counters);
            let rates = counters.map(|counters| self.traffic.observe(id.clone(), counters));
            let told = Told {
                stats,
                rates: rates.unwrap_or_default(),
                at: Some(now),
            };
            self.told.insert(id, told);
        }
        Ok(())
    }

    async fn read_all(&mut self, now: Timestamp) -> Result<Reading, Failure> {
        let servers = self.list().await?;
        self.read_stats(&servers, now).await?;
        let found = servers.iter().filter_map(|server| {
            let told = self.told.get(server.identifier.0.as_deref()?);
            map::server(server, told)
        });
        Ok(Reading {
            servers: found.collect(),
            ..Reading::default()
        })
    }
}

impl Panel for Pterodactyl {
    fn client(&self) -> &PanelClient {
        &self.client
    }

    fn read(&mut self, now: Timestamp) -> BoxFuture<'_, Result<Reading, Failure>> {
        Box::pin(self.read_all(now))
    }

    fn abilities(&self) -> &'static [GameAbility] {
        &[
            GameAbility::Power,
            GameAbility::Command,
            GameAbility::Backup,
        ]
    }
}
