//! Ranges for charts: what is in memory and what is on disk, read together into buckets.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use crate::model::id::ResourceId;
use crate::model::metric::MetricKey;
use crate::model::time::{Timestamp, Window};

use super::block::Block;
use super::buckets::{Buckets, Grid};
use super::head::Head;
use super::scale::Scale;
use super::seal::merge;
use super::stream::{Stream, Tick};
use super::summary::{self, DAY_HOURS};
use super::timeline;
use super::{History, HistoryError};

/// A down-sampled series: buckets of equal length. Not a number is a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// Which metric.
    pub metric: MetricKey,
    /// Length of a bucket.
    pub step_ms: i64,
    /// When each bucket begins.
    pub at: Vec<Timestamp>,
    /// Average of the samples in each bucket.
    pub avg: Vec<f64>,
    /// Smallest sample in each bucket.
    pub min: Vec<f64>,
    /// Largest sample in each bucket.
    pub max: Vec<f64>,
}

impl History {
    /// One series over `window` in at most `points` buckets.
    ///
    /// # Errors
    /// When the database cannot be read. What was never recorded is a gap, not an error.
    pub async fn range(
        &self,
        resource: &ResourceId,
        metric: &MetricKey,
        window: Window,
        points: usize,
    ) -> Result<Points, HistoryError> {
        let metrics = std::slice::from_ref(metric);
        let mut all = self
            .range_of_resource(resource, metrics, window, points)
            .await?;
        all.pop().ok_or(HistoryError::Stopped)
    }

    /// Several metrics of one resource, in the order asked for.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn range_of_resource(
        &self,
        resource: &ResourceId,
        metrics: &[MetricKey],
        window: Window,
        points: usize,
    ) -> Result<Vec<Points>, HistoryError> {
        let grid = Grid::new(window, points);
        let wanted: Vec<Wanted> = {
            let head = self.shared.head();
            let number = head.registry.number(resource);
            metrics
                .iter()
                .map(|metric| head.wanted(number, metric, &grid))
                .collect()
        };
        self.read(wanted, grid).await
    }

    /// One metric of many resources: of those given, or of all that have it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn range_of_metric(
        &self,
        metric: &MetricKey,
        resources: Option<&[ResourceId]>,
        window: Window,
        points: usize,
    ) -> Result<Vec<(ResourceId, Points)>, HistoryError> {
        let grid = Grid::new(window, points);
        let (names, wanted): (Vec<ResourceId>, Vec<Wanted>) = {
            let head = self.shared.head();
            let registry = &head.registry;
            let all: Vec<(ResourceId, Option<u32>)> = match resources {
                Some(names) => names
                    .iter()
                    .map(|name| (name.clone(), registry.number(name)))
                    .collect(),
                None => registry
                    .resources()
                    .filter(|(number, _)| registry.find(*number, metric, 0).is_some())
                    .map(|(number, resource)| (resource.name.clone(), Some(number)))
                    .collect(),
            };
            all.into_iter()
                .map(|(name, number)| (name, head.wanted(number, metric, &grid)))
                .unzip()
        };
        let points = self.read(wanted, grid).await?;
        Ok(names.into_iter().zip(points).collect())
    }

    async fn read(&self, wanted: Vec<Wanted>, grid: Grid) -> Result<Vec<Points>, HistoryError> {
        let reader = &self.shared.db.reader;
        let (points, damaged) = reader
            .run(move |connection| collect(connection, wanted, grid))
            .await?;
        self.shared.head().counters.damaged += damaged;
        Ok(points)
    }
}

/// One series that is asked for, with what of it is in memory.
pub(super) struct Wanted {
    metric: MetricKey,
    /// `None` when nothing was ever recorded.
    place: Option<Place>,
    head: Vec<(i64, Stream)>,
}

/// Where a series lies.
#[derive(Clone, Copy)]
struct Place {
    series: u32,
    resource: u32,
    group: u32,
    scale: Scale,
}

impl Head {
    fn wanted(&self, resource: Option<u32>, metric: &MetricKey, grid: &Grid) -> Wanted {
        let (from, to) = grid.hours();
        let place = resource.and_then(|resource| {
            let series = self.registry.find(resource, metric, 0)?;
            Some(Place {
                series,
                resource,
                group: self.registry.resource(resource)?.group,
                scale: self.registry.series(series)?.scale,
            })
        });
        Wanted {
            metric: metric.clone(),
            place,
            head: place.map_or_else(Vec::new, |place| self.streams(place.series, from, to)),
        }
    }
}

