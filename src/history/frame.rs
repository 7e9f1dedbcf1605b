//! The samples of one commit, compressed: what the journal is made of.
//!
//! ```text
//! "HF" version:u8 0:u8  sequence:u64  payload length:u32  CRC-32:u32   (little endian)
//! payload: number of samples, of series, of patterns; the patterns (seconds of the
//!          samples of a series); pco lists of series numbers, pattern numbers and figures
//! ```
//!
//! Figures are differences to the series' last figure in the same segment; the first frame of a segment, a
//! *key* frame, begins anew from nothing. The checksum covers the sequence, the checksum of the frame before (0 for a
//! key frame) and the payload, so that a stale frame behind a new one is not taken for its
//! successor.

use super::HOUR;
use super::column::{pack_alone, unpack_alone};
use super::error::{Damage, HistoryError};
use super::wire::{Reader, put_len, put_signed};

const MAGIC: [u8; 4] = *b"HF\x01\0";
/// Bytes before the payload.
pub(super) const PREFIX: usize = 20;
/// Samples of one frame; a commit with more writes several. However badly they compress, a frame
/// of so many fits into a segment.
pub(super) const MOST: usize = 8_000;

/// One kept sample by the number of its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) series: u32,
    /// Seconds since 1970.
    pub(super) at: i64,
    pub(super) steps: i32,
}

/// The hour of a sample, in hours since 1970.
pub(super) const fn hour_of(raw: &Raw) -> i64 {
    raw.at.div_euclid(HOUR)
}

/// What a frame builds on: the checksum of the frame before, and the last figure of every series.
#[derive(Clone, Default)]
pub(super) struct Base {
    chain: u32,
    figures: Vec<i32>,
}

impl Base {
    /// The change of `steps` against the last figure, which it becomes.
    fn change(&mut self, series: u32, steps: i32) -> i32 {
        steps.wrapping_sub(std::mem::replace(self.slot(series), steps))
    }

    /// The figure that `change` leads to.
    fn follow(&mut self, series: u32, change: i32) -> i32 {
        let slot = self.slot(series);
        *slot = slot.wrapping_add(change);
        *slot
    }

    fn slot(&mut self, series: u32) -> &mut i32 {
        let index = series as usize;
        if self.figures.len() <= index {
            self.figures.resize(index + 1, 0);
        }
        &mut self.figures[index]
    }
}

/// Compresses samples that are sorted by series; `base` is fresh for a key frame.
pub(super) fn encode(
    sequence: u64,
    samples: &[Raw],
    base: &mut Base,
) -> Result<Vec<u8>, HistoryError> {
    let mut patterns: Vec<Vec<i64>> = Vec::new();
    let mut numbers = Vec::new();
    let mut places = Vec::new();
    let mut changes = Vec::with_capacity(samples.len());
    let mut previous = 0;
    for rows in samples.chunk_by(|a, b| a.series == b.series) {
        let series = rows[0].series;
        numbers.push(series.wrapping_sub(previous));
        previous = series;
        let pattern: Vec<i64> = rows.iter().map(|row| row.at).collect();
        let place = patterns.iter().position(|known| *known == pattern);
        let place = place.unwrap_or_else(|| {
            patterns.push(pattern);
            patterns.len() - 1
        });
        places.push(place as u32);
        changes.extend(rows.iter().map(|row| base.change(series, row.steps)));
    }

    let mut payload = Vec::new();
    put_len(&mut payload, samples.len());
    put_len(&mut payload, numbers.len());
    put_len(&mut payload, patterns.len());
    let mut at = 0;
    for pattern in &patterns {
        put_len(&mut payload, pattern.len());
        for second in pattern {
            put_signed(&mut payload, second.wrapping_sub(at));
            at = *second;
        }
    }
    for list in [
        pack_alone(&numbers)?,
        pack_alone(&places)?,
        pack_alone(&changes)?,
    ] {
        put_len(&mut payload, list.len());
        payload.extend_from_slice(&list);
    }

    Ok(seal(sequence, &payload, base))
}

