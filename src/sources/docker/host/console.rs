//! Sending commands to the game in a container: by the catalogue's way where it has one, by the
//! server's own input otherwise.

use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderValue, Method, header};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;
use url::Url;

use super::super::engine::{QUICK, exposed};
use super::super::plan;
use super::super::wire::{Exit, Inspected, Made};
use super::DockerHost;
use super::frames::{self, Frames};
use crate::http::{Client, Limits, Patience, Trust};
use crate::sources::games::catalog::{Console, Entry};
use crate::sources::games::host::HostError;
use crate::sources::games::query::{self, Options, QueryError, Request};

/// Bytes of an answer that are kept.
const LONGEST_ANSWER: usize = 64 << 10;

/// How long a program may be silent.
const IDLE: Duration = Duration::from_secs(60);

/// How long a console that only writes its log gets to say something about a command, and how
/// long it may be silent once it has begun.
const SAYS_WITHIN: Duration = Duration::from_millis(1500);
const SILENCE: Duration = Duration::from_millis(250);

impl DockerHost {
    /// Sends a line to the game's console.
    pub(super) async fn say(&self, server: &str, line: &str) -> Result<Option<String>, HostError> {
        let inspected = self.inspect(server).await?;
        if inspected.state.running.0 != Some(true) {
            return Err(HostError::Refused("the server does not run".into()));
        }
        let entry = self.entry(server, &inspected);
        let console = entry
            .as_ref()
            .and_then(|entry| Some((entry, entry.console.as_ref()?)));
        match console {
            Some((_, Console::Exec { program })) => {
                let mut program = program.clone();
                program.push(line.to_owned());
                Ok(Some(self.execute(server, &program).await?))
            }
            Some((entry, Console::Rcon { port, secret })) => {
                self.say_by_rcon(&inspected, entry, (port, secret), line)
                    .await
            }
            Some((entry, Console::Rest { port, user, secret })) => {
                self.ask(&inspected, entry, (port, user, secret), line)
                    .await
            }
            None if inspected.config.open_stdin.0 == Some(true) => {
                self.type_in(server, &inspected, line).await
            }
            None => Err(HostError::Unsupported(
                "send commands: the container was made without an open input",
            )),
        }
    }

    /// Runs a program inside and answers what it printed.
    pub(super) async fn execute(
        &self,
        server: &str,
        program: &[String],
    ) -> Result<String, HostError> {
        let order = json!({
            "AttachStdout": true,
            "AttachStderr": true,
            "Cmd": program,
        });
        let made: Made = self
            .engine
            .post_json(&["containers", server, "exec"], &[], &order, QUICK)
            .await
            .map_err(|error| self.order_error(server, error))?;
        let id = made.id.0.unwrap_or_default();
        let patience = Patience {
            first: IDLE,
            idle: IDLE,
            bytes: 16 << 20,
        };
        let start = json!({ "Detach": false, "Tty": false });
        let output = self
            .engine
            .take_over(&["exec", &id, "start"], &[], &start, patience)
            .await
            .map_err(|error| self.order_error(server, error))?;
        let text = match output.status() {
            101 => {
                let mut connection = output
                    .upgrade()
                    .await
                    .map_err(|error| self.order_error(server, error.into()))?;
                let mut frames = Frames::new(false, LONGEST_ANSWER);
                let mut buffer = vec![0; 16 << 10];
                while let Ok(Ok(read @ 1..)) =
                    tokio::time::timeout(IDLE, connection.read(&mut buffer)).await
                {
                    frames.take(&buffer[..read]);
                }
                frames.finish()
            }
            _ => frames::text(output, false, LONGEST_ANSWER)
                .await
                .map_err(|error| self.order_error(server, error.into()))?,
        };
        let exit: Exit = self
            .engine
            .get(&["exec", &id, "json"], &[], QUICK)
            .await
            .map_err(|error| self.order_error(server, error))?;
        let text: String = text
            .lines()
            .map(frames::tidy)
            .collect::<Vec<_>>()
            .join("\n");
        match exit.exit_code.0 {
            None | Some(0.0) => Ok(text),
            Some(code) => {
                let last = text.lines().last().unwrap_or_default();
                let program = program.first().map_or("", String::as_str);
                Err(HostError::Refused(format!(
                    "{program} ended with {code}: {last}"
                )))
            }
        }
    }