/// A series while its buckets are being filled.
struct Filling {
    buckets: Buckets,
    scale: Scale,
    /// What is in memory, by hour.
    head: BTreeMap<i64, Vec<Tick>>,
}

/// Fills the buckets of every wanted series; also says how many damaged parts were skipped.
fn collect(
    connection: &Connection,
    wanted: Vec<Wanted>,
    grid: Grid,
) -> Result<(Vec<Points>, u64), HistoryError> {
    let mut groups: BTreeMap<u32, Vec<(u32, usize)>> = BTreeMap::new();
    let mut resources: BTreeMap<u32, Vec<(u32, usize)>> = BTreeMap::new();
    let mut metrics = Vec::with_capacity(wanted.len());
    let mut filling = Vec::with_capacity(wanted.len());
    for (index, wanted) in wanted.into_iter().enumerate() {
        let mut head: BTreeMap<i64, Vec<Tick>> = BTreeMap::new();
        for (hour, stream) in wanted.head {
            let ticks = head.entry(hour).or_default();
            *ticks = merge(std::mem::take(ticks), stream.ticks());
        }
        if let Some(place) = wanted.place {
            let series = (place.series, index);
            groups.entry(place.group).or_default().push(series);
            resources.entry(place.resource).or_default().push(series);
        }
        metrics.push(wanted.metric);
        filling.push(Filling {
            buckets: Buckets::new(grid),
            scale: wanted.place.map_or(Scale::Relative, |place| place.scale),
            head,
        });
    }
    // One snapshot: an hour must not be seen twice while it moves.
    let snapshot = connection.unchecked_transaction()?;
    let mut damaged = 0;
    let spans = if grid.is_hourly() {
        let days = days_without_summary(&snapshot, &filling, grid)?;
        for (resource, mut series) in resources {
            series.sort_unstable();
            damaged += fill_days(&snapshot, resource, &series, &mut filling, grid, &days)?;
        }
        days.into_iter()
            .map(|day| (day * DAY_HOURS, day * DAY_HOURS + DAY_HOURS - 1))
            .collect()
    } else {
        vec![grid.hours()]
    };
    for (group, mut series) in groups {
        series.sort_unstable();
        for &span in &spans {
            damaged += fill_group(&snapshot, group, &series, &mut filling, grid, span)?;
        }
    }
    drop(snapshot);
    let points = metrics
        .into_iter()
        .zip(filling)
        .map(|(metric, mut filling)| {
            filling.add_rest(grid);
            let (avg, min, max) = filling.buckets.finish();
            Points {
                metric,
                step_ms: grid.step * 1000,
                at: grid.starts(),
                avg,
                min,
                max,
            }
        })
        .collect();
    Ok((points, damaged))
}

/// Days that have to be read from blocks: those not summed up yet, and those with samples in
/// memory that may fall into the hours of a block.
fn days_without_summary(
    connection: &Connection,
    filling: &[Filling],
    grid: Grid,
) -> Result<BTreeSet<i64>, HistoryError> {
    let mut days: BTreeSet<i64> = connection
        .prepare_cached("SELECT day FROM history_unsummed WHERE day BETWEEN ?1 AND ?2")?
        .query_map(grid.days(), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for filling in filling {
        days.extend(filling.head.keys().map(|hour| hour.div_euclid(DAY_HOURS)));
    }
    Ok(days)
}

/// Adds the days of one resource that have summaries; `series` is sorted by number.
fn fill_days(
    connection: &Connection,
    resource: u32,
    series: &[(u32, usize)],
    filling: &mut [Filling],
    grid: Grid,
    without: &BTreeSet<i64>,
) -> Result<u64, HistoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, data FROM history_summaries WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
    )?;
    let (from, to) = grid.days();
    let span = (summary::key(resource, from), summary::key(resource, to));
    let mut rows = statement.query(span)?;
    let mut damaged = 0;
    while let Some(row) = rows.next()? {
        let day = summary::day_of(row.get(0)?);
        if without.contains(&day) {
            continue;
        }
        let Ok(found) = summary::decode(row.get_ref(1)?.as_blob().unwrap_or_default(), day) else {
            tracing::error!(
                resource,
                day,
                "failed to read a summary of history; it is skipped"
            );
            damaged += 1;
            continue;
        };
        for row in found {
            if let Ok(place) = series.binary_search_by_key(&row.series, |(number, _)| *number) {
                let buckets = &mut filling[series[place].1].buckets;
                for (hour, header) in &row.hours {
                    buckets.add_header(day * DAY_HOURS + i64::from(*hour), header, row.scale);
                }
            }
        }
    }
    Ok(damaged)
}

