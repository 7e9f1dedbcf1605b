//! Every single sample of some series of a group, hour by hour: for exports and aggregates.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::block::Block;
use super::damage::Spot;
use super::error::HistoryError;
use super::scale::Scale;
use super::seal::merge;
use super::stream::Tick;

/// Which samples are scanned.
pub(super) struct Scan {
    pub(super) group: u32,
    /// Series with their column and scale, ascending by series.
    pub(super) series: Vec<(u32, u32, Scale)>,
    /// First and last hour.
    pub(super) hours: (i64, i64),
    /// What of it is in memory, by hour and series.
    pub(super) head: BTreeMap<(i64, u32), Vec<Tick>>,
}

impl Scan {
    /// Gives the samples of each series and hour to `each`, hours ascending.
    pub(super) fn run(
        mut self,
        connection: &Connection,
        mut each: impl FnMut(i64, u32, Scale, &[Tick]),
    ) -> Result<Vec<Spot>, HistoryError> {
        let mut spots = Vec::new();
        let mut statement = connection.prepare_cached(
            "SELECT hour, data FROM history_blocks
             WHERE grp = ?1 AND hour BETWEEN ?2 AND ?3 ORDER BY hour",
        )?;
        let (from, to) = self.hours;
        let mut rows = statement.query((self.group, from, to))?;
        while let Some(row) = rows.next()? {
            let hour: i64 = row.get(0)?;
            self.give_head(hour, &mut each);
            match Block::parse(row.get_ref(1)?.as_blob().unwrap_or_default()) {
                Ok(block) if block.hour == hour => self.give_block(&block, &mut each, &mut spots),
                _ => spots.push(Spot::Block {
                    group: self.group,
                    hour,
                }),
            }
        }
        self.give_head(i64::MAX, &mut each);
        Ok(spots)
    }

    fn give_block(
        &mut self,
        block: &Block<'_>,
        each: &mut impl FnMut(i64, u32, Scale, &[Tick]),
        spots: &mut Vec<Spot>,
    ) {
        let hour = block.hour;
        let mut figures = Vec::new();
        for closed in &block.columns {
            if !self.series.iter().any(|series| series.1 == closed.column) {
                continue;
            }
            let Ok(column) = closed.open(&block.timelines) else {
                spots.push(Spot::Block {
                    group: self.group,
                    hour,
                });
                continue;
            };
            let mut opener = column.opener();
            for entry in &column.entries {
                let series = entry.series;
                if self.series.binary_search_by_key(&series, |s| s.0).is_err() {
                    continue;
                }
                if opener.read(entry, &mut figures).is_err() {
                    spots.push(Spot::Chunk { series, hour });
                    continue;
                }
                let seconds = block.timelines[entry.timeline].iter().copied();
                let ticks: Vec<Tick> = seconds.zip(figures.iter().copied()).collect();
                let ticks = match self.head.remove(&(hour, series)) {
                    Some(newer) => merge(ticks, newer),
                    None => ticks,
                };
                each(hour, series, column.scale, &ticks);
            }
        }
    }

    /// Gives what is only in memory, from hours before `until`.
    fn give_head(&mut self, until: i64, each: &mut impl FnMut(i64, u32, Scale, &[Tick])) {
        let later = self.head.split_off(&(until, 0));
        for ((hour, series), ticks) in std::mem::replace(&mut self.head, later) {
            if let Ok(place) = self.series.binary_search_by_key(&series, |s| s.0) {
                each(hour, series, self.series[place].2, &ticks);
            }
        }
    }
}
