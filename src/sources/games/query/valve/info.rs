//! What the server says about itself, from Source engines and from the older GoldSrc.

use super::super::reader::Reader;
use super::super::text;
use super::super::{Answer, QueryError};

/// Rust counts in its keywords what does not fit into the byte for players.
const RUST: u64 = 252_490;
const THE_SHIP: u64 = 2_400;

/// Reads an answer to `A2S_INFO`, header included.
pub(super) fn parse(packet: &[u8]) -> Result<Answer, QueryError> {
    let mut reader = Reader::new(packet);
    reader.expect(&[0xff; 4], "it lacks the header")?;
    match reader.u8()? {
        b'I' => source(reader),
        b'm' => goldsrc(reader),
        _ => Err(QueryError::Malformed("it is no server information")),
    }
}

fn source(mut reader: Reader<'_>) -> Result<Answer, QueryError> {
    let protocol = reader.u8()?;
    let mut answer = Answer {
        title: text::some(reader.until_zero()?),
        map: text::some(reader.until_zero()?),
        ..Answer::default()
    };
    answer.note("folder", text::of(reader.until_zero()?));
    answer.note("game", text::of(reader.until_zero()?));
    let mut app = u64::from(reader.u16_le()?);
    answer.players = Some(reader.u8()?.into());
    answer.max_players = Some(reader.u8()?.into());
    answer.bots = Some(reader.u8()?.into());
    answer.note("server_type", word_of_type(reader.u8()?));
    answer.note("platform", word_of_platform(reader.u8()?));
    answer.password = Some(reader.u8()? != 0);
    answer.note("vac", if reader.u8()? == 1 { "on" } else { "off" });
    if app == THE_SHIP {
        reader.take(3)?;
    }
    answer.version = text::some(reader.until_zero()?);
    answer.note("protocol", protocol.to_string());
    // What follows is optional, and some games cut it short.
    let mut keywords = String::new();
    let _ = further(&mut reader, &mut app, &mut keywords, &mut answer);
    answer.note("app_id", app.to_string());
    answer.note("keywords", &keywords);
    if app == RUST {
        count_by_keywords(&keywords, &mut answer);
    }
    Ok(answer)
}

fn further(
    reader: &mut Reader<'_>,
    app: &mut u64,
    keywords: &mut String,
    answer: &mut Answer,
) -> Result<(), QueryError> {
    if reader.is_empty() {
        return Ok(());
    }
    let flags = reader.u8()?;
    if flags & 0x80 != 0 {
        answer.note("game_port", reader.u16_le()?.to_string());
    }
    if flags & 0x10 != 0 {
        reader.u64_le()?;
    }
    if flags & 0x40 != 0 {
        answer.note("spectator_port", reader.u16_le()?.to_string());
        reader.until_zero()?;
    }
    if flags & 0x20 != 0 {
        *keywords = text::of(reader.until_zero()?);
    }
    if flags & 0x01 != 0 {
        // The lower 24 bits are the whole number of the game; the short one is cut off.
        *app = reader.u64_le()? & 0x00ff_ffff;
    }
    Ok(())
}

fn count_by_keywords(keywords: &str, answer: &mut Answer) {
    for keyword in keywords.split(',') {
        if let Some(number) = keyword
            .strip_prefix("cp")
            .and_then(|text| text.parse().ok())
        {
            answer.players = Some(number);
        } else if let Some(number) = keyword
            .strip_prefix("mp")
            .and_then(|text| text.parse().ok())
        {
            answer.max_players = Some(number);
        }
    }
}

fn goldsrc(mut reader: Reader<'_>) -> Result<Answer, QueryError> {
    reader.until_zero()?;
    let mut answer = Answer {
        title: text::some(reader.until_zero()?),
        map: text::some(reader.until_zero()?),
        ..Answer::default()
    };
    answer.note("folder", text::of(reader.until_zero()?));
    answer.note("game", text::of(reader.until_zero()?));
    answer.players = Some(reader.u8()?.into());
    answer.max_players = Some(reader.u8()?.into());
    answer.note("protocol", reader.u8()?.to_string());
    answer.note("server_type", word_of_type(reader.u8()?));
    answer.note("platform", word_of_platform(reader.u8()?));
    answer.password = Some(reader.u8()? != 0);
    if reader.u8()? == 1 {
        reader.until_zero()?;
        reader.until_zero()?;
        reader.take(11)?;
    }
    answer.note("vac", if reader.u8()? == 1 { "on" } else { "off" });
    answer.bots = Some(reader.u8()?.into());
    Ok(answer)
}

