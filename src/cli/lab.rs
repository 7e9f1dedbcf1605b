//! Targets, alerts and channels of the running homepulse.

mod alert;
mod target;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::Value;

use super::doctor::plain;
use super::remote::{Remote, RemoteArgs};
use super::{Bootstrap, say};

pub(super) use alert::{AlertCommand, alerts};
pub(super) use target::{TargetCommand, targets};

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

fn text(value: &Value, key: &str) -> String {
    plain(value[key].as_str().unwrap_or("-"))
}

/// The id of the one in `list` with that id or name.
fn id_of(list: &Value, wanted: &str, what: &str) -> anyhow::Result<String> {
    let all = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let named = |key: &str| all.iter().find(|it| it[key] == wanted);
    let id = named("id").or_else(|| named("name"));
    let id = id.and_then(|it| it["id"].as_str());
    id.map(str::to_owned)
        .with_context(|| format!("there is no {what} '{wanted}'; {}", there_are(all)))
}

/// What could have been meant instead.
fn there_are(all: &[Value]) -> String {
    if all.is_empty() {
        return "there is none yet".to_owned();
    }
    let names: Vec<String> = all.iter().take(30).map(|it| text(it, "name")).collect();
    let more = if all.len() > names.len() { ", …" } else { "" };
    format!("there are: {}{more}", names.join(", "))
}

/// An id as a part of a path, which it cannot leave.
fn segment(id: &str) -> anyhow::Result<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
    anyhow::ensure!(
        !id.is_empty() && !id.starts_with('.') && id.chars().all(is_plain),
        "'{id}' is no id; the list has them"
    );
    Ok(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_path() {
        segment("alr_0123").expect("an id");
        for text in ["", "..", "a/b", "a?b", "a b", "%2e"] {
            segment(text).expect_err(text);
        }
    }
}
