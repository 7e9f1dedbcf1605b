//! Targets, alerts and channels of the running homepulse.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::doctor::plain;
use super::remote::{Remote, RemoteArgs};
use super::{Bootstrap, say};
use crate::telemetry::clock;

/// Where the running homepulse is, and how to print.
#[derive(Args)]
pub(super) struct AskArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    #[command(flatten)]
    remote: RemoteArgs,
    /// Print the answer of the API as JSON
    #[arg(long)]
    json: bool,
}

impl AskArgs {
    fn remote(self) -> anyhow::Result<(Remote, bool)> {
        let config = self.bootstrap.installed().load()?;
        Ok((Remote::find(&self.remote, Some(&config))?, self.json))
    }
}

/// What is to be done with targets.
#[derive(Subcommand)]
pub(super) enum TargetCommand {
    /// List what is looked at, and how looking goes
    List(AskArgs),
    /// Look at something from now on; it is tried first
    Add(TargetArgs),
    /// Try what `add` would add, and change nothing
    Test(TargetArgs),
    /// Look at something no longer; its history stays
    Remove {
        #[command(flatten)]
        ask: AskArgs,
        /// Its name or id
        target: String,
    },
}

#[derive(Args)]
pub(super) struct TargetArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// The name to show
    name: String,
    /// Its address, such as https://pve1.lan:8006
    address: String,
    /// `pve` or `pbs`
    #[arg(long, default_value = "pve")]
    kind: String,
    /// The API token's id, such as homepulse@pve!monitor
    #[arg(long, value_name = "ID")]
    token_id: String,
    /// File that holds the API token's secret
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// SHA-256 of the certificate to trust, as `pvenode cert info` shows it
    #[arg(long, value_name = "SHA-256")]
    fingerprint: Option<String>,
    /// File with the certificate authority to trust
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl TargetArgs {
    fn body(&self) -> anyhow::Result<Value> {
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
        };
        let mut body = json!({
            "kind": self.kind,
            "name": self.name,
            "address": self.address,
            "token_id": self.token_id,
            "token_secret": read(&self.secret_file)?.trim(),
        });
        if let Some(fingerprint) = &self.fingerprint {
            body["fingerprint"] = fingerprint.as_str().into();
        }
        if let Some(path) = &self.ca_file {
            body["ca_pem"] = read(path)?.into();
        }
        Ok(body)
    }
}

