//! The command line.

mod accounts;
mod backup;
mod bootstrap;
mod complaint;
mod config;
mod db;
mod describe;
mod doctor;
mod examples;
mod health;
mod lab;
mod manual;
mod remote;
mod table;
mod terminal;
mod top;
mod transfer;
mod update;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::app;
use crate::config::ConfigError;
use crate::demo::{self, DemoOptions};
use crate::telemetry::log;

pub use complaint::complaint;

use bootstrap::Bootstrap;

/// Watches a Proxmox home lab, keeps a year of history and tells the right person.
#[derive(Parser)]
#[command(
    name = "homepulse",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = examples::ALL
)]
struct Cli {
    /// How log lines look
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "pretty",
        value_name = "FORMAT",
        help_heading = "Logging"
    )]
    log_format: LogFormat,
    /// What is logged, such as `warn`, `info` or `homepulse=debug`
    #[arg(
        long,
        global = true,
        default_value = "info,actix_server=warn",
        value_name = "FILTER",
        value_parser = log::checked,
        help_heading = "Logging"
    )]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    Pretty,
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Run the appliance: poll, record, judge, tell, and serve the web UI and the APIs
    #[command(after_help = examples::SERVE)]
    Serve(Bootstrap),
    /// Run the whole product on a simulated home lab; leaves nothing behind
    #[command(after_help = examples::DEMO)]
    Demo(DemoArgs),
    /// Check the configuration and print what holds, with secrets masked
    CheckConfig(Bootstrap),
    /// List, take on and silence alerts of the running homepulse
    #[command(subcommand)]
    Alert(lab::AlertCommand),
    /// Make, list, check and restore backups of homepulse itself
    #[command(subcommand)]
    Backup(backup::BackupCommand),
    /// Show the configuration that holds, and who says so
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Look after the database by hand
    #[command(subcommand)]
    Db(db::DbCommand),
    /// Check this installation: database, disk, clock, targets, channels, service, backups
    ///
    /// Asks the running homepulse for what only it can know. Exit code 0: all is well; 1: something
    /// is wrong; 3: something deserves a look.
    #[command(after_help = examples::DOCTOR)]
    Doctor(doctor::DoctorArgs),
    /// Write the configuration of the running homepulse as an encrypted file
    ///
    /// It holds targets, channels, rules and settings with their secrets, and no history; for all
    /// of it see: homepulse backup
    #[command(after_help = examples::EXPORT)]
    Export(transfer::ExportArgs),
    /// Take over a configuration that was exported by homepulse or by Pulse
    ///
    /// It adds and changes, and removes nothing.
    #[command(after_help = examples::IMPORT)]
    Import(transfer::ImportArgs),
    /// Try the notification channels of the running homepulse
    #[command(subcommand)]
    Notify(lab::NotifyCommand),
    /// List, add, try and remove what the running homepulse looks at
    #[command(subcommand)]
    Target(lab::TargetCommand),
    /// Show the home lab in this terminal, drawn anew every 2 s; Ctrl-C ends it
    Top(top::TopArgs),
    /// See whether there is a newer release, install it, or go back
    #[command(subcommand)]
    Update(update::UpdateCommand),
    /// Try this program on a copy of the data; what an update runs before it installs anything
    #[command(hide = true)]
    SelfCheck(update::SelfCheckArgs),
    /// Ask a running appliance whether it is healthy; exit code 1 if not, for container health checks
    #[command(after_help = examples::HEALTH)]
    Health(health::HealthArgs),
    /// Show the set-up code, or make the first account
    #[command(after_help = examples::SETUP)]
    Setup(accounts::SetupArgs),
    /// Add, list and remove people, and set passwords
    #[command(subcommand)]
    User(accounts::UserCommand),
    /// Make, list and revoke tokens for programs
    #[command(subcommand)]
    Token(accounts::TokenCommand),
    /// Print the systemd unit of this release
    Unit,
    /// Print the OpenAPI 3.1 document of every API
    Openapi,
    /// Print completions for a shell, to be put into the folder where it looks for them
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page; read it with: homepulse man | man -l -
    Man,
}

