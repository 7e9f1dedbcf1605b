//! Prints what history costs, against the figures it is held to: bytes per sample, bytes written
//! per day, memory, and the time of appending, reading and opening.
//!
//! `cargo bench --bench history` runs 100, 1,000 and 10,000 guests of the simulator; arguments
//! choose other numbers. One recorded day is repeated for a year below the questions, as far as it
//! fits into `--room` GiB (12 unless told) and into half of what is free. `--public FILE` adds series that
//! `benches/history/public_series.py` has written.

mod bench;
mod home;
mod lab;
mod past;
mod process;
mod public;
mod report;

use std::path::PathBuf;
use std::time::Duration;

use homepulse::model::observation::Sample;
use homepulse::model::time::Timestamp;

use bench::Bench;
use home::Home;
use lab::Lab;
use report::{mib, row};

/// 2026-11-22 00:00:00 UTC.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_795_305_600);
pub(crate) const TICK: Duration = Duration::from_secs(10);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// How long after a day it is summed up.
const AFTER: Duration = Duration::from_secs(1200);

/// Where samples come from.
pub(crate) trait Source {
    /// The figures of one cycle; empty when there are no more.
    fn look(&mut self, now: Timestamp) -> &[Sample];
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut sizes = Vec::new();
    let mut room = 12;
    let mut public: Option<PathBuf> = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_default();
        match argument.as_str() {
            "--room" => room = value().parse()?,
            "--public" => public = Some(value().into()),
            size => sizes.extend(size.parse::<usize>()),
        }
    }
    if sizes.is_empty() {
        sizes = vec![100, 1000, 10_000];
    }
    println!("bytes per sample, by data set (a day of 100 guests, and what others measured)");
    let mut lab = Lab::new(100);
    density("the simulator's lab", &mut lab, "1.0").await?;
    density(
        "made-up noise, no two guests alike",
        &mut Home::new(100),
        "",
    )
    .await?;
    if let Some(path) = public {
        // Floats of unknown meaning keep 20 significant bits, and here nothing is repeated.
        for mut series in public::read(&path)? {
            density(&series.name.clone(), &mut series, "").await?;
        }
    }
    for guests in sizes {
        measure(guests, room << 30).await?;
    }
    Ok(())
}

/// What the samples of a source take in blocks and in frames.
async fn density(name: &str, source: &mut dyn Source, target: &str) -> anyhow::Result<()> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut bench = Bench::open(&dir.path().join("bench.db"), START).await?;
    bench.record(source, DAY, false).await?;
    bench.seal().await?;
    let counters = bench.history.stats().counters;
    row(
        name,
        format!(
            "{:.3} in blocks, {:.3} in frames",
            counters.block_bytes as f64 / counters.block_samples as f64,
            counters.frame_bytes as f64 / counters.samples.stored as f64
        ),
        target,
    );
    Ok(())
}

async fn measure(guests: usize, room: u64) -> anyhow::Result<()> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let path = dir.path().join("bench.db");
    let mut lab = Lab::new(guests);
    println!(
        "\n{guests} guests ({} running), {} series at 10 s",
        lab.guests().len(),
        lab.series()
    );
    let mut bench = Bench::open(&path, START).await?;
    let memory = process::resident_bytes();
    bench
        .record(&mut lab, Duration::from_secs(4200 - 10), false)
        .await?;
    row(
        "head memory at its largest",
        mib(bench.history.stats().head_bytes),
        "15 MiB at 1,000 guests",
    );
    row(
        "resident memory added by it",
        mib(process::resident_bytes().saturating_sub(memory)),
        "",
    );
    row("append of 5,000 samples", bench.append_of(5000), "1 ms");

    let begun = bench.now;
    let written = process::written_bytes();
    let whole_day = guests <= 1000;
    let until = if whole_day { DAY + AFTER } else { HOUR * 3 };
    bench.record(&mut lab, until, whole_day).await?;
    if whole_day {
        let share = DAY.as_secs_f64() / bench.now.since(begun).as_secs_f64();
        row(
            "written per day (kernel's counter)",
            mib(((process::written_bytes() - written) as f64 * share) as u64),
            "50 MB at 100",
        );
    } else {
        // The rest of the day is like its first hours.
        let recorded = past::fill_day(&path)?;
        println!("  (recorded {recorded} h; the rest of the day repeats them)");
        bench.now = START + DAY + AFTER;
        bench.look(&mut lab).await?;
    }
    bench.history.keep_house().await?;
    let guest = lab.guest_with_all_metrics();
    // Others need the disk as well.
    let room = room.min(bench.free_bytes() / 2);
    let past = past::lay(&path, 365, room, guest.as_str())?;
    println!(
        "  a year is {:.1} GiB; {} of 365 days are laid",
        past.bytes_per_day as f64 * 365.0 / (1_u64 << 30) as f64,
        past.days
    );
    let bench = bench.reopen().await?;
    bench.tell_size()?;
    bench.tell_start();
    bench.queries(&guest, lab.guests()).await
}