/// Valve's page "Server queries" has capital letters in its table of GoldSrc's answer, and small ones in
/// the real server's answer below it; both are taken, here and for the platform.
const fn word_of_type(letter: u8) -> &'static str {
    match letter.to_ascii_lowercase() {
        b'd' => "dedicated",
        b'l' => "listen",
        b'p' => "relay",
        _ => "",
    }
}

const fn word_of_platform(letter: u8) -> &'static str {
    match letter.to_ascii_lowercase() {
        b'l' => "linux",
        b'w' => "windows",
        b'm' | b'o' => "mac",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of a Counter-Strike: Source server in Valve's documentation.
    const SOURCE: &[u8] = b"\xff\xff\xff\xffI\x02game2xs.com Counter-Strike Source #1\0de_dust\0cstrike\0Counter-Strike: Source\0\xf0\x00\x05\x10\x04dl\x00\x001.0.0.22\0";
    /// The example of a GoldSrc server there.
    const GOLDSRC: &[u8] = b"\xff\xff\xff\xffm77.111.194.110:27015\0FR - VeryGames.net - Deathmatch - only surf_ski - ngR\0surf_ski\0cstrike\0Counter-Strike\0\x0c\x12\x2fdl\x00\x01www.counter-strike.net\0\0\0\x01\0\0\0\x00\x9e\xf7\x0a\0\x01\x01\x00";

    #[test]
    fn the_documented_examples_are_read() {
        let answer = parse(SOURCE).expect("Source");
        assert_eq!(answer.map.as_deref(), Some("de_dust"));
        assert_eq!(
            (answer.players, answer.max_players, answer.bots),
            (Some(5), Some(16), Some(4))
        );
        assert_eq!(answer.version.as_deref(), Some("1.0.0.22"));
        assert_eq!(answer.password, Some(false));
        assert_eq!(answer.extra.get("app_id").map(String::as_str), Some("240"));
        let answer = parse(GOLDSRC).expect("GoldSrc");
        assert_eq!(
            (answer.players, answer.max_players, answer.bots),
            (Some(12), Some(18), Some(0))
        );
        assert_eq!(
            (answer.map.as_deref(), answer.version),
            (Some("surf_ski"), None)
        );
    }

    #[test]
    fn letters_of_a_goldsrc_server_are_taken_in_either_case() {
        let capital = String::from_utf8_lossy(GOLDSRC).contains("DL");
        assert!(
            !capital,
            "the example has small ones, the table above it capital ones"
        );
        let mut other = GOLDSRC.to_vec();
        let at = other
            .windows(2)
            .position(|pair| pair == b"dl")
            .expect("the letters");
        if let Some(letters) = other.get_mut(at..at + 2) {
            letters.copy_from_slice(b"DW");
        }
        for (packet, platform) in [(GOLDSRC, "linux"), (&*other, "windows")] {
            let answer = parse(packet).expect("GoldSrc");
            let noted = |key: &str| answer.extra.get(key).map(String::as_str);
            assert_eq!(noted("platform"), Some(platform));
            assert_eq!(noted("server_type"), Some("dedicated"));
        }
    }

    #[test]
    fn rust_counts_beyond_a_byte_in_its_keywords() {
        let mut packet =
            b"\xff\xff\xff\xffI\x11name\0map\0rust\0Rust\0\0\0\xff\xff\0dl\0\x012.5\0\x21".to_vec();
        packet.extend_from_slice(b"mp400,cp312,qp0,v2500\0");
        packet.extend_from_slice(&RUST.to_le_bytes());
        let answer = parse(&packet).expect("Rust");
        assert_eq!((answer.players, answer.max_players), (Some(312), Some(400)));
    }

    #[test]
    fn a_short_tail_costs_only_the_tail() {
        let mut packet = SOURCE.to_vec();
        packet.extend_from_slice(b"\xf1\x12");
        assert_eq!(parse(&packet).expect("reads").players, Some(5));
        assert!(parse(SOURCE.get(..40).expect("long enough")).is_err());
    }
}
