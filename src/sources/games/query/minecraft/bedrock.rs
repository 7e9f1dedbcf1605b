//! The Bedrock edition's unconnected ping (RakNet).
//! <https://minecraft.wiki/w/RakNet>

use super::super::line::{Call, Heard, Patience};
use super::super::protocol::{Capabilities, Players, Protocol, Transport};
use super::super::reader::Reader;
use super::super::text;
use super::super::{Answer, QueryError};
use super::plain;

pub(in super::super) const PROTOCOL: Protocol = Protocol {
    name: "minecraft_bedrock",
    label: "Minecraft Bedrock",
    ports: &[19132],
    transport: Transport::Udp,
    capabilities: Capabilities {
        players: Players::Count,
        map: true,
        version: true,
        secret: false,
        wakes: false,
    },
    query: |call| Box::pin(ask(call)),
    parse: |bytes| drop(parse(bytes)),
};

const MAGIC: [u8; 16] = [
    0x00, 0xff, 0xff, 0x00, 0xfe, 0xfe, 0xfe, 0xfe, 0xfd, 0xfd, 0xfd, 0xfd, 0x12, 0x34, 0x56, 0x78,
];
/// Comes back with the answer; any value does on a connected socket.
const TIME: [u8; 8] = *b"homepuls";

async fn ask(call: Call) -> Result<Answer, QueryError> {
    let mut line = call.udp().await?;
    let ping = [&[0x01][..], &TIME, &MAGIC, b"homepuls"].concat();
    line.exchange(&[&ping], Patience::Whole, |bytes| Heard::from(parse(bytes)))
        .await
}

fn parse(packet: &[u8]) -> Result<Answer, QueryError> {
    let mut reader = Reader::new(packet);
    reader.expect(&[0x1c], "it is no pong")?;
    reader.expect(&TIME, "it answers another ping")?;
    reader.take(8)?;
    reader.expect(&MAGIC, "it lacks the magic")?;
    let length = reader.u16_be()?;
    let line = reader.take(usize::from(length))?;
    let fields: Vec<&[u8]> = line.split(|byte| *byte == b';').take(12).collect();
    let words = |index: usize| text::some(fields.get(index)?);
    let number = |index: usize| words(index)?.parse::<u32>().ok();
    let edition = words(0).ok_or(QueryError::Malformed("it names no edition"))?;
    let mut answer = Answer {
        title: words(1).as_deref().and_then(plain),
        version: words(3),
        players: number(4),
        max_players: number(5),
        map: words(7).as_deref().and_then(plain),
        ..Answer::default()
    };
    answer.note("edition", edition);
    for (index, name) in [(2, "protocol"), (8, "mode")] {
        answer.note(name, words(index).unwrap_or_default());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pong_is_read_as_far_as_it_goes() {
        let line = b"MCPE;Dedicated Server;390;1.14.60;0;10;13253860892328930865;Bedrock level;Survival;1;19132;19133;";
        let pong = |line: &[u8]| {
            let length = u16::try_from(line.len()).expect("short").to_be_bytes();
            [&[0x1c][..], &TIME, &[7; 8], &MAGIC, &length, line].concat()
        };
        let answer = parse(&pong(line)).expect("reads");
        assert_eq!((answer.players, answer.max_players), (Some(0), Some(10)));
        assert_eq!(answer.map.as_deref(), Some("Bedrock level"));
        let answer = parse(&pong(b"MCPE;x")).expect("reads");
        assert_eq!(answer.players, None);
        assert!(parse(&pong(line)[..60]).is_err());
    }
}
