//! The journal on disk: segments of fixed size that frames are written into in place.
//!
//! A commit changes only the database pages its frames fall on, which is what keeps the SSD's
//! wear low: no row is inserted or deleted, no page allocated or freed. Segments whose hours all
//! have blocks are used again. Frames carry a rising sequence; where it falls, old bytes begin.

use std::collections::BTreeMap;

use rusqlite::{Connection, MAIN_DB};

use super::damage::Spot;
use super::error::HistoryError;
use super::frame::{self, Base, Frame, MOST, Raw, hour_of};

/// Bytes of a segment.
const SEGMENT: usize = 128 * 1024;

#[derive(Clone)]
struct Segment {
    number: i64,
    used: usize,
    /// Hours that have samples in it and no block yet.
    hours: Vec<i64>,
    first_sequence: u64,
}

/// Which segments there are and where the next frame goes.
#[derive(Clone)]
pub(super) struct Journal {
    segments: Vec<Segment>,
    current: Option<usize>,
    next_sequence: u64,
    base: Base,
}

/// Bytes to be written.
pub(super) struct Write {
    segment: i64,
    is_new: bool,
    offset: usize,
    bytes: Vec<u8>,
}

impl Write {
    /// Bytes it writes.
    pub(super) const fn length(&self) -> usize {
        self.bytes.len()
    }
}

impl Journal {
    pub(super) fn new() -> Self {
        Self {
            segments: Vec::new(),
            current: None,
            next_sequence: 1,
            base: Base::default(),
        }
    }

    /// The sequence of the newest frame.
    pub(super) const fn sequence(&self) -> u64 {
        self.next_sequence - 1
    }

    /// Decides how samples are written; they are sorted on the way.
    pub(super) fn plan(&mut self, samples: &mut [Raw]) -> Result<Vec<Write>, HistoryError> {
        samples.sort_by_key(|raw| (raw.series, raw.at));
        let mut writes = Vec::new();
        for part in samples.chunks(MOST) {
            let write = self.plan_frame(part)?;
            writes.push(write);
        }
        Ok(writes)
    }

    fn plan_frame(&mut self, samples: &[Raw]) -> Result<Write, HistoryError> {
        let sequence = self.next_sequence;
        let mut bytes = match self.current {
            Some(_) => frame::encode(sequence, samples, &mut self.base)?,
            None => Vec::new(),
        };
        let room = self
            .current
            .map_or(0, |index| SEGMENT - self.segments[index].used);
        let mut is_new = false;
        let index = match self.current {
            Some(index) if bytes.len() <= room => index,
            _ => {
                self.base = Base::default();
                bytes = frame::encode(sequence, samples, &mut self.base)?;
                self.free_segment().unwrap_or_else(|| {
                    is_new = true;
                    self.add_segment()
                })
            }
        };
        if self.current != Some(index) {
            self.segments[index].used = 0;
            self.segments[index].first_sequence = sequence;
            self.current = Some(index);
        }
        let segment = &mut self.segments[index];
        let write = Write {
            segment: segment.number,
            is_new,
            offset: segment.used,
            bytes,
        };
        segment.used += write.bytes.len();
        for hour in samples.iter().map(hour_of) {
            if segment.hours.last() != Some(&hour) && !segment.hours.contains(&hour) {
                segment.hours.push(hour);
            }
        }
        self.next_sequence += 1;
        Ok(write)
    }

    /// The free segment that was written longest ago, so that stale frames do not stay for ever.
    fn free_segment(&self) -> Option<usize> {
        (0..self.segments.len())
            .filter(|&index| self.segments[index].hours.is_empty())
            .min_by_key(|&index| self.segments[index].first_sequence)
    }

    fn add_segment(&mut self) -> usize {
        let number = 1 + self.segments.iter().map(|s| s.number).max().unwrap_or(0);
        self.segments.push(Segment {
            number,
            used: 0,
            hours: Vec::new(),
            first_sequence: 0,
        });
        self.segments.len() - 1
    }

    /// Forgets hours whose samples are in blocks.
    pub(super) fn release(&mut self, hours: &[i64]) {
        for segment in &mut self.segments {
            segment.hours.retain(|hour| !hours.contains(hour));
        }
        if self
            .current
            .is_some_and(|index| self.segments[index].hours.is_empty())
        {
            self.current = None;
        }
    }

