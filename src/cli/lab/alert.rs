//! Alerts of the running homepulse.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{AskArgs, print, segment, text, there_are};
use crate::cli::doctor::plain;
use crate::cli::examples;
use crate::cli::table::table;
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
    #[command(after_help = examples::ALERT_SILENCE)]
    Silence(SilenceArgs),
}

#[derive(Args)]
pub(in crate::cli) struct SilenceArgs {
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    which: Which,
    /// For how long, such as 30m, 2h or 1d; a minute at least, a year at most
    #[arg(long = "for", value_name = "SPAN", default_value = "1h", value_parser = span)]
    span: Duration,
    /// Why
    #[arg(long)]
    note: Option<String>,
}

/// Which alerts: those that match one of each list that is given, or all.
#[derive(Args)]
#[group(required = true, multiple = true)]
struct Which {
    /// A guest's, storage's or other resource's name, number or id; may be given more than once
    #[arg(long, value_name = "RESOURCE", conflicts_with = "everything")]
    resource: Vec<String>,
    /// A node, with everything on it; may be given more than once
    #[arg(long, value_name = "NODE", conflicts_with = "everything")]
    node: Vec<String>,
    /// A rule, such as `threshold`; may be given more than once
    #[arg(long, value_name = "RULE", conflicts_with = "everything")]
    rule: Vec<String>,
    /// A single alert, by its id; may be given more than once
    #[arg(long, value_name = "ALERT", conflicts_with = "everything")]
    alert: Vec<String>,
    /// Every alert
    #[arg(long)]
    everything: bool,
}

/// Does something with alerts.
pub(in crate::cli) fn alerts(command: AlertCommand) -> anyhow::Result<()> {
    match command {
        AlertCommand::List(ask) => {
            let (remote, json) = ask.remote()?;
            let answer = remote.get("api/hp/alerts?state=firing&limit=500")?;
            print(&answer, json, listed)
        }
        AlertCommand::Ack { ask, alert, note } => {
            let (remote, json) = ask.remote()?;
            let path = format!("api/hp/alerts/{}/acknowledge", segment(&alert)?);
            let answer = remote.post(&path, &json!({ "note": note }))?;
            print(&answer, json, |it| {
                format!("taken on: {}", text(it, "message"))
            })
        }
        AlertCommand::Silence(args) => silence(args),
    }
}

fn listed(answer: &Value) -> String {
    let alerts = answer["alerts"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let rows: Vec<[String; 3]> = alerts
        .iter()
        .map(|it| {
            let taken = it["acknowledged_by"].as_str();
            let taken = taken.map(|who| format!("  (taken on by {})", plain(who)));
            let message = text(it, "message") + &taken.unwrap_or_default();
            [text(it, "id"), text(it, "severity"), message]
        })
        .collect();
    table(["ID", "SEVERITY", "ALERT"], &rows, "nothing is wrong")
}

fn silence(args: SilenceArgs) -> anyhow::Result<()> {
    let which = args.which;
    let until = clock::now() + args.span;
    let (remote, json) = args.ask.remote()?;
    let fleet = if which.resource.is_empty() && which.node.is_empty() {
        Value::Null
    } else {
        remote.get("api/hp/fleet")?
    };
    for node in &which.node {
        let nodes = fleet["nodes"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        anyhow::ensure!(
            nodes.iter().any(|it| it["name"] == **node),
            "there is no node '{node}'; {}",
            there_are(nodes)
        );
    }
    let resources: anyhow::Result<Vec<String>> = which
        .resource
        .iter()
        .map(|it| resource(&fleet, it))
        .collect();
    let scope = json!({
        "resources": resources?,
        "nodes": which.node,
        "rules": which.rule,
        "alerts": which.alert,
        "everything": which.everything,
    });
    let meant = remote.post("api/hp/silences/preview", &json!({ "scope": scope }))?;
    let body = json!({ "scope": scope, "until": until.millis(), "note": args.note });
    let answer = remote.post("api/hp/silences", &body)?;
    print(&answer, json, |it| {
        let open = meant["alerts"].as_array().map_or(0, Vec::len);
        format!(
            "silenced until {} ({}): {open} open alerts, {} resources",
            until.rfc3339(),
            text(it, "id"),
            meant["resource_count"]
        )
    })
}

/// The id of the resource that is called so, wherever it stands in the fleet.
fn resource(fleet: &Value, wanted: &str) -> anyhow::Result<String> {
    let lists = fleet
        .as_object()
        .into_iter()
        .flat_map(|fleet| fleet.values());
    let all = lists.filter_map(Value::as_array).flatten();
    let number: Option<u64> = wanted.parse().ok();
    let mut found: Vec<&str> = all
        .filter(|it| {
            it["id"] == wanted
                || it["name"] == wanted
                || (number.is_some() && it["vmid"].as_u64() == number)
        })
        .filter_map(|it| it["id"].as_str())
        // Targets and alerts have ids of another form.
        .filter(|id| id.contains(':'))
        .collect();
    found.sort_unstable();
    found.dedup();
    match found[..] {
        [id] => Ok(id.to_owned()),
        [] => anyhow::bail!(
            "there is no resource '{wanted}'; give a name or number that homepulse top shows, or an id"
        ),
        _ => anyhow::bail!(
            "several are called '{wanted}'; give an id: {}",
            found.join(", ")
        ),
    }
}

/// `30m`, `2h`, `1d`.
fn span(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let unit = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => 0,
    };
    let count: u64 = number.parse().unwrap_or(0);
    let seconds = count.saturating_mul(unit);
    if !(60..=366 * 86_400).contains(&seconds) {
        return Err("give a span such as 30m, 2h or 1d, a year at most".to_owned());
    }
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_found_by_name_number_or_id() {
        let fleet = json!({
            "guests": [
                { "id": "guest:tgt_a:100", "name": "web", "vmid": 100 },
                { "id": "guest:tgt_b:101", "name": "twin", "vmid": 101 },
                { "id": "guest:tgt_b:102", "name": "twin", "vmid": 102 },
            ],
            "targets": [{ "id": "tgt_a", "name": "web" }],
        });
        for wanted in ["web", "100", "guest:tgt_a:100"] {
            assert_eq!(resource(&fleet, wanted).expect(wanted), "guest:tgt_a:100");
        }
        for (wanted, problem) in [
            ("twin", "guest:tgt_b:101, guest:tgt_b:102"),
            ("tgt_a", "no resource"),
        ] {
            let said = resource(&fleet, wanted).expect_err(wanted).to_string();
            assert!(said.contains(problem), "{said}");
        }
    }

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