/// Adds what the blocks of one group have from hour to hour; `series` is sorted by number.
fn fill_group(
    connection: &Connection,
    group: u32,
    series: &[(u32, usize)],
    filling: &mut [Filling],
    grid: Grid,
    (from, to): (i64, i64),
) -> Result<u64, HistoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT hour, data FROM history_blocks
         WHERE grp = ?1 AND hour BETWEEN ?2 AND ?3 ORDER BY hour",
    )?;
    let mut rows = statement.query((group, from, to))?;
    let mut damaged = 0;
    while let Some(row) = rows.next()? {
        let hour: i64 = row.get(0)?;
        let data = row.get_ref(1)?.as_blob().unwrap_or_default();
        match Block::parse(data) {
            Ok(block) if block.hour == hour => {
                damaged += fill_block(&block, series, filling, grid);
            }
            _ => {
                tracing::error!(
                    group,
                    hour,
                    "failed to read a block of history; it is skipped"
                );
                damaged += 1;
            }
        }
    }
    Ok(damaged)
}

fn fill_block(
    block: &Block<'_>,
    series: &[(u32, usize)],
    filling: &mut [Filling],
    grid: Grid,
) -> u64 {
    let mut damaged = 0;
    let mut figures = Vec::new();
    let cuts: Vec<_> = block
        .timelines
        .iter()
        .map(|seconds| grid.cut(block.hour, seconds))
        .collect();
    for column in &block.columns {
        let mut opener = column.opener();
        for entry in &column.entries {
            let Ok(place) = series.binary_search_by_key(&entry.series, |(number, _)| *number)
            else {
                continue;
            };
            let filling = &mut filling[series[place].1];
            let in_memory = filling.head.remove(&block.hour);
            if grid.is_hourly() && in_memory.is_none() {
                filling
                    .buckets
                    .add_header(block.hour, &entry.header, column.scale);
                continue;
            }
            if opener.read(entry, &mut figures).is_err() {
                tracing::error!(
                    series = entry.series,
                    hour = block.hour,
                    "failed to read a chunk of history; it is skipped"
                );
                damaged += 1;
                continue;
            }
            let seconds = &block.timelines[entry.timeline];
            let stand = stand(seconds);
            if in_memory.is_some() || stand > grid.step {
                let ticks = seconds
                    .iter()
                    .copied()
                    .zip(figures.iter().copied())
                    .collect();
                let ticks = merge(ticks, in_memory.unwrap_or_default());
                filling.add_ticks(block.hour, &ticks, column.scale, grid);
            } else {
                filling
                    .buckets
                    .add(&cuts[entry.timeline], &figures, column.scale);
            }
        }
    }
    damaged
}

impl Filling {
    /// Adds the hours that are only in memory.
    fn add_rest(&mut self, grid: Grid) {
        for (hour, ticks) in std::mem::take(&mut self.head) {
            self.add_ticks(hour, &ticks, self.scale, grid);
        }
    }

    fn add_ticks(&mut self, hour: i64, ticks: &[Tick], scale: Scale, grid: Grid) {
        let (seconds, figures): (Vec<u16>, Vec<i32>) = ticks.iter().copied().unzip();
        self.buckets.add(&grid.cut(hour, &seconds), &figures, scale);
        self.buckets.hold(hour, ticks, scale, stand(&seconds));
    }
}

/// How long a sample stands, in seconds: until half a step after the next one is due.
fn stand(seconds: &[u16]) -> i64 {
    timeline::usual_step(seconds).map_or(0, |step| i64::from(step) * 3 / 2)
}
