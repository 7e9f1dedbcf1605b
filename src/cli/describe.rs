//! The configuration that holds, for people.

use secrecy::SecretString;

use crate::config::Config;

/// The configuration that holds, with secrets masked.
#[must_use]
pub(super) fn describe(config: &Config) -> String {
    let masked = |secret: &Option<SecretString>| if secret.is_some() { "set" } else { "not set" };
    let listen: Vec<String> = config.listen.iter().map(ToString::to_string).collect();
    let targets: Vec<String> = config
        .targets
        .iter()
        .map(|target| format!("\n  target {} ({})", target.name, target.kind))
        .collect();
    let channels: Vec<String> = config
        .channels
        .iter()
        .map(|channel| format!("\n  channel {} ({})", channel.name, channel.kind))
        .collect();
    format!(
        "listen = {}\nTLS certificate: {}\ndata_dir = {}\nbase_path = {}\npoll_interval_seconds = {}\n\
         commit_interval_seconds = {}\nAPI token: {}\ntokens in api_tokens.json: {}\nowned by the file:{}{}{}",
        listen.join(", "),
        config.tls.as_ref().map_or_else(
            || "none, plain HTTP".to_owned(),
            |files| files.certificate.display().to_string()
        ),
        config.data_dir.display(),
        config.base_path,
        config.poll_interval.as_secs(),
        config.commit_interval.as_secs(),
        masked(&config.api_token),
        config.file_tokens.len(),
        targets.concat(),
        channels.concat(),
        if targets.is_empty() && channels.is_empty() {
            " nothing"
        } else {
            ""
        },
    )
}
