//! Prints what history costs, against the figures it is held to: bytes per sample, bytes written
//! per day, memory, and the time of appending, reading and opening.
//!
//! `cargo bench --bench history` runs 100 and 1,000 guests; arguments choose other numbers, and
//! `--days N` how much past is laid under the queries (blocks of one generated day, repeated).

mod home;
mod process;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use homepulse::db::Db;
use homepulse::history::{History, Settings};
use homepulse::model::id::ResourceId;
use homepulse::model::metric::MetricKey;
use homepulse::model::time::{Timestamp, Window};

use home::Home;

/// 2026-11-22 00:00:00 UTC.
const START: Timestamp = Timestamp::from_seconds(1_795_305_600);
const TICK: Duration = Duration::from_secs(10);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut sizes = Vec::new();
    let mut days = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--days" => days = Some(arguments.next().unwrap_or_default().parse()?),
            size => sizes.extend(size.parse::<u32>()),
        }
    }
    if sizes.is_empty() {
        sizes = vec![100, 1000];
    }
    for guests in sizes {
        let past = days.unwrap_or(if guests <= 100 { 365 } else { 30 });
        measure(guests, past).await?;
    }
    Ok(())
}

async fn measure(guests: u32, days: u32) -> anyhow::Result<()> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let path = dir.path().join("bench.db");
    let mut home = Home::new(guests);
    println!(
        "\n{guests} guests, {} series at 10 s, {days} days",
        home.series()
    );
    let mut bench = Bench::open(&path, START).await?;

    let memory = process::resident_bytes();
    bench
        .simulate(&mut home, Duration::from_secs(4200 - 10), MINUTE, false)
        .await?;
    let stats = bench.history.stats();
    row(
        "head memory at its largest",
        mib(stats.head_bytes),
        "15 MiB at 1,000 guests",
    );
    row(
        "resident memory added by it",
        mib(process::resident_bytes().saturating_sub(memory)),
        "",
    );
    row(
        "append of 5,000 samples",
        format!(
            "{:.2} ms",
            bench.append_seconds / bench.appended as f64 * 5e6
        ),
        "1 ms",
    );

    let slow_disk = guests <= 100;
    let written = process::written_bytes();
    let begun = bench.now;
    let until = if guests <= 1000 { DAY } else { HOUR * 2 };
    bench.simulate(&mut home, until, MINUTE, slow_disk).await?;
    if slow_disk {
        let share = DAY.as_secs_f64() / bench.now.since(begun).as_secs_f64();
        row(
            "written per day (kernel's counter)",
            mib(((process::written_bytes() - written) as f64 * share) as u64),
            "50 MB",
        );
    }
    bench.history.keep_house().await?;
    let stats = bench.history.stats();
    row(
        "blocks, bytes per sample",
        format!(
            "{:.3}",
            stats.counters.block_bytes as f64 / stats.counters.block_samples as f64
        ),
        "",
    );
    row(
        "frames, bytes per sample",
        format!(
            "{:.3}",
            stats.counters.frame_bytes as f64 / stats.counters.samples.stored as f64
        ),
        "",
    );
    bench.lay_past(days)?;
    let bench = bench.reopen().await?;
    let kept = bench.samples_on_disk()?;
    let size = bench.db.size_bytes();
    row(
        "whole file, bytes per sample",
        format!("{:.3} ({})", size as f64 / kept as f64, mib(size)),
        "1.0",
    );
    row(
        "start",
        format!(
            "{:.0} ms ({:.0} busy)",
            bench.open_seconds * 1e3,
            bench.open_busy * 1e3
        ),
        "300 ms at 1,000 guests",
    );
    bench.queries(&home).await
}

/// A database under measurement.
struct Bench {
    path: PathBuf,
    db: Db,
    history: History,
    now: Timestamp,
    appended: u64,
    append_seconds: f64,
    open_seconds: f64,
    open_busy: f64,
}

