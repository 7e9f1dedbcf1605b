//! Which configuration holds, and who says so.

use clap::{Args, Subcommand};
use serde_json::{Map, json};

use super::{Bootstrap, describe, say};
use crate::config::Origin;

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
    let config = bootstrap.load()?;
    if !args.origin && !args.json {
        return say(&describe::describe(&config));
    }
    let found: Vec<(&str, String, &Origin)> = config
        .origins
        .iter()
        .map(|(key, origin)| (*key, config.shown(key).join(", "), origin))
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
