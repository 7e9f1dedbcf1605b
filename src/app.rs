//! The composition root: opens the database, builds every part, wires them, and stops them in
//! order: listeners, pollers, ingest, dispatcher, history, database.

mod check;
mod exposure;
mod owned;
mod parts;
mod sign_on;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::alerts::Ledger;
use crate::api::{self, Parts};
use crate::config::Config;
use crate::db::{Claim, Db};
use crate::history::History;
use crate::ingest::{INBOX, Ingest};
use crate::model::id::TargetId;
use crate::notify::{Dispatcher, Heartbeats, Tools};
use crate::rules::{Forecasts, Judge};
use crate::secret::Vault;
use crate::services::accounts::Accounts;
use crate::services::alerts::Alerts;
use crate::services::around::AroundAlerts;
use crate::services::audit::Audit;
use crate::services::changes::Changes;
use crate::services::control::{Control, Rhythm};
use crate::services::deliveries::Deliveries;
use crate::services::doctor::Doctor;
use crate::services::footprint::Footprint;
use crate::services::game_names::GameNames;
use crate::services::game_policies::{GamePolicies, PolicyParts};
use crate::services::games::{Games, GamesParts};
use crate::services::guest_metadata::GuestMetadata;
use crate::services::links::MessageLinks;
use crate::services::maintenance::MaintenanceEvents;
use crate::services::own_backups::OwnBackups;
use crate::services::push::Push;
use crate::services::registration::Registrations;
use crate::services::retention::Retention;
use crate::services::routing::Routings;
use crate::services::rules::forecasts::Forecaster;
use crate::services::rules::{QUESTIONS, Rules, RulesParts};
use crate::services::server_events::ServerEvents;
use crate::services::settings::Settings;
use crate::services::silences::Silences;
use crate::services::status_page::StatusPages;
use crate::services::system::System;
use crate::services::targets::Targets;
use crate::services::transfer::Transfer;
use crate::services::updates::{Journal, Updates};
use crate::sources::poller::Pace;
use crate::state::Live;
use crate::telemetry::clock;
use crate::telemetry::supervisor::{self, Progress, Watchdog};

pub use check::check;
pub use parts::{place, update_settings};

use owned::{adopt_targets, open_channels, rule_settings};
use parts::{
    guard, handed_over, interval, link_maker, open_history, prepare, serve_config, sockets, tools,
};

/// Looks that may run side by side over all targets.
const LOOKS: usize = 4;

/// How long one observation may be in work before something is wrong.
const STUCK: Duration = Duration::from_secs(60);

/// How long parts may take to end.
const PATIENCE: Duration = Duration::from_secs(15);

/// The running product.
pub struct Appliance {
    addresses: Vec<SocketAddr>,
    sockets: Vec<PathBuf>,
    scheme: &'static str,
    base_path: String,
    history: History,
    targets: Targets,
    control: Control,
    games: Games,
    db: Db,
    claim: Claim,
    tasks: JoinSet<&'static str>,
    stops: Stops,
    watched: Watched,
}

/// One token per stage, cancelled in this order.
#[derive(Default)]
struct Stops {
    listeners: CancellationToken,
    pollers: CancellationToken,
    ingest: CancellationToken,
    rest: CancellationToken,
}

/// Senders whose receivers would end if they were dropped.
struct Watched {
    rules: Rules,
}

impl Appliance {
    /// Builds and starts everything; returns once the listeners are bound.
    ///
    /// # Errors
    /// What could not be opened, built or bound.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        check(&config)?;
        prepare(&config)?;
        let claim = Claim::take(&config.data_dir)?;
        let stops = Stops::default();
        let now = clock::now();
        let db = Db::open(&config.database())?;
        let vault = Vault::open(&config.data_dir)?;
        let settings = Settings::new(db.clone());
        let accounts = Accounts::open(db.clone(), vault.clone(), &config.data_dir).await?;
        let ledger = Ledger::new(db.clone());
        let history = open_history(&config, &db).await?;
        let rules = rule_settings(&config, &settings).await?;
        let judge = Judge::new(rules.clone(), &ledger.open().await?);
        let guard = guard(&config);
        let tools = Tools {
            figures: Some(Arc::new(AroundAlerts::new(history.clone()))),
            ..tools(&config, guard.clone())?
        };
        let channels = open_channels(&config, &db, &vault, &settings, tools).await?;

