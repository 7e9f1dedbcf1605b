//! One group's samples of one hour, as they lie in the database.
//!
//! ```text
//! "HB" version:u8 0:u8  directory length:u32  directory CRC-32:u32   (little endian)
//! directory: hour, timelines, then per column: CRC-32 of the metric's key, lengths of its part of
//!            the directory and of the body; then these parts of the directory, one per column:
//!            scale, length and CRC of what its pages share, and per series its number, timeline,
//!            header and, unless constant, page length and CRC
//! body:      per column what its pages share, then its pages
//! ```
//!
//! Headers (count, first, last, min, max, sum) lie in the directory, so that long charts do not
//! decompress anything. A series whose figure did not change has a header and nothing else.

use crate::model::metric::MetricKey;

use super::column::{Packed, Unpacker, pack};
use super::error::{Damage, HistoryError};
use super::header::Header;
use super::scale::Scale;
use super::stream::Tick;
use super::timeline;
use super::wire::{Reader, put_len, put_signed, put_varint};

const MAGIC: [u8; 4] = *b"HB\x01\0";
const PREFIX: usize = 12;
/// Series a block may have; far above what a group takes.
const MOST: usize = 1 << 16;
/// Seconds that all its timelines may have together, which bounds what damaged bytes can ask for.
const MOST_SECONDS: usize = 1 << 24;

/// One series' samples of an hour on their way into a block.
pub(super) struct Input {
    pub(super) series: u32,
    /// Series with equal columns are compressed together: [`column_of`] their metric.
    pub(super) column: u32,
    pub(super) scale: Scale,
    /// Ascending by second, not empty.
    pub(super) ticks: Vec<Tick>,
}

/// The column of a metric.
pub(super) fn column_of(metric: &MetricKey) -> u32 {
    crc32fast::hash(metric.as_str().as_bytes())
}

/// Compresses an hour of a group.
pub(super) fn encode(hour: i64, mut inputs: Vec<Input>) -> Result<Vec<u8>, HistoryError> {
    inputs.sort_by_key(|input| (input.column, input.series));
    let mut timelines: Vec<Vec<u16>> = Vec::new();
    let mut index = Vec::new();
    let mut columns = Vec::new();
    let mut body = Vec::new();
    let mut column_count = 0;
    for column in inputs.chunk_by(|a, b| a.column == b.column && a.scale == b.scale) {
        let starts = (columns.len(), body.len());
        encode_column(column, &mut timelines, &mut columns, &mut body)?;
        column_count += 1;
        index.extend_from_slice(&column[0].column.to_le_bytes());
        put_len(&mut index, columns.len() - starts.0);
        put_len(&mut index, body.len() - starts.1);
    }
    let mut directory = Vec::with_capacity(64 + index.len() + columns.len());
    put_signed(&mut directory, hour);
    put_len(&mut directory, timelines.len());
    for seconds in &timelines {
        timeline::encode(&mut directory, seconds);
    }
    put_len(&mut directory, column_count);
    directory.append(&mut index);
    directory.append(&mut columns);

    let mut block = Vec::with_capacity(PREFIX + directory.len() + body.len());
    block.extend_from_slice(&MAGIC);
    block.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    block.extend_from_slice(&crc32fast::hash(&directory).to_le_bytes());
    block.append(&mut directory);
    block.append(&mut body);
    Ok(block)
}

fn encode_column(
    column: &[Input],
    timelines: &mut Vec<Vec<u16>>,
    directory: &mut Vec<u8>,
    body: &mut Vec<u8>,
) -> Result<(), HistoryError> {
    let Some(scale) = column.first().map(|input| input.scale) else {
        return Ok(());
    };
    let headers: Vec<_> = column
        .iter()
        .filter_map(|input| Some((input, Header::of(&input.ticks, scale)?)))
        .collect();
    let figures: Vec<Vec<i32>> = headers
        .iter()
        .filter(|(_, header)| header.min != header.max)
        .map(|(input, _)| input.ticks.iter().map(|tick| tick.1).collect())
        .collect();
    let packed = if figures.is_empty() {
        Packed {
            shared: Vec::new(),
            pages: Vec::new(),
        }
    } else {
        pack(&figures.iter().map(Vec::as_slice).collect::<Vec<_>>())?
    };
    scale.encode(directory);
    put_part(directory, body, &packed.shared);
    put_len(directory, headers.len());
    let mut pages = packed.pages.iter();
    let mut previous = 0;
    for (input, header) in headers {
        put_varint(directory, u64::from(input.series - previous));
        previous = input.series;
        let seconds: Vec<u16> = input.ticks.iter().map(|tick| tick.0).collect();
        let place = timelines.iter().position(|known| *known == seconds);
        let place = place.unwrap_or_else(|| {
            timelines.push(seconds);
            timelines.len() - 1
        });
        let constant = header.min == header.max;
        put_varint(directory, (place as u64) << 1 | u64::from(constant));
        if constant {
            put_signed(directory, i64::from(header.first));
        } else {
            header.encode(directory, scale, 0);
            put_part(directory, body, pages.next().map_or(&[], Vec::as_slice));
        }
    }
    Ok(())
}

