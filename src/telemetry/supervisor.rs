//! Talking to the supervisor, systemd: that we are ready, that we stop, and that we are alive.
//!
//! Without a supervisor every call does nothing. A process that hangs is worse than one that
//! crashed, because nobody restarts it; so the watchdog is fed only while observations go through
//! and the database answers. Start with [`Watchdog::run`].

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

/// Feedings within the supervisor's limit, so that one that comes late does no harm.
const FEEDINGS: u32 = 3;

/// Says that the database is open and that we listen; `status` is what `systemctl status` shows.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Says that we are on our way out, so that the watchdog no longer counts.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!("cannot reach the supervisor: {error}");
    }
}

/// What the ingest task has done, for the watchdog to read.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Mutex<Work>>);

#[derive(Clone, Copy, Debug, Default)]
struct Work {
    begun: Option<Instant>,
    ended: Option<Instant>,
}

impl Progress {
    /// Notes that an observation is being taken in, until the answer is dropped.
    #[must_use]
    pub fn begin(&self) -> Working<'_> {
        self.work(|work| work.begun = Some(Instant::now()));
        Working(self)
    }

    /// Whether observations go through: none is in work for longer than `limit`, and where some
    /// ought to come within `silence`, the latest is no older.
    #[must_use]
    pub fn is_well(&self, limit: Duration, silence: Option<Duration>) -> bool {
        let (work, now) = (self.work(|work| *work), Instant::now());
        let older = |since: Option<Instant>, limit| {
            since.is_some_and(|since| now.saturating_duration_since(since) > limit)
        };
        let is_silent =
            work.begun.is_none() && silence.is_some_and(|limit| older(work.ended, limit));
        !older(work.begun, limit) && !is_silent
    }

    fn work<T>(&self, change: impl FnOnce(&mut Work) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An observation being taken in.
#[derive(Debug)]
pub struct Working<'a>(&'a Progress);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.work(|work| {
            work.begun = None;
            work.ended = Some(Instant::now());
        });
    }
}

/// Why the watchdog goes hungry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Hang {
    /// One observation is being taken in for too long.
    #[error("an observation has been in work for too long")]
    Stuck,
    /// Observations ought to come and do not.
    #[error("no observation has been taken in for too long")]
    Silent,
    /// The database did not answer.
    #[error("the database does not answer")]
    Database,
}

/// Tells the supervisor that we are alive, while we are.
#[derive(Debug)]
pub struct Watchdog {
    limit: Duration,
    progress: Progress,
    since: Instant,
}

impl Watchdog {
    /// The watchdog that the supervisor asked for, if it asked for one.
    #[must_use]
    pub fn wanted(progress: Progress) -> Option<Self> {
        let limit = sd_notify::watchdog_enabled().filter(|limit| !limit.is_zero())?;
        Some(Self::new(limit, progress))
    }

    fn new(limit: Duration, progress: Progress) -> Self {
        Self {
            limit,
            progress,
            since: Instant::now(),
        }
    }

    /// Feeds until `stop`.
    ///
    /// `silence` is how long it may be quiet between observations at present: `None` where there is
    /// nothing to look at. Failed looks count as observations; a dead host is no reason to restart.
    /// `database` asks the database something that needs no disk space, through the writer, and
    /// says whether it answered; a full disk is no reason to restart either.
    pub async fn run<S, D, A>(self, silence: S, database: D, stop: CancellationToken)
    where
        S: Fn() -> Option<Duration>,
        D: Fn() -> A,
        A: Future<Output = bool>,
    {
        let pace = self.limit / FEEDINGS;
        let mut ticks = interval(pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut hungry = None;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = stop.cancelled() => return,
            }
            let answered = timeout(pace, database()).await.unwrap_or(false);
            let hang = self.hang(Instant::now(), silence(), answered);
            if hang.is_none() {
                tell(&[NotifyState::Watchdog]);
            }
            if hang != hungry {
                log(hang, self.limit);
                hungry = hang;
            }
        }
    }

    /// What hangs at `now`, if anything does.
    fn hang(&self, now: Instant, silence: Option<Duration>, database: bool) -> Option<Hang> {
        let work = self.progress.work(|work| *work);
        if !database {
            return Some(Hang::Database);
        }
        if work.begun.is_some_and(|begun| now - begun > self.limit) {
            return Some(Hang::Stuck);
        }
        let heard = work.ended.unwrap_or(self.since);
        let quiet = now.saturating_duration_since(heard);
        silence
            .is_some_and(|allowed| work.begun.is_none() && quiet > allowed)
            .then_some(Hang::Silent)
    }
}

fn log(hang: Option<Hang>, limit: Duration) {
    match hang {
        Some(hang) => tracing::error!(
            "{hang}; the supervisor restarts us if this lasts {} s",
            limit.as_secs()
        ),
        None => tracing::info!("the watchdog is fed again"),
    }
}

#[cfg(test)]
mod tests;