        let silences = Silences::open(db.clone(), vault.clone(), now).await?;

        let (live_writer, live) = Live::new();
        let (inbox, observations) = mpsc::channel(INBOX);
        let (rules_sender, rules_receiver) = watch::channel(rules);
        let (forecasts, forecasts_receiver) = watch::channel(Arc::<Forecasts>::default());
        let (questions, questions_receiver) = mpsc::channel(QUESTIONS);
        let settled = Arc::new(Notify::new());
        let entered = Arc::new(Notify::new());
        let progress = Progress::default();
        let ingest = Ingest {
            live: live_writer,
            history: history.clone(),
            judge,
            db: db.clone(),
            channels: channels.clone(),
            rules: rules_receiver,
            forecasts: forecasts_receiver.clone(),
            questions: questions_receiver,
            suppressions: silences.follow(),
            entered: Arc::clone(&entered),
            clock: clock::now,
            inbox: observations,
            settled: Arc::clone(&settled),
            progress: progress.clone(),
        };
        let pace = Pace {
            interval: interval(&config, &settings).await?,
            places: Arc::new(Semaphore::new(LOOKS)),
        };
        let targets = Targets::new(
            db.clone(),
            vault.clone(),
            pace,
            inbox.clone(),
            stops.pollers.clone(),
        )
        .guarded(guard.open_to_loopback());
        let push = Push::open(
            db.clone(),
            vault.clone(),
            live.clone(),
            targets.clone(),
            inbox,
        )
        .await?;
        let audit = Audit::new(db.clone());
        let control = Control::new(
            db.clone(),
            live.clone(),
            targets.clone(),
            audit.clone(),
            Rhythm::default(),
            stops.pollers.clone(),
        );
        let games = Games::open(GamesParts {
            db: db.clone(),
            vault: vault.clone(),
            live: live.clone(),
            targets: targets.clone(),
            control: control.clone(),
            audit: audit.clone(),
            data_dir: config.data_dir.clone(),
            stop: stops.pollers.clone(),
        })
        .await?;
        let game_names = GameNames::open(db.clone()).await?;
        let server_events = ServerEvents::new(
            db.clone(),
            live.clone(),
            game_names.clone(),
            channels.clone(),
        );
        let game_policies = GamePolicies::open(PolicyParts {
            db: db.clone(),
            settings: settings.clone(),
            live: live.clone(),
            history: history.clone(),
            forecasts: forecasts_receiver.clone(),
            orders: Arc::new(games.clone()),
        })
        .await?;

        let forecaster = Forecaster {
            live: live.clone(),
            history: history.clone(),
            out: forecasts.clone(),
        };
        let rules = Rules::new(RulesParts {
            settings: settings.clone(),
            present: rules_sender,
            pinned: config.rules.is_some(),
            live: live.clone(),
            history: history.clone(),
            questions,
        });
        let alerts = Alerts::new(
            db.clone(),
            channels.clone(),
            silences.clone(),
            live.clone(),
            entered,
        );
        let changes = Changes::new(db.clone(), history.clone(), live.clone());
        let status_pages = StatusPages::new(db.clone(), history.clone(), live.clone());
        let links =
            MessageLinks::open(db.clone(), &vault, alerts.clone(), channels.clone()).await?;
        let dispatcher =
            Dispatcher::new(channels.clone(), clock::now).with_links(link_maker(&config, &links)?);

