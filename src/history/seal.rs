//! Turning an hour that is over into blocks.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::block::{self, Block, Column, Input};
use super::error::HistoryError;
use super::head::Hour;
use super::registry::Registry;
use super::scale::Scale;
use super::stream::Tick;
use super::summary::DAY_HOURS;

/// What sealing has to know of the series that have samples in an hour.
pub(super) struct Plan {
    hours: Vec<Arc<Hour>>,
    /// Series per group with the column they go into.
    groups: BTreeMap<u32, Vec<(u32, u32, Scale)>>,
}

impl Plan {
    /// Reads off the registry what is needed to seal `hours`.
    pub(super) fn new(hours: Vec<Arc<Hour>>, registry: &Registry) -> Self {
        let mut groups: BTreeMap<u32, Vec<(u32, u32, Scale)>> = BTreeMap::new();
        if !hours.is_empty() {
            for (number, series) in registry.all_series() {
                let Some(resource) = registry.resource(series.resource) else {
                    continue;
                };
                let column = block::column_of(&series.metric);
                groups
                    .entry(resource.group)
                    .or_default()
                    .push((number, column, series.scale));
            }
        }
        Self { hours, groups }
    }

    /// Hours since 1970 of what is sealed.
    pub(super) fn hours(&self) -> Vec<i64> {
        let mut hours: Vec<i64> = self.hours.iter().map(|hour| hour.hour).collect();
        hours.sort_unstable();
        hours.dedup();
        hours
    }

    /// Compresses the hours: slow, for a thread that may block.
    pub(super) fn compress(&self) -> Result<Vec<Sealed>, HistoryError> {
        let mut blocks = Vec::new();
        for hour in self.hours() {
            for (&group, series) in &self.groups {
                let inputs: Vec<Input> = series
                    .iter()
                    .filter_map(|&(series, column, scale)| {
                        let ticks = self.ticks(hour, series);
                        (!ticks.is_empty()).then_some(Input {
                            series,
                            column,
                            scale,
                            ticks,
                        })
                    })
                    .collect();
                if !inputs.is_empty() {
                    blocks.push(Sealed {
                        group,
                        hour,
                        samples: inputs.iter().map(|input| input.ticks.len() as u64).sum(),
                        data: block::encode(hour, inputs)?,
                    });
                }
            }
        }
        Ok(blocks)
    }

    fn ticks(&self, hour: i64, series: u32) -> Vec<Tick> {
        let mut all = Vec::new();
        for stream in self
            .hours
            .iter()
            .filter(|held| held.hour == hour)
            .filter_map(|held| held.stream(series))
        {
            all = merge(all, stream.ticks());
        }
        all
    }
}

/// A block that is ready to be written.
pub(super) struct Sealed {
    pub(super) group: u32,
    pub(super) hour: i64,
    pub(super) samples: u64,
    pub(super) data: Vec<u8>,
}

/// Both lists by time; where both have a second, the first list's sample stays.
pub(super) fn merge(first: Vec<Tick>, second: Vec<Tick>) -> Vec<Tick> {
    if first.is_empty() {
        return second;
    }
    let mut all = first;
    all.extend(second);
    all.sort_by_key(|tick| tick.0);
    all.dedup_by_key(|tick| tick.0);
    all
}

/// Writes blocks in a transaction. Where an hour has a block already, as after a clock was set
/// back, both are merged and what was there stays.
pub(super) fn write(tx: &Connection, blocks: &[Sealed]) -> Result<u64, HistoryError> {
    let mut bytes = 0;
    let mut find =
        tx.prepare_cached("SELECT data FROM history_blocks WHERE grp = ?1 AND hour = ?2")?;
    let mut put = tx.prepare_cached("INSERT OR REPLACE INTO history_blocks VALUES (?1, ?2, ?3)")?;
    let mut day = tx.prepare_cached("INSERT OR IGNORE INTO history_unsummed VALUES (?1)")?;
    for block in blocks {
        let there: Option<Vec<u8>> = find
            .query_row((block.group, block.hour), |row| row.get(0))
            .optional()?;
        let merged = match there {
            Some(there) => Some(merge_blocks(block.hour, &there, &block.data)?),
            None => None,
        };
        let data = merged.as_ref().unwrap_or(&block.data);
        bytes += data.len() as u64;
        put.execute((block.group, block.hour, data))?;
        day.execute([block.hour.div_euclid(DAY_HOURS)])?;
    }
    Ok(bytes)
}

/// One block with the samples of both; chunks that cannot be read are left out.
fn merge_blocks(hour: i64, first: &[u8], second: &[u8]) -> Result<Vec<u8>, HistoryError> {
    let mut inputs: BTreeMap<u32, Input> = BTreeMap::new();
    for bytes in [first, second] {
        // A damaged block, or a part of one, cannot be kept; it was reported when it was read.
        if let Ok(block) = Block::parse(bytes) {
            for closed in &block.columns {
                if let Ok(column) = closed.open(&block.timelines) {
                    add_column(&mut inputs, closed.column, &column, &block.timelines);
                }
            }
        }
    }
    let inputs = inputs
        .into_values()
        .filter(|input| !input.ticks.is_empty())
        .collect();
    block::encode(hour, inputs)
}

fn add_column(
    inputs: &mut BTreeMap<u32, Input>,
    name: u32,
    column: &Column<'_>,
    timelines: &[Vec<u16>],
) {
    let mut opener = column.opener();
    let mut figures = Vec::new();
    for entry in &column.entries {
        if opener.read(entry, &mut figures).is_err() {
            continue;
        }
        let seconds = timelines[entry.timeline].iter().copied();
        let ticks = seconds.zip(figures.iter().copied()).collect();
        let input = inputs.entry(entry.series).or_insert_with(|| Input {
            series: entry.series,
            column: name,
            scale: column.scale,
            ticks: Vec::new(),
        });
        if input.scale == column.scale {
            input.ticks = merge(std::mem::take(&mut input.ticks), ticks);
        }
    }
}
