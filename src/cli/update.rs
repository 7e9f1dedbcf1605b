//! Newer releases, from the command line: the only place that installs them.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use semver::Version;
use serde_json::json;
use url::Url;

use super::doctor::plain;
use super::remote::listens_at;
use super::{Bootstrap, say};
use crate::app;
use crate::config::Config;
use crate::db;
use crate::secret::Vault;
use crate::services::updates::{
    Channel, Fetch, InstallKind, Journal, Keys, Layout, Machine, Source, Updater, current, newer,
    roll_back,
};

/// What is to be done about newer releases.
#[derive(Subcommand)]
pub(super) enum UpdateCommand {
    /// See whether there is a newer release; exit code 0 if there is one, 4 if not
    Check(CheckArgs),
    /// Install a newer release
    ///
    /// It is fetched, its check sum and signature are compared, it tries itself on a copy of the
    /// data, a backup is made, and only then it takes the place of what runs. If it is not ready
    /// in time, what ran before runs again, with its data where they were changed.
    Apply(ApplyArgs),
    /// Go back to what ran before the latest update; needs no network
    Rollback(RollbackArgs),
}

#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// `stable` or `rc`; the configuration's unless told
    #[arg(long)]
    channel: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    #[command(flatten)]
    service: ServiceArgs,
    /// `stable` or `rc`; the configuration's unless told
    #[arg(long)]
    channel: Option<String>,
    /// This release instead of the newest; an older one is refused
    #[arg(long, value_name = "VERSION")]
    release: Option<Version>,
    /// Do what the running homepulse has asked for; without a request install the newest. For the
    /// unit homepulse-update.service
    #[arg(long, hide = true)]
    requested: bool,
}

#[derive(Args)]
pub(super) struct RollbackArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    #[command(flatten)]
    service: ServiceArgs,
}

/// What runs homepulse.
#[derive(Args)]
struct ServiceArgs {
    /// Command that stops homepulse, where systemd does not run it
    #[arg(long, value_name = "COMMAND", requires = "restart_command")]
    stop_command: Option<String>,
    /// Command that starts homepulse again, where systemd does not run it
    #[arg(long, value_name = "COMMAND", requires = "stop_command")]
    restart_command: Option<String>,
    /// Address at which it answers, if not where the configuration says that it listens
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Seconds within which it has to be ready
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    patience: u64,
}

impl ServiceArgs {
    fn machine(&self, config: &Config) -> anyhow::Result<Machine> {
        let url = self.url.clone().unwrap_or_else(|| listens_at(Some(config)));
        let base: Url = url
            .parse()
            .with_context(|| format!("read the address '{url}'"))?;
        Ok(match (&self.stop_command, &self.restart_command) {
            (Some(stop), Some(restart)) => Machine::commands(stop, restart, &base)?,
            _ => Machine::systemd(&base)?,
        })
    }

    const fn patience(&self) -> Duration {
        Duration::from_secs(self.patience)
    }
}

/// Nothing is newer.
const NOTHING_NEWER: u8 = 4;