        let own_backups =
            OwnBackups::new(place(&config), settings.clone(), stops.listeners.clone());
        let transfer = Transfer::new(
            db.clone(),
            targets.clone(),
            channels.clone(),
            GuestMetadata::new(db.clone()),
        );
        let doctor = Doctor::new(
            place(&config),
            live.clone(),
            channels.clone(),
            own_backups.clone(),
            transfer.clone(),
            config.api_token.clone(),
        );
        let served = api::serve(
            serve_config(&config)?,
            handed_over(),
            Parts {
                oidc: sign_on::oidc(&config, &accounts, &guard)?,
                accounts: accounts.clone(),
                live,
                routing: Routings::new(db.clone(), channels.clone(), ledger.clone()),
                ledger,
                alerts: alerts.clone(),
                changes: changes.clone(),
                silences: silences.clone(),
                history: history.clone(),
                rules: rules.clone(),
                deliveries: Deliveries::new(db.clone(), &channels),
                doctor,
                links,
                channels: channels.clone(),
                targets: targets.clone(),
                control: control.clone(),
                games: games.clone(),
                game_policies: game_policies.clone(),
                game_names,
                push,
                audit,
                footprint: Footprint::new(db.clone()),
                retention: Retention::open(history.clone(), settings.clone()).await?,
                guest_metadata: GuestMetadata::new(db.clone()),
                own_backups: own_backups.clone(),
                registrations: Registrations::new(db.clone()),
                server_events: server_events.clone(),
                security: exposure::of(&config),
                settings: settings.clone(),
                status_pages,
                system: System::new(settings, targets.clone(), config.is_interval_pinned),
                transfer,
                updates: Updates::new(update_settings(&config), &config.data_dir, now),
            },
            stops.listeners.clone(),
        )?;
        let addresses = served.addresses.clone();
        guard.keep_out_of(addresses.iter().map(SocketAddr::port));

        let mut tasks = JoinSet::new();
        spawn(&mut tasks, "ingest", ingest.run(stops.ingest.clone()));
        spawn(&mut tasks, "forecasts", forecaster.run(stops.rest.clone()));
        spawn(&mut tasks, "dispatcher", dispatcher.run(stops.rest.clone()));
        let heartbeats = {
            let silence = silence(targets.clone());
            let progress = progress.clone();
            Heartbeats::new(channels.clone(), clock::now, move || {
                progress.is_well(STUCK, silence())
            })
        };
        spawn(&mut tasks, "heartbeats", heartbeats.run(stops.rest.clone()));
        spawn(
            &mut tasks,
            "history",
            history.clone().run(stops.rest.clone()),
        );
        spawn(
            &mut tasks,
            "accounts",
            accounts.clone().watch(stops.rest.clone()),
        );
        spawn(
            &mut tasks,
            "game policies",
            game_policies.run(stops.pollers.clone()),
        );
        let maintenance = MaintenanceEvents::new(
            db.clone(),
            silences.clone(),
            Journal::new(&config.data_dir),
            channels,
            server_events.teller(),
        );
        spawn(
            &mut tasks,
            "maintenance events",
            maintenance.run(stops.rest.clone()),
        );
        spawn(&mut tasks, "calendars", silences.run(stops.rest.clone()));
        let told = server_events.run(stops.rest.clone());
        spawn(&mut tasks, "server events", told);
        spawn(&mut tasks, "game backups", games.clone().run(forecasts));
        spawn(&mut tasks, "retention", alerts.run(stops.rest.clone()));
        spawn(&mut tasks, "own backups", own_backups.run());
        spawn(&mut tasks, "changes", changes.run(stops.rest.clone()));
        spawn(&mut tasks, "server", async move {
            if let Err(error) = served.run().await {
                tracing::error!("the server broke: {error}");
            }
        });
        if let Some(watchdog) = Watchdog::wanted(progress) {
            let alive = writer_answers(db.clone());
            let silence = silence(targets.clone());
            spawn(
                &mut tasks,
                "watchdog",
                watchdog.run(silence, alive, stops.rest.clone()),
            );
        }
        adopt_targets(&config, &targets).await?;
        targets.start_all().await?;
        if let Err(error) = control.resume().await {
            tracing::error!("cannot read which commands were under way: {error}");
        }
        settled.notify_one();
        sign_on::tell_how_to_set_up(&config, &accounts)?;
        supervisor::ready("looking, recording and serving");
        tracing::info!(
            took_ms = clock::now().since(now).as_millis(),
            "homepulse {} is up",
            env!("CARGO_PKG_VERSION")
        );
        Ok(Self {
            addresses,
            sockets: sockets(&config).cloned().collect(),
            scheme: if config.tls.is_some() {
                "https"
            } else {
                "http"
            },
            base_path: config.base_path,
            history,
            targets,
            control,
            games,
            db,
            claim,
            tasks,
            stops,
            watched: Watched { rules },
        })
    }

    /// Where it answers, as addresses for a browser, and the sockets in the file system.
    pub fn urls(&self) -> impl Iterator<Item = String> {
        let scheme = self.scheme;
        let addresses = self.addresses.iter();
        let sockets = self.sockets.iter();
        addresses
            .map(move |address| format!("{scheme}://{address}{}", self.base_path))
            .chain(sockets.map(|path| format!("unix:{}", path.display())))
    }

    /// What counts as wrong.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.watched.rules
    }

    /// The past.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// The target of that name.
    ///
    /// # Errors
    /// When there is none.
    pub async fn target_called(&self, name: &str) -> anyhow::Result<TargetId> {
        let rows = self.targets.list().await?;
        let found = rows.into_iter().find(|row| row.name == name);
        Ok(found
            .with_context(|| format!("there is no target {name}"))?
            .id)
    }

    /// Runs until `stop`, or until a part ends that should not, and then stops everything in order.
    ///
    /// # Errors
    /// When a part ended by itself, or would not end.
    pub async fn run_until(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        let ended = tokio::select! {
            () = stop.cancelled() => None,
            ended = self.tasks.join_next() => ended,
        };
        if let Some(ended) = &ended {
            tracing::error!("a part ended by itself, stopping: {ended:?}");
        }
        supervisor::stopping();
        let ingest_ended = matches!(ended, Some(Ok("ingest")));
        let orderly = tokio::time::timeout(PATIENCE, self.shut_down(ingest_ended)).await;
        if orderly.is_err() {
            anyhow::bail!("parts did not end within {} s", PATIENCE.as_secs());
        }
        match ended {
            None => Ok(()),
            Some(part) => {
                anyhow::bail!("the {} ended by itself", part.unwrap_or("part that broke"))
            }
        }
    }

    async fn shut_down(mut self, ingest_ended: bool) {
        self.stops.listeners.cancel();
        self.stops.pollers.cancel();
        self.games.join().await;
        self.control.join().await;
        self.targets.join().await;
        self.stops.ingest.cancel();
        if ingest_ended {
            self.stops.rest.cancel();
        }
        while let Some(ended) = self.tasks.join_next().await {
            if matches!(ended, Ok("ingest")) {
                self.stops.rest.cancel();
            }
        }
        drop(self.watched);
        let writer = self.db.writer.clone();
        // Joining the writer's thread blocks.
        let _ = tokio::task::spawn_blocking(move || writer.stop()).await;
        drop(self.claim);
    }
}

