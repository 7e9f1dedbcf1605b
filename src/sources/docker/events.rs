//! What an engine announces by itself: that a container ended is known at once, and whether
//! somebody had told it to. The conversation never ends; when it breaks it goes on where it broke.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use tokio::time::Instant;

use super::engine::{Engine, EngineError};
use super::wire::Event;
use crate::http::{Incoming, Patience, Upload};
use crate::model::time::Timestamp;

/// What is listened for.
const FILTERS: &str = r#"{"type":["container"],"event":["start","die","died","kill","stop","oom","pause","unpause","create","destroy","remove","rename","health_status"]}"#;

/// A line longer than this is no event.
const LONGEST_LINE: usize = 64 << 10;

/// What happened within this belongs together: one look shows all of it.
const SETTLE: Duration = Duration::from_millis(300);

/// At most one look in this time is because of events.
const APART: Duration = Duration::from_secs(2);

/// Containers that something is remembered of.
const MOST: usize = 2048;

/// How long an engine may take to begin, and to say anything at all. It says nothing while nothing
/// happens, so that the second is only there to notice a dead connection.
const PATIENCE: Patience = Patience {
    first: Duration::from_secs(5),
    idle: Duration::from_secs(1800),
    bytes: 1 << 30,
};

/// The conversation, and what is remembered of it.
#[derive(Default)]
pub(super) struct Events {
    stream: Option<Incoming>,
    rest: Vec<u8>,
    /// The engine's moment of the latest event, in seconds since 1970.
    latest: Option<u64>,
    /// Whether nothing was missed since listening began.
    unbroken: bool,
    news: VecDeque<String>,
    told_to_end: HashSet<String>,
    out_of_memory: HashSet<String>,
    /// Containers whose end was heard while listening.
    ended: HashMap<String, bool>,
    looked_at: Option<Instant>,
}

impl Events {
    /// Begins to listen, or goes on where it broke.
    pub(super) async fn listen(&mut self, engine: &Engine, now: Timestamp) {
        if self.stream.is_some() {
            return;
        }
        let since = self.latest.unwrap_or_else(|| now.seconds().unsigned_abs());
        let since = since.to_string();
        let query = [("since", since.as_str()), ("filters", FILTERS)];
        let opened = engine
            .open(
                Method::GET,
                &["events"],
                &query,
                Upload::Bytes(Bytes::new()),
                "application/json",
                PATIENCE,
            )
            .await;
        match opened {
            Ok(stream) => {
                self.stream = Some(stream);
                self.rest.clear();
                self.unbroken = true;
            }
            Err(error) => self.lost(&error),
        }
    }

    fn lost(&mut self, error: &EngineError) {
        self.unbroken = false;
        tracing::debug!("the engine's events cannot be followed: {error}");
    }

    /// Ends when something has happened that another look would show. Broken off, nothing is lost.
    pub(super) async fn happened(&mut self) {
        while self.news.is_empty() {
            if !self.read().await {
                // The next rotation listens again.
                std::future::pending::<()>().await;
            }
        }
        let apart = self.looked_at.map(|looked| looked + APART);
        let settled = Instant::now() + SETTLE;
        let until = apart.map_or(settled, |apart| apart.max(settled));
        let _ = tokio::time::timeout_at(until, async { while self.read().await {} }).await;
        self.looked_at = Some(Instant::now());
    }

    /// The containers of which something was heard since the last time.
    pub(super) fn take_news(&mut self) -> impl Iterator<Item = String> {
        std::mem::take(&mut self.news).into_iter()
    }

    /// Takes in what has arrived already.
    pub(super) async fn catch_up(&mut self) {
        let now = Instant::now() + Duration::from_millis(1);
        let _ = tokio::time::timeout_at(now, async { while self.read().await {} }).await;
    }

    /// Whether a container that is off was told to end; `None` where nobody listened then.
    pub(super) fn was_told_to_end(&self, id: &str) -> Option<bool> {
        self.ended.get(id).copied()
    }

    /// Whether the kernel was heard to end it for want of memory.
    pub(super) fn is_out_of_memory(&self, id: &str) -> bool {
        self.out_of_memory.contains(id)
    }

