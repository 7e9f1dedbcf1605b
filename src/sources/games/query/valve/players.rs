//! The list of players.

use super::super::QueryError;
use super::super::answer::Names;
use super::super::reader::Reader;
use super::super::text;

/// Reads the names in an answer to `A2S_PLAYER`, header included. Players that are still
/// connecting have none yet and are left out.
pub(super) fn parse(packet: &[u8]) -> Result<Vec<String>, QueryError> {
    let mut reader = Reader::new(packet);
    reader.expect(b"\xff\xff\xff\xffD", "it is no list of players")?;
    let announced = reader.u8()?;
    let mut names = Names::default();
    // The count is a byte and wrong for full servers, so the bytes themselves decide.
    while !reader.is_empty() {
        let Ok(name) = entry(&mut reader) else {
            break;
        };
        names.push(text::of(name));
    }
    let names = names.into_vec();
    if names.is_empty() && announced > 0 && packet.len() < 16 {
        return Err(QueryError::Malformed("it announces players and lists none"));
    }
    Ok(names)
}

fn entry<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], QueryError> {
    reader.u8()?;
    let name = reader.until_zero()?;
    // Score and seconds in the game.
    reader.take(8)?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_a_cut_entry_is_left_out() {
        let mut packet = b"\xff\xff\xff\xffD\x03".to_vec();
        for name in ["[D]---->T.N.W<----", "", "Killer !!!"] {
            packet.push(0);
            packet.extend_from_slice(name.as_bytes());
            packet.extend_from_slice(&[0, 14, 0, 0, 0, 0, 0, 0, 0]);
        }
        assert_eq!(
            parse(&packet).expect("reads"),
            ["[D]---->T.N.W<----", "Killer !!!"]
        );
        packet.truncate(packet.len() - 1);
        assert_eq!(parse(&packet).expect("reads"), ["[D]---->T.N.W<----"]);
    }

    #[test]
    fn an_announced_list_that_is_missing_is_unknown_and_not_empty() {
        assert!(parse(b"\xff\xff\xff\xffD\x05").is_err());
        assert_eq!(parse(b"\xff\xff\xff\xffD\x00").ok(), Some(Vec::new()));
    }
}
