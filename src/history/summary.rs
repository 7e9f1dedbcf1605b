//! One resource's hourly headers of one day, as they lie in the database.
//!
//! ```text
//! "HD" version:u8 0:u8  CRC-32 of the rest:u32   (little endian)
//! day, number of series, per series: number, scale, hours present (a bit each),
//!     per hour: change of count << 1 | constant, then the header against the hour before
//! ```

use super::error::Damage;
use super::header::Header;
use super::scale::Scale;
use super::wire::{Reader, put_len, put_signed, put_varint, unzigzag, zigzag};

const MAGIC: [u8; 4] = *b"HD\x01\0";
/// Series one resource may have in a summary; above what the registry gives out.
const MOST: usize = 1 << 14;
/// Hours of a day.
pub(super) const DAY_HOURS: i64 = 24;

/// One series' headers of a day, by hour of the day.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) series: u32,
    pub(super) scale: Scale,
    pub(super) hours: Vec<(u8, Header)>,
}

/// The key of a resource's summary of a day.
pub(super) const fn key(resource: u32, day: i64) -> i64 {
    ((resource as i64) << 20) | (if day < 0xf_ffff { day } else { 0xf_ffff })
}

/// The day of a key.
pub(super) const fn day_of(key: i64) -> i64 {
    key & 0xf_ffff
}

/// Writes rows that ascend by series, their hours ascending.
pub(super) fn encode(day: i64, rows: &[Row]) -> Vec<u8> {
    let mut payload = Vec::new();
    put_signed(&mut payload, day);
    put_len(&mut payload, rows.len());
    let mut previous = 0;
    for row in rows {
        put_varint(&mut payload, u64::from(row.series.wrapping_sub(previous)));
        previous = row.series;
        row.scale.encode(&mut payload);
        let mask = row
            .hours
            .iter()
            .fold(0_u64, |mask, (hour, _)| mask | 1 << (hour % 24));
        put_varint(&mut payload, mask);
        let (mut count, mut before) = (0, 0);
        for (_, header) in &row.hours {
            let constant = header.min == header.max;
            let change = i64::from(header.count) - count;
            put_varint(&mut payload, zigzag(change) << 1 | u64::from(constant));
            if constant {
                put_signed(&mut payload, i64::from(header.first) - i64::from(before));
            } else {
                header.encode(&mut payload, row.scale, before);
            }
            count = i64::from(header.count);
            before = header.last;
        }
    }
    let mut bytes = Vec::with_capacity(8 + payload.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
    bytes.append(&mut payload);
    bytes
}

/// Reads what [`encode`] wrote for `day`.
pub(super) fn decode(bytes: &[u8], day: i64) -> Result<Vec<Row>, Damage> {
    let mut reader = Reader::new(bytes, "summary");
    if reader.array()? != MAGIC {
        return Err(Damage("summary version"));
    }
    let crc = reader.word()?;
    let payload = reader.rest();
    if crc32fast::hash(payload) != crc || reader.signed()? != day {
        return Err(reader.damage());
    }
    let mut rows = Vec::new();
    let mut series = 0_u32;
    for _ in 0..reader.len(MOST)? {
        series = series.wrapping_add(reader.number()?);
        let scale = Scale::decode(&mut reader)?;
        let mask: u32 = reader.number()?;
        if mask >= 1 << 24 {
            return Err(reader.damage());
        }
        let mut hours = Vec::with_capacity(mask.count_ones() as usize);
        let (mut count, mut before) = (0_i64, 0);
        for hour in (0..24).filter(|hour| mask & (1 << hour) != 0) {
            let header = read_header(&mut reader, scale, count, before)?;
            count = i64::from(header.count);
            before = header.last;
            hours.push((hour, header));
        }
        rows.push(Row {
            series,
            scale,
            hours,
        });
    }
    Ok(rows)
}

fn read_header(
    reader: &mut Reader<'_>,
    scale: Scale,
    count: i64,
    before: i32,
) -> Result<Header, Damage> {
    let token = reader.varint()?;
    let count = count
        .checked_add(unzigzag(token >> 1))
        .and_then(|count| u16::try_from(count).ok())
        .ok_or(reader.damage())?;
    if token & 1 == 0 {
        return Header::decode(reader, scale, count, before);
    }
    let first = i64::from(before)
        .checked_add(reader.signed()?)
        .and_then(|first| i32::try_from(first).ok())
        .ok_or(reader.damage())?;
    Ok(Header::constant(count, first, scale))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers() -> impl Strategy<Value = Vec<(u8, Header)>> {
        let ticks = prop::collection::vec((0..1000_u16, -50..50_i32), 1..5);
        prop::collection::btree_map(0..24_u8, ticks, 0..24).prop_map(|hours| {
            hours
                .into_iter()
                .filter_map(|(hour, ticks)| Some((hour, Header::of(&ticks, Scale::Space)?)))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn headers_come_back_as_they_went_in(hours in headers(), series: u32) {
            let row = Row { series, scale: Scale::Space, hours };
            let bytes = encode(20_000, std::slice::from_ref(&row));
            prop_assert_eq!(decode(&bytes, 20_000), Ok(vec![row]));
        }

        #[test]
        fn a_flipped_bit_is_damage(hours in headers(), at: prop::sample::Index, bit in 0..8_u8) {
            let row = Row { series: 7, scale: Scale::Fixed(0.001), hours };
            let mut bytes = encode(20_000, &[row]);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(decode(&bytes, 20_000).is_err());
        }

        #[test]
        fn any_payload_is_read_without_panic(payload: Vec<u8>) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
            bytes.extend_from_slice(&payload);
            for day in [0, -1, 20_000] {
                let _ = decode(&bytes, day);
            }
        }
    }
}
