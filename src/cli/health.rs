//! Asking a running appliance for its health, for container health checks.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::bootstrap::Bootstrap;
use super::remote::{Remote, RemoteArgs};

/// How long an appliance that is well may take to say so.
const WITHIN: Duration = Duration::from_secs(3);

#[derive(Args)]
pub(super) struct HealthArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// Host and port of the appliance [default: where the configuration says that it listens]
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
}

/// Whether it says that it is well.
pub(super) fn run(args: HealthArgs) -> anyhow::Result<ExitCode> {
    let config = args.bootstrap.installed().load()?;
    let place = RemoteArgs {
        url: args.address.map(|address| format!("http://{address}/")),
        token_file: None,
    };
    let remote = Remote::find_within(&place, Some(&config), WITHIN)?;
    let answer = remote.get("api/health")?;
    if answer["status"] == "healthy" {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("homepulse: {} answers, but is not healthy", remote.url());
    Ok(ExitCode::FAILURE)
}
