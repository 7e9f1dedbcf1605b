//! Figures of a container that runs, out of two answers of its engine. Pure.
//!
//! Docker waits a second to measure the processor itself and Podman leaves the first half out, so
//! that both are measured against our own previous answer. Page cache is not use: the kernel gives
//! it back when asked.

use std::collections::HashMap;

use super::wire::{HostConfig, Stats};
use crate::model::resource::{Rates, Usage};

/// Gaps between two answers that figures are made of, in milliseconds.
const GAPS: std::ops::RangeInclusive<i64> = 500..=300_000;

/// Limits above this stand for none.
const NO_LIMIT: u64 = 1 << 60;

/// What is measured of one container.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Figures {
    /// Processor use as a share of the threads that it may use.
    pub(super) cpu: Option<f64>,
    /// Threads that it may use.
    pub(super) cpus: Option<f64>,
    /// Memory without page cache.
    pub(super) memory: Usage,
    /// Traffic.
    pub(super) rates: Rates,
}

/// Counters of one answer.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample {
    at_ms: i64,
    cpu_ns: Option<u64>,
    net_in: Option<u64>,
    net_out: Option<u64>,
    disk_read: Option<u64>,
    disk_write: Option<u64>,
}

/// The previous answer of each container, by its id.
#[derive(Debug, Default)]
pub(super) struct Samples(HashMap<String, Sample>);

impl Samples {
    /// Forgets containers that are not in `ids` any more.
    pub(super) fn keep(&mut self, ids: &[String]) {
        self.0.retain(|id, _| ids.contains(id));
    }

    /// The figures between the answer before and `stats`, which came at `now_ms`.
    pub(super) fn take(
        &mut self,
        id: &str,
        stats: &Stats,
        host: &HostConfig,
        now_ms: i64,
    ) -> Figures {
        let sample = sample_of(stats, now_ms);
        let before = self.0.insert(id.to_owned(), sample);
        let cpus = cpus(host).or_else(|| whole(stats.cpu_stats.online_cpus.0));
        let (cpu, rates) = before.map_or((None, Rates::default()), |before| {
            between(&before, &sample, cpus)
        });
        Figures {
            cpu,
            cpus,
            memory: memory(stats, host),
            rates,
        }
    }
}

fn sample_of(stats: &Stats, now_ms: i64) -> Sample {
    let told = stats.read.0.as_deref().and_then(moment);
    let sum = |values: Vec<u64>| (!values.is_empty()).then(|| values.iter().sum());
    let networks = stats.networks.iter().flatten();
    let (received, sent): (Vec<_>, Vec<_>) = networks
        .map(|(_, one)| (one.rx_bytes.0, one.tx_bytes.0))
        .unzip();
    let disk = |wanted: &str| {
        let operations = stats.blkio_stats.io_service_bytes_recursive.0.iter();
        let wanted = operations.filter(|one| {
            let op = one.op.0.as_deref().unwrap_or_default();
            op.eq_ignore_ascii_case(wanted)
        });
        sum(wanted.filter_map(|one| one.value.0).collect())
    };
    Sample {
        at_ms: told.unwrap_or(now_ms),
        cpu_ns: stats.cpu_stats.cpu_usage.total_usage.0,
        net_in: sum(received.into_iter().flatten().collect()),
        net_out: sum(sent.into_iter().flatten().collect()),
        disk_read: disk("read"),
        disk_write: disk("write"),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "shares and rates need no byte precision"
)]
fn between(before: &Sample, now: &Sample, cpus: Option<f64>) -> (Option<f64>, Rates) {
    let gap = now.at_ms - before.at_ms;
    if !GAPS.contains(&gap) {
        return (None, Rates::default());
    }
    let seconds = gap as f64 / 1000.0;
    // A counter that went back belongs to another run.
    let rate = |before: Option<u64>, now: Option<u64>| {
        let moved = now?.checked_sub(before?)?;
        Some(moved as f64 / seconds)
    };
    let threads = rate(before.cpu_ns, now.cpu_ns).map(|per_second| per_second / 1e9);
    let cpu = threads.zip(cpus.filter(|cpus| *cpus > 0.0));
    let rates = Rates {
        net_in: rate(before.net_in, now.net_in),
        net_out: rate(before.net_out, now.net_out),
        disk_read: rate(before.disk_read, now.disk_read),
        disk_write: rate(before.disk_write, now.disk_write),
    };
    (
        cpu.map(|(threads, cpus)| (threads / cpus).clamp(0.0, 1.0)),
        rates,
    )
}

