//! A database under measurement.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use homepulse::db::Db;
use homepulse::history::{History, Points, Settings};
use homepulse::model::id::ResourceId;
use homepulse::model::metric::MetricKey;
use homepulse::model::time::{Timestamp, Window};

use crate::report::{best, mib, row};
use crate::{DAY, MINUTE, START, Source, TICK, process};

/// A database under measurement.
pub(crate) struct Bench {
    path: PathBuf,
    db: Db,
    pub(crate) history: History,
    pub(crate) now: Timestamp,
    appended: u64,
    append_seconds: f64,
    append_busy: f64,
    open_seconds: f64,
    open_busy: f64,
}

impl Bench {
    pub(crate) async fn open(path: &Path, now: Timestamp) -> anyhow::Result<Self> {
        let (begun, busy) = (Instant::now(), process::busy_seconds());
        let db = Db::open(path)?;
        let history = History::open(db.clone(), Settings::default(), now).await?;
        Ok(Self {
            path: path.to_owned(),
            db,
            history,
            now,
            appended: 0,
            append_seconds: 0.0,
            append_busy: 0.0,
            open_seconds: begun.elapsed().as_secs_f64(),
            open_busy: process::busy_seconds() - busy,
        })
    }

    pub(crate) async fn reopen(self) -> anyhow::Result<Self> {
        self.history.flush().await?;
        self.db.writer.stop();
        Self::open(&self.path, self.now).await
    }

    /// Records until `until` after the start, with a commit every minute. With `as_it_is`, what
    /// was written goes to the disk after each, as the kernel does within 30 s in real life: it
    /// counts a page once until then.
    pub(crate) async fn record(
        &mut self,
        source: &mut dyn Source,
        until: Duration,
        as_it_is: bool,
    ) -> anyhow::Result<()> {
        let mut committed = self.now;
        while self.now < START + until && self.look(source).await? {
            if self.now.since(committed) >= MINUTE {
                committed = self.now;
                self.history.flush().await?;
                if as_it_is {
                    process::write_back(&self.path)?;
                }
            }
        }
        Ok(())
    }

    /// One cycle; says whether there was anything.
    pub(crate) async fn look(&mut self, source: &mut dyn Source) -> anyhow::Result<bool> {
        let samples = source.look(self.now);
        if samples.is_empty() {
            return Ok(false);
        }
        let (begun, busy) = (Instant::now(), process::thread_busy_seconds());
        let accepted = self.history.append(samples, self.now);
        self.append_seconds += begun.elapsed().as_secs_f64();
        self.append_busy += process::thread_busy_seconds() - busy;
        self.appended += accepted.stored;
        self.now = self.now + TICK;
        Ok(true)
    }

    /// Makes blocks of all that was recorded.
    pub(crate) async fn seal(&mut self) -> anyhow::Result<()> {
        self.history.append(&[], self.now + DAY);
        Ok(self.history.flush().await?)
    }

    /// Bytes that are free on the disk.
    pub(crate) fn free_bytes(&self) -> u64 {
        self.db.free_bytes().unwrap_or(u64::MAX)
    }

    pub(crate) fn append_of(&self, samples: u32) -> String {
        let of = |seconds: f64| seconds / self.appended as f64 * f64::from(samples) * 1e3;
        let (wall, busy) = (of(self.append_seconds), of(self.append_busy));
        format!("{wall:.2} ms ({busy:.2} busy)")
    }

    /// The size of the whole file, and what of it one sample takes.
    pub(crate) fn tell_size(&self) -> anyhow::Result<()> {
        let connection = rusqlite::Connection::open(&self.path)?;
        let count = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let hours = count("SELECT count(DISTINCT hour) FROM history_blocks")?;
        let samples = hours * 360 * count("SELECT count(*) FROM history_series")?;
        let size = self.db.size_bytes();
        row(
            "whole file, bytes per sample",
            format!("{:.3} ({})", size as f64 / samples as f64, mib(size)),
            "1.0",
        );
        Ok(())
    }

    pub(crate) fn tell_start(&self) {
        row(
            "start",
            format!(
                "{:.0} ms ({:.0} busy)",
                self.open_seconds * 1e3,
                self.open_busy * 1e3
            ),
            "300 ms at 1,000 guests",
        );
    }

    pub(crate) async fn queries(
        &self,
        guest: &ResourceId,
        guests: &[ResourceId],
    ) -> anyhow::Result<()> {
        let metrics = [
            "cpu",
            "memory",
            "disk",
            "net_in",
            "net_out",
            "disk_read",
            "disk_write",
        ]
        .map(MetricKey::known);
        let day = Window::ending_at(self.now, DAY);
        let year = Window::ending_at(self.now, DAY * 365);
        let several: Vec<ResourceId> = guests.iter().take(500).cloned().collect();
        let (history, metrics, cpu) = (&self.history, &metrics, &metrics[0]);
        best("24 h of one guest's 7 metrics", "5 ms", || async {
            let all = history.range_of_resource(guest, metrics, day, 240).await?;
            anyhow::ensure!(all.iter().all(is_full), "the chart has gaps");
            Ok(())
        })
        .await?;
        best("a year of one guest's cpu", "20 ms", || async {
            let one = history.range(guest, cpu, year, 365).await?;
            anyhow::ensure!(is_full(&one), "the chart has gaps");
            Ok(())
        })
        .await?;
        best("a year of one guest's 7 metrics", "20 ms", || async {
            let all = history.range_of_resource(guest, metrics, year, 365).await?;
            anyhow::ensure!(all.iter().all(is_full), "the chart has gaps");
            Ok(())
        })
        .await?;
        let label = format!("24 h of cpu over {} guests", several.len());
        best(&label, "50 ms at 500", || async {
            let all = history
                .range_of_metric(cpu, Some(&several), day, 100)
                .await?;
            anyhow::ensure!(all.iter().all(|(_, one)| is_full(one)), "gaps");
            Ok(())
        })
        .await?;
        let label = format!("everything at a moment, of {} guests", guests.len());
        best(&label, "200 ms at 500", || async {
            let (at, fresh) = (self.now - DAY, Duration::from_secs(300));
            let all = history.standing_at(at, fresh, |_, _| true).await?;
            anyhow::ensure!(all.len() >= guests.len(), "something was not found");
            Ok(())
        })
        .await?;
        best("a week of one guest's cpu, percentiles", "", || async {
            let week = Window::ending_at(self.now, DAY * 7);
            let found = history.aggregate(guest, cpu, week, Some(0.5)).await?;
            anyhow::ensure!(found.is_some(), "nothing was found");
            Ok(())
        })
        .await
    }
}

/// Whether nearly all of a chart is drawn: a question about nothing would be answered quickly.
fn is_full(points: &Points) -> bool {
    let drawn = points.avg.iter().filter(|value| !value.is_nan()).count();
    drawn * 10 >= points.avg.len() * 9
}
