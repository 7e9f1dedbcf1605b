//! Targets of the running homepulse.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{AskArgs, id_of, print, text};
use crate::cli::doctor::plain;
use crate::cli::examples;
use crate::cli::remote::Remote;
use crate::cli::table::table;

/// What is to be done with targets.
#[derive(Subcommand)]
pub(in crate::cli) enum TargetCommand {
    /// List what is looked at, and how looking goes
    List(AskArgs),
    /// Look at something from now on; it is tried first, and not added where that fails
    #[command(after_help = examples::TARGET_ADD)]
    Add(AddArgs),
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
pub(in crate::cli) struct AddArgs {
    #[command(flatten)]
    target: TargetArgs,
    /// Add it without a try, such as a host that is off for now
    #[arg(long)]
    untried: bool,
}

#[derive(Args)]
pub(in crate::cli) struct TargetArgs {
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
        let read = |path: &PathBuf| -> anyhow::Result<String> {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("read {}", path.display()))?;
            anyhow::ensure!(!text.trim().is_empty(), "{} is empty", path.display());
            Ok(text)
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

/// Does something with targets.
pub(in crate::cli) fn targets(command: TargetCommand) -> anyhow::Result<()> {
    match command {
        TargetCommand::List(ask) => {
            let (remote, json) = ask.remote()?;
            let answer = remote.get("api/hp/targets")?;
            print(&answer, json, listed)
        }
        TargetCommand::Add(AddArgs { target, untried }) => {
            let body = target.body()?;
            let (remote, json) = target.ask.remote()?;
            if !untried {
                let answer = remote.post("api/hp/targets/test", &body)?;
                anyhow::ensure!(
                    answer["ok"] == true,
                    "it is not added, because it does not work: {}",
                    tried(&answer)
                );
            }
            let answer = remote.post("api/hp/targets", &body)?;
            print(&answer, json, |it| format!("added {}", text(it, "id")))
        }
        TargetCommand::Test(args) => {
            let body = args.body()?;
            let (remote, json) = args.ask.remote()?;
            test(&remote, json, &body)
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

fn test(remote: &Remote, json: bool, body: &Value) -> anyhow::Result<()> {
    let answer = remote.post("api/hp/targets/test", body)?;
    if json {
        print(&answer, json, tried)?;
        anyhow::ensure!(answer["ok"] == true, "it does not work");
        return Ok(());
    }
    anyhow::ensure!(answer["ok"] == true, "it does not work: {}", tried(&answer));
    print(&answer, json, tried)
}

fn listed(answer: &Value) -> String {
    let targets = answer["targets"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let rows: Vec<[String; 5]> = targets
        .iter()
        .map(|it| ["name", "kind", "state", "address", "id"].map(|key| text(it, key)))
        .collect();
    let mut said = table(
        ["NAME", "KIND", "STATE", "ADDRESS", "ID"],
        &rows,
        "nothing is looked at yet; see: homepulse target add --help",
    );
    for it in targets {
        let failure = &it["failure"];
        let Some(message) = failure["message"].as_str() else {
            continue;
        };
        said.push_str(&format!("\n\n{}: {}", text(it, "name"), plain(message)));
        if let Some(fix) = failure["fix"].as_str() {
            said.push_str(&format!("\n  -> {}", plain(fix)));
        }
    }
    said
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
