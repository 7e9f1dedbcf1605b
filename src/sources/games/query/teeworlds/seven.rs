//! Generation 0.7: a token must be fetched first, and numbers are packed.

use super::super::answer::{Names, count};
use super::super::reader::Reader;
use super::super::text;
use super::super::{Answer, QueryError};

/// Our side's token; any value does on a connected socket.
const OURS: [u8; 4] = *b"home";
const CONTROL: [u8; 3] = [0x04, 0x00, 0x00];
const TOKEN_MESSAGE: u8 = 5;
/// Connectionless, version 1 of the packet.
const CONNECTIONLESS: u8 = 0x21;
/// Comes back with the answer, packed like every number.
const QUERY_TOKEN: u8 = 0x2a;

/// Asks for the server's token. It is padded so that the answer is never larger than the question.
pub(super) fn ask_token() -> Vec<u8> {
    let mut packet = [&CONTROL[..], &[0xff; 4], &[TOKEN_MESSAGE], &OURS].concat();
    packet.resize(CONTROL.len() + 4 + 1 + 512, 0);
    packet
}

pub(super) fn token(packet: &[u8]) -> Result<[u8; 4], QueryError> {
    let mut reader = Reader::new(packet);
    reader.expect(&CONTROL, "it is no control packet")?;
    reader.expect(&OURS, "it answers another question")?;
    reader.expect(&[TOKEN_MESSAGE], "it brings no token")?;
    reader.u32_be().map(u32::to_be_bytes)
}

pub(super) fn question(token: [u8; 4]) -> Vec<u8> {
    [
        &[CONNECTIONLESS][..],
        &token,
        &OURS,
        &[0xff; 4],
        b"gie3",
        &[QUERY_TOKEN],
    ]
    .concat()
}

pub(super) fn parse(packet: &[u8]) -> Result<Answer, QueryError> {
    let mut reader = Reader::new(packet);
    reader.expect(&[CONNECTIONLESS], "it is not connectionless")?;
    reader.expect(&OURS, "it answers another question")?;
    reader.take(4)?;
    reader.expect(b"\xff\xff\xff\xffinf3", "it is no server information")?;
    reader.expect(&[QUERY_TOKEN], "it answers another question")?;
    let mut answer = Answer {
        version: text::some(reader.until_zero()?),
        title: text::some(reader.until_zero()?),
        ..Answer::default()
    };
    answer.note("address", text::of(reader.until_zero()?));
    answer.map = text::some(reader.until_zero()?);
    answer.note("mode", text::of(reader.until_zero()?));
    answer.password = Some(packed(&mut reader)? & 1 != 0);
    packed(&mut reader)?;
    let playing = packed(&mut reader)?;
    packed(&mut reader)?;
    answer.players = count(packed(&mut reader)?);
    answer.max_players = count(packed(&mut reader)?);
    answer.note("playing", playing.to_string());
    answer.names = Some(names(reader));
    Ok(answer)
}

fn names(mut reader: Reader<'_>) -> Vec<String> {
    let mut names = Names::default();
    while let Ok(name) = entry(&mut reader) {
        names.push(text::of(name));
    }
    names.into_vec()
}

fn entry<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], QueryError> {
    let name = reader.until_zero()?;
    reader.until_zero()?;
    // Country, score, and whether playing.
    for _ in 0..3 {
        packed(reader)?;
    }
    Ok(name)
}

/// A packed number: sign and six bits first, then seven bits a byte.
fn packed(reader: &mut Reader<'_>) -> Result<i64, QueryError> {
    let first = reader.u8()?;
    let mut value = i64::from(first & 0x3f);
    let mut more = first & 0x80 != 0;
    for shift in [6, 13, 20, 27] {
        if !more {
            break;
        }
        let byte = reader.u8()?;
        value |= i64::from(byte & 0x7f) << shift;
        more = byte & 0x80 != 0;
    }
    Ok(if first & 0x40 == 0 { value } else { !value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_numbers_are_unpacked() {
        for (bytes, expected) in [
            (&[0x00][..], 0),
            (&[0x3f], 63),
            (&[0x80, 0x01], 64),
            (&[0x40], -1),
            (&[0xbf, 0xff, 0x01], 16_383),
        ] {
            assert_eq!(
                packed(&mut Reader::new(bytes)).ok(),
                Some(expected),
                "{bytes:?}"
            );
        }
        assert!(packed(&mut Reader::new(&[0xff, 0xff])).is_err());
    }

    #[test]
    fn information_is_read_behind_both_tokens() {
        let mut packet = [
            &[CONNECTIONLESS][..],
            &OURS,
            &[9; 4],
            b"\xff\xff\xff\xffinf3",
            &[QUERY_TOKEN],
        ]
        .concat();
        packet.extend_from_slice(b"0.7.5\0A server\0\0dm1\0DM\0\x01\x00\x01\x10\x02\x10alice\0\0\x40\x03\x00bob\0clan\0\x00\x00\x01");
        let answer = parse(&packet).expect("reads");
        assert_eq!((answer.players, answer.max_players), (Some(2), Some(16)));
        assert_eq!(answer.names, Some(vec!["alice".into(), "bob".into()]));
        assert_eq!(
            (answer.password, answer.map.as_deref()),
            (Some(true), Some("dm1"))
        );
    }
}
