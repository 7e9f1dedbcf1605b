//! Alerts of the running homepulse.

use std::time::Duration;

use clap::Subcommand;
use serde_json::json;

use super::{AskArgs, print, rows, segment, text};
use crate::cli::doctor::plain;
use crate::telemetry::clock;

/// What is to be done with alerts.
#[derive(Subcommand)]
pub(in crate::cli) enum AlertCommand {
    /// List open alerts
    List(AskArgs),
    /// Take an alert on, so that nobody else is reminded of it
    Ack {
        #[command(flatten)]
        ask: AskArgs,
        /// Its id, from the list
        alert: String,
        /// For others
        #[arg(long)]
        note: Option<String>,
    },
    /// Tell nobody of some alerts for a while; what still holds then is told then
    Silence {
        #[command(flatten)]
        ask: AskArgs,
        /// A resource, such as a guest's id or name
        #[arg(long, value_name = "RESOURCE")]
        resource: Vec<String>,
        /// A node, with everything on it
        #[arg(long, value_name = "NODE")]
        node: Vec<String>,
        /// A rule, such as `threshold`
        #[arg(long, value_name = "RULE")]
        rule: Vec<String>,
        /// A single alert, by its id
        #[arg(long, value_name = "ALERT")]
        alert: Vec<String>,
        /// Every alert
        #[arg(long)]
        everything: bool,
        /// For how long, such as 30m, 2h or 1d
        #[arg(long = "for", value_name = "SPAN", default_value = "1h")]
        span: String,
        /// Why
        #[arg(long)]
        note: Option<String>,
    },
}

/// Does something with alerts.
pub(in crate::cli) fn alerts(command: AlertCommand) -> anyhow::Result<()> {
    match command {
        AlertCommand::List(ask) => {
            let (remote, json) = ask.remote()?;
            let answer = remote.get("api/hp/alerts?state=firing&limit=500")?;
            print(&answer, json, |answer| {
                let listed = rows(&answer["alerts"], |it| {
                    let taken = it["acknowledged_by"].as_str();
                    let taken = taken.map(|who| format!("  (taken on by {})", plain(who)));
                    format!(
                        "{}  {:<8}  {}{}",
                        text(it, "id"),
                        text(it, "severity"),
                        text(it, "message"),
                        taken.unwrap_or_default()
                    )
                });
                if listed.is_empty() {
                    "nothing is wrong".to_owned()
                } else {
                    listed
                }
            })
        }
        AlertCommand::Ack { ask, alert, note } => {
            let (remote, json) = ask.remote()?;
            let path = format!("api/hp/alerts/{}/acknowledge", segment(&alert)?);
            let answer = remote.post(&path, &json!({ "note": note }))?;
            print(&answer, json, |it| {
                format!("taken on: {}", text(it, "message"))
            })
        }
        AlertCommand::Silence {
            ask,
            resource,
            node,
            rule,
            alert,
            everything,
            span,
            note,
        } => {
            let chosen = [&resource, &node, &rule, &alert];
            anyhow::ensure!(
                everything != chosen.iter().any(|list| !list.is_empty()),
                "say which alerts: --resource, --node, --rule or --alert, or else --everything"
            );
            let until = clock::now() + self::span(&span)?;
            let body = json!({
                "scope": {
                    "resources": resource,
                    "nodes": node,
                    "rules": rule,
                    "alerts": alert,
                    "everything": everything,
                },
                "until": until.millis(),
                "note": note,
            });
            let (remote, json) = ask.remote()?;
            let answer = remote.post("api/hp/silences", &body)?;
            print(&answer, json, |it| {
                format!("silenced until {} ({})", until.rfc3339(), text(it, "id"))
            })
        }
    }
}

/// `30m`, `2h`, `1d`.
fn span(text: &str) -> anyhow::Result<Duration> {
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let unit = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => 0,
    };
    let count: u64 = number.parse().unwrap_or(0);
    let seconds = count.saturating_mul(unit);
    anyhow::ensure!(
        (60..=366 * 86_400).contains(&seconds),
        "'{text}' is no span; give one such as 30m, 2h or 1d, a year at most"
    );
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit() {
        for (text, seconds) in [
            ("30m", Some(1800)),
            ("2h", Some(7200)),
            ("1d", Some(86_400)),
            ("", None),
            ("h", None),
            ("0m", None),
            ("2w", None),
            ("9999d", None),
            ("1ä", None),
        ] {
            let found = span(text).ok().map(|it| it.as_secs());
            assert_eq!(found, seconds, "{text}");
        }
    }
}
