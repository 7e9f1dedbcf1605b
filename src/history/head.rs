//! What is in memory: the samples of hours that have no chunks yet, and those not committed yet.
//!
//! The owner holds a lock around it; everything here is short and does no I/O.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::model::id::ResourceId;
use crate::model::metric::MetricKey;
use crate::model::observation::Sample;
use crate::model::time::{Timestamp, Window};

use super::HOUR;
use super::damage::Damages;
use super::frame::{Raw, hour_of};
use super::registry::Registry;
use super::scale::Scale;
use super::seal::merge;
use super::settings::Settings;
use super::stats::{Accepted, Counters, Recording, Stats};
use super::stream::{Stream, Tick};
use super::summary::DAY_HOURS;

/// Samples older than this are late.
pub(super) const LATE: Duration = Duration::from_secs(600);
/// Samples further ahead than this are from the future.
const AHEAD: Duration = Duration::from_secs(60);

/// The samples of one hour, per series number.
pub(super) struct Hour {
    /// Hours since 1970.
    pub(super) hour: i64,
    streams: Vec<Stream>,
}

impl Hour {
    /// The samples of one series.
    pub(super) fn stream(&self, series: u32) -> Option<&Stream> {
        self.streams
            .get(series as usize)
            .filter(|stream| !stream.is_empty())
    }

    /// Adds a sample of this hour, unless its second is taken; `bound` is how many series there
    /// are.
    fn push(&mut self, raw: &Raw, bound: usize) -> bool {
        let index = raw.series as usize;
        if self.streams.len() <= index {
            self.streams
                .resize_with(bound.max(index + 1), Stream::default);
        }
        let second = u16::try_from(raw.at.rem_euclid(HOUR)).unwrap_or(0);
        self.streams[index].push((second, raw.steps))
    }
}

/// The samples of streams by hour; there may be several streams of one hour.
pub(super) fn by_hour(streams: Vec<(i64, Stream)>) -> BTreeMap<i64, Vec<Tick>> {
    let mut hours: BTreeMap<i64, Vec<Tick>> = BTreeMap::new();
    for (hour, stream) in streams {
        let ticks = hours.entry(hour).or_default();
        *ticks = merge(std::mem::take(ticks), stream.ticks());
    }
    hours
}

/// What is in memory.
pub(super) struct Head {
    pub(super) registry: Registry,
    /// Hours that take samples.
    open: Vec<Hour>,
    /// Hours that are being made into chunks; there may be several of one hour.
    pub(super) frozen: Vec<Arc<Hour>>,
    /// Samples of either that are not committed.
    pub(super) pending: Vec<Raw>,
    pub(super) counters: Counters,
    pub(super) damages: Damages,
    told: Timestamp,
    told_at: Instant,
}

