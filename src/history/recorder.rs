//! When what is in memory goes to disk: every commit interval, and once more at the end.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::Connection;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::model::time::Timestamp;

use super::frame::Raw;
use super::head::{Head, Hour, LATE};
use super::journal::{self, Journal, Write};
use super::seal::{self, Plan, Sealed};
use super::stats::Recording;
use super::{HOUR, History, HistoryError, Shared};

impl History {
    /// Records until `stop`: commits what is new, makes chunks of hours that are over.
    pub async fn run(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(self.shared.settings.interval());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = ticks.tick() => {}
            }
            self.shared.record().await;
        }
        // The last room on the disk is for this as well: memory is about to be lost.
        // Whether that works has been noted and logged.
        let _ = self.flush().await;
    }

    /// Puts everything that was appended on disk, as at shutdown.
    ///
    /// # Errors
    /// When the database refuses; nothing is lost from memory then.
    pub async fn flush(&self) -> Result<(), HistoryError> {
        let now = self.shared.head().now();
        let outcome = self.shared.commit(now).await;
        self.shared.note(&outcome, now);
        outcome
    }
}

/// What one commit writes.
struct Commit {
    resources: Vec<ResourceRow>,
    series: Vec<SeriesRow>,
    plan: Plan,
    frozen: Vec<Arc<Hour>>,
}

struct ResourceRow {
    number: u32,
    name: String,
    group: u32,
    first_at: Timestamp,
}

struct SeriesRow {
    number: u32,
    resource: u32,
    metric: String,
    scale: String,
}

/// A commit whose bytes are made.
struct Ready {
    resources: Vec<ResourceRow>,
    series: Vec<SeriesRow>,
    frames: Vec<Write>,
    blocks: Vec<Sealed>,
    hours: Vec<i64>,
    sequence: u64,
    oldest: u64,
}

/// What a commit wrote.
struct Written {
    frame_bytes: u64,
    blocks: u64,
    block_bytes: u64,
    block_samples: u64,
}

impl Shared {
    /// Commits, and keeps the books on whether that works.
    pub(super) async fn record(self: &Arc<Self>) {
        let now = self.head().now();
        let mut outcome = self.room();
        if outcome.is_ok() {
            outcome = self.commit(now).await;
        }
        if outcome.is_ok() && self.house_is_due(now) {
            outcome = self.keep_house(now).await;
        }
        self.note(&outcome, now);
    }

    /// Leaves the last room on the disk to others: the ledger has to hold the alert that says so,
    /// and the outbox the messages about it.
    pub(super) fn room(&self) -> Result<(), HistoryError> {
        let Some(free) = self.db.free_bytes() else {
            return Ok(());
        };
        let reserve = self.settings.reserve_bytes;
        // A disk that somebody else fills to the brim again must not be told of each time.
        let wanted = match *self.recording.borrow() {
            Recording::Running => reserve,
            Recording::Paused { .. } => reserve.saturating_add(reserve / 2),
        };
        if free >= wanted {
            return Ok(());
        }
        Err(HistoryError::NoRoom { free, reserve })
    }

    /// Takes down whether samples reach the disk.
    pub(super) fn note(&self, outcome: &Result<(), HistoryError>, now: Timestamp) {
        let was_running = *self.recording.borrow() == Recording::Running;
        match outcome {
            Ok(()) if was_running => {}
            Ok(()) => {
                tracing::info!("history is recorded again");
                self.recording.send_replace(Recording::Running);
            }
            Err(error) => {
                self.head().counters.failed_commits += 1;
                if was_running {
                    tracing::error!(
                        error = error as &dyn std::error::Error,
                        "failed to record history; samples wait in memory"
                    );
                    self.recording.send_replace(Recording::Paused {
                        since: now,
                        disk_full: error.is_disk_full(),
                        reason: chain(error),
                    });
                }
            }
        }
    }

    /// Once at the start and then a while after each hour, when its blocks are written.
    fn house_is_due(&self, now: Timestamp) -> bool {
        let hour = (now - LATE).seconds().div_euclid(HOUR);
        self.house_kept.swap(hour, Ordering::Relaxed) != hour
    }

