//! How long samples are kept, and how large that makes the file.
//!
//! Old samples are deleted in small transactions. The pages they leave are written again by the
//! samples of the day, so the file is shrunk only when much of it is empty, as after the time to
//! keep was shortened: shrinking moves pages, and moving pages wears the disk.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use rusqlite::Connection;

use crate::db::DbError;
use crate::model::id::ResourceKind;
use crate::model::time::Timestamp;

use super::summary::{self, DAY_HOURS};
use super::{HOUR, History, HistoryError, Keep, Shared};

/// Rows deleted in one transaction.
const STEP: u32 = 48;
/// Pages given back in one step.
const PAGES: u32 = 512;

/// What the history of one kind of resource takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailySize {
    /// Which kind.
    pub kind: ResourceKind,
    /// Resources of the kind that have history, removed ones included.
    pub resources: usize,
    /// Bytes that their latest day took, summaries included; `None` until the first hour is
    /// packed.
    pub bytes_per_day: Option<u64>,
}

impl History {
    /// How long samples are kept.
    #[must_use]
    pub fn keep(&self) -> Keep {
        self.shared.keep()
    }

    /// Keeps samples for another time from now on. What is older than that is deleted with the
    /// next commit, in small steps.
    pub fn set_keep(&self, keep: Keep) {
        let shared = &self.shared;
        *shared.keep.lock().unwrap_or_else(PoisonError::into_inner) = keep;
        shared.retained.store(i64::MIN, Ordering::Relaxed);
        shared.house_kept.store(i64::MIN, Ordering::Relaxed);
    }

    /// What a day of history takes, per kind of resource that has any, from what its latest 24
    /// hours took.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn daily_sizes(&self) -> Result<Vec<DailySize>, HistoryError> {
        let (groups, counts) = {
            let head = self.shared.head();
            let count = |kind| (kind, head.registry.resources_of(kind).len());
            (head.registry.groups(), ResourceKind::ALL.map(count))
        };
        let sizes = self
            .shared
            .db
            .reader
            .run(move |connection| sizes(connection, &groups))
            .await?;
        let all = counts.into_iter().filter(|(_, resources)| *resources > 0);
        Ok(all
            .map(|(kind, resources)| {
                let of_kind = sizes.iter().filter(|(of, _)| *of == kind);
                let bytes: u64 = of_kind.map(|(_, bytes)| bytes).sum();
                DailySize {
                    kind,
                    resources,
                    bytes_per_day: (bytes > 0).then_some(bytes),
                }
            })
            .collect())
    }
}

/// Bytes per group in the newest 24 hours it has, extrapolated where it has fewer, and in its
/// newest summaries.
fn sizes(
    connection: &Connection,
    groups: &[(u32, ResourceKind)],
) -> Result<Vec<(ResourceKind, u64)>, HistoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*), coalesce(sum(size), 0) FROM
         (SELECT length(data) AS size FROM history_blocks WHERE grp = ?1
          ORDER BY hour DESC LIMIT 24)",
    )?;
    // The newest summary of each resource; keys ascend by resource, then by day.
    let mut summaries = connection.prepare_cached(
        "SELECT coalesce(sum(length(data)), 0) FROM history_summaries WHERE id IN
         (SELECT (SELECT max(id) FROM history_summaries
                  WHERE id BETWEEN r.id << 20 AND (r.id << 20) + 1048575)
          FROM history_resources r WHERE r.grp = ?1)",
    )?;
    let mut sizes = Vec::new();
    for &(group, kind) in groups {
        let (hours, bytes): (i64, i64) =
            statement.query_row([group], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let summaries: i64 = summaries.query_row([group], |row| row.get(0))?;
        let per_day = bytes * DAY_HOURS / hours.max(1) + summaries;
        sizes.push((kind, per_day.unsigned_abs()));
    }
    Ok(sizes)
}