/// A payload with what goes before it; `base` moves on to it.
fn seal(sequence: u64, payload: &[u8], base: &mut Base) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    base.chain = checksum(sequence, base.chain, payload);
    let mut frame = Vec::with_capacity(PREFIX + payload.len());
    frame.extend_from_slice(&MAGIC);
    frame.extend_from_slice(&sequence.to_le_bytes());
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&base.chain.to_le_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// A frame whose checksum is right.
pub(super) struct Frame<'a> {
    pub(super) sequence: u64,
    crc: u32,
    payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The frame at the beginning of `bytes`, if it follows what `base` was left by.
    pub(super) fn parse(bytes: &'a [u8], base: &Base) -> Result<Self, Damage> {
        let mut reader = Reader::new(bytes, "frame");
        if reader.array()? != MAGIC {
            return Err(reader.damage());
        }
        let sequence = reader.long()?;
        let length = reader.word()? as usize;
        let crc = reader.word()?;
        let payload = reader.take(length)?;
        if checksum(sequence, base.chain, payload) == crc {
            Ok(Self {
                sequence,
                crc,
                payload,
            })
        } else {
            Err(reader.damage())
        }
    }

    /// A key frame with any payload, for [`super::decode_any`].
    pub(super) fn sealed(sequence: u64, payload: &[u8]) -> Vec<u8> {
        seal(sequence, payload, &mut Base::default())
    }

    /// Bytes it takes in its segment.
    pub(super) const fn length(&self) -> usize {
        PREFIX + self.payload.len()
    }

    /// The samples, by series; `base` moves on to this frame.
    pub(super) fn samples(&self, base: &mut Base) -> Result<Vec<Raw>, Damage> {
        base.chain = self.crc;
        let mut reader = Reader::new(self.payload, "frame");
        let sample_count = reader.len(MOST)?;
        let series_count = reader.len(sample_count)?;
        let patterns = read_patterns(&mut reader, sample_count)?;
        let mut list = || {
            let length = reader.number()?;
            reader.take(length)
        };
        let numbers: Vec<u32> = unpack_alone(list()?, series_count)?;
        let places: Vec<u32> = unpack_alone(list()?, series_count)?;
        let changes: Vec<i32> = unpack_alone(list()?, sample_count)?;
        let mut changes = changes.into_iter();
        let mut samples = Vec::with_capacity(sample_count);
        let mut series = 0_u32;
        for (number, place) in numbers.into_iter().zip(places) {
            series = series.wrapping_add(number);
            if series as usize > LARGEST_SERIES {
                return Err(reader.damage());
            }
            let pattern = patterns.get(place as usize).ok_or(reader.damage())?;
            for &at in pattern {
                let change = changes.next().ok_or(reader.damage())?;
                let steps = base.follow(series, change);
                samples.push(Raw { series, at, steps });
            }
        }
        Ok(samples)
    }
}

/// No registry gives out larger numbers; bounds the memory that damaged bytes can ask for.
const LARGEST_SERIES: usize = 1 << 24;

/// Seconds since 1970 that no clock shows; beyond them sums of times could overflow.
pub(super) const FARTHEST: i64 = 1 << 40;

fn read_patterns(reader: &mut Reader<'_>, samples: usize) -> Result<Vec<Vec<i64>>, Damage> {
    let mut patterns = Vec::new();
    let mut left = samples;
    let mut at = 0_i64;
    for _ in 0..reader.len(samples)? {
        let length = reader.len(left)?;
        left -= length;
        let mut pattern = Vec::with_capacity(length);
        for _ in 0..length {
            at = at.wrapping_add(reader.signed()?);
            if !(0..FARTHEST).contains(&at) {
                return Err(reader.damage());
            }
            pattern.push(at);
        }
        patterns.push(pattern);
    }
    Ok(patterns)
}

fn checksum(sequence: u64, chain: u32, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&sequence.to_le_bytes());
    hasher.update(&chain.to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn samples() -> impl Strategy<Value = Vec<Raw>> {
        prop::collection::btree_map(
            (0..200_u32, 1_795_000_000..1_795_000_100_i64),
            any::<i32>(),
            0..300,
        )
        .prop_map(|samples| {
            samples
                .into_iter()
                .map(|((series, at), steps)| Raw { series, at, steps })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn samples_come_back_frame_after_frame(frames in prop::collection::vec(samples(), 1..5)) {
            let (mut written, mut read) = (Base::default(), Base::default());
            for (sequence, samples) in (1..).zip(frames) {
                let bytes = encode(sequence, &samples, &mut written).expect("it is compressed");
                let frame = Frame::parse(&bytes, &read).expect("it is sound");
                prop_assert_eq!(frame.length(), bytes.len());
                prop_assert_eq!(frame.samples(&mut read), Ok(samples));
            }
        }

        #[test]
        fn a_flipped_bit_is_damage(samples in samples(), at: prop::sample::Index, bit in 0..8_u8) {
            let mut bytes = encode(1, &samples, &mut Base::default()).expect("it is compressed");
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(Frame::parse(&bytes, &Base::default()).is_err());
        }
    }

    #[test]
    fn a_frame_that_follows_another_is_not_taken_for_a_first_one() {
        let samples = [Raw {
            series: 1,
            at: 10,
            steps: 5,
        }];
        let mut base = Base::default();
        encode(1, &samples, &mut base).expect("it is compressed");
        let second = encode(2, &samples, &mut base).expect("it is compressed");
        assert!(Frame::parse(&second, &Base::default()).is_err());
    }
}
