//! The configuration as an encrypted file.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use super::doctor::plain;
use super::remote::{Remote, RemoteArgs};
use super::{Bootstrap, say};

#[derive(Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    #[command(flatten)]
    remote: RemoteArgs,
    /// File that holds a passphrase of 12 characters at least
    #[arg(long, value_name = "FILE")]
    passphrase_file: PathBuf,
    /// Where to write it; standard output without
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct ImportArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    #[command(flatten)]
    remote: RemoteArgs,
    /// What `export`, or Pulse, has written
    file: PathBuf,
    /// File that holds its passphrase
    #[arg(long, value_name = "FILE")]
    passphrase_file: PathBuf,
    /// Only say what would change
    #[arg(long)]
    preview: bool,
    /// Print the answer of the API as JSON
    #[arg(long)]
    json: bool,
}

/// Writes the configuration, encrypted.
pub(super) fn export(args: ExportArgs) -> anyhow::Result<()> {
    let config = args.bootstrap.installed().load()?;
    let remote = Remote::find(&args.remote, Some(&config))?;
    let body = json!({ "passphrase": read(&args.passphrase_file)?.trim_end() });
    let answer = remote.post("api/config/export", &body)?;
    let data = answer["data"]
        .as_str()
        .context("the answer holds no export")?;
    match &args.output {
        None => say(data),
        Some(path) => {
            use std::io::Write as _;
            use std::os::unix::fs::OpenOptionsExt as _;
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(path)
                .with_context(|| format!("write {}", path.display()))?;
            writeln!(file, "{data}").with_context(|| format!("write {}", path.display()))
        }
    }
}

/// Takes a configuration over.
pub(super) fn import(args: ImportArgs) -> anyhow::Result<()> {
    let config = args.bootstrap.installed().load()?;
    let remote = Remote::find(&args.remote, Some(&config))?;
    let body = json!({
        "data": read(&args.file)?.trim(),
        "passphrase": read(&args.passphrase_file)?.trim_end(),
        "preview": args.preview,
    });
    let answer = remote.post("api/config/import", &body)?;
    if args.json {
        return say(&format!("{answer:#}"));
    }
    let word = |change: &Value, key: &str| plain(change[key].as_str().unwrap_or_default());
    let mut text = word(&answer, "message");
    for change in answer["changes"].as_array().into_iter().flatten() {
        text.push_str(&format!(
            "\n{:<7} {:<8} {} {}",
            word(change, "action"),
            word(change, "what"),
            word(change, "name"),
            word(change, "reason")
        ));
    }
    say(&text)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
}