#[derive(Args)]
struct DemoArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// Nodes of the simulated cluster, 1 to 32
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=32))]
    nodes: u16,
    /// Guests of the simulated cluster, 1 to 5000
    #[arg(long, default_value_t = 30, value_name = "M", value_parser = clap::value_parser!(u16).range(1..=5000))]
    guests: u16,
    /// How many times faster than real the world turns, 0.1 to 1000
    #[arg(long, default_value_t = 1.0, value_name = "X", value_parser = speed)]
    speed: f64,
    /// The scripted incident to play
    #[arg(
        long,
        default_value = "all",
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(demo::scenario_names())
    )]
    scenario: String,
    /// Days of history to lay in before the start, 0 to 365
    #[arg(long, default_value_t = 30, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=365))]
    history: u16,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse::<f64>().ok();
    speed
        .filter(|speed| (0.1..=1000.0).contains(speed))
        .ok_or_else(|| "give 0.1 to 1000".to_owned())
}

/// Prints a text. A reader that has seen enough, such as `head`, is no failure.
fn say(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out
        .write_all(text.trim_end().as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("print"),
    }
}

/// What a configuration that makes no sense ends with: `EX_CONFIG` of sysexits.h. The service is
/// not started again after it, as trying again does not help.
const CONFIG_ERROR: u8 = 78;

/// What the process ends with after `error`.
#[must_use]
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    let is_config = error
        .chain()
        .any(|cause| cause.downcast_ref::<ConfigError>().is_some());
    if is_config {
        return ExitCode::from(CONFIG_ERROR);
    }
    ExitCode::FAILURE
}

/// Runs what the command line asks for.
///
/// # Errors
/// What stopped it.
pub fn run() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    let format = match cli.log_format {
        LogFormat::Pretty => log::Format::Pretty,
        LogFormat::Json => log::Format::Json,
    };
    match cli.command {
        Command::Serve(bootstrap) => {
            log::start(format, &cli.log).map_err(anyhow::Error::msg)?;
            app::run(bootstrap.load()?)?;
        }
        Command::Demo(args) => {
            log::start(format, &cli.log).map_err(anyhow::Error::msg)?;
            let data_dir_given = args.bootstrap.data_dir.is_some();
            demo::run(DemoOptions {
                config: args.bootstrap.load()?,
                data_dir_given,
                nodes: usize::from(args.nodes),
                guests: usize::from(args.guests),
                speed: args.speed,
                scenario: demo::scenario(&args.scenario),
                history_days: args.history,
            })?;
        }
        Command::Alert(command) => lab::alerts(command)?,
        Command::Backup(command) => backup::run(command)?,
        Command::Config(command) => config::run(command)?,
        Command::Db(command) => return db::run(command),
        Command::Export(args) => transfer::export(args)?,
        Command::Import(args) => transfer::import(args)?,
        Command::Notify(command) => lab::notify(command)?,
        Command::SelfCheck(args) => update::self_check(&args)?,
        Command::Target(command) => lab::targets(command)?,
        Command::Top(args) => top::run(&args)?,
        Command::Update(command) => return update::run(command),
        Command::Doctor(args) => return doctor::run(args),
        Command::CheckConfig(bootstrap) => {
            let config = bootstrap.load()?;
            app::check(&config).context("check the configuration")?;
            if let Some(files) = &config.tls {
                crate::api::check_certificate(&files.certificate, &files.key)?;
            }
            say(&describe::describe(&config))?;
            say("the configuration makes sense")?;
        }
        Command::Health(args) => return health::run(args),
        Command::Setup(args) => accounts::setup(args)?,
        Command::User(command) => accounts::user(command)?,
        Command::Token(command) => accounts::token(command)?,
        Command::Unit => say(crate::services::doctor::UNIT)?,
        Command::Openapi => say(&crate::api::openapi())?,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "homepulse", &mut script);
            say(&String::from_utf8_lossy(&script))?;
        }
        Command::Man => say(&manual::page(Cli::command())?)?,
    }
    Ok(ExitCode::SUCCESS)
}