/// Appends `part` to the body and its length and checksum to the directory.
fn put_part(directory: &mut Vec<u8>, body: &mut Vec<u8>, part: &[u8]) {
    put_len(directory, part.len());
    directory.extend_from_slice(&crc32fast::hash(part).to_le_bytes());
    body.extend_from_slice(part);
}

/// A piece of the body with its checksum.
#[derive(Clone, Copy)]
struct Part<'a> {
    bytes: &'a [u8],
    crc: u32,
}

impl<'a> Part<'a> {
    fn checked(self) -> Result<&'a [u8], Damage> {
        if crc32fast::hash(self.bytes) == self.crc {
            Ok(self.bytes)
        } else {
            Err(Damage("chunk"))
        }
    }
}

/// One series in a block.
pub(super) struct Entry<'a> {
    pub(super) series: u32,
    /// Index of its timeline in the block.
    pub(super) timeline: usize,
    pub(super) header: Header,
    /// `None` when the figure did not change.
    page: Option<Part<'a>>,
}

/// The series of a block that are compressed together.
pub(super) struct Column<'a> {
    pub(super) scale: Scale,
    pub(super) entries: Vec<Entry<'a>>,
    shared: Part<'a>,
}

/// A column whose part of the directory has not been read.
pub(super) struct Closed<'a> {
    /// See [`column_of`].
    pub(super) column: u32,
    directory: &'a [u8],
    body: &'a [u8],
}

/// A block of which is known what it holds.
pub(super) struct Block<'a> {
    pub(super) hour: i64,
    pub(super) timelines: Vec<Vec<u16>>,
    pub(super) columns: Vec<Closed<'a>>,
}

impl<'a> Block<'a> {
    /// Finds the columns; nothing is decompressed.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Damage> {
        let mut reader = Reader::new(bytes, "block directory");
        if reader.array()? != MAGIC {
            return Err(Damage("block version"));
        }
        let length = reader.word()? as usize;
        let crc = reader.word()?;
        let directory = reader.take(length)?;
        if crc32fast::hash(directory) != crc {
            return Err(reader.damage());
        }
        let mut body = reader;
        let mut reader = Reader::new(directory, "block directory");
        let hour = reader.signed()?;
        let mut timelines = Vec::new();
        let mut seconds = 0;
        for _ in 0..reader.len(MOST)? {
            let timeline = timeline::decode(&mut reader)?;
            seconds += timeline.len();
            if seconds > MOST_SECONDS {
                return Err(reader.damage());
            }
            timelines.push(timeline);
        }
        let mut index = Vec::new();
        for _ in 0..reader.len(MOST)? {
            index.push((reader.word()?, reader.number()?, reader.number()?));
        }
        let mut columns = Vec::with_capacity(index.len());
        for (column, directory_length, body_length) in index {
            columns.push(Closed {
                column,
                directory: reader.take(directory_length)?,
                // A truncated body fails the checksum of its chunk, not the whole block.
                body: body.take_up_to(body_length),
            });
        }
        Ok(Self {
            hour,
            timelines,
            columns,
        })
    }
}

impl<'a> Closed<'a> {
    /// Reads the headers of the column's series; `timelines` are those of the block.
    pub(super) fn open(&self, timelines: &[Vec<u16>]) -> Result<Column<'a>, Damage> {
        let mut reader = Reader::new(self.directory, "block directory");
        let mut body = Reader::new(self.body, "chunk");
        let scale = Scale::decode(&mut reader)?;
        let shared = read_part(&mut reader, &mut body)?;
        let count = reader.len(MOST)?;
        let mut entries = Vec::with_capacity(count.min(512));
        let mut series = 0_u32;
        for _ in 0..count {
            let step: u32 = reader.number()?;
            series = series.checked_add(step).ok_or(reader.damage())?;
            let place = reader.varint()?;
            let timeline = usize::try_from(place >> 1).map_err(|_| reader.damage())?;
            let seconds = timelines.get(timeline).ok_or(reader.damage())?;
            let count = u16::try_from(seconds.len()).map_err(|_| reader.damage())?;
            let (header, page) = if place & 1 == 1 {
                let steps = i32::try_from(reader.signed()?).map_err(|_| reader.damage())?;
                (Header::constant(count, steps, scale), None)
            } else {
                let header = Header::decode(&mut reader, scale, count, 0)?;
                (header, Some(read_part(&mut reader, &mut body)?))
            };
            entries.push(Entry {
                series,
                timeline,
                header,
                page,
            });
        }
        Ok(Column {
            scale,
            entries,
            shared,
        })
    }
}