    /// Reads one piece; whether there may be more.
    async fn read(&mut self) -> bool {
        let Some(stream) = &mut self.stream else {
            return false;
        };
        match stream.chunk().await {
            Ok(Some(chunk)) => {
                self.take_in(&chunk);
                true
            }
            Ok(None) => {
                self.stream = None;
                false
            }
            Err(error) => {
                self.stream = None;
                self.lost(&error.into());
                false
            }
        }
    }

    fn take_in(&mut self, chunk: &[u8]) {
        for byte in chunk {
            if *byte != b'\n' {
                if self.rest.len() <= LONGEST_LINE {
                    self.rest.push(*byte);
                }
                continue;
            }
            let line = std::mem::take(&mut self.rest);
            if line.len() <= LONGEST_LINE
                && let Ok(event) = serde_json::from_slice::<Event>(&line)
            {
                self.note(&event);
            }
        }
    }

    fn note(&mut self, event: &Event) {
        let (Some(id), Some(action)) = (&event.actor.id.0, &event.action.0) else {
            return;
        };
        self.latest = event.time.0.or(self.latest);
        if self.ended.len() + self.told_to_end.len() + self.out_of_memory.len() > MOST {
            self.ended.clear();
            self.told_to_end.clear();
            self.out_of_memory.clear();
        }
        match action.split(':').next().unwrap_or_default() {
            "kill" | "stop" => {
                self.told_to_end.insert(id.clone());
                // Podman says so only afterwards.
                if let Some(told) = self.ended.get_mut(id) {
                    *told = true;
                }
            }
            "oom" => {
                self.out_of_memory.insert(id.clone());
            }
            "die" | "died" => {
                // After a break the engine may tell the same again.
                let known = self.ended.get(id) == Some(&true);
                let told = self.told_to_end.remove(id) || known;
                self.ended.insert(id.clone(), told);
            }
            "start" => {
                self.told_to_end.remove(id);
                self.out_of_memory.remove(id);
                self.ended.remove(id);
            }
            "destroy" | "remove" => {
                self.ended.remove(id);
                self.told_to_end.remove(id);
                self.out_of_memory.remove(id);
            }
            _ => {}
        }
        if self.news.len() < MOST && !self.news.contains(id) {
            self.news.push_back(id.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(lines: &str) -> Events {
        let mut events = Events::default();
        events.take_in(lines.as_bytes());
        events
    }

    fn line(action: &str) -> String {
        format!(
            "{{\"Type\":\"container\",\"status\":\"{action}\",\"Action\":\"{action}\",\"Actor\":{{\"ID\":\"a\"}},\"time\":1700000000}}\n"
        )
    }

    #[test]
    fn an_end_that_somebody_asked_for_is_told_from_a_crash() {
        assert_eq!(heard(&line("die")).was_told_to_end("a"), Some(false));
        let stopped = heard(&[line("kill"), line("die")].concat());
        assert_eq!(stopped.was_told_to_end("a"), Some(true));
        let podman = heard(&[line("died"), line("stop")].concat());
        assert_eq!(podman.was_told_to_end("a"), Some(true));
        let again = heard(&[line("kill"), line("die"), line("start"), line("die")].concat());
        assert_eq!(again.was_told_to_end("a"), Some(false));
        assert_eq!(heard("").was_told_to_end("a"), None);
        assert!(heard(&[line("oom"), line("die")].concat()).is_out_of_memory("a"));
    }

    #[test]
    fn pieces_are_put_together_and_what_is_no_event_is_left_out() {
        let whole = line("health_status: unhealthy");
        let mut events = Events::default();
        for byte in whole.as_bytes() {
            events.take_in(&[*byte]);
        }
        assert_eq!(events.take_news().collect::<Vec<_>>(), ["a"]);
        let huge = format!("{}\n{}", "x".repeat(3 * LONGEST_LINE), line("die"));
        let mut events = heard(&huge);
        assert!(events.rest.len() <= LONGEST_LINE + 1);
        assert_eq!(events.take_news().count(), 1);
        assert_eq!(events.latest, Some(1_700_000_000));
    }
}
