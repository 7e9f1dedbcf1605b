//! Every decoder over any bytes, for the fuzzer and for the tests that stand in for it.

use super::block::Block;
use super::column::{Unpacker, unpack_alone};
use super::frame::{Base, Frame};
use super::{import, summary};

/// Decodes `bytes` as everything that history stores, as they are and with checksums made right,
/// so that what lies behind the checksums is reached as well.
pub fn decode_any(bytes: &[u8]) {
    read_block(bytes);
    read_frames(bytes);
    let _ = summary::decode(bytes, 0);
    let _ = import::decode(bytes);

    let split = bytes.first().map_or(0, |byte| usize::from(*byte));
    let (head, tail) = bytes.split_at(split.min(bytes.len()));
    let mut block = b"HB\x01\0".to_vec();
    block.extend_from_slice(&u32::try_from(head.len()).unwrap_or(0).to_le_bytes());
    block.extend_from_slice(&crc32fast::hash(head).to_le_bytes());
    block.extend_from_slice(bytes);
    read_block(&block);
    for magic in [b"HD\x01\0", b"HI\x01\0"] {
        let mut checked = magic.to_vec();
        checked.extend_from_slice(&crc32fast::hash(bytes).to_le_bytes());
        checked.extend_from_slice(bytes);
        let _ = summary::decode(&checked, 0);
        let _ = import::decode(&checked);
    }
    read_frames(&Frame::sealed(1, bytes));
    if let Ok(mut unpacker) = Unpacker::new(head) {
        for count in [1, 7, 360, 3600] {
            let _ = unpacker.read(tail, &mut vec![0; count]);
        }
    }
    for count in [1, 360] {
        let _ = unpack_alone::<i32>(bytes, count);
        let _ = unpack_alone::<i64>(bytes, count);
    }
}

fn read_block(bytes: &[u8]) {
    let Ok(block) = Block::parse(bytes) else {
        return;
    };
    let mut figures = Vec::new();
    for column in block.columns.iter().flat_map(|c| c.open(&block.timelines)) {
        let mut opener = column.opener();
        for entry in &column.entries {
            if opener.read(entry, &mut figures).is_ok() {
                assert_eq!(figures.len(), block.timelines[entry.timeline].len());
            }
        }
    }
}

fn read_frames(bytes: &[u8]) {
    let mut base = Base::default();
    if let Ok(frame) = Frame::parse(bytes, &base) {
        let _ = frame.samples(&mut base);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::block::{self, Input};
    use super::super::scale::Scale;
    use super::decode_any;

    /// A block with columns of every sort.
    fn sound_block() -> Vec<u8> {
        let scales = [Scale::Fixed(0.001), Scale::Space, Scale::Relative];
        let inputs = (0..9_u16).map(|series| Input {
            series: u32::from(series),
            column: u32::from(series / 3),
            scale: scales[usize::from(series % 3)],
            ticks: (0..90)
                .map(|tick| (tick * 40, i32::from(tick * series % 17)))
                .collect(),
        });
        block::encode(1000, inputs.collect()).expect("it is compressed")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn any_bytes_are_decoded_or_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            decode_any(&bytes);
        }

        #[test]
        fn changed_blocks_are_decoded_or_refused_without_panic(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            length in any::<prop::sample::Index>(),
        ) {
            let mut bytes = sound_block();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(length.index(bytes.len()) + 1);
            decode_any(&bytes);
            decode_any(&bytes[bytes.len().min(12)..]);
        }
    }
}
