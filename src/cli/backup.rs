//! Backups by hand: they work on files, beside a running product or without one.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde_json::json;

use super::{Bootstrap, examples, say};
use crate::app;
use crate::db::Pace;
use crate::services::own_backups::{
    Backup, BackupName, KeyChoice, Place, Reason, RestoreOptions, Restored, RestoredKey, Wanted,
    create, list, restore, verify,
};
use crate::telemetry::clock;

/// What is to be done with backups.
#[derive(Subcommand)]
pub(super) enum BackupCommand {
    /// Make a backup now; homepulse may run meanwhile
    ///
    /// The archive holds the database, the key of its tokens and passwords, the configuration file
    /// and your own kinds of channel. It is read back before it gets its name.
    Create(CreateArgs),
    /// List the backups, the newest first
    List(ListArgs),
    /// Read a backup to its end and have SQLite check its database; exit code 1 if it is damaged
    Verify(OneArgs),
    /// Put a backup in the place of what is there; refused while homepulse runs
    ///
    /// What is there is kept as a backup of its own first. A backup of an older release is brought
    /// to this release's form; one of a newer release is refused.
    #[command(after_help = examples::BACKUP_RESTORE)]
    Restore(RestoreArgs),
}

#[derive(Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// Leave the key out: without it, tokens and passwords have to be entered again
    #[arg(long, conflicts_with = "passphrase_file")]
    without_key: bool,
    /// Seal the key with the passphrase in this file, 12 characters at least
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Print what was made as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct OneArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// A name from the list, the path of an archive, or `latest`
    backup: String,
    /// Print what it holds as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct RestoreArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// A name from the list, the path of an archive, or `latest`
    backup: String,
    /// Keep the key that is there, whatever the backup holds
    #[arg(long)]
    keep_key: bool,
    /// Opens a key that was sealed with the passphrase in this file
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Write the backup's configuration file here; it is left alone without
    #[arg(long, value_name = "FILE")]
    config_out: Option<PathBuf>,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// Does it.
pub(super) fn run(command: BackupCommand) -> anyhow::Result<()> {
    match command {
        BackupCommand::Create(args) => make(args),
        BackupCommand::List(args) => {
            let place = place(args.bootstrap)?;
            show(&place, &list(&place)?, args.json)
        }
        BackupCommand::Verify(args) => {
            let place = place(args.bootstrap)?;
            let path = find(&place, &args.backup)?;
            let manifest = verify(&place, &path, &mut |share| {
                hint(share, "reading");
                true
            })?;
            clear();
            if args.json {
                return say(&json!({ "path": path, "manifest": manifest }).to_string());
            }
            say(&format!(
                "{} is sound: homepulse {}, schema {}, made {}\n{}",
                path.display(),
                manifest.version,
                manifest.schema,
                manifest.made_at.rfc3339(),
                manifest.key.meaning()
            ))
        }
        BackupCommand::Restore(args) => put_back(args),
    }
}

fn make(args: CreateArgs) -> anyhow::Result<()> {
    let place = app::place(&args.bootstrap.with_database()?);
    let key = match (&args.passphrase_file, args.without_key) {
        (Some(path), _) => KeyChoice::Seal(passphrase(path)?),
        (None, true) => KeyChoice::LeaveOut,
        (None, false) => KeyChoice::Include,
    };
    let wanted = Wanted {
        reason: Reason::Manual,
        key,
        pace: Pace::GENTLE,
    };
    let (name, manifest) = create(&place, &wanted, clock::now(), &mut |share, doing| {
        hint(share, doing);
        true
    })?;
    clear();
    let path = place.find(&name)?;
    if args.json {
        let text = json!({ "name": name.as_str(), "path": path, "manifest": manifest });
        return say(&text.to_string());
    }
    say(&format!("{}\n{}", path.display(), manifest.key.meaning()))
}

