//! Looking after the database by hand.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;

use super::{Bootstrap, say};
use crate::db::{self, Claim};

/// What is to be done with the database.
#[derive(Subcommand)]
pub(super) enum DbCommand {
    /// Print its schema, its size and the rows of its tables; homepulse may run meanwhile
    Stats(DbArgs),
    /// Write it anew without what was freed; refused while homepulse runs, needs its size free
    Vacuum(DbArgs),
    /// Have SQLite check every page of it; exit code 1 if it is damaged
    Check(DbArgs),
}

#[derive(Args)]
pub(super) struct DbArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Does it.
pub(super) fn run(command: DbCommand) -> anyhow::Result<ExitCode> {
    match command {
        DbCommand::Stats(args) => {
            let path = args.bootstrap.with_database()?.database();
            let found = db::figures(&path)?;
            if args.json {
                let rows: serde_json::Map<_, _> = found
                    .rows
                    .iter()
                    .map(|(name, count)| (name.clone(), (*count).into()))
                    .collect();
                let value = json!({
                    "path": path,
                    "schema": found.schema,
                    "used_bytes": found.used_bytes,
                    "free_bytes": found.free_bytes,
                    "rows": rows,
                });
                say(&format!("{value:#}"))?;
                return Ok(ExitCode::SUCCESS);
            }
            let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
            let mut text = format!(
                "{}\nschema {}, {:.1} MiB in use, {:.1} MiB freed\n",
                path.display(),
                found.schema,
                mib(found.used_bytes),
                mib(found.free_bytes)
            );
            for (name, count) in &found.rows {
                text.push_str(&format!("{count:>12}  {name}\n"));
            }
            say(&text)?;
        }
        DbCommand::Vacuum(args) => {
            let config = args.bootstrap.with_database()?;
            let path = config.database();
            let _claim = Claim::take(&config.data_dir).context("vacuum the database")?;
            let size = || std::fs::metadata(&path).map_or(0, |meta| meta.len());
            let before = size();
            db::vacuum(&path)?;
            let value = json!({ "path": path, "before_bytes": before, "after_bytes": size() });
            say(&if args.json {
                value.to_string()
            } else {
                format!("{before} bytes before, {} bytes now", size())
            })?;
        }
        DbCommand::Check(args) => {
            let path = args.bootstrap.with_database()?.database();
            let found = db::inspect(&path)?;
            if args.json {
                let value = json!({
                    "path": path,
                    "schema": found.schema,
                    "problems": found.problems,
                });
                say(&value.to_string())?;
            } else if found.problems.is_empty() {
                say(&format!("{} is sound", path.display()))?;
            } else {
                say(&found.problems.join("\n"))?;
            }
            if !found.problems.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
