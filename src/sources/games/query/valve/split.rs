//! Answers that come in several datagrams. Source and GoldSrc number them differently, and only the
//! first datagram shows which of them speaks.

use super::super::QueryError;

const SINGLE: [u8; 4] = [0xff; 4];
const SPLIT: [u8; 4] = [0xfe, 0xff, 0xff, 0xff];
/// More parts than any answer within the cap of bytes has.
const MOST_PARTS: usize = 64;

/// Whether an answer is complete.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// It is, with its header.
    Now(Vec<u8>),
    /// Parts are missing.
    Not,
}

/// Puts an answer together from what comes, in any order, repeated or not.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    id: [u8; 4],
    parts: Vec<Vec<u8>>,
}

impl Assembler {
    /// Takes one datagram in.
    pub(super) fn add(&mut self, datagram: &[u8]) -> Result<Whole, QueryError> {
        if datagram.starts_with(&SINGLE) {
            return Ok(Whole::Now(datagram.to_vec()));
        }
        let Some((id, part)) = datagram
            .strip_prefix(&SPLIT)
            .and_then(|rest| rest.split_first_chunk::<4>())
        else {
            return Err(QueryError::Malformed("it has no header of this protocol"));
        };
        if u32::from_le_bytes(*id) & 0x8000_0000 != 0 && part.get(12..15) == Some(b"BZh") {
            return Err(QueryError::Denied(
                "it sends compressed answers, which no current game does".into(),
            ));
        }
        if self.id != *id {
            self.id = *id;
            self.parts.clear();
        }
        if !self.parts.iter().any(|known| known == part) && self.parts.len() < MOST_PARTS {
            self.parts.push(part.to_vec());
        }
        let whole = LAYOUTS.iter().find_map(|layout| layout.join(&self.parts));
        Ok(whole.map_or(Whole::Not, Whole::Now))
    }
}

/// Where a part has its number, the number of all, and its bytes; counted behind the id.
struct Layout {
    place: fn(&[u8]) -> Option<(u8, u8)>,
    header: usize,
}

const LAYOUTS: &[Layout] = &[
    // Source: total, number, size of a part.
    Layout {
        place: |part| Some((*part.get(1)?, *part.first()?)),
        header: 4,
    },
    // The oldest Source engines leave the size out.
    Layout {
        place: |part| Some((*part.get(1)?, *part.first()?)),
        header: 2,
    },
    // GoldSrc: number and total share a byte.
    Layout {
        place: |part| part.first().map(|byte| (byte >> 4, byte & 0x0f)),
        header: 1,
    },
];

impl Layout {
    fn join(&self, parts: &[Vec<u8>]) -> Option<Vec<u8>> {
        let (_, total) = parts.iter().find_map(|part| {
            let place = (self.place)(part)?;
            (place.0 == 0 && part.get(self.header..)?.starts_with(&SINGLE)).then_some(place)
        })?;
        let mut whole = Vec::new();
        for number in 0..total {
            let part = parts
                .iter()
                .find(|part| (self.place)(part) == Some((number, total)))?;
            whole.extend_from_slice(part.get(self.header..)?);
        }
        (!whole.is_empty()).then_some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add_all(datagrams: &[&[u8]]) -> Whole {
        let mut assembler = Assembler::default();
        let mut last = Whole::Not;
        for datagram in datagrams {
            last = assembler.add(datagram).expect("a part");
        }
        last
    }

    const WHOLE: &[u8] = b"\xff\xff\xff\xffDtail";

    #[test]
    fn parts_of_both_engines_are_joined_in_any_order() {
        let source_0 = b"\xfe\xff\xff\xff\x01\0\0\0\x02\x00\xe0\x04\xff\xff\xff\xffD";
        let source_1 = b"\xfe\xff\xff\xff\x01\0\0\0\x02\x01\xe0\x04tail";
        let gold_0 = b"\xfe\xff\xff\xff\x07\0\0\0\x02\xff\xff\xff\xffD";
        let gold_1 = b"\xfe\xff\xff\xff\x07\0\0\0\x12tail";
        for order in [
            [&source_0[..], &source_1[..], &source_1[..]],
            [&source_1[..], &source_1[..], &source_0[..]],
            [&gold_1[..], &gold_1[..], &gold_0[..]],
        ] {
            assert_eq!(add_all(&order), Whole::Now(WHOLE.to_vec()));
        }
        assert_eq!(
            add_all(&[source_1, gold_0, source_1]),
            Whole::Not,
            "ids are not mixed"
        );
    }

    #[test]
    fn compressed_answers_are_refused_by_name() {
        let mut packet =
            b"\xfe\xff\xff\xff\x01\0\0\x80\x01\x00\xe0\x04\0\0\0\x10\0\0\0\0BZh9".to_vec();
        packet.extend_from_slice(&[0; 16]);
        let refused = Assembler::default().add(&packet);
        assert!(matches!(refused, Err(QueryError::Denied(_))), "{refused:?}");
    }
}
