//! Which configuration holds, and who says so.

use clap::{Args, Subcommand};
use serde_json::{Map, json};

use super::{Bootstrap, describe, say};
use crate::config::{Config, Environment, Origin, origins};

/// What to show of the configuration.
#[derive(Subcommand)]
pub(super) enum ConfigCommand {
    /// Print the configuration that holds, with secrets masked
    Show(ShowArgs),
}

#[derive(Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// Say of each setting whether a flag, the environment, the file or nobody has set it
    #[arg(long)]
    origin: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shows it.
pub(super) fn run(command: ConfigCommand) -> anyhow::Result<()> {
    let ConfigCommand::Show(args) = command;
    let bootstrap = args.bootstrap.installed();
    let flags = bootstrap.flags();
    let config = bootstrap.load()?;
    if !args.origin && !args.json {
        return say(&describe::describe(&config));
    }
    let environment = Environment::of_process();
    let found: Vec<(&str, String, Origin)> = origins(&flags, &environment, config.file.as_deref())
        .into_iter()
        .map(|(key, origin)| (key, value_of(&config, key), origin))
        .collect();
    if args.json {
        let all: Map<_, _> = found
            .iter()
            .map(|(key, value, origin)| {
                let shown = json!({ "value": value, "origin": origin.to_string() });
                ((*key).to_owned(), shown)
            })
            .collect();
        return say(&serde_json::to_string_pretty(&all)?);
    }
    let rows: Vec<String> = found
        .iter()
        .map(|(key, value, origin)| format!("{key:<24} {value:<32} {origin}"))
        .collect();
    say(&rows.join("\n"))
}

fn value_of(config: &Config, key: &str) -> String {
    let list = |all: &[String]| all.join(", ");
    match key {
        "listen" => {
            let all: Vec<String> = config.listen.iter().map(ToString::to_string).collect();
            list(&all)
        }
        "data_dir" => config.data_dir.display().to_string(),
        "backup_dir" => config.backup_dir().display().to_string(),
        "base_path" => config.base_path.clone(),
        "public_url" => config.public_url.clone().unwrap_or_default(),
        "allowed_hosts" => list(&config.allowed_hosts),
        "trusted_proxies" => list(&config.trusted_proxies),
        "instance_name" => config.instance_name.clone(),
        "poll_interval_seconds" => config.poll_interval.as_secs().to_string(),
        "commit_interval_seconds" => config.commit_interval.as_secs().to_string(),
        "api_token" => {
            let word = if config.api_token.is_some() {
                "set"
            } else {
                "not set"
            };
            word.to_owned()
        }
        "tls" => config.tls.as_ref().map_or_else(
            || "none".to_owned(),
            |files| files.certificate.display().to_string(),
        ),
        "updates" => config
            .updates
            .source
            .clone()
            .unwrap_or_else(|| "none".into()),
        "targets" => format!("{} owned by the file", config.targets.len()),
        "channels" => format!("{} owned by the file", config.channels.len()),
        "rules" => {
            let word = if config.rules.is_some() {
                "owned by the file"
            } else {
                "set in the UI"
            };
            word.to_owned()
        }
        _ => String::new(),
    }
}
