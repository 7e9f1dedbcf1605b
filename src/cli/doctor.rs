//! What is wrong with this installation, for people and for scripts.

use std::process::ExitCode;

use clap::Args;

use super::remote::{Remote, RemoteArgs};
use super::{Bootstrap, say};
use crate::api::hp::doctor::DoctorReport;
use crate::app;
use crate::config::Listen;
use crate::db::Claim;
use crate::http::without_code;
use crate::services::doctor::from_outside;
use crate::telemetry::clock;

#[derive(Args)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    #[command(flatten)]
    remote: RemoteArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Looks at the installation: through the running homepulse where there is one.
pub(super) fn run(args: DoctorArgs) -> anyhow::Result<ExitCode> {
    let config = args.bootstrap.installed().load()?;
    let is_running = Claim::is_taken(&config.data_dir).unwrap_or(true);
    let said = args.remote.url.is_some();
    let mut answers = false;
    let asked = if is_running || said {
        let remote = Remote::find(&args.remote, Some(&config))?;
        match remote.get("api/hp/doctor") {
            Ok(value) => Some(serde_json::from_value::<DoctorReport>(value)?),
            Err(error) if said => return Err(error),
            Err(error) => {
                eprintln!("homepulse: {} does not say: {error:#}", remote.url());
                answers = remote.get("api/health").is_ok();
                None
            }
        }
    } else {
        None
    };
    let report = asked.unwrap_or_else(|| {
        let place = app::place(&config);
        let addresses = config.listen.iter().filter_map(Listen::address);
        // Where it answers nothing needs to be found out about its port.
        let addresses: Vec<_> = addresses.filter(|_| !answers).collect();
        let report = from_outside(&place, &addresses, is_running, clock::now());
        DoctorReport::from(&report)
    });
    if args.json {
        say(&serde_json::to_string_pretty(&report)?)?;
    } else {
        say(&told(&report))?;
    }
    Ok(match report.verdict.as_str() {
        "problem" => ExitCode::FAILURE,
        "warning" => ExitCode::from(3),
        _ => ExitCode::SUCCESS,
    })
}

fn told(report: &DoctorReport) -> String {
    let mut text = String::new();
    for check in &report.checks {
        let mark = match check.verdict.as_str() {
            "ok" => "ok     ",
            "note" => "note   ",
            "warning" => "WARNING",
            "problem" => "PROBLEM",
            _ => "unknown",
        };
        let subject = check.subject.as_ref().map(|it| format!(" {it}"));
        text.push_str(&format!(
            "{mark}  {}{}: {}\n",
            check.title,
            plain(&subject.unwrap_or_default()),
            without_code(&plain(&check.found))
        ));
        for fix in &check.fix {
            text.push_str(&format!("         -> {}\n", plain(fix)));
        }
    }
    let count = |word: &str| report.checks.iter().filter(|it| it.verdict == word).count();
    text.push_str(&format!(
        "{}, {}",
        counted(count("problem"), "problem"),
        counted(count("warning"), "warning")
    ));
    text
}

fn counted(count: usize, what: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {what}{end}")
}

/// Names and messages come from hosts: no control character of theirs reaches a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