/// Threads that its limits leave it; `None` where it has none.
#[expect(clippy::cast_precision_loss, reason = "a few threads")]
fn cpus(host: &HostConfig) -> Option<f64> {
    if let Some(nano) = host.nano_cpus.0.filter(|nano| *nano > 0) {
        return Some(nano as f64 / 1e9);
    }
    let quota = host.cpu_quota.0.filter(|quota| *quota > 0.0)?;
    let period = host.cpu_period.0.filter(|period| *period > 0.0);
    Some(quota / period.unwrap_or(100_000.0))
}

#[expect(clippy::cast_precision_loss, reason = "a few threads")]
fn whole(count: Option<u64>) -> Option<f64> {
    count.filter(|count| *count > 0).map(|count| count as f64)
}

fn memory(stats: &Stats, host: &HostConfig) -> Usage {
    let memory = &stats.memory_stats;
    let detail = |name: &str| memory.stats.as_ref()?.get(name)?.0;
    // Version 1 of control groups tells a container's own cache by the first name, version 2 by
    // the other.
    let cache = detail("total_inactive_file").or_else(|| detail("inactive_file"));
    Usage {
        used: memory
            .usage
            .0
            .filter(|used| *used > 0)
            .map(|used| used.saturating_sub(cache.unwrap_or(0).min(used))),
        total: host
            .memory
            .0
            .filter(|limit| *limit > 0)
            .or(memory.limit.0)
            .filter(|limit| (1..NO_LIMIT).contains(limit)),
    }
}

/// A moment as engines write it, in milliseconds; nothing for the year 1, which stands for never.
pub(super) fn moment(text: &str) -> Option<i64> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    Some(moment.as_millisecond()).filter(|ms| *ms > 0)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn stats(value: Value) -> Stats {
        serde_json::from_value(value).expect("reads")
    }

    fn at(second: u32, cpu_ns: u64, net: u64) -> Stats {
        stats(json!({
            "read": format!("2026-11-22T12:00:{second:02}.5Z"),
            "cpu_stats": {"cpu_usage": {"total_usage": cpu_ns}, "online_cpus": 4},
            "precpu_stats": {},
            "networks": {"eth0": {"rx_bytes": net, "tx_bytes": 2 * net}},
        }))
    }

    #[test]
    fn processor_use_is_measured_against_our_own_previous_answer() {
        let mut samples = Samples::default();
        let host = HostConfig::default();
        let first = samples.take("a", &at(0, 1_000_000_000, 0), &host, 0);
        assert_eq!((first.cpu, first.cpus), (None, Some(4.0)));
        let second = samples.take("a", &at(10, 21_000_000_000, 1000), &host, 0);
        assert_eq!(second.cpu, Some(0.5), "2 of 4 threads");
        assert_eq!(second.rates.net_in, Some(100.0));
        assert_eq!(second.rates.net_out, Some(200.0));
        let restarted = samples.take("a", &at(20, 5, 0), &host, 0);
        assert_eq!((restarted.cpu, restarted.rates.net_in), (None, None));
        let too_soon = samples.take("a", &at(20, 6, 0), &host, 0);
        assert_eq!(too_soon.cpu, None);
    }

    #[test]
    fn a_limit_is_the_whole_that_it_is_a_share_of() {
        let mut samples = Samples::default();
        let host: HostConfig =
            serde_json::from_value(json!({"CpuQuota": 50_000, "CpuPeriod": 100_000}))
                .expect("reads");
        samples.take("a", &at(0, 0, 0), &host, 0);
        let busy = samples.take("a", &at(10, 2_500_000_000, 0), &host, 0);
        assert_eq!((busy.cpu, busy.cpus), (Some(0.5), Some(0.5)));
    }

    #[test]
    fn page_cache_is_no_use_in_either_version_of_control_groups() {
        let host = HostConfig::default();
        for (details, used) in [
            (json!({"inactive_file": 300}), Some(700)),
            (
                json!({"total_inactive_file": 400, "inactive_file": 1}),
                Some(600),
            ),
            (json!({"inactive_file": 5000}), Some(0)),
            (json!({}), Some(1000)),
            (Value::Null, Some(1000)),
        ] {
            let stats = stats(json!({
                "memory_stats": {"usage": 1000, "limit": 4096, "stats": details}
            }));
            let usage = memory(&stats, &host);
            assert_eq!((usage.used, usage.total), (used, Some(4096)), "{details}");
        }
        let unlimited = stats(json!({"memory_stats": {"usage": 0, "limit": u64::MAX}}));
        assert_eq!(memory(&unlimited, &host), Usage::default());
    }

    #[test]
    fn the_year_one_is_never() {
        assert_eq!(moment("0001-01-01T00:00:00Z"), None);
        assert_eq!(moment("1970-01-01T00:00:01.5Z"), Some(1500));
        assert_eq!(moment("yesterday"), None);
    }
}
