//! Logging to the standard error stream: quiet by default, one line a transition.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::SystemTime;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}

/// `filter`, if it can be read.
///
/// # Errors
/// With what a filter looks like.
pub fn checked(filter: &str) -> Result<String, String> {
    EnvFilter::try_new(filter)
        .map(|_| filter.to_owned())
        .map_err(|_| {
            "give a level, such as info, or levels by part, such as homepulse=debug".into()
        })
}

/// Starts logging. `filter` is a `tracing` filter such as `info` or `homepulse=debug`.
///
/// # Errors
/// When the filter cannot be read, or logging was started before.
pub fn start(format: Format, filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("log filter: {error}"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_timer(SystemTime)
        .with_target(false);
    let started = match format {
        Format::Pretty => builder
            .with_ansi(std::io::stderr().is_terminal())
            .try_init(),
        Format::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| format!("logging: {error}"))
}