fn spawn<F>(tasks: &mut JoinSet<&'static str>, name: &'static str, part: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    tasks.spawn(async move {
        part.await;
        name
    });
}

/// Asks the database's writer something that needs no disk space.
fn writer_answers(db: Db) -> impl Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> {
    move || {
        let writer = db.writer.clone();
        Box::pin(async move { writer.direct(|_| Ok(())).await.is_ok() })
    }
}

/// How long it may be quiet between observations: the longest wait of a poller that fails, and a
/// look that takes as long as it may.
fn silence(targets: Targets) -> impl Fn() -> Option<Duration> {
    move || {
        targets
            .is_looking()
            .then(|| targets.interval() * 2 + Duration::from_secs(180))
    }
}

/// Runs the appliance until it is told to stop.
///
/// # Errors
/// What kept it from starting or stopped it.
pub fn run(config: Config) -> anyhow::Result<()> {
    block_on(async move {
        let stop = stop_on_signal()?;
        let appliance = Appliance::start(config).await?;
        for url in appliance.urls() {
            println!("{url}");
        }
        appliance.run_until(stop).await
    })
}

/// Runs `main` on a runtime that is as small as the product.
///
/// # Errors
/// The runtime's or `main`'s own.
pub fn block_on<T>(main: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(8)
        .thread_keep_alive(Duration::from_secs(5))
        .enable_all()
        .build()
        .context("start the runtime")?;
    runtime.block_on(main)
}

/// A token that the first SIGINT, SIGTERM or, unless it is ignored as `nohup` wants it, SIGHUP
/// cancels.
///
/// # Errors
/// When signals cannot be received.
pub fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
    let mut hang_up = match ignores_hang_up() {
        true => None,
        false => Some(signal(SignalKind::hangup()).context("listen for SIGHUP")?),
    };
    let stopped = stop.clone();
    tokio::spawn(async move {
        let hung_up = async {
            match &mut hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hung_up => {}
        }
        stopped.cancel();
    });
    Ok(stop)
}

/// Whether whoever started us wants us to outlive the terminal.
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is signal 1, bit 0.
    mask.is_some_and(|mask| mask & 1 == 1)
}
