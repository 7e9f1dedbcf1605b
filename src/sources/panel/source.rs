//! One look at a panel: its own figures as often as it refreshes them, its servers every time.

use super::client::PanelClient;
use super::server::Found;
use super::settings::Settings;
use crate::http::Guard;
use crate::model::facts::Facts;
use crate::model::id::TargetId;
use crate::model::observation::Coverage;
use crate::model::resource::{GameAbility, Resource};
use crate::model::target::{Failure, MissingPrivilege, TargetSummary};
use crate::model::time::Timestamp;
use crate::sources::games::watch::Watch;
use crate::sources::{BoxFuture, Hint, Look, Source};

/// What one kind of panel knows to ask.
pub(in crate::sources) trait Panel: Send {
    /// Who asks.
    fn client(&self) -> &PanelClient;

    /// Reads the panel once.
    fn read(&mut self, now: Timestamp) -> BoxFuture<'_, Result<Reading, Failure>>;

    /// What can be done to its servers, where that is allowed at all.
    fn abilities(&self) -> &'static [GameAbility];
}

/// What a panel said.
#[derive(Clone, Debug, Default)]
pub(in crate::sources) struct Reading {
    /// Its version.
    pub(in crate::sources) version: Option<String>,
    /// Its servers.
    pub(in crate::sources) servers: Vec<Found>,
    /// What it does not show to us.
    pub(in crate::sources) missing: Vec<MissingPrivilege>,
}

/// An open connection to one panel.
pub(in crate::sources) struct PanelSource<P> {
    id: TargetId,
    name: String,
    settings: Settings,
    panel: P,
    watch: Watch,
    read_at: Option<Timestamp>,
    reading: Reading,
}

impl<P: Panel> PanelSource<P> {
    /// Looks through `panel` at the target called `name`.
    pub(in crate::sources) fn new(
        id: TargetId,
        name: String,
        settings: Settings,
        panel: P,
    ) -> Self {
        Self {
            watch: Watch::new(id.clone()),
            id,
            name,
            settings,
            panel,
            read_at: None,
            reading: Reading::default(),
        }
    }

    async fn look(&mut self, now: Timestamp) -> Result<Look, Failure> {
        self.panel.client().begin_cycle(now);
        if self.is_due(now) {
            self.read_at = None;
            self.reading = self.panel.read(now).await?;
            self.read_at = Some(now);
        }
        // Reading needs nobody's consent.
        let able = self.panel.abilities().iter().copied();
        let can: Vec<GameAbility> = able
            .filter(|ability| self.settings.control || *ability == GameAbility::Log)
            .collect();
        let said = &self.settings.servers;
        let runtimes = self.reading.servers.iter().filter_map(|found| {
            let said = said.get(&found.runtime.local);
            let is_left_out = said.is_some_and(|said| said.ignore);
            (!is_left_out).then(|| found.finish(said, &can))
        });
        let games = self.watch.look(runtimes.collect(), now).await;
        Ok(Look {
            summary: self.summary(),
            coverage: Coverage::Complete,
            resources: games.into_iter().map(Resource::Game).collect(),
            samples: Vec::new(),
            facts: Facts::default(),
            past: Vec::new(),
        })
    }

    fn is_due(&self, now: Timestamp) -> bool {
        let every = self.panel.client().product.every;
        self.read_at
            .is_none_or(|read_at| now < read_at || now.since(read_at) >= every)
    }

    fn summary(&self) -> TargetSummary {
        // How looking goes is decided by the present, from one look to the next.
        TargetSummary {
            version: self.reading.version.clone(),
            missing: self.reading.missing.clone(),
            requests: self.panel.client().budget(),
            ..TargetSummary::configured(
                self.id.clone(),
                self.name.clone(),
                self.panel.client().product.kind,
                self.settings.address.clone(),
                self.settings.verify,
            )
        }
    }
}

impl<P: Panel> Source for PanelSource<P> {
    fn poll(&mut self, now: Timestamp) -> BoxFuture<'_, Result<Look, Failure>> {
        Box::pin(self.look(now))
    }

    fn hint(&mut self, _: &Hint, _: Timestamp) {
        self.read_at = None;
    }

    fn keep_to(&mut self, guard: &Guard) {
        self.watch.keep_to(guard);
    }

    fn presented_fingerprint(&self) -> Option<String> {
        let print = self.panel.client().presented()?;
        Some(print.to_string())
    }
}
