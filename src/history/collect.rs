//! Filling buckets: the samples in memory, the headers of summaries and blocks, the chunks where
//! headers are too coarse, and imported points under it all.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::block::{Block, Column, column_of};
use super::buckets::{Buckets, Cut, Grid};
use super::damage::Spot;
use super::error::HistoryError;
use super::head::by_hour;
use super::import;
use super::range::{Points, Wanted};
use super::scale::Scale;
use super::seal::merge;
use super::stream::Tick;
use super::summary::{self, DAY_HOURS};
use super::timeline;

/// A series while its buckets are being filled.
struct Filling {
    series: Option<u32>,
    imported_step: Option<i64>,
    /// See [`column_of`].
    column: u32,
    buckets: Buckets,
    scale: Scale,
    /// What is in memory, by hour.
    head: BTreeMap<i64, Vec<Tick>>,
}

/// Fills the buckets of every wanted series; also says what was damaged and skipped.
pub(super) fn collect(
    connection: &Connection,
    wanted: Vec<Wanted>,
    grid: Grid,
) -> Result<(Vec<Points>, Vec<Spot>), HistoryError> {
    let mut groups: BTreeMap<u32, Vec<(u32, usize)>> = BTreeMap::new();
    let mut resources: BTreeMap<u32, Vec<(u32, usize)>> = BTreeMap::new();
    let mut metrics = Vec::with_capacity(wanted.len());
    let mut filling = Vec::with_capacity(wanted.len());
    for (index, wanted) in wanted.into_iter().enumerate() {
        if let Some(place) = wanted.place {
            let series = (place.series, index);
            groups.entry(place.group).or_default().push(series);
            resources.entry(place.resource).or_default().push(series);
        }
        filling.push(Filling {
            series: wanted.place.map(|place| place.series),
            imported_step: None,
            column: column_of(&wanted.metric),
            buckets: Buckets::new(grid),
            scale: wanted.place.map_or(Scale::Relative, |place| place.scale),
            head: by_hour(wanted.head),
        });
        metrics.push(wanted.metric);
    }
    // One snapshot: an hour must not be seen twice while it moves.
    let snapshot = connection.unchecked_transaction()?;
    let mut spots = Vec::new();
    let spans = if grid.is_hourly() {
        let days = days_without_summary(&snapshot, &filling, grid)?;
        for (resource, mut series) in resources {
            series.sort_unstable();
            spots.extend(fill_days(
                &snapshot,
                resource,
                &series,
                &mut filling,
                grid,
                &days,
            )?);
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
            spots.extend(fill_group(
                &snapshot,
                group,
                &series,
                &mut filling,
                grid,
                span,
            )?);
        }
    }
    for filling in &mut filling {
        filling.add_rest(grid);
        if let Some(series) = filling.series
            && filling.buckets.has_room()
        {
            let (lists, damaged) = import::of_series(&snapshot, &[series], grid.window())?;
            filling.add_imports(&lists, grid);
            spots.extend(damaged);
        }
    }
    drop(snapshot);
    let points = metrics
        .into_iter()
        .zip(filling)
        .map(|(metric, filling)| {
            let (avg, min, max) = filling.buckets.finish();
            Points {
                metric,
                step_ms: grid.step * 1000,
                at: grid.starts(),
                avg,
                min,
                max,
                imported_step_ms: filling.imported_step.map(|step| step * 1000),
            }
        })
        .collect();
    Ok((points, spots))
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
) -> Result<Vec<Spot>, HistoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, data FROM history_summaries WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
    )?;
    let (from, to) = grid.days();
    let span = (summary::key(resource, from), summary::key(resource, to));
    let mut rows = statement.query(span)?;
    let mut spots = Vec::new();
    while let Some(row) = rows.next()? {
        let day = summary::day_of(row.get(0)?);
        if without.contains(&day) {
            continue;
        }
        let Ok(found) = summary::decode(row.get_ref(1)?.as_blob().unwrap_or_default(), day) else {
            spots.push(Spot::Summary { resource, day });
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
    Ok(spots)
}

/// Adds what the blocks of one group have from hour to hour; `series` is sorted by number.
fn fill_group(
    connection: &Connection,
    group: u32,
    series: &[(u32, usize)],
    filling: &mut [Filling],
    grid: Grid,
    (from, to): (i64, i64),
) -> Result<Vec<Spot>, HistoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT hour, data FROM history_blocks
         WHERE grp = ?1 AND hour BETWEEN ?2 AND ?3 ORDER BY hour",
    )?;
    let mut rows = statement.query((group, from, to))?;
    let mut spots = Vec::new();
    while let Some(row) = rows.next()? {
        let hour: i64 = row.get(0)?;
        let data = row.get_ref(1)?.as_blob().unwrap_or_default();
        match Block::parse(data) {
            Ok(block) if block.hour == hour => {
                spots.extend(fill_block(&block, group, series, filling, grid));
            }
            _ => {
                spots.push(Spot::Block { group, hour });
            }
        }
    }
    Ok(spots)
}

