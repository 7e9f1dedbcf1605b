//! A past under the queries: the one day that was recorded, repeated with other dates.

use std::path::Path;

use crate::START;

/// Repeats the hours that were recorded for the rest of the day; says how many there were.
pub(crate) fn fill_day(path: &Path) -> anyhow::Result<usize> {
    let mut connection = open(path)?;
    let today = START.seconds() / 86_400;
    let blocks = blocks_of(&connection, today)?;
    let recorded = hours_of(&blocks);
    let tx = connection.transaction()?;
    for (index, hour) in (today * 24..(today + 1) * 24).enumerate() {
        if recorded.contains(&hour) {
            continue;
        }
        let like = recorded[index % recorded.len()];
        for (group, _, data) in blocks.iter().filter(|block| block.1 == like) {
            tx.prepare_cached("INSERT INTO history_blocks VALUES (?1, ?2, ?3)")?
                .execute((group, hour, redated(data, 12, 8, hour)))?;
        }
    }
    tx.execute(
        "INSERT OR IGNORE INTO history_unsummed VALUES (?1)",
        [today],
    )?;
    tx.commit()?;
    Ok(recorded.len())
}

fn open(path: &Path) -> anyhow::Result<rusqlite::Connection> {
    let connection = rusqlite::Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(connection)
}

/// Group, hour and bytes.
type Block = (u32, i64, Vec<u8>);

fn blocks_of(connection: &rusqlite::Connection, day: i64) -> anyhow::Result<Vec<Block>> {
    let blocks = connection
        .prepare("SELECT grp, hour, data FROM history_blocks WHERE hour / 24 = ?1")?
        .query_map([day], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    Ok(blocks)
}

fn hours_of(blocks: &[Block]) -> Vec<i64> {
    let mut hours: Vec<i64> = blocks.iter().map(|block| block.1).collect();
    hours.sort_unstable();
    hours.dedup();
    hours
}

/// What a day takes, and how many days were laid.
pub(crate) struct Past {
    pub(crate) bytes_per_day: u64,
    pub(crate) days: u32,
}

/// Repeats the blocks and summaries of the recorded day for every one of `days` before it, as far
/// as they fit into `room` bytes. The summaries of `resource` are laid for all the days, so that a
/// year of it can be asked for in any case.
pub(crate) fn lay(path: &Path, days: u32, room: u64, resource: &str) -> anyhow::Result<Past> {
    let mut connection = open(path)?;
    let today = START.seconds() / 86_400;
    let blocks = blocks_of(&connection, today)?;
    let summaries = connection
        .prepare("SELECT id, data FROM history_summaries WHERE id & 1048575 = ?1")?
        .query_map([today], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<Vec<(i64, Vec<u8>)>, _>>()?;
    let number: i64 = connection.query_row(
        "SELECT id FROM history_resources WHERE name = ?1",
        [resource],
        |row| row.get(0),
    )?;
    let size: usize = blocks.iter().map(|block| block.2.len()).sum::<usize>()
        + summaries
            .iter()
            .map(|summary| summary.1.len())
            .sum::<usize>();
    let bytes_per_day = size as u64;
    let fitting = u32::try_from(room / bytes_per_day.max(1)).unwrap_or(u32::MAX);
    let laid = days.min(fitting).max(1);
    for back in (1..i64::from(days)).rev() {
        let is_laid = back < i64::from(laid);
        let tx = connection.transaction()?;
        {
            let mut put = tx.prepare("INSERT INTO history_blocks VALUES (?1, ?2, ?3)")?;
            for (group, hour, data) in blocks.iter().filter(|_| is_laid) {
                let hour = hour - 24 * back;
                put.execute((group, hour, redated(data, 12, 8, hour)))?;
            }
            let mut put = tx.prepare("INSERT INTO history_summaries VALUES (?1, ?2)")?;
            for (id, data) in &summaries {
                if is_laid || id >> 20 == number {
                    put.execute((id - back, redated(data, 8, 4, today - back)))?;
                }
            }
        }
        tx.commit()?;
    }
    Ok(Past {
        bytes_per_day,
        days: laid,
    })
}

/// A block or summary with another date: its number at `place`, its checksum at `crc`.
fn redated(data: &[u8], place: usize, crc: usize, date: i64) -> Vec<u8> {
    let mut data = data.to_vec();
    let length = data[place..]
        .iter()
        .take_while(|byte| **byte & 0x80 != 0)
        .count()
        + 1;
    let mut number = (date as u64) << 1;
    for byte in &mut data[place..place + length] {
        *byte = (number as u8 & 0x7f) | (*byte & 0x80);
        number >>= 7;
    }
    let end = if crc == 8 {
        12 + u32::from_le_bytes([data[4], data[5], data[6], data[7]]) as usize
    } else {
        data.len()
    };
    let sum = crc32fast::hash(&data[place..end]);
    data[crc..crc + 4].copy_from_slice(&sum.to_le_bytes());
    data
}
