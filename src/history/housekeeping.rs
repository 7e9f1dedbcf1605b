//! What is done once an hour or a day: summaries of days that are over, then retention.
//!
//! Everything goes in small steps, each a transaction of its own, so that nobody waits long.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::Connection;

use crate::model::time::Timestamp;

use super::block::Block;
use super::head::LATE;
use super::summary::{self, DAY_HOURS, Row};
use super::{HOUR, History, HistoryError, Shared};

impl History {
    /// Writes the summaries of days that are over and deletes what is older than is kept.
    ///
    /// [`History::run`] does so by itself; this is for those who lay in a past without it.
    ///
    /// # Errors
    /// When the database refuses; the next call goes on where this one stopped.
    pub async fn keep_house(&self) -> Result<(), HistoryError> {
        let now = self.shared.head().now();
        self.shared.keep_house(now).await
    }
}

impl Shared {
    /// See [`History::keep_house`].
    pub(super) async fn keep_house(self: &Arc<Self>, now: Timestamp) -> Result<(), HistoryError> {
        let _turn = self
            .turn
            .acquire()
            .await
            .map_err(|_| HistoryError::Stopped)?;
        // The day before this one takes no more samples.
        let today = (now - LATE).seconds().div_euclid(DAY_HOURS * HOUR);
        for day in self.unsummed(today).await? {
            if !self.head().has_hours_of(day) {
                self.sum_up(day).await?;
            }
        }
        self.retain(now).await
    }

    /// Days before `today` that have no summaries, or outdated ones.
    async fn unsummed(&self, today: i64) -> Result<Vec<i64>, HistoryError> {
        self.db
            .reader
            .run(move |connection| {
                let days = connection
                    .prepare_cached("SELECT day FROM history_unsummed WHERE day < ?1 ORDER BY day")?
                    .query_map([today], |row| row.get(0))?
                    .collect::<Result<_, _>>()?;
                Ok(days)
            })
            .await
    }

    /// Writes the summaries of a day, group by group.
    async fn sum_up(&self, day: i64) -> Result<(), HistoryError> {
        let owners: Arc<BTreeMap<u32, u32>> = Arc::new(
            self.head()
                .registry
                .all_series()
                .map(|(number, series)| (number, series.resource))
                .collect(),
        );
        let reader = &self.db.reader;
        let groups: Vec<u32> = reader
            .run(move |connection| groups_of(connection, day))
            .await?;
        for group in groups {
            let owners = Arc::clone(&owners);
            let summaries = reader
                .run(move |connection| summaries_of(connection, group, day, &owners))
                .await?;
            self.db
                .writer
                .run(move |tx| write(tx, day, &summaries))
                .await?;
        }
        self.db
            .writer
            .run(move |tx| {
                tx.execute("DELETE FROM history_unsummed WHERE day = ?1", [day])?;
                Ok(())
            })
            .await
    }
}

/// Groups that have blocks in a day.
fn groups_of(connection: &Connection, day: i64) -> Result<Vec<u32>, HistoryError> {
    let all: Vec<u32> = connection
        .prepare_cached("SELECT DISTINCT grp FROM history_resources ORDER BY grp")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut has = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM history_blocks WHERE grp = ?1 AND hour BETWEEN ?2 AND ?3)",
    )?;
    let mut groups = Vec::new();
    for group in all {
        let from = day * DAY_HOURS;
        if has.query_row((group, from, from + DAY_HOURS - 1), |row| row.get(0))? {
            groups.push(group);
        }
    }
    Ok(groups)
}

/// A resource's summary and when its last hour ended.
struct Summary {
    resource: u32,
    last_at: Timestamp,
    data: Vec<u8>,
}

/// The summaries of a group's resources, from the headers in its blocks.
fn summaries_of(
    connection: &Connection,
    group: u32,
    day: i64,
    owners: &BTreeMap<u32, u32>,
) -> Result<Vec<Summary>, HistoryError> {
    let mut rows: BTreeMap<(u32, u32), Row> = BTreeMap::new();
    let mut blocks = connection.prepare_cached(
        "SELECT hour, data FROM history_blocks WHERE grp = ?1 AND hour BETWEEN ?2 AND ?3
         ORDER BY hour",
    )?;
    let from = day * DAY_HOURS;
    let mut found = blocks.query((group, from, from + DAY_HOURS - 1))?;
    while let Some(row) = found.next()? {
        let hour: i64 = row.get(0)?;
        // A damaged block is reported when it is read; its hour is a gap in the summary.
        let Ok(block) = Block::parse(row.get_ref(1)?.as_blob().unwrap_or_default()) else {
            continue;
        };
        let hour_of_day = u8::try_from(hour - from).unwrap_or(0);
        for closed in &block.columns {
            let Ok(column) = closed.open(&block.timelines) else {
                continue;
            };
            for entry in &column.entries {
                let Some(&resource) = owners.get(&entry.series) else {
                    continue;
                };
                let row = rows.entry((resource, entry.series)).or_insert_with(|| Row {
                    series: entry.series,
                    scale: column.scale,
                    hours: Vec::new(),
                });
                if row.scale == column.scale {
                    row.hours.push((hour_of_day, entry.header));
                }
            }
        }
    }
    let rows: Vec<(u32, Row)> = rows
        .into_iter()
        .map(|((resource, _), row)| (resource, row))
        .collect();
    Ok(rows
        .chunk_by(|a, b| a.0 == b.0)
        .map(|rows| {
            let series: Vec<Row> = rows.iter().map(|(_, row)| row.clone()).collect();
            let hours: BTreeSet<u8> = series
                .iter()
                .filter_map(|row| row.hours.last().map(|(hour, _)| *hour))
                .collect();
            let last = from + i64::from(hours.last().copied().unwrap_or(0));
            Summary {
                resource: rows[0].0,
                last_at: Timestamp::from_seconds((last + 1) * HOUR),
                data: summary::encode(day, &series),
            }
        })
        .collect())
}

fn write(tx: &Connection, day: i64, summaries: &[Summary]) -> Result<(), HistoryError> {
    let mut put = tx.prepare_cached("INSERT OR REPLACE INTO history_summaries VALUES (?1, ?2)")?;
    let mut seen = tx.prepare_cached(
        "UPDATE history_resources SET last_at = ?2 WHERE id = ?1 AND last_at < ?2",
    )?;
    for summary in summaries {
        put.execute((summary::key(summary.resource, day), &summary.data))?;
        seen.execute((summary.resource, summary.last_at.millis()))?;
    }
    Ok(())
}