    /// No frame before this one is still on disk.
    pub(super) fn oldest(&self) -> u64 {
        let all = self.segments.iter().map(|segment| segment.first_sequence);
        all.min().unwrap_or(self.next_sequence)
    }
}

/// Writes frames where they were planned to go, in a transaction.
pub(super) fn write(tx: &Connection, writes: &[Write]) -> Result<(), HistoryError> {
    for write in writes {
        if write.is_new {
            tx.prepare_cached("INSERT INTO history_frames VALUES (?1, zeroblob(?2))")?
                .execute((write.segment, SEGMENT as i64))?;
        }
        let mut blob = tx.blob_open(MAIN_DB, "history_frames", "data", write.segment, false)?;
        blob.write_at(&write.bytes, write.offset)?;
        blob.close()?;
    }
    Ok(())
}

/// Notes that all samples of `hours` up to frame `sequence` are in blocks; forgets older notes.
pub(super) fn note_sealed(
    tx: &Connection,
    hours: &[i64],
    sequence: u64,
    oldest: u64,
) -> Result<(), HistoryError> {
    let mut note = tx.prepare_cached(
        "INSERT INTO history_sealed VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET sequence = excluded.sequence",
    )?;
    for hour in hours {
        note.execute((hour, sequence as i64))?;
    }
    tx.prepare_cached("DELETE FROM history_sealed WHERE sequence < ?1")?
        .execute([oldest as i64])?;
    Ok(())
}

/// What the journal held when the database was opened.
pub(super) struct Replay {
    pub(super) journal: Journal,
    /// Segments of which a part could not be read.
    pub(super) damages: Vec<Spot>,
}

/// Reads the journal; `keep` is given the samples that have no block yet, those of one series and
/// hour at a time, and says whether the series is known.
pub(super) fn replay(
    connection: &Connection,
    mut keep: impl FnMut(i64, &[Raw]) -> bool,
) -> Result<Replay, HistoryError> {
    let sealed: BTreeMap<i64, u64> = connection
        .prepare("SELECT hour, sequence FROM history_sealed")?
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?
        .collect::<Result<_, _>>()?;
    let newest_sealed = sealed.values().copied().max().unwrap_or(0);
    let mut journal = Journal::new();
    journal.next_sequence = newest_sealed + 1;
    let mut damages = Vec::new();
    for number in segments_by_age(connection)? {
        let data: Vec<u8> = connection.query_row(
            "SELECT data FROM history_frames WHERE segment = ?1",
            [number],
            |row| row.get(0),
        )?;
        let mut segment = Segment {
            number,
            used: 0,
            hours: Vec::new(),
            first_sequence: 0,
        };
        let mut base = Base::default();
        let mut last = 0;
        while let Ok(frame) = Frame::parse(&data[segment.used..], &base) {
            last = frame.sequence;
            if segment.used == 0 {
                segment.first_sequence = last;
            }
            match frame.samples(&mut base) {
                Err(_) => damages.push(Spot::Journal { segment: number }),
                Ok(samples) => {
                    let is_sealed =
                        |hour: i64| sealed.get(&hour).is_some_and(|until| last <= *until);
                    let same = |a: &Raw, b: &Raw| a.series == b.series && hour_of(a) == hour_of(b);
                    for rows in samples.chunk_by(same) {
                        let hour = hour_of(&rows[0]);
                        if !is_sealed(hour) && keep(hour, rows) && !segment.hours.contains(&hour) {
                            segment.hours.push(hour);
                        }
                    }
                }
            }
            segment.used += frame.length();
        }
        if last >= journal.next_sequence {
            journal.next_sequence = last + 1;
            journal.base = base;
            journal.current = (!segment.hours.is_empty()).then_some(journal.segments.len());
        }
        journal.segments.push(segment);
    }
    Ok(Replay { journal, damages })
}

/// Numbers of the segments, the one whose first frame is oldest first.
fn segments_by_age(connection: &Connection) -> Result<Vec<i64>, HistoryError> {
    let mut segments: Vec<(u64, i64)> = connection
        .prepare("SELECT segment, substr(data, 1, 12) FROM history_frames")?
        .query_map([], |row| {
            let start: Vec<u8> = row.get(1)?;
            let sequence = start.get(4..12).and_then(|bytes| bytes.try_into().ok());
            Ok((sequence.map_or(0, u64::from_le_bytes), row.get(0)?))
        })?
        .collect::<Result<_, _>>()?;
    segments.sort_unstable();
    Ok(segments.into_iter().map(|(_, number)| number).collect())
}