    /// Writes the new samples as frames and the hours that are over as blocks, in one transaction.
    pub(super) async fn commit(self: &Arc<Self>, now: Timestamp) -> Result<(), HistoryError> {
        let _turn = self
            .turn
            .acquire()
            .await
            .map_err(|_| HistoryError::Stopped)?;
        let (commit, pending) = self.head().begin_commit(now);
        if pending.is_empty()
            && commit.resources.is_empty()
            && commit.series.is_empty()
            && commit.frozen.is_empty()
        {
            return Ok(());
        }
        let saved = (commit.resources.len(), commit.series.len());
        let frozen = commit.frozen.clone();
        let journal = self.journal().clone();
        let made = tokio::task::spawn_blocking(move || {
            let (mut pending, mut journal) = (pending, journal);
            let ready = commit.make(&mut pending, &mut journal);
            (pending, journal, ready)
        });
        let (pending, journal, ready) = made.await.map_err(|_| HistoryError::Stopped)?;
        let written = match ready {
            Ok(ready) => self.db.writer.run(move |tx| ready.write(tx)).await,
            Err(error) => Err(error),
        };
        let mut head = self.head();
        match written {
            Ok(done) => {
                *self.journal() = journal;
                head.end_commit(saved, &frozen);
                let counters = &mut head.counters;
                counters.commits += 1;
                counters.frame_bytes += done.frame_bytes;
                counters.blocks += done.blocks;
                counters.block_bytes += done.block_bytes;
                counters.block_samples += done.block_samples;
                Ok(())
            }
            Err(error) => {
                let newer = std::mem::replace(&mut head.pending, pending);
                head.pending.extend(newer);
                Err(error)
            }
        }
    }
}

impl Head {
    /// Freezes the hours that are over and takes out what has to be written.
    fn begin_commit(&mut self, now: Timestamp) -> (Commit, Vec<Raw>) {
        self.freeze(now);
        let registry = &self.registry;
        let resources = registry.unsaved_resources.iter().filter_map(|&number| {
            let resource = registry.resource(number)?;
            Some(ResourceRow {
                number,
                name: resource.name.as_str().to_owned(),
                group: resource.group,
                first_at: resource.first_at,
            })
        });
        let series = registry.unsaved_series.iter().filter_map(|&number| {
            let series = registry.series(number)?;
            Some(SeriesRow {
                number,
                resource: series.resource,
                metric: series.metric.as_str().to_owned(),
                scale: series.scale.word(),
            })
        });
        let commit = Commit {
            resources: resources.collect(),
            series: series.collect(),
            plan: Plan::new(self.frozen.clone(), registry),
            frozen: self.frozen.clone(),
        };
        (commit, std::mem::take(&mut self.pending))
    }

    /// Forgets what is on disk now.
    fn end_commit(&mut self, (resources, series): (usize, usize), sealed: &[Arc<Hour>]) {
        self.registry.unsaved_resources.drain(..resources);
        self.registry.unsaved_series.drain(..series);
        self.frozen
            .retain(|hour| !sealed.iter().any(|done| Arc::ptr_eq(done, hour)));
    }
}

impl Commit {
    /// Compresses frames and blocks: slow, for a thread that may block.
    fn make(self, pending: &mut [Raw], journal: &mut Journal) -> Result<Ready, HistoryError> {
        let frames = journal.plan(pending)?;
        let blocks = self.plan.compress()?;
        let hours = self.plan.hours();
        journal.release(&hours);
        Ok(Ready {
            resources: self.resources,
            series: self.series,
            frames,
            blocks,
            hours,
            sequence: journal.sequence(),
            oldest: journal.oldest(),
        })
    }
}

impl Ready {
    fn write(self, tx: &Connection) -> Result<Written, HistoryError> {
        for row in &self.resources {
            tx.prepare_cached("INSERT INTO history_resources VALUES (?1, ?2, ?3, ?4, ?4)")?
                .execute((row.number, &row.name, row.group, row.first_at.millis()))?;
        }
        for row in &self.series {
            tx.prepare_cached("INSERT INTO history_series VALUES (?1, ?2, ?3, ?4)")?
                .execute((row.number, row.resource, &row.metric, &row.scale))?;
        }
        journal::write(tx, &self.frames)?;
        let block_bytes = seal::write(tx, &self.blocks)?;
        if !self.hours.is_empty() {
            journal::note_sealed(tx, &self.hours, self.sequence, self.oldest)?;
        }
        Ok(Written {
            frame_bytes: self.frames.iter().map(|frame| frame.length() as u64).sum(),
            blocks: self.blocks.len() as u64,
            block_bytes,
            block_samples: self.blocks.iter().map(|block| block.samples).sum(),
        })
    }
}

/// An error with its causes, for people.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
