//! The command line.

mod accounts;
mod backup;
mod config;
mod db;
mod describe;
mod doctor;
mod health;
mod lab;
mod manual;
mod remote;
mod terminal;
mod top;
mod transfer;
mod update;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::app;
use crate::config::{Config, ConfigError, Environment, Flags};
use crate::demo::{self, DemoOptions};
use crate::telemetry::log;

/// Watches a Proxmox home lab, keeps a year of history and tells the right person.
#[derive(Parser)]
#[command(
    name = "homepulse",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
struct Cli {
    /// How log lines look
    #[arg(long, global = true, value_enum, default_value = "pretty")]
    log_format: LogFormat,
    /// What is logged, such as `warn`, `info` or `homepulse=debug`
    #[arg(
        long,
        global = true,
        default_value = "info,actix_server=warn",
        value_name = "FILTER"
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
    Serve(Bootstrap),
    /// Run the whole product on a simulated home lab; leaves nothing behind
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
    Doctor(doctor::DoctorArgs),
    /// Write the configuration of the running homepulse as an encrypted file
    ///
    /// It holds targets, channels, rules and settings with their secrets, and no history; for all
    /// of it see: homepulse backup
    Export(transfer::ExportArgs),
    /// Take over a configuration that was exported by homepulse or by Pulse
    ///
    /// It adds and changes, and removes nothing.
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
    Health {
        /// Address of the appliance
        #[arg(long, default_value = "127.0.0.1:7655", value_name = "ADDRESS")]
        address: SocketAddr,
    },
    /// Show the set-up code, or make the first account
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
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page; read it with: homepulse man | man -l -
    Man,
}

/// What is needed to open the database and listen. Flags win over the environment
/// (`HOMEPULSE_LISTEN`, …), which wins over the file.
#[derive(Args, Clone)]
struct Bootstrap {
    /// Configuration file, TOML or JSON
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on; may be given more than once
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<String>,
    /// Directory of the database and the key
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Path under which a reverse proxy serves us, such as /homepulse/
    #[arg(long, value_name = "PATH")]
    base_path: Option<String>,
}

#[derive(Args)]
struct DemoArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// Nodes of the simulated cluster
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=32))]
    nodes: u16,
    /// Guests of the simulated cluster
    #[arg(long, default_value_t = 30, value_name = "M", value_parser = clap::value_parser!(u16).range(1..=5000))]
    guests: u16,
    /// How many times faster than real the world turns
    #[arg(long, default_value_t = 1.0, value_name = "X")]
    speed: f64,
    /// The scripted incident to play: disk-filling, backup-failing, node-lost, hot-guest, all or none
    #[arg(long, default_value = "all", value_name = "NAME")]
    scenario: String,
    /// Days of history to lay in before the start
    #[arg(long, default_value_t = 30, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=365))]
    history: u16,
}

/// Where packages put the configuration file.
const INSTALLED_CONFIG: &str = "/etc/homepulse/config.toml";

/// Where packages put the state.
const INSTALLED_STATE: &str = "/var/lib/homepulse";

impl Bootstrap {
    /// For commands that look after an installation: what was not said is that of the service on
    /// this machine, where there is one.
    fn installed(mut self) -> Self {
        let environment = Environment::of_process();
        if self.config.is_none() && environment.get("HOMEPULSE_CONFIG").is_none() {
            let path = PathBuf::from(INSTALLED_CONFIG);
            self.config = std::fs::File::open(&path).is_ok().then_some(path);
        }
        if self.data_dir.is_none()
            && environment.get("HOMEPULSE_DATA_DIR").is_none()
            && environment.get("STATE_DIRECTORY").is_none()
            && PathBuf::from(INSTALLED_STATE).join("homepulse.db").exists()
            && !self.names_data_dir()
        {
            self.data_dir = Some(PathBuf::from(INSTALLED_STATE));
        }
        self
    }

    /// Whether the configuration file says where the state is.
    fn names_data_dir(&self) -> bool {
        let text = self.config.as_ref().map(std::fs::read_to_string);
        text.and_then(Result::ok)
            .is_some_and(|text| text.lines().any(|line| line.trim().starts_with("data_dir")))
    }

    fn flags(&self) -> Flags {
        Flags {
            config: self.config.clone(),
            listen: self.listen.clone(),
            data_dir: self.data_dir.clone(),
            base_path: self.base_path.clone(),
        }
    }

    fn load(&self) -> anyhow::Result<Config> {
        let environment = Environment::of_process();
        Config::load(&self.flags(), &environment).context("read the configuration")
    }
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
            let scenario = demo::scenario(&args.scenario).map_err(anyhow::Error::msg)?;
            let data_dir_given = args.bootstrap.data_dir.is_some();
            demo::run(DemoOptions {
                config: args.bootstrap.load()?,
                data_dir_given,
                nodes: usize::from(args.nodes),
                guests: usize::from(args.guests),
                speed: args.speed,
                scenario,
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
            app::check(&config)?;
            say(&describe::describe(&config))?;
        }
        Command::Health { address } => return Ok(health::health(address)),
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