/// Does it.
pub(super) fn run(command: UpdateCommand) -> anyhow::Result<ExitCode> {
    match command {
        UpdateCommand::Check(args) => check(args),
        UpdateCommand::Apply(args) => apply(args),
        UpdateCommand::Rollback(args) => {
            let config = args.bootstrap.installed().load()?;
            let machine = args.service.machine(&config)?;
            let layout = managed("VERSION")?;
            let place = app::place(&config);
            let patience = args.service.patience();
            let (applied, restored) =
                app::block_on(async { Ok(roll_back(&layout, &place, &machine, patience).await?) })?;
            say(&format!(
                "{} runs again{}",
                applied.to,
                if restored {
                    ", with the data of before the update"
                } else {
                    "; what was recorded since the update is kept"
                }
            ))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(args: CheckArgs) -> anyhow::Result<ExitCode> {
    let config = args.bootstrap.installed().load()?;
    let channel = channel(args.channel.as_deref(), &config)?;
    let source = source(&config)?;
    let releases = app::block_on(async { Ok(Fetch::new()?.releases(&source).await?) })?;
    let found = newer(&releases, &current(), channel);
    let kind = InstallKind::of_process();
    let command = found.map(|release| kind.command(&release.version.to_string()));
    if args.json {
        let value = json!({
            "current": current().to_string(),
            "newer": found.map(|it| it.version.to_string()),
            "date": found.and_then(|it| it.date.clone()),
            "notes": found.and_then(|it| it.notes.clone()),
            "page": found.and_then(|it| it.page.clone()),
            "kind": kind.word(),
            "command": command,
        });
        say(&format!("{value:#}"))?;
    } else if let (Some(release), Some(command)) = (found, &command) {
        let notes = release.notes.as_deref().unwrap_or_default();
        let notes: Vec<String> = notes.lines().map(plain).collect();
        say(&format!(
            "{} is newer than {}.\n{}\n\nInstall it: {command}",
            release.version,
            current(),
            notes.join("\n").trim()
        ))?;
    } else {
        say(&format!(
            "{} is the newest on {}",
            current(),
            channel.word()
        ))?;
    }
    Ok(if found.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(NOTHING_NEWER)
    })
}

fn apply(args: ApplyArgs) -> anyhow::Result<ExitCode> {
    let config = args.bootstrap.installed().load()?;
    let mut version = args.release;
    if args.requested {
        // Taken away before anything can fail: what was asked for once is tried once.
        let request = Journal::new(&config.data_dir).take_request();
        version = version.or_else(|| request.flatten());
    }
    let wanted = version
        .as_ref()
        .map_or_else(|| "VERSION".into(), Version::to_string);
    let updater = Updater {
        layout: managed(&wanted)?,
        place: app::place(&config),
        source: source(&config)?,
        channel: channel(args.channel.as_deref(), &config)?,
        keys: Keys::with(&config.updates.keys)?,
        machine: args.service.machine(&config)?,
        patience: args.service.patience(),
        fetch: Fetch::new()?,
    };
    let applied = app::block_on(async { Ok(updater.apply(version).await?) })?;
    say(&format!(
        "{} runs now; back to {}: homepulse update rollback",
        applied.to, applied.from
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// The folders of releases that this program belongs to, or what updates it instead.
fn managed(version: &str) -> anyhow::Result<Layout> {
    match InstallKind::of_process() {
        InstallKind::Managed(layout) => Ok(layout),
        kind => anyhow::bail!(
            "this installation ({}) is updated by other means: {}",
            kind.word(),
            kind.command(version)
        ),
    }
}

fn source(config: &Config) -> anyhow::Result<Source> {
    let source = config.updates.source.as_deref();
    Ok(Source::parse(
        source.context(crate::services::updates::NO_SOURCE)?,
    )?)
}

fn channel(given: Option<&str>, config: &Config) -> anyhow::Result<Channel> {
    match given {
        None => Ok(app::update_settings(config).channel),
        Some(word) => Channel::parse(word)
            .with_context(|| format!("channel '{word}' is neither stable nor rc")),
    }
}

#[derive(Args)]
pub(super) struct SelfCheckArgs {
    /// Directory with a copy of database and key
    #[arg(long, value_name = "DIR")]
    data_dir: std::path::PathBuf,
}

/// Tries this program on a copy of somebody's data, which it migrates: what an older release runs
/// before it gives its place to this one.
pub(super) fn self_check(args: &SelfCheckArgs) -> anyhow::Result<()> {
    let database = args.data_dir.join("homepulse.db");
    if database.is_file() {
        db::upgrade(&database)?;
        let found = db::inspect(&database)?;
        anyhow::ensure!(found.problems.is_empty(), "{}", found.problems.join("; "));
    }
    if args.data_dir.join("secret.key").is_file() {
        Vault::open(&args.data_dir)?;
    }
    say(&format!("homepulse {} works on these data", current()))
}
