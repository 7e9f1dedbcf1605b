//! What of the configuration only those who use it can judge, judged before anything is opened.

use secrecy::ExposeSecret as _;

use crate::auth::{Principal, TokenHash};
use crate::config::{Config, ConfigError, TOKENS_FILE};
use crate::notify;
use crate::services::accounts::named_scopes;
use crate::services::targets;

use super::owned::{new_channel, owned_targets, rules_of_file};
use super::parts::{guard, tools};

/// Checks the targets, channels, rules and tokens that files own.
///
/// # Errors
/// With all problems at once, each naming its key; or where the means to check are missing.
pub fn check(config: &Config) -> anyhow::Result<()> {
    let tools = tools(config, guard(config))?;
    let mut problems = Vec::new();
    for target in owned_targets(config) {
        if let Err(error) = targets::check(&target) {
            problems.push(format!("targets.{}.{error}", target.name));
        }
    }
    for channel in &config.channels {
        let new = new_channel(channel, &tools.catalogue);
        if let Err(error) = notify::check(&new, &tools) {
            problems.push(format!(
                "{}: {}",
                channel.called(&error.field),
                error.problem
            ));
        }
    }
    if let Err(error) = rules_of_file(config) {
        problems.extend(error.problems);
    }
    if let Err(error) = tokens(config) {
        problems.extend(error.problems);
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(ConfigError { problems }.into())
}

/// The tokens of the file beside the configuration, and who shows them.
pub(super) fn tokens(config: &Config) -> Result<Vec<(TokenHash, Principal)>, ConfigError> {
    let mut problems = Vec::new();
    let mut tokens = Vec::new();
    for token in &config.file_tokens {
        match named_scopes(&token.scopes) {
            Ok(scopes) => {
                let principal = Principal {
                    name: token.name.clone(),
                    scopes,
                };
                tokens.push((TokenHash::of(token.token.expose_secret()), principal));
            }
            Err(error) => problems.push(format!("{TOKENS_FILE}: {}: {error}", token.name)),
        }
    }
    if problems.is_empty() {
        Ok(tokens)
    } else {
        Err(ConfigError { problems })
    }
}
