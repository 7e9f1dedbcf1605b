//! What the configuration file owns: targets, channels and rules, and how the product takes them over.

use anyhow::Context as _;

use crate::config::{Config, ConfigError, FileChannel};
use crate::db::Db;
use crate::notify::{Catalogue, Channels, NewChannel, Tools};
use crate::rules::RuleSettings;
use crate::secret::Vault;
use crate::services::settings::Settings;
use crate::services::targets::{NewTarget, Targets};
use crate::services::{channels, rules};
use crate::telemetry::clock;

/// The rules of the file, where it has any.
///
/// # Errors
/// When they make no sense.
pub(super) fn rules_of_file(config: &Config) -> Result<Option<RuleSettings>, ConfigError> {
    let Some(value) = &config.rules else {
        return Ok(None);
    };
    let wrong = |problem: String| ConfigError {
        problems: vec![format!("rules: {problem}")],
    };
    let found: RuleSettings =
        serde_json::from_value(value.clone()).map_err(|error| wrong(error.to_string()))?;
    match found.validate() {
        Ok(()) => Ok(Some(found)),
        Err(problems) => {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Err(wrong(problems.join("; ")))
        }
    }
}

/// The file's rules win over the stored ones.
pub(super) async fn rule_settings(
    config: &Config,
    settings: &Settings,
) -> anyhow::Result<RuleSettings> {
    if let Some(found) = rules_of_file(config)? {
        return Ok(found);
    }
    let stored = rules::stored(settings).await?;
    stored.validate().map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("rules: {}", problems.join("; "))
    })?;
    Ok(stored)
}

/// A channel of the file, as one is set up.
pub(super) fn new_channel(channel: &FileChannel, catalogue: &Catalogue) -> NewChannel {
    let mut secrets = channel.secrets.clone();
    let kind = catalogue.kind(&channel.kind);
    let main = kind.and_then(|kind| kind.secrets().next());
    // A secret of a kind that has none is refused by name.
    let main = main.unwrap_or("secret").to_owned();
    secrets.extend(channel.secret.clone().map(|secret| (main, secret)));
    NewChannel {
        kind: channel.kind.clone(),
        name: channel.name.clone(),
        config: channel.config.clone(),
        secrets,
        enabled: true,
    }
}

pub(super) async fn open_channels(
    config: &Config,
    db: &Db,
    vault: &Vault,
    settings: &Settings,
    tools: Tools,
) -> anyhow::Result<Channels> {
    let catalogue = tools.catalogue.clone();
    let channels = Channels::open(db.clone(), vault.clone(), tools).await?;
    let owned = config.channels.iter();
    let owned = owned.map(|channel| new_channel(channel, &catalogue));
    channels::adopt(&channels, settings, owned.collect(), clock::now()).await?;
    Ok(channels)
}

/// The targets of the file, as they are added.
pub(super) fn owned_targets(config: &Config) -> Vec<NewTarget> {
    let owned = config.targets.iter().map(|target| NewTarget {
        name: target.name.clone(),
        kind: target.kind.clone(),
        config: target.config.clone(),
        secret: target.secret.clone(),
    });
    owned.collect()
}

pub(super) async fn adopt_targets(config: &Config, targets: &Targets) -> anyhow::Result<()> {
    targets
        .adopt(owned_targets(config))
        .await
        .context("take over the targets of the configuration")
}
