//! Generation 0.6, with DDNet's extension for more than sixteen players. Numbers are text.

use super::super::answer::Names;
use super::super::reader::Reader;
use super::super::text;
use super::super::{Answer, QueryError};

/// DDNet reads the first six bytes as a wish for its extended answer; others ignore them.
pub(super) const QUESTION: &[u8] = b"xe\x00\x00\x00\x00\xff\xff\xff\xffgie3\x2a";
const TOKEN: u32 = 0x2a;

pub(super) fn parse(packet: &[u8]) -> Result<Answer, QueryError> {
    let mut reader = Reader::new(packet);
    reader.take(6)?;
    reader.expect(&[0xff; 4], "it lacks the header")?;
    let is_extended = match reader.take(4)? {
        b"inf3" => false,
        b"iext" => true,
        _ => return Err(QueryError::Malformed("it is no server information")),
    };
    if number(&mut reader)? & 0xff != TOKEN {
        return Err(QueryError::Malformed("it answers another question"));
    }
    let mut answer = Answer {
        version: text::some(reader.until_zero()?),
        title: text::some(reader.until_zero()?),
        map: text::some(reader.until_zero()?),
        ..Answer::default()
    };
    if is_extended {
        reader.until_zero()?;
        reader.until_zero()?;
    }
    answer.note("mode", text::of(reader.until_zero()?));
    answer.password = Some(number(&mut reader)? & 1 != 0);
    let playing = number(&mut reader)?;
    number(&mut reader)?;
    answer.players = Some(number(&mut reader)?);
    answer.max_players = Some(number(&mut reader)?);
    answer.note("playing", playing.to_string());
    if is_extended {
        reader.until_zero()?;
    }
    answer.names = Some(names(reader, is_extended));
    Ok(answer)
}

/// As many as this datagram holds; the counts above are exact even when it holds fewer.
fn names(mut reader: Reader<'_>, is_extended: bool) -> Vec<String> {
    let mut names = Names::default();
    // Clan, country, score, whether playing, and a field that DDNet keeps for later.
    let others = if is_extended { 5 } else { 4 };
    while !reader.is_empty() {
        let Ok(name) = reader.until_zero() else {
            break;
        };
        if (0..others).any(|_| reader.until_zero().is_err()) {
            break;
        }
        names.push(text::of(name));
    }
    names.into_vec()
}

fn number(reader: &mut Reader<'_>) -> Result<u32, QueryError> {
    text::of(reader.until_zero()?)
        .parse()
        .map_err(|_| QueryError::Malformed("a number is none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_extended_answers_are_read() {
        let plain = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xffinf342\x000.6.5\0A server\0dm1\0DM\x001\x001\x0016\x002\x0016\0alice\0\x00-1\x003\x001\0bob\0clan\x000\x000\x000\0";
        let answer = parse(plain).expect("plain");
        assert_eq!((answer.players, answer.max_players), (Some(2), Some(16)));
        assert_eq!(answer.names, Some(vec!["alice".into(), "bob".into()]));
        assert_eq!(answer.password, Some(true));
        let extended = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xffiext42\x000.6.4, 16.4\0B\0Kobra\x0012345\x00678\0DDNet\x000\x001\x0063\x001\x0064\0\0carol\0\x00-1\x000\x001\0\0";
        let answer = parse(extended).expect("extended");
        assert_eq!((answer.players, answer.max_players), (Some(1), Some(64)));
        assert_eq!(answer.names, Some(vec!["carol".into()]));
    }
}
