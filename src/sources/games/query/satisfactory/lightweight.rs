//! The lightweight query: the server's state, build and name.

use super::super::reader::Reader;
use super::super::text;
use super::super::{Answer, QueryError};

/// Magic, poll, version 1, a cookie that comes back, and the end mark.
pub(super) const QUESTION: &[u8] = b"\xd5\xf6\x00\x01homepuls\x01";

pub(super) fn parse(packet: &[u8]) -> Result<Answer, QueryError> {
    let mut reader = Reader::new(packet);
    reader.expect(b"\xd5\xf6\x01", "it is no state of a server")?;
    reader.u8()?;
    reader.expect(b"homepuls", "it answers another question")?;
    let state = reader.u8()?;
    let build = reader.u32_le()?;
    let flags = reader.u64_le()?;
    let states = reader.u8()?;
    reader.take(usize::from(states) * 3)?;
    let length = reader.u16_le()?;
    let mut answer = Answer {
        title: text::some(reader.take(usize::from(length))?),
        version: Some(build.to_string()),
        ..Answer::default()
    };
    answer.note("state", word_of_state(state));
    if flags & 1 != 0 {
        answer.note("modded", "yes");
    }
    Ok(answer)
}

const fn word_of_state(state: u8) -> &'static str {
    match state {
        0 => "offline",
        1 => "idle",
        2 => "loading",
        3 => "playing",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read() {
        let mut packet = b"\xd5\xf6\x01\x01homepuls\x03".to_vec();
        packet.extend_from_slice(&385_279_u32.to_le_bytes());
        packet.extend_from_slice(&[0; 8]);
        packet.extend_from_slice(b"\x01\x00\x05\x00\x07\x00Factory\x01");
        let answer = parse(&packet).expect("reads");
        assert_eq!(
            (answer.title.as_deref(), answer.version.as_deref()),
            (Some("Factory"), Some("385279"))
        );
        assert_eq!(
            answer.extra.get("state").map(String::as_str),
            Some("playing")
        );
        assert_eq!(answer.players, None, "it never says how many there are");
    }
}
