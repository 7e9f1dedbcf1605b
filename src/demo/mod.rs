//! The whole product on a simulated home lab: real HTTP, TLS and SMTP over loopback, a month of
//! history laid in through the same engine, scripted incidents. Leaves nothing behind.
//!
//! The only module that knows the simulator; the product it runs does not know it is one.

mod greeting;
mod lab;
mod past;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use simulator::Scenario;
use tokio_util::sync::CancellationToken;

use crate::app::{self, Appliance};
use crate::config::Config;
use crate::model::time::Window;
use crate::rules::RuleSettings;
use crate::services::rules::Change;
use crate::telemetry::clock;

/// What the demo is to be.
pub struct DemoOptions {
    /// Listeners, base path and token as for the real thing.
    pub config: Config,
    /// Whether the state directory was given, and is to be kept.
    pub data_dir_given: bool,
    /// Nodes of the cluster.
    pub nodes: usize,
    /// Guests of the cluster.
    pub guests: usize,
    /// How many times faster than real the world turns, 0.1 to 1000.
    pub speed: f64,
    /// The incident to play.
    pub scenario: Option<Scenario>,
    /// Days of history to lay in.
    pub history_days: u16,
}

/// What [`scenario`] knows.
#[must_use]
pub fn scenario_names() -> Vec<&'static str> {
    let names = Scenario::EVERY.iter().map(|known| known.name());
    names.chain(["none"]).collect()
}

/// The scenario called `name`; `None` for `none`, or where there is none of that name.
#[must_use]
pub fn scenario(name: &str) -> Option<Scenario> {
    Scenario::by_name(name)
}

/// Names of the demo's targets.
const CLUSTER: &str = "homelab";
const GAMES: &str = "game night";

/// Step of the past that is laid in; finer ones would take a newcomer's time, not teach more.
const PAST_STEP: Duration = Duration::from_secs(300);

/// Days that are laid in at once: few enough that memory stays small.
const PAST_STRIDE: u16 = 5;

/// Runs the demo until it is told to stop.
///
/// # Errors
/// When the lab or the product cannot start.
pub fn run(options: DemoOptions) -> anyhow::Result<()> {
    app::block_on(async move {
        let stop = app::stop_on_signal()?;
        serve(options, stop).await
    })
}

async fn serve(options: DemoOptions, stop: CancellationToken) -> anyhow::Result<()> {
    let began = Instant::now();
    let lab = lab::Lab::start(&options)
        .await
        .context("start the simulated home lab")?;
    let scratch = match options.data_dir_given {
        true => None,
        false => Some(
            tempfile::Builder::new()
                .prefix("homepulse-demo-")
                .tempdir()?,
        ),
    };
    // The product makes its own state directory, with the rights that it should have.
    let data_dir: PathBuf = match &scratch {
        Some(directory) => directory.path().join("state"),
        None => options.config.data_dir.clone(),
    };
    let config = lab.configure(options.config, data_dir);
    let shape = greeting::Shape {
        nodes: lab.world().nodes().len(),
        guests: lab.world().guests().len(),
        mail: lab.smtp().to_string(),
        webhooks: lab.webhook(),
        has_token: config.api_token.is_some(),
        plan: options.scenario.map_or(&[], Scenario::plan),
        speed: options.speed,
    };
    let appliance = Appliance::start(config).await?;
    hasten(&appliance).await?;
    let incidents = options.scenario.map(|scenario| scenario.start(lab.world()));
    let past = lay_in_the_past(
        lab.world().clone(),
        appliance.history().clone(),
        past::Targets {
            cluster: appliance.target_called(CLUSTER).await?,
            games: appliance.target_called(GAMES).await?,
        },
        options.history_days,
    );
    let over = stop.clone();
    tokio::spawn(async move { over.run_until_cancelled(past).await });
    println!(
        "{}",
        greeting::greeting(&appliance.urls().collect::<Vec<_>>(), &shape)
    );
    appliance.run_until(stop).await?;
    if let Some(incidents) = incidents {
        incidents.abort();
    }
    // Whoever hung up reads no more.
    let _ = writeln!(
        std::io::stdout(),
        "Demo over after {} s: {} requests answered by the simulated cluster, {} questions by game servers, \
         {} mails and {} webhooks received, {}.",
        began.elapsed().as_secs(),
        lab.requests(),
        lab.questions(),
        lab.mails(),
        lab.webhooks(),
        match &scratch {
            Some(_) => "its state removed".to_owned(),
            None => "its state kept where you asked".to_owned(),
        }
    );
    Ok(())
}

/// A newcomer should see an alert begin and end within minutes, not wait out the dwell that suits a
/// real lab. What somebody has set already stays, and everybody may change it.
async fn hasten(appliance: &Appliance) -> anyhow::Result<()> {
    let rules = appliance.rules();
    if rules.is_pinned() || rules.settings() != RuleSettings::default() {
        return Ok(());
    }
    let quick = serde_json::from_value(serde_json::json!({
        "kinds": { "guest": { "metrics": {
            "cpu": { "warning": { "raise": 0.9, "clear": 0.8, "dwell_seconds": 20 } }
        } } }
    }))?;
    rules.change(Change::All(quick)).await?;
    Ok(())
}

/// Lays in the past, newest days first, so that the charts people open first are there first.
async fn lay_in_the_past(
    world: simulator::World,
    history: crate::history::History,
    targets: past::Targets,
    days: u16,
) {
    let mut to = clock::now();
    let mut left = days;
    while left > 0 {
        let stride = if left == days {
            1
        } else {
            left.min(PAST_STRIDE)
        };
        left -= stride;
        let window = Window::ending_at(to, Duration::from_secs(86_400) * u32::from(stride));
        let (world, targets) = (world.clone(), targets.clone());
        let lines =
            tokio::task::spawn_blocking(move || past::lines(&world, &targets, window, PAST_STEP));
        let Ok(lines) = lines.await else { return };
        for ((resource, metric), points) in lines {
            let laid = history.import(&resource, &metric, PAST_STEP, &points).await;
            if let Err(error) = laid {
                tracing::warn!("cannot lay in the demo's past: {error}");
                return;
            }
        }
        to = window.from;
    }
}
