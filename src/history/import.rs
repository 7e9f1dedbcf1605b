//! Points that somebody else measured before: averages over fixed distances, as RRD files keep
//! them, laid under what was measured here and never over it.
//!
//! ```text
//! "HI" version:u8 0:u8  CRC-32 of the rest:u32   (little endian)
//! number of points, length of the first pco list; the lists of seconds and of figures
//! ```

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use crate::model::id::ResourceId;
use crate::model::metric::MetricKey;
use crate::model::time::{Timestamp, Window};

use super::History;
use super::column::{pack_alone, unpack_alone};
use super::damage::Spot;
use super::error::{Damage, HistoryError};
use super::frame::FARTHEST;
use super::wire::{Reader, put_len};

const MAGIC: [u8; 4] = *b"HI\x01\0";
/// Points of one list at most; a year at five minutes has 105,120.
const MOST: usize = 1 << 20;

/// Points of equal distance: second since 1970 at which each begins, and its figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct List {
    /// Distance in seconds.
    pub(super) step: i64,
    /// Ascending.
    pub(super) points: Vec<(i64, i32)>,
}

impl History {
    /// Lays points under a series that each stand for the time `resolution` after them; gives
    /// back how many were new.
    ///
    /// Charts show them where nothing was measured, the finest first, and mark them. Points that
    /// were imported before stay as they are, so importing twice does nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn import(
        &self,
        resource: &ResourceId,
        metric: &MetricKey,
        resolution: Duration,
        points: &[(Timestamp, f64)],
    ) -> Result<u64, HistoryError> {
        let step = i64::try_from(resolution.as_secs())
            .unwrap_or(i64::MAX)
            .max(1);
        let times = points.iter().map(|point| point.0);
        let (Some(from), Some(to)) = (times.clone().min(), times.max()) else {
            return Ok(0);
        };
        let seen = Window { from, to };
        let known = self.shared.head().series_for(resource, metric, seen);
        let Some((series, scale)) = known else {
            return Ok(0);
        };
        self.flush().await?;
        let mut list: Vec<(i64, i32)> = points
            .iter()
            .filter(|(at, value)| value.is_finite() && (0..FARTHEST).contains(&at.seconds()))
            .map(|(at, value)| (at.seconds(), scale.quantise(*value)))
            .collect();
        list.sort_by_key(|point| point.0);
        list.dedup_by_key(|point| point.0);
        self.shared
            .db
            .writer
            .run(move |tx| write(tx, series, List { step, points: list }))
            .await
    }
}

/// Adds the points that are new.
fn write(tx: &Connection, series: u32, list: List) -> Result<u64, HistoryError> {
    let found: Option<Vec<u8>> = tx
        .prepare_cached("SELECT data FROM history_imports WHERE series = ?1 AND step = ?2")?
        .query_row((series, list.step), |row| row.get(0))
        .optional()?;
    // A damaged list is replaced.
    let mut all = found
        .and_then(|data| decode(&data).ok())
        .unwrap_or_default();
    let before = all.len();
    all.extend(list.points);
    all.sort_by_key(|point| point.0);
    all.dedup_by_key(|point| point.0);
    all.truncate(MOST);
    let Some(&(last, _)) = all.last() else {
        return Ok(0);
    };
    tx.prepare_cached("INSERT OR REPLACE INTO history_imports VALUES (?1, ?2, ?3, ?4)")?
        .execute((series, list.step, (last + list.step) * 1000, encode(&all)?))?;
    Ok((all.len() - before) as u64)
}

/// Lists by series, and what was damaged and skipped.
pub(super) type Found = (Vec<(u32, List)>, Vec<Spot>);

/// Lists of series that reach into `window`, the finest first.
pub(super) fn of_series(
    connection: &Connection,
    series: &[u32],
    window: Window,
) -> Result<Found, HistoryError> {
    let mut lists = Vec::new();
    let mut spots = Vec::new();
    each_of(connection, series, window, &mut spots, |number, list| {
        lists.push((number, list));
        false
    })?;
    Ok((lists, spots))
}

/// Gives the lists of series that reach into `window` to `each`, the finest first, until it says
/// of a series that it has enough.
pub(super) fn each_of(
    connection: &Connection,
    series: &[u32],
    window: Window,
    spots: &mut Vec<Spot>,
    mut each: impl FnMut(u32, List) -> bool,
) -> Result<(), HistoryError> {
    let any: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM history_imports)")?
        .query_row([], |row| row.get(0))?;
    if !any {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(
        "SELECT step, data FROM history_imports WHERE series = ?1 AND last_at > ?2 ORDER BY step",
    )?;
    for &number in series {
        let mut rows = statement.query((number, window.from.millis()))?;
        while let Some(row) = rows.next()? {
            let step: i64 = row.get(0)?;
            let Ok(points) = decode(row.get_ref(1)?.as_blob().unwrap_or_default()) else {
                spots.push(Spot::Import {
                    series: number,
                    step,
                });
                continue;
            };
            if each(number, List { step, points }) {
                break;
            }
        }
    }
    Ok(())
}

fn encode(points: &[(i64, i32)]) -> Result<Vec<u8>, HistoryError> {
    let (seconds, figures): (Vec<i64>, Vec<i32>) = points.iter().copied().unzip();
    let seconds = pack_alone(&seconds)?;
    let mut payload = Vec::new();
    put_len(&mut payload, points.len());
    put_len(&mut payload, seconds.len());
    payload.extend_from_slice(&seconds);
    payload.extend_from_slice(&pack_alone(&figures)?);
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
    bytes.append(&mut payload);
    Ok(bytes)
}

pub(super) fn decode(bytes: &[u8]) -> Result<Vec<(i64, i32)>, Damage> {
    let mut reader = Reader::new(bytes, "import");
    if reader.array()? != MAGIC {
        return Err(Damage("import version"));
    }
    let crc = reader.word()?;
    if crc32fast::hash(reader.rest()) != crc {
        return Err(reader.damage());
    }
    let count = reader.len(MOST)?;
    let length = reader.number()?;
    let seconds: Vec<i64> = unpack_alone(reader.take(length)?, count)?;
    let figures: Vec<i32> = unpack_alone(reader.rest(), count)?;
    let in_time = |at: &i64| (0..FARTHEST).contains(at);
    if !seconds.is_sorted_by(|a, b| a < b) || !seconds.iter().all(in_time) {
        return Err(reader.damage());
    }
    Ok(seconds.into_iter().zip(figures).collect())
}
