//! The Java edition's optional query (`enable-query`): everybody's name, over datagrams.
//! <https://minecraft.wiki/w/Query>

use std::collections::HashMap;

use super::super::answer::Names;
use super::super::line::{Call, Heard, Patience};
use super::super::protocol::{Capabilities, Players, Protocol, Transport};
use super::super::reader::Reader;
use super::super::text;
use super::super::{Answer, QueryError};
use super::plain;

pub(in super::super) const PROTOCOL: Protocol = Protocol {
    name: "minecraft_query",
    label: "Minecraft Java (query)",
    ports: &[25565],
    transport: Transport::Udp,
    capabilities: Capabilities {
        players: Players::Names,
        map: true,
        version: true,
        secret: false,
        wakes: true,
    },
    query: |call| Box::pin(ask(call)),
    parse: |bytes| {
        let _ = challenge(bytes);
        let _ = parse(bytes);
    },
};

/// Only the lower half of each byte may be set.
const SESSION: [u8; 4] = [0x01, 0x02, 0x03, 0x04];

async fn ask(call: Call) -> Result<Answer, QueryError> {
    let mut line = call.udp().await?;
    let hello = [&[0xfe, 0xfd, 0x09][..], &SESSION].concat();
    let challenge = line
        .exchange(&[&hello], Patience::Whole, |bytes| challenge(bytes).into())
        .await?;
    // Four more bytes ask for everything.
    let question = [&[0xfe, 0xfd, 0x00][..], &SESSION, &challenge, &[0; 4]].concat();
    line.exchange(&[&question], Patience::Whole, |bytes| {
        Heard::from(parse(bytes))
    })
    .await
}

fn challenge(packet: &[u8]) -> Result<[u8; 4], QueryError> {
    let mut reader = Reader::new(packet);
    reader.expect(&[0x09], "it is no challenge")?;
    reader.expect(&SESSION, "it belongs to another session")?;
    let digits = reader.until_zero()?;
    let number: Option<i32> = std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.trim().parse().ok());
    number
        .map(i32::to_be_bytes)
        .ok_or(QueryError::Malformed("its challenge is no number"))
}

fn parse(packet: &[u8]) -> Result<Answer, QueryError> {
    let mut reader = Reader::new(packet);
    reader.expect(&[0x00], "it is no statistic")?;
    reader.expect(&SESSION, "it belongs to another session")?;
    // Eleven bytes that mean nothing: "splitnum", 0, 128, 0.
    reader.take(11)?;
    let mut facts = HashMap::new();
    loop {
        let key = reader.until_zero()?;
        if key.is_empty() {
            break;
        }
        let value = reader.until_zero()?;
        if facts.len() < 64 {
            facts.insert(key, value);
        }
    }
    let number = |key: &[u8]| text::of(facts.get(key)?).parse::<u32>().ok();
    let words = |key: &[u8]| text::some(facts.get(key)?);
    let mut answer = Answer {
        players: number(b"numplayers"),
        max_players: number(b"maxplayers"),
        map: words(b"map"),
        version: words(b"version"),
        title: words(b"hostname").as_deref().and_then(plain),
        ..Answer::default()
    };
    for (key, name) in [("gametype", "mode"), ("plugins", "plugins")] {
        if let Some(value) = words(key.as_bytes()) {
            answer.note(name, value);
        }
    }
    answer.names = names(reader).ok();
    Ok(answer)
}

fn names(mut reader: Reader<'_>) -> Result<Vec<String>, QueryError> {
    // Ten more: 1, "player_", 0, 0.
    reader.take(10)?;
    let mut names = Names::default();
    loop {
        let name = reader.until_zero()?;
        if name.is_empty() {
            return Ok(names.into_vec());
        }
        names.push(text::of(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_statistic_is_read() {
        let mut packet = b"\x00\x01\x02\x03\x04splitnum\0\x80\0".to_vec();
        packet.extend_from_slice(b"hostname\0A \xa7bserver\0gametype\0SMP\0version\x001.20\0map\0world\0numplayers\x002\0maxplayers\x0020\0\0");
        packet.extend_from_slice(b"\x01player_\0\0alice\0bob\0\0");
        let answer = parse(&packet).expect("reads");
        assert_eq!((answer.players, answer.max_players), (Some(2), Some(20)));
        assert_eq!(answer.title.as_deref(), Some("A server"));
        assert_eq!(answer.names, Some(vec!["alice".into(), "bob".into()]));
        packet.truncate(packet.len() - 3);
        assert_eq!(
            parse(&packet).expect("reads").names,
            None,
            "a cut list is unknown"
        );
    }

    #[test]
    fn challenges_may_be_negative() {
        assert_eq!(
            challenge(b"\x09\x01\x02\x03\x04-2\0").ok(),
            Some([255, 255, 255, 254])
        );
        assert!(challenge(b"\x09\x01\x02\x03\x05-2\0").is_err());
    }
}