impl Head {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            registry: Registry::default(),
            open: Vec::new(),
            frozen: Vec::new(),
            pending: Vec::new(),
            counters: Counters::default(),
            damages: Damages::default(),
            told: now,
            told_at: Instant::now(),
        }
    }

    /// The last moment that was told, carried on by the monotonic clock.
    pub(super) fn now(&self) -> Timestamp {
        self.told + self.told_at.elapsed()
    }

    /// See [`super::History::append`].
    pub(super) fn append(
        &mut self,
        samples: &[Sample],
        now: Timestamp,
        settings: &Settings,
    ) -> Accepted {
        self.told = now;
        self.told_at = Instant::now();
        let mut accepted = Accepted::default();
        let mut owner: Option<(&ResourceId, u32)> = None;
        let mut place = 0;
        for sample in samples {
            if !sample.value.is_finite() {
                accepted.unknown += 1;
            } else if sample.at < (now - LATE).max(Timestamp(0)) {
                accepted.late += 1;
            } else if sample.at > now + AHEAD {
                accepted.future += 1;
            } else if self.pending.len() >= settings.most_waiting {
                accepted.refused += 1;
            } else {
                let resource = match owner {
                    Some((name, number)) if *name == sample.resource => number,
                    _ => {
                        place = 0;
                        self.registry.add_resource(&sample.resource, sample.at)
                    }
                };
                owner = Some((&sample.resource, resource));
                match self.series(resource, sample, place, settings) {
                    None => accepted.refused += 1,
                    Some(series) => {
                        place += 1;
                        if self.keep(resource, series, sample) {
                            accepted.stored += 1;
                        } else {
                            accepted.duplicate += 1;
                        }
                    }
                }
            }
        }
        self.counters.samples += accepted;
        accepted
    }

    /// Takes back samples of one series and hour from the journal; they are committed already.
    pub(super) fn restore(&mut self, hour: i64, rows: &[Raw]) -> bool {
        let Some(first) = rows.first() else {
            return false;
        };
        let Some(series) = self.registry.series(first.series) else {
            return false;
        };
        let resource = series.resource;
        if let (Some(resource), Some(last)) = (self.registry.resource_mut(resource), rows.last()) {
            let last = Timestamp::from_seconds(last.at);
            resource.last_at = resource.last_at.max(last);
        }
        let bound = self.registry.series_bound();
        let hour = self.hour_mut(hour);
        for raw in rows {
            hour.push(raw, bound);
        }
        true
    }

    /// Moves hours that take no more samples out of the way; says whether there are any frozen.
    pub(super) fn freeze(&mut self, now: Timestamp) {
        let is_over =
            |hour: &mut Hour| Timestamp::from_seconds((hour.hour + 1) * HOUR) + LATE <= now;
        self.frozen
            .extend(self.open.extract_if(.., is_over).map(Arc::new));
    }

    /// The samples of a series that are in memory, as they are kept.
    pub(super) fn streams(&self, series: u32, from: i64, to: i64) -> Vec<(i64, Stream)> {
        self.hours()
            .filter(|hour| (from..=to).contains(&hour.hour))
            .filter_map(|hour| Some((hour.hour, hour.stream(series)?.clone())))
            .collect()
    }

    /// The samples of a series that are in memory, by hour.
    pub(super) fn hours_of(&self, series: u32, from: i64, to: i64) -> BTreeMap<i64, Vec<Tick>> {
        by_hour(self.streams(series, from, to))
    }

    /// Every hour in memory, in no order; there may be several of one hour.
    pub(super) fn hours(&self) -> impl Iterator<Item = &Hour> {
        self.frozen.iter().map(AsRef::as_ref).chain(&self.open)
    }

    /// Whether samples of a day are in memory.
    pub(super) fn has_hours_of(&self, day: i64) -> bool {
        self.hours()
            .any(|hour| hour.hour.div_euclid(DAY_HOURS) == day)
    }

    /// The number and scale of a series, which is made known where it is not.
    pub(super) fn series_for(
        &mut self,
        resource: &ResourceId,
        metric: &MetricKey,
        seen: Window,
    ) -> Option<(u32, Scale)> {
        let resource = self.registry.add_resource(resource, seen.from);
        if let Some(resource) = self.registry.resource_mut(resource) {
            resource.last_at = resource.last_at.max(seen.to);
        }
        let series = match self.registry.find(resource, metric, 0) {
            Some(series) => series,
            None => self.registry.add_series(resource, metric)?,
        };
        Some((series, self.registry.series(series)?.scale))
    }

    /// What has been recorded so far and how recording is doing.
    pub(super) fn stats(&self, recording: Recording) -> Stats {
        let mut head_samples = 0;
        let mut head_bytes = self.pending.capacity() * size_of::<Raw>();
        for hour in self.hours() {
            head_bytes += hour.streams.capacity() * size_of::<Stream>();
            for stream in &hour.streams {
                head_samples += u64::from(stream.count());
                head_bytes += stream.heap_bytes();
            }
        }
        Stats {
            recording,
            counters: Counters {
                damaged: self.damages.count(),
                ..self.counters
            },
            resources: self.registry.resource_count(),
            series: self.registry.series_count(),
            waiting: self.pending.len(),
            head_samples,
            head_bytes: head_bytes as u64,
        }
    }

    fn series(
        &mut self,
        resource: u32,
        sample: &Sample,
        place: usize,
        settings: &Settings,
    ) -> Option<u32> {
        if let Some(series) = self.registry.find(resource, &sample.metric, place) {
            return Some(series);
        }
        if self.registry.series_count() >= settings.most_series {
            return None;
        }
        self.registry.add_series(resource, &sample.metric)
    }

    fn keep(&mut self, resource: u32, series: u32, sample: &Sample) -> bool {
        let Some(scale) = self.registry.series(series).map(|series| series.scale) else {
            return false;
        };
        let raw = Raw {
            series,
            at: sample.at.seconds(),
            steps: scale.quantise(sample.value),
        };
        let bound = self.registry.series_bound();
        let is_new = self.hour_mut(hour_of(&raw)).push(&raw, bound);
        if is_new {
            self.pending.push(raw);
            if let Some(resource) = self.registry.resource_mut(resource) {
                resource.last_at = resource.last_at.max(sample.at);
            }
        }
        is_new
    }

    fn hour_mut(&mut self, hour: i64) -> &mut Hour {
        let index = self.open.iter().position(|open| open.hour == hour);
        let index = index.unwrap_or_else(|| {
            self.open.push(Hour {
                hour,
                streams: Vec::new(),
            });
            self.open.len() - 1
        });
        &mut self.open[index]
    }
}