    async fn say_by_rcon(
        &self,
        inspected: &Inspected,
        entry: &Entry,
        (port, secret): (&str, &str),
        line: &str,
    ) -> Result<Option<String>, HostError> {
        let reached = plan::reached(inspected, entry, port, self.engine.place());
        let reached = reached.ok_or_else(closed)?;
        let secret = plan::secret(inspected, entry, secret).ok_or_else(no_secret)?;
        let request = Request {
            options: Options {
                secret: Some(secret),
                ..Options::default()
            },
            ..Request::new(reached.host, reached.port)
        };
        let told = query::rcon_command(request, line).await;
        let told = told.map_err(|error| match error {
            QueryError::Denied(words) => HostError::Refused(words),
            other => HostError::Refused(format!("its remote console: {other}")),
        })?;
        Ok(Some(
            told.lines()
                .map(frames::tidy)
                .collect::<Vec<_>>()
                .join("\n"),
        ))
    }

    /// A request to the game's own HTTP API, written as `POST /path {"json": true}`.
    async fn ask(
        &self,
        inspected: &Inspected,
        entry: &Entry,
        (port, user, secret): (&str, &str, &str),
        line: &str,
    ) -> Result<Option<String>, HostError> {
        let wrong = |problem: &str| HostError::Invalid {
            field: "command".into(),
            problem: problem.to_owned(),
        };
        let mut words = line.splitn(3, ' ');
        let method = match words.next() {
            Some("GET") => Method::GET,
            Some("POST") => Method::POST,
            _ => return Err(wrong("must be like POST /v1/api/save")),
        };
        let path = words.next().filter(|path| path.starts_with('/'));
        let path = path.ok_or_else(|| wrong("must name a path after the method"))?;
        let body = words.next().unwrap_or_default();
        let reached = plan::reached(inspected, entry, port, self.engine.place());
        let reached = reached.ok_or_else(closed)?;
        let secret = plan::secret(inspected, entry, secret).ok_or_else(no_secret)?;
        let limits = Limits {
            body: LONGEST_ANSWER,
            ..Limits::default()
        };
        let setup = |error: String| HostError::Refused(format!("its HTTP API: {error}"));
        let client = Client::new(&Trust::Anyone, limits).map_err(|e| setup(e.to_string()))?;
        let mut url = Url::parse("http://localhost/").map_err(|error| setup(error.to_string()))?;
        url.set_host(Some(&reached.host))
            .map_err(|error| setup(error.to_string()))?;
        let _ = url.set_port(Some(reached.port));
        url.set_path(path);
        let pair = format!("{user}:{}", exposed(&secret));
        let pair = base64::engine::general_purpose::STANDARD.encode(pair);
        let mut value = HeaderValue::from_str(&format!("Basic {pair}"))
            .map_err(|error| setup(error.to_string()))?;
        value.set_sensitive(true);
        let headers = [
            (header::AUTHORIZATION, value),
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            ),
        ];
        let answer = client
            .request(method, url, &headers, Bytes::from(body.to_owned()), None)
            .await
            .map_err(|error| setup(error.to_string()))?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        match answer.is_success() {
            true => Ok(Some(text)),
            false => Err(setup(format!("{} {text}", answer.status))),
        }
    }

    /// Types a line into the server's input, and listens a moment to what it says.
    async fn type_in(
        &self,
        server: &str,
        inspected: &Inspected,
        line: &str,
    ) -> Result<Option<String>, HostError> {
        let query = [
            ("stream", "1"),
            ("stdin", "1"),
            ("stdout", "1"),
            ("stderr", "1"),
        ];
        let patience = Patience {
            first: QUICK,
            idle: QUICK,
            bytes: 1 << 20,
        };
        let lost = |error| self.order_error(server, error);
        let attached = self
            .engine
            .take_over(
                &["containers", server, "attach"],
                &query,
                &json!({}),
                patience,
            )
            .await
            .map_err(lost)?;
        let mut connection = attached
            .upgrade()
            .await
            .map_err(|error| lost(error.into()))?;
        let failed = |error: std::io::Error| HostError::Copy(format!("type into it: {error}"));
        connection
            .write_all(format!("{line}\n").as_bytes())
            .await
            .map_err(failed)?;
        connection.flush().await.map_err(failed)?;
        let mut frames = Frames::new(inspected.config.tty.0 == Some(true), LONGEST_ANSWER);
        let mut buffer = vec![0; 16 << 10];
        let mut until = Instant::now() + SAYS_WITHIN;
        let end = until;
        while let Ok(Ok(read @ 1..)) =
            tokio::time::timeout_at(until, connection.read(&mut buffer)).await
        {
            frames.take(&buffer[..read]);
            until = end.min(Instant::now() + SILENCE);
        }
        if frames.is_empty() {
            return Ok(None);
        }
        let text = frames.finish();
        Ok(Some(
            text.lines()
                .map(frames::tidy)
                .collect::<Vec<_>>()
                .join("\n"),
        ))
    }
}

fn closed() -> HostError {
    HostError::Refused("the port of its console cannot be reached from here".into())
}

fn no_secret() -> HostError {
    HostError::Refused("its environment holds no password for its console".into())
}