impl Bench {
    async fn open(path: &Path, now: Timestamp) -> anyhow::Result<Self> {
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
            open_seconds: begun.elapsed().as_secs_f64(),
            open_busy: process::busy_seconds() - busy,
        })
    }

    async fn reopen(self) -> anyhow::Result<Self> {
        self.history.flush().await?;
        self.db.writer.stop();
        Self::open(&self.path, self.now).await
    }

    /// Records until `until` after the start, with a commit every `interval`.
    async fn simulate(
        &mut self,
        home: &mut Home,
        until: Duration,
        interval: Duration,
        slow_disk: bool,
    ) -> anyhow::Result<()> {
        let mut committed = self.now;
        while self.now < START + until {
            let samples = home.look(self.now);
            let begun = Instant::now();
            let accepted = self.history.append(samples, self.now);
            self.append_seconds += begun.elapsed().as_secs_f64();
            self.appended += accepted.stored;
            self.now = self.now + TICK;
            if self.now.since(committed) >= interval {
                committed = self.now;
                self.history.flush().await?;
                if slow_disk {
                    // The kernel counts a page once until it is written back, which it does
                    // within 30 s in real life and has to be made to do in a minute of 5 ms.
                    process::write_back(&self.path)?;
                }
            }
        }
        Ok(())
    }

    /// Repeats the blocks and summaries of the day for every one of `days` before it.
    fn lay_past(&self, days: u32) -> anyhow::Result<()> {
        let mut connection = rusqlite::Connection::open(&self.path)?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        let today = START.seconds() / 86_400;
        let blocks = connection
            .prepare("SELECT grp, hour, data FROM history_blocks WHERE hour / 24 = ?1")?
            .query_map([today], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<Vec<(u32, i64, Vec<u8>)>, _>>()?;
        let summaries = connection
            .prepare("SELECT id, data FROM history_summaries WHERE id & 1048575 = ?1")?
            .query_map([today], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(i64, Vec<u8>)>, _>>()?;
        for back in (1..i64::from(days)).rev() {
            let tx = connection.transaction()?;
            {
                let mut put = tx.prepare("INSERT INTO history_blocks VALUES (?1, ?2, ?3)")?;
                for (group, hour, data) in &blocks {
                    let hour = hour - 24 * back;
                    put.execute((group, hour, redated(data, 12, 8, hour)))?;
                }
                let mut put = tx.prepare("INSERT INTO history_summaries VALUES (?1, ?2)")?;
                for (id, data) in &summaries {
                    put.execute((id - back, redated(data, 8, 4, today - back)))?;
                }
            }
            tx.commit()?;
        }
        Ok(())
    }

    /// Samples in blocks: every series has one at every tick of every hour.
    fn samples_on_disk(&self) -> anyhow::Result<i64> {
        let connection = rusqlite::Connection::open(&self.path)?;
        let count = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let hours = count("SELECT count(DISTINCT hour) FROM history_blocks")?;
        Ok(hours * 360 * count("SELECT count(*) FROM history_series")?)
    }

    async fn queries(&self, home: &Home) -> anyhow::Result<()> {
        let guest = &home.guests()[home.guests().len() / 2];
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
        let several: Vec<ResourceId> = home.guests().iter().take(500).cloned().collect();
        let (history, metrics, cpu) = (&self.history, &metrics, &metrics[0]);
        best("24 h of one guest's 7 metrics", "5 ms", || async {
            history.range_of_resource(guest, metrics, day, 240).await
        })
        .await?;
        best("a year of one guest's cpu", "20 ms", || async {
            history.range(guest, cpu, year, 365).await
        })
        .await?;
        best("a year of one guest's 7 metrics", "", || async {
            history.range_of_resource(guest, metrics, year, 365).await
        })
        .await?;
        let label = format!("24 h of cpu over {} guests", several.len());
        best(&label, "50 ms at 500", || async {
            history.range_of_metric(cpu, Some(&several), day, 100).await
        })
        .await
    }
}

/// Runs a query a few times and prints the quickest, and how long threads were busy for it: on a
/// machine that does other things the second figure is the truer one.
async fn best<T, E, F>(label: &str, target: &str, query: impl Fn() -> F) -> anyhow::Result<()>
where
    E: std::error::Error + Send + Sync + 'static,
    F: Future<Output = Result<T, E>>,
{
    const ROUNDS: u32 = 11;
    query().await?;
    let mut quickest = f64::INFINITY;
    let busy = process::busy_seconds();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        query().await?;
        quickest = quickest.min(begun.elapsed().as_secs_f64() * 1e3);
    }
    let busy = (process::busy_seconds() - busy) / f64::from(ROUNDS) * 1e3;
    row(label, format!("{quickest:.1} ms ({busy:.1} busy)"), target);
    Ok(())
}

/// A block or summary with another date: its number at `place`, its checksum at `crc`.
fn redated(data: &[u8], place: usize, crc: usize, date: i64) -> Vec<u8> {
    let mut data = data.to_vec();
    let length = data[place..]
        .iter()
        .take_while(|byte| **byte & 0x80 != 0)
        .count()
        + 1;
    let mut number = (date as u64) << 1;
    for byte in &mut data[place..place + length] {
        *byte = (number as u8 & 0x7f) | (*byte & 0x80);
        number >>= 7;
    }
    let end = if crc == 8 {
        12 + u32::from_le_bytes([data[4], data[5], data[6], data[7]]) as usize
    } else {
        data.len()
    };
    let sum = crc32fast::hash(&data[place..end]);
    data[crc..crc + 4].copy_from_slice(&sum.to_le_bytes());
    data
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / 1_048_576.0)
}

fn row(label: &str, value: impl std::fmt::Display, target: &str) {
    let limit = if target.is_empty() {
        String::new()
    } else {
        format!("(at most {target})")
    };
    println!("  {label:<38} {value:>26}  {limit}");
}
