//! What the configuration file owns: targets, channels and rules, checked as a whole before anything
//! of it is taken over.

use anyhow::Context as _;

use super::parts::{guard, tools};
use crate::config::{Config, ConfigError, FileChannel};
use crate::db::Db;
use crate::notify::{Catalogue, ChannelError, Channels, NewChannel, Tools, check_channel};
use crate::rules::RuleSettings;
use crate::secret::Vault;
use crate::services::settings::Settings;
use crate::services::targets::{self, NewTarget, Targets};
use crate::services::{channels, rules};
use crate::telemetry::clock;

/// Whether the product would begin with this configuration.
///
/// # Errors
/// With every problem of the targets, channels and rules in it, each naming its key.
pub fn check(config: &Config) -> anyhow::Result<()> {
    let mut problems = Vec::new();
    for target in owned_targets(config) {
        if let Err(error) = targets::check(&target) {
            problems.push(format!("targets.{}.{error}", target.name));
        }
    }
    let tools = tools(config, guard(config), None)?;
    for channel in &config.channels {
        let new = new_channel(&tools.catalogue, channel);
        if let Err(error) = check_channel(&new, &tools) {
            let said = words(error, &tools.catalogue);
            problems.push(format!("channels.{}.{said}", channel.name));
        }
    }
    if let Err(error) = rules_of_file(config) {
        problems.extend(error.problems);
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(ConfigError { problems }.into())
}

/// What is wrong with a channel, behind its name.
fn words(error: ChannelError, catalogue: &Catalogue) -> String {
    match error {
        ChannelError::KindUnknown { kind } => {
            let known: Vec<&str> = catalogue.kinds().map(|kind| kind.name.as_str()).collect();
            format!(
                "kind: '{kind}' is unknown; give one of: {}",
                known.join(", ")
            )
        }
        ChannelError::Invalid(wrong) => wrong.to_string(),
        other => format!("kind: {:#}", anyhow::Error::from(other)),
    }
}

fn rules_of_file(config: &Config) -> Result<Option<RuleSettings>, ConfigError> {
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

fn new_channel(catalogue: &Catalogue, channel: &FileChannel) -> NewChannel {
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
    let owned = owned.map(|channel| new_channel(&catalogue, channel));
    channels::adopt(&channels, settings, owned.collect(), clock::now()).await?;
    Ok(channels)
}

fn owned_targets(config: &Config) -> Vec<NewTarget> {
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