impl Shared {
    /// Deletes what is older than is kept, once a day.
    pub(super) async fn retain(self: &Arc<Self>, now: Timestamp) -> Result<(), HistoryError> {
        let today = now.seconds().div_euclid(HOUR * DAY_HOURS);
        if self.retained.load(Ordering::Relaxed) == today {
            return Ok(());
        }
        let keep = self.keep();
        let mut deleted = 0;
        for kind in ResourceKind::ALL {
            let first_day = today - i64::from(keep.days_of(kind));
            deleted += self.delete_before(kind, first_day).await?;
        }
        if deleted > 0 {
            tracing::info!(rows = deleted, "deleted history that is older than is kept");
        }
        self.shrink().await?;
        // Somebody who has changed the time meanwhile wants another round.
        if self.keep() == keep {
            self.retained.store(today, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn delete_before(&self, kind: ResourceKind, day: i64) -> Result<u64, HistoryError> {
        let (groups, resources) = {
            let head = self.head();
            let groups = head.registry.groups();
            (groups, head.registry.resources_of(kind))
        };
        let mut deleted = 0;
        for (group, _) in groups.into_iter().filter(|(_, of)| *of == kind) {
            deleted += self
                .delete(
                    "DELETE FROM history_blocks WHERE grp = ?1 AND hour IN
                     (SELECT hour FROM history_blocks WHERE grp = ?1 AND hour < ?2
                      ORDER BY hour LIMIT ?3)",
                    (i64::from(group), day * DAY_HOURS),
                )
                .await?;
        }
        for resource in resources {
            let span = (
                summary::key(resource, 0),
                summary::key(resource, day.max(0)),
            );
            deleted += self
                .delete(
                    "DELETE FROM history_summaries WHERE id IN
                     (SELECT id FROM history_summaries WHERE id >= ?1 AND id < ?2
                      ORDER BY id LIMIT ?3)",
                    span,
                )
                .await?;
        }
        self.forget_resources(kind, day).await?;
        Ok(deleted)
    }

    /// Runs a statement that deletes at most `STEP` rows until it finds no more.
    async fn delete(
        &self,
        statement: &'static str,
        (a, b): (i64, i64),
    ) -> Result<u64, HistoryError> {
        let mut all = 0;
        loop {
            let deleted = self
                .db
                .writer
                .run(move |tx| {
                    let deleted = tx.prepare_cached(statement)?.execute((a, b, STEP))?;
                    Ok::<_, HistoryError>(deleted)
                })
                .await?;
            all += deleted as u64;
            if deleted < STEP as usize {
                return Ok(all);
            }
        }
    }

    /// Forgets resources that have nothing left, and imported points that are too old.
    async fn forget_resources(&self, kind: ResourceKind, day: i64) -> Result<(), HistoryError> {
        let before = Timestamp::from_seconds(day * DAY_HOURS * HOUR);
        let (gone, series) = self.head().registry.not_seen_since(kind, before);
        let of_kind = format!("{}:%", kind.word());
        self.db
            .writer
            .run(move |tx| {
                tx.execute(
                    "DELETE FROM history_imports WHERE last_at < ?1 AND series IN
                     (SELECT s.id FROM history_series s JOIN history_resources r
                      ON r.id = s.resource WHERE r.name LIKE ?2)",
                    (before.millis(), of_kind),
                )?;
                for number in series {
                    tx.execute("DELETE FROM history_imports WHERE series = ?1", [number])?;
                }
                for number in &gone {
                    tx.execute("DELETE FROM history_resources WHERE id = ?1", [number])?;
                }
                Ok::<_, HistoryError>(gone)
            })
            .await
            .map(|gone| {
                let mut head = self.head();
                for number in gone {
                    head.registry.remove_unless_seen(number, before);
                }
            })
    }

    /// Gives pages back to the file system when more than a quarter of the file is empty.
    async fn shrink(&self) -> Result<(), HistoryError> {
        loop {
            let left = self
                .db
                .writer
                .direct(|connection| {
                    let count = |name: &str| -> Result<u32, DbError> {
                        Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
                    };
                    let (free, all) = (count("freelist_count")?, count("page_count")?);
                    if free < PAGES * 4 || free < all / 4 {
                        return Ok(0);
                    }
                    connection.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
                    Ok(free - count("freelist_count")?)
                })
                .await?;
            if left == 0 {
                return Ok(());
            }
        }
    }
}
