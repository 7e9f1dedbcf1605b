//! The service that runs the product, told from outside of it.

use std::process::Command;
use std::time::{Duration, Instant};

use url::Url;

use super::error::UpdateError;
use crate::http::{Client, HttpError, Limits, Trust};

/// Stops and starts what runs the product, and asks whether it is ready.
pub struct Machine {
    /// Runs to stop it.
    stop: Vec<String>,
    /// Runs to start it again, also where it runs.
    restart: Vec<String>,
    ready: Url,
    client: Client,
}

impl Machine {
    /// The system service, ready when `base`, its address, says so.
    ///
    /// # Errors
    /// When no connection can be set up.
    pub fn systemd(base: &Url) -> Result<Self, HttpError> {
        let command = |verb: &str| ["systemctl", verb, "homepulse.service"].map(str::to_owned);
        Self::of(command("stop").into(), command("restart").into(), base)
    }

    /// Shell commands, where something else than systemd runs it.
    ///
    /// # Errors
    /// When no connection can be set up.
    pub fn commands(stop: &str, restart: &str, base: &Url) -> Result<Self, HttpError> {
        let shell = |text: &str| ["sh", "-c", text].map(str::to_owned);
        Self::of(shell(stop).into(), shell(restart).into(), base)
    }

    fn of(stop: Vec<String>, restart: Vec<String>, base: &Url) -> Result<Self, HttpError> {
        let limits = Limits {
            connect: Duration::from_secs(2),
            total: Duration::from_secs(5),
            body: 1 << 20,
        };
        Ok(Self {
            stop,
            restart,
            ready: base.join("readyz").unwrap_or_else(|_| base.clone()),
            // Only whether our own service answers is asked, with nothing that anybody may not know.
            client: Client::new(&Trust::Anyone, limits)?,
        })
    }

    /// Stops it.
    pub(super) fn stop(&self) -> Result<(), UpdateError> {
        run(&self.stop)
    }

    /// Starts it, again where it runs.
    pub(super) fn restart(&self) -> Result<(), UpdateError> {
        run(&self.restart)
    }

    /// Waits until it is ready.
    ///
    /// # Errors
    /// With its last answer, when it is not within `patience`.
    pub(super) async fn wait_ready(&self, patience: Duration) -> Result<(), String> {
        let until = Instant::now() + patience;
        loop {
            let answer = self.client.get(self.ready.clone(), &[], None).await;
            let last = match answer {
                Ok(answer) if answer.is_success() => return Ok(()),
                Ok(answer) => {
                    let text = String::from_utf8_lossy(&answer.body);
                    let text: String = text.chars().take(200).collect();
                    format!("{} answers {}: {text}", self.ready, answer.status)
                }
                Err(error) => error.to_string(),
            };
            if Instant::now() >= until {
                return Err(format!(
                    "not ready within {} s: {}",
                    patience.as_secs(),
                    last.trim()
                ));
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

fn run(command: &[String]) -> Result<(), UpdateError> {
    let shown = command.join(" ");
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| UpdateError::Machine("there is no command".into()))?;
    let status = Command::new(program)
        .args(arguments)
        .status()
        .map_err(|error| UpdateError::Machine(format!("run '{shown}': {error}")))?;
    if status.success() {
        return Ok(());
    }
    Err(UpdateError::Machine(format!(
        "'{shown}' ends with {status}"
    )))
}