fn put_back(args: RestoreArgs) -> anyhow::Result<()> {
    let place = place(args.bootstrap)?;
    let path = find(&place, &args.backup)?;
    let options = RestoreOptions {
        passphrase: args
            .passphrase_file
            .as_deref()
            .map(passphrase)
            .transpose()?,
        keep_key: args.keep_key,
        config_out: args.config_out,
        ..RestoreOptions::default()
    };
    let restored = restore(
        &place,
        &path,
        &options,
        clock::now(),
        &mut |share, doing| {
            hint(share, doing);
            true
        },
    )
    .context("nothing was restored")?;
    clear();
    if args.json {
        return say(&serde_json::to_string(&restored)?);
    }
    say(&told(&restored))
}

fn told(restored: &Restored) -> String {
    let mut text = format!(
        "Restored what homepulse {} had at {}.",
        restored.version,
        restored.made_at.rfc3339()
    );
    if restored.schema < restored.migrated_to {
        text.push_str(&format!(
            "\nIt was brought from schema {} to {}.",
            restored.schema, restored.migrated_to
        ));
    }
    if let Some(before) = &restored.before {
        text.push_str(&format!("\nWhat was there before: {}", before.display()));
    }
    text.push_str(match restored.key {
        RestoredKey::Restored => "\nThe key is the backup's: tokens and passwords work again.",
        RestoredKey::Kept => {
            "\nThe key is the one that was there; if the backup was made with another one, enter \
             tokens and passwords again."
        }
        RestoredKey::Missing => "\nThere is no key: enter tokens and passwords again.",
    });
    if let Some(config) = &restored.config {
        text.push_str(&format!("\nConfiguration: {}", config.display()));
    }
    text.push_str("\nNow start it, such as with: systemctl start homepulse");
    text
}

fn show(place: &Place, backups: &[Backup], json: bool) -> anyhow::Result<()> {
    if json {
        let rows: Vec<_> = backups
            .iter()
            .map(|backup| {
                json!({
                    "name": backup.name.as_str(),
                    "path": place.directory.join(backup.name.as_str()),
                    "made_at": backup.name.made_at.millis(),
                    "reason": backup.name.reason.word(),
                    "bytes": backup.bytes,
                    "manifest": backup.manifest.as_ref().ok(),
                    "problem": backup.manifest.as_ref().err(),
                })
            })
            .collect();
        return say(&serde_json::to_string_pretty(&rows)?);
    }
    if backups.is_empty() {
        return say(&format!(
            "There are no backups in {}",
            place.directory.display()
        ));
    }
    let mut text = String::new();
    for backup in backups {
        let about = match &backup.manifest {
            Ok(manifest) => format!(
                "homepulse {}, schema {}, key {}",
                manifest.version,
                manifest.schema,
                manifest.key.word().replace('_', " ")
            ),
            Err(problem) => format!("UNREADABLE: {problem}"),
        };
        text.push_str(&format!(
            "{}  {:>9.1} MiB  {about}\n",
            backup.name,
            backup.bytes as f64 / f64::from(1 << 20)
        ));
    }
    say(&text)
}

fn place(bootstrap: Bootstrap) -> anyhow::Result<Place> {
    Ok(app::place(&bootstrap.installed().load()?))
}

fn find(place: &Place, wanted: &str) -> anyhow::Result<PathBuf> {
    if wanted == "latest" {
        let all = list(place)?;
        let newest = all.iter().find(|backup| backup.manifest.is_ok());
        let newest = newest.with_context(|| {
            format!(
                "there is no backup that can be read in {}; make one with: homepulse backup create",
                place.directory.display()
            )
        })?;
        return Ok(place.find(&newest.name)?);
    }
    if let Ok(name) = wanted.parse::<BackupName>()
        && let Ok(path) = place.find(&name)
    {
        return Ok(path);
    }
    let path = Path::new(wanted);
    anyhow::ensure!(
        path.is_file(),
        "there is no backup '{wanted}'; see: homepulse backup list"
    );
    Ok(path.to_owned())
}

fn passphrase(path: &Path) -> anyhow::Result<SecretString> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("read the passphrase in {}", path.display()))?;
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
}

/// Shows how far it is, where somebody watches.
fn hint(share: f64, doing: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{:3.0} % {doing}", share * 100.0);
    }
}

fn clear() {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}