impl<'a> Column<'a> {
    /// Prepares to decompress entries of this column.
    pub(super) fn opener(&self) -> Opener<'a> {
        Opener {
            shared: self.shared,
            unpacker: None,
        }
    }
}

fn read_part<'a>(reader: &mut Reader<'_>, body: &mut Reader<'a>) -> Result<Part<'a>, Damage> {
    let length: usize = reader.number()?;
    let crc = reader.word()?;
    Ok(Part {
        bytes: body.take_up_to(length),
        crc,
    })
}

/// Decompresses entries of one column, reading what they share once.
pub(super) struct Opener<'a> {
    shared: Part<'a>,
    unpacker: Option<Unpacker>,
}

impl Opener<'_> {
    /// The figures of one entry, as many as its timeline has seconds, into `figures`.
    pub(super) fn read(&mut self, entry: &Entry<'_>, figures: &mut Vec<i32>) -> Result<(), Damage> {
        figures.clear();
        figures.resize(usize::from(entry.header.count), entry.header.first);
        let Some(page) = entry.page else {
            return Ok(());
        };
        let page = page.checked()?;
        let unpacker = match &mut self.unpacker {
            Some(unpacker) => unpacker,
            empty => empty.insert(Unpacker::new(self.shared.checked()?)?),
        };
        unpacker.read(page, figures)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    type Series = BTreeMap<u32, BTreeMap<u16, i32>>;

    fn series() -> impl Strategy<Value = Series> {
        let figure = prop_oneof![-1_000_000_000..1_000_000_000_i32, -5..5_i32, Just(7)];
        let ticks = prop::collection::btree_map(0..3600_u16, figure, 1..60);
        prop::collection::btree_map(any::<u32>(), ticks, 1..12)
    }

    fn block(series: &Series) -> Vec<u8> {
        let scales = [Scale::Fixed(0.001), Scale::Space, Scale::Relative];
        let inputs = series.iter().map(|(&series, ticks)| Input {
            series,
            column: series % 4,
            scale: scales[(series % 3) as usize],
            ticks: ticks
                .iter()
                .map(|(second, steps)| (*second, *steps))
                .collect(),
        });
        encode(495_000, inputs.collect()).expect("it is compressed")
    }

    /// What can be read; series that cannot are left out.
    fn read(bytes: &[u8]) -> Result<Series, Damage> {
        let block = Block::parse(bytes)?;
        let mut found = Series::new();
        for closed in &block.columns {
            let column = closed.open(&block.timelines)?;
            let mut opener = column.opener();
            let mut figures = Vec::new();
            for entry in &column.entries {
                if opener.read(entry, &mut figures).is_ok() {
                    let seconds = block.timelines[entry.timeline].iter().copied();
                    let ticks: Vec<Tick> = seconds.zip(figures.iter().copied()).collect();
                    let header = Header::of(&ticks, column.scale).expect("it has samples");
                    // Figures of both signs cancel out: what a sum may be off by is measured by
                    // its parts, not by what is left of them.
                    let largest = column.scale.restore(header.min).abs();
                    let largest = largest.max(column.scale.restore(header.max).abs());
                    let sum = (header.sum - entry.header.sum).abs();
                    assert!(
                        sum <= largest * f64::from(header.count) * 1e-9,
                        "{header:?} {:?}",
                        entry.header
                    );
                    assert_eq!(
                        Header { sum: 0.0, ..header },
                        Header {
                            sum: 0.0,
                            ..entry.header
                        }
                    );
                    found.insert(entry.series, ticks.into_iter().collect());
                }
            }
        }
        Ok(found)
    }

    proptest! {
        #[test]
        fn samples_and_headers_come_back_as_they_went_in(series in series()) {
            prop_assert_eq!(read(&block(&series)), Ok(series));
        }

        #[test]
        fn a_flipped_bit_costs_samples_but_never_changes_one(
            series in series(), at: prop::sample::Index, bit in 0..8_u8
        ) {
            let mut bytes = block(&series);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(found) = read(&bytes) {
                for (number, ticks) in found {
                    prop_assert_eq!(&ticks, &series[&number]);
                }
            }
        }

        #[test]
        fn a_cut_block_keeps_what_lies_before_the_cut(series in series(), at: prop::sample::Index) {
            let bytes = block(&series);
            if let Ok(found) = read(&bytes[..at.index(bytes.len())]) {
                for (number, ticks) in found {
                    prop_assert_eq!(&ticks, &series[&number]);
                }
            }
        }
    }
}
