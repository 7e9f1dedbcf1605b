//! Telling an engine what to do with its game servers.
//!
//! Everything goes by the container's name, which stays when an update makes a new one.

mod console;
mod create;
mod files;
mod frames;
mod pull;
mod update;

use std::time::Duration;

use bytes::Bytes as Buffer;

use super::engine::{Engine, EngineError, QUICK};
use super::failure;
use super::settings::Settings;
use super::wire::{Inspected, Listed};
use crate::http::{Patience, Upload};
use crate::sources::games::catalog::{self, Entry};
use crate::sources::games::host::{
    Bytes, Done, GameHost, HostError, MadeServer, NewServer, Progress, StopOrder,
};
use crate::sources::games::label;
use crate::sources::lenient::List;
use crate::sources::{ConfigError, TargetConfig};

/// How long an engine may take over what it does not answer at once, such as unmounting.
const SLOW: Duration = Duration::from_secs(60);

/// Bytes of a log that are read at most.
const LONGEST_LOG: u64 = 4 << 20;

/// One engine, told what to do.
pub(super) struct DockerHost {
    engine: Engine,
    settings: Settings,
}

impl DockerHost {
    /// Checks the settings; no traffic yet.
    ///
    /// # Errors
    /// Which setting is wrong.
    pub(super) fn open(target: &TargetConfig) -> Result<Self, ConfigError> {
        let settings = Settings::read(target)?;
        let engine = Engine::new(settings.place(target.secret.as_ref())?)?;
        Ok(Self { engine, settings })
    }

    async fn inspect(&self, server: &str) -> Result<Inspected, HostError> {
        self.engine
            .get(&["containers", server, "json"], &[], QUICK)
            .await
            .map_err(|error| self.read_error(server, error))
    }

    /// What the catalogue says of the game in a container.
    fn entry(&self, server: &str, inspected: &Inspected) -> Option<Entry> {
        let catalog = catalog::current();
        let named = inspected.config.label(label::GAME).or(self
            .settings
            .games
            .get(server)
            .map(String::as_str));
        let entry = match named {
            Some(id) => catalog.get(id),
            None => {
                let image = inspected.config.image.0.as_deref().unwrap_or_default();
                catalog.iter().find(|entry| entry.is_image(image))
            }
        };
        entry.cloned()
    }

    /// Asks a container to do something. What is so already is fine.
    async fn order(
        &self,
        server: &str,
        what: &str,
        query: &[(&str, &str)],
        within: Duration,
    ) -> Result<(), HostError> {
        self.engine
            .post(&["containers", server, what], query, within)
            .await
            .map_err(|error| self.order_error(server, error))
    }

    fn read_error(&self, server: &str, error: EngineError) -> HostError {
        failure::of_order(self.engine.place(), server, error, false)
    }

    fn order_error(&self, server: &str, error: EngineError) -> HostError {
        failure::of_order(self.engine.place(), server, error, true)
    }

    async fn taken(&self) -> Result<Vec<(u16, String)>, HostError> {
        let List(listed) = self
            .engine
            .get::<List<Listed>>(&["containers", "json"], &[], QUICK)
            .await
            .map_err(|error| self.read_error("", error))?;
        let ports = listed.into_iter().flat_map(|one| one.ports.0);
        let mut all: Vec<(u16, String)> = ports
            .filter_map(|port| {
                let number = u16::try_from(port.public_port.0?).ok()?;
                Some((number, port.protocol.0?))
            })
            .collect();
        all.sort();
        all.dedup();
        Ok(all)
    }

    async fn lines(&self, server: &str, lines: usize) -> Result<Vec<String>, HostError> {
        let inspected = self.inspect(server).await?;
        let tail = lines.to_string();
        let query = [("stdout", "1"), ("stderr", "1"), ("tail", tail.as_str())];
        let patience = Patience {
            first: QUICK,
            idle: QUICK,
            bytes: LONGEST_LOG,
        };
        let log = self
            .engine
            .open(
                http::Method::GET,
                &["containers", server, "logs"],
                &query,
                Upload::Bytes(Buffer::new()),
                "text/plain",
                patience,
            )
            .await
            .map_err(|error| self.read_error(server, error))?;
        let raw = inspected.config.tty.0 == Some(true);
        let text = frames::text(log, raw, usize::MAX).await;
        let text = text.map_err(|error| self.read_error(server, error.into()))?;
        let all: Vec<&str> = text.lines().collect();
        let last = &all[all.len().saturating_sub(lines)..];
        Ok(last.iter().map(|line| frames::tidy(line)).collect())
    }
}

impl GameHost for DockerHost {
    fn start<'a>(&'a self, server: &'a str) -> Done<'a> {
        Box::pin(self.order(server, "start", &[], SLOW))
    }

    fn stop<'a>(&'a self, server: &'a str, order: &'a StopOrder) -> Done<'a> {
        Box::pin(async move {
            let grace = order.grace_s.to_string();
            let mut query = vec![("t", grace.as_str())];
            // Engines before 2022 know no signal here and go by the container's own.
            query.extend(order.signal.as_deref().map(|signal| ("signal", signal)));
            let within = Duration::from_secs(order.grace_s.into()) + SLOW;
            self.order(server, "stop", &query, within).await
        })
    }

    fn kill<'a>(&'a self, server: &'a str) -> Done<'a> {
        Box::pin(async move {
            match self.order(server, "kill", &[], SLOW).await {
                // It does not run: as was wished.
                Err(HostError::Taken(_)) => Ok(()),
                other => other,
            }
        })
    }

    fn is_running<'a>(&'a self, server: &'a str) -> Done<'a, bool> {
        Box::pin(async move { Ok(self.inspect(server).await?.state.running.0 == Some(true)) })
    }

    fn command<'a>(&'a self, server: &'a str, line: &'a str) -> Done<'a, Option<String>> {
        Box::pin(self.say(server, line))
    }

    fn taken_ports(&self) -> Done<'_, Vec<(u16, String)>> {
        Box::pin(self.taken())
    }

    fn run<'a>(&'a self, server: &'a str, program: &'a [String]) -> Done<'a, String> {
        Box::pin(self.execute(server, program))
    }

    fn log<'a>(&'a self, server: &'a str, lines: usize) -> Done<'a, Vec<String>> {
        Box::pin(self.lines(server, lines))
    }

    fn create<'a>(&'a self, new: &'a NewServer, progress: &'a Progress) -> Done<'a, MadeServer> {
        Box::pin(self.make(new, progress))
    }

    fn undo_create<'a>(&'a self, made: &'a MadeServer) -> Done<'a> {
        Box::pin(self.unmake(made))
    }

    fn delete<'a>(&'a self, server: &'a str, data: bool) -> Done<'a> {
        Box::pin(self.take_away(server, data))
    }

    fn update<'a>(
        &'a self,
        server: &'a str,
        start: bool,
        progress: &'a Progress,
    ) -> Done<'a, bool> {
        Box::pin(self.renew(server, start, progress))
    }

    fn archive<'a>(&'a self, server: &'a str, path: &'a str) -> Done<'a, Bytes> {
        Box::pin(self.read_files(server, path))
    }

    fn extract<'a>(&'a self, server: &'a str, path: &'a str, tar: Bytes) -> Done<'a> {
        Box::pin(self.write_files(server, path, tar))
    }

    fn clear<'a>(&'a self, server: &'a str, path: &'a str) -> Done<'a> {
        Box::pin(self.remove_files(server, path))
    }
}