/// What follows from the seconds of a timeline alone.
struct Line {
    cuts: Vec<Cut>,
    usual: i64,
}

fn fill_block(
    block: &Block<'_>,
    group: u32,
    series: &[(u32, usize)],
    filling: &mut [Filling],
    grid: Grid,
) -> Vec<Spot> {
    let mut spots = Vec::new();
    let lines: Vec<Line> = block
        .timelines
        .iter()
        .map(|seconds| Line {
            cuts: grid.cut(block.hour, seconds),
            usual: usual(seconds),
        })
        .collect();
    let mut columns: Vec<u32> = series.iter().map(|(_, at)| filling[*at].column).collect();
    columns.dedup();
    for closed in &block.columns {
        if !columns.contains(&closed.column) {
            continue;
        }
        match closed.open(&block.timelines) {
            Ok(column) => {
                spots.extend(fill_column(block, &column, &lines, series, filling, grid));
            }
            Err(_) => spots.push(Spot::Block {
                group,
                hour: block.hour,
            }),
        }
    }
    spots
}

fn fill_column(
    block: &Block<'_>,
    column: &Column<'_>,
    lines: &[Line],
    series: &[(u32, usize)],
    filling: &mut [Filling],
    grid: Grid,
) -> Vec<Spot> {
    let mut spots = Vec::new();
    let mut figures = Vec::new();
    let mut opener = column.opener();
    for entry in &column.entries {
        let Ok(place) = series.binary_search_by_key(&entry.series, |(number, _)| *number) else {
            continue;
        };
        let filling = &mut filling[series[place].1];
        let in_memory = filling.head.remove(&block.hour);
        if grid.is_hourly() && in_memory.is_none() {
            let header = &entry.header;
            filling.buckets.add_header(block.hour, header, column.scale);
            continue;
        }
        if opener.read(entry, &mut figures).is_err() {
            spots.push(Spot::Chunk {
                series: entry.series,
                hour: block.hour,
            });
            filling
                .head
                .extend(in_memory.map(|ticks| (block.hour, ticks)));
            continue;
        }
        let seconds = &block.timelines[entry.timeline];
        if in_memory.is_some() || may_hold(lines[entry.timeline].usual, grid) {
            let ticks = seconds.iter().copied().zip(figures.iter().copied());
            let ticks = merge(ticks.collect(), in_memory.unwrap_or_default());
            filling.add_ticks(block.hour, &ticks, column.scale, grid);
        } else {
            filling
                .buckets
                .add(&lines[entry.timeline].cuts, &figures, column.scale);
        }
    }
    spots
}

impl Filling {
    /// Adds the hours that are only in memory.
    fn add_rest(&mut self, grid: Grid) {
        for (hour, ticks) in std::mem::take(&mut self.head) {
            self.add_ticks(hour, &ticks, self.scale, grid);
        }
    }

    /// Shows imported points in the gaps, the finest first.
    fn add_imports(&mut self, lists: &[(u32, import::List)], grid: Grid) {
        for (_, list) in lists {
            let mut under = Buckets::new(grid);
            for (index, &(at, steps)) in list.points.iter().enumerate() {
                let next = list.points.get(index + 1).map_or(i64::MAX, |next| next.0);
                let until = next.min(at + list.step);
                under.add_lasting(at, until, self.scale.restore(steps));
            }
            if self.buckets.lay_under(&under, list.step) {
                self.imported_step = self.imported_step.max(Some(list.step));
            }
        }
    }

    fn add_ticks(&mut self, hour: i64, ticks: &[Tick], scale: Scale, grid: Grid) {
        let (seconds, figures): (Vec<u16>, Vec<i32>) = ticks.iter().copied().unzip();
        self.buckets.add(&grid.cut(hour, &seconds), &figures, scale);
        let usual = usual(&seconds);
        if may_hold(usual, grid) {
            self.buckets.hold(hour, ticks, scale, usual);
        }
    }
}

/// The usual distance of samples in seconds; 0 where it is unknown.
fn usual(seconds: &[u16]) -> i64 {
    timeline::usual_step(seconds).map_or(0, i64::from)
}

/// Whether buckets are so short that there may be none or only part of a sample in one.
const fn may_hold(usual: i64, grid: Grid) -> bool {
    usual * 3 / 2 > grid.step
}