/// What is to be done with alerts.
#[derive(Subcommand)]
pub(super) enum AlertCommand {
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

/// What is to be done with channels.
#[derive(Subcommand)]
pub(super) enum NotifyCommand {
    /// Send a test message; enter the code in it in the UI to prove that it arrived
    Test {
        #[command(flatten)]
        ask: AskArgs,
        /// The channel's name or id
        channel: String,
    },
}

/// Does something with targets.
pub(super) fn targets(command: TargetCommand) -> anyhow::Result<()> {
    match command {
        TargetCommand::List(ask) => {
            let (remote, json) = ask.remote()?;
            let answer = remote.get("api/hp/targets")?;
            print(&answer, json, |answer| {
                rows(&answer["targets"], |it| {
                    let failure = it["failure"]["message"].as_str().unwrap_or_default();
                    format!(
                        "{}  {}  {}  {}  {failure}",
                        text(it, "id"),
                        text(it, "name"),
                        text(it, "address"),
                        text(it, "state"),
                    )
                })
            })
        }
        TargetCommand::Add(args) => {
            let body = args.body()?;
            let (remote, json) = args.ask.remote()?;
            let answer = remote.post("api/hp/targets", &body)?;
            print(&answer, json, |it| format!("added {}", text(it, "id")))
        }
        TargetCommand::Test(args) => {
            let body = args.body()?;
            let (remote, json) = args.ask.remote()?;
            let answer = remote.post("api/hp/targets/test", &body)?;
            print(&answer, json, tried)?;
            anyhow::ensure!(answer["ok"] == true, "it does not work");
            Ok(())
        }
        TargetCommand::Remove { ask, target } => {
            let (remote, json) = ask.remote()?;
            let list = remote.get("api/hp/targets")?;
            let id = id_of(&list["targets"], &target, "target")?;
            let answer = remote.delete(&format!("api/hp/targets/{id}"))?;
            print(&answer, json, |_| format!("removed {target}"))
        }
    }
}

fn tried(answer: &Value) -> String {
    if answer["ok"] == true {
        let mut said = format!(
            "it works: version {}, {} nodes, {} guests",
            text(answer, "version"),
            answer["nodes"],
            answer["guests"]
        );
        for missing in answer["missing"].as_array().into_iter().flatten() {
            said.push_str(&format!(
                "\nlacks {} on {}: {}\n  -> {}",
                text(missing, "privilege"),
                text(missing, "path"),
                text(missing, "hides"),
                text(missing, "fix")
            ));
        }
        return said;
    }
    let failure = &answer["failure"];
    let mut said = text(failure, "message");
    for (label, value) in [
        ("  -> ", &failure["fix"]),
        ("certificate presented: ", &answer["fingerprint"]),
    ] {
        if let Some(value) = value.as_str() {
            said.push_str(&format!("\n{label}{}", plain(value)));
        }
    }
    said
}

/// Does something with alerts.
pub(super) fn alerts(command: AlertCommand) -> anyhow::Result<()> {
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

/// Does something with channels.
pub(super) fn notify(command: NotifyCommand) -> anyhow::Result<()> {
    let NotifyCommand::Test { ask, channel } = command;
    let (remote, json) = ask.remote()?;
    let list = remote.get("api/hp/channels")?;
    let id = id_of(&list["channels"], &channel, "channel")?;
    let answer = remote.post(&format!("api/hp/channels/{id}/test"), &Value::Null)?;
    print(&answer, json, |it| {
        format!(
            "sent: {}\nEnter the code of the message in Settings, Notifications.",
            text(it, "receipt")
        )
    })
}

fn print(answer: &Value, json: bool, told: impl Fn(&Value) -> String) -> anyhow::Result<()> {
    if json {
        return say(&format!("{answer:#}"));
    }
    say(&told(answer))
}

fn rows(list: &Value, row: impl Fn(&Value) -> String) -> String {
    let rows: Vec<String> = list.as_array().into_iter().flatten().map(row).collect();
    rows.join("\n")
}

fn text(value: &Value, key: &str) -> String {
    plain(value[key].as_str().unwrap_or("-"))
}

/// The id of the one in `list` with that id or name.
fn id_of(list: &Value, wanted: &str, what: &str) -> anyhow::Result<String> {
    let all = list.as_array().into_iter().flatten();
    let found = all
        .clone()
        .find(|it| it["id"] == wanted)
        .or_else(|| all.clone().find(|it| it["name"] == wanted));
    let id = found.and_then(|it| it["id"].as_str());
    let names: Vec<String> = all.map(|it| text(it, "name")).collect();
    let id = id.with_context(|| {
        format!(
            "there is no {what} '{wanted}'; there are: {}",
            names.join(", ")
        )
    })?;
    segment(id)
}

/// An id as a part of a path, which it cannot leave.
fn segment(id: &str) -> anyhow::Result<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
    anyhow::ensure!(
        !id.is_empty() && !id.starts_with('.') && id.chars().all(is_plain),
        "'{id}' is no id"
    );
    Ok(id.to_owned())
}

/// `30m`, `2h`, `1d`.
fn span(text: &str) -> anyhow::Result<std::time::Duration> {
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
    Ok(std::time::Duration::from_secs(seconds))
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

    #[test]
    fn an_id_cannot_leave_its_path() {
        segment("alr_0123").expect("an id");
        for text in ["", "..", "a/b", "a?b", "a b", "%2e"] {
            segment(text).expect_err(text);
        }
    }
}
