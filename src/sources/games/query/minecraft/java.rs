//! The Server List Ping of the Java edition since 1.7; older servers by [`super::legacy`].
//! <https://minecraft.wiki/w/Java_Edition_protocol/Server_List_Ping>

use serde::Deserialize;

use super::super::json::{self, Roster, Text};
use super::super::line::{Call, Patience, TcpLine};
use super::super::protocol::{Capabilities, Players, Protocol, Transport};
use super::super::reader::Reader;
use super::super::{Answer, QueryError};
use super::{legacy, plain};
use crate::sources::lenient;

pub(in super::super) const PROTOCOL: Protocol = Protocol {
    name: "minecraft_java",
    label: "Minecraft Java (status)",
    ports: &[25565],
    transport: Transport::Tcp,
    capabilities: Capabilities {
        players: Players::Names,
        map: false,
        version: true,
        secret: false,
        wakes: true,
    },
    query: |call| Box::pin(ask(call)),
    parse: |bytes| {
        let _ = parse(bytes);
        let _ = packet(bytes);
        legacy::swallow(bytes);
    },
};

/// Largest status: its text may have 32,767 characters, and modified servers write more.
const LARGEST: usize = 512 << 10;

async fn ask(call: Call) -> Result<Answer, QueryError> {
    // Servers before 1.7 may wait for more of what they take for another packet.
    match modern(&call, Patience::Whole).await {
        Err(QueryError::Malformed(problem)) => {
            let old = legacy::ask(&call).await;
            old.map_err(|_| QueryError::Malformed(problem))
        }
        outcome => outcome,
    }
}

async fn modern(call: &Call, patience: Patience) -> Result<Answer, QueryError> {
    let mut line = call.tcp(patience).await?;
    line.send(&greeting(call.host(), call.port())).await?;
    let length = length(&mut line).await?;
    let packet = line.take(length).await?;
    parse(self::packet(&packet)?)
}

/// The length before a packet, a number of at most three bytes.
async fn length(line: &mut TcpLine) -> Result<usize, QueryError> {
    let mut length = 0_usize;
    for shift in [0, 7, 14] {
        let byte = line.take(1).await?.first().copied().unwrap_or_default();
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return match length {
                0 => Err(QueryError::Malformed("its packet is empty")),
                1..=LARGEST => Ok(length),
                _ => Err(QueryError::TooMuch(LARGEST)),
            };
        }
    }
    Err(QueryError::TooMuch(LARGEST))
}

/// The JSON in a status packet.
fn packet(bytes: &[u8]) -> Result<&[u8], QueryError> {
    let mut reader = Reader::new(bytes);
    if variable(&mut reader)? != 0 {
        return Err(QueryError::Malformed("its packet is no status"));
    }
    let length = variable(&mut reader)?;
    reader.take(length as usize)
}

fn variable(reader: &mut Reader<'_>) -> Result<u32, QueryError> {
    let mut value = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let byte = reader.u8()?;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(QueryError::Malformed("its number does not end"))
}

/// Handshake for a status in no version in particular, and the request for it.
fn greeting(host: &str, port: u16) -> Vec<u8> {
    let host: String = host.chars().filter(char::is_ascii).take(255).collect();
    let mut handshake = vec![0x00];
    // -1: whatever the server speaks.
    handshake.extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 0x0f]);
    put_variable(&mut handshake, host.len());
    handshake.extend_from_slice(host.as_bytes());
    handshake.extend_from_slice(&port.to_be_bytes());
    handshake.push(0x01);
    let mut bytes = Vec::with_capacity(handshake.len() + 4);
    put_variable(&mut bytes, handshake.len());
    bytes.append(&mut handshake);
    bytes.extend_from_slice(&[0x01, 0x00]);
    bytes
}

fn put_variable(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    version: Version,
    #[serde(default)]
    players: Option<Online>,
    #[serde(default)]
    description: Text,
}

#[derive(Default, Deserialize)]
struct Version {
    #[serde(default)]
    name: Text,
    #[serde(default, deserialize_with = "lenient::whole")]
    protocol: Option<u64>,
}

#[derive(Deserialize)]
struct Online {
    #[serde(default, deserialize_with = "lenient::whole")]
    online: Option<u64>,
    #[serde(default, deserialize_with = "lenient::whole")]
    max: Option<u64>,
    #[serde(default)]
    sample: Option<Roster>,
}

fn parse(json: &[u8]) -> Result<Answer, QueryError> {
    let status: Status = json::read(json)?;
    let mut answer = Answer {
        title: plain(&status.description.0),
        version: plain(&status.version.name.0),
        ..Answer::default()
    };
    if let Some(online) = status.players {
        answer.players = json::count(online.online);
        answer.max_players = json::count(online.max);
        answer.names = match (online.sample, answer.players) {
            (_, Some(0)) => Some(Vec::new()),
            // Servers put greetings where names belong; more of them than players gives it away.
            (Some(sample), Some(players)) if sample.count <= players => {
                Some(sample.names).filter(|names| !names.is_empty())
            }
            _ => None,
        };
    }
    if let Some(protocol) = status.version.protocol {
        answer.note("protocol", protocol.to_string());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_and_its_greetings_are_not_taken_for_names() {
        let json = r#"{"version":{"name":"§a1.21.4","protocol":769},"players":{"max":20,"online":2,
            "sample":[{"name":"alice","id":"a"},{"name":"bob","id":"b"}]},
            "description":{"text":"A ","extra":[{"text":"§lserver","color":"red"}]},"favicon":"data:…"}"#;
        let answer = parse(json.as_bytes()).expect("reads");
        assert_eq!((answer.players, answer.max_players), (Some(2), Some(20)));
        assert_eq!(answer.names, Some(vec!["alice".into(), "bob".into()]));
        assert_eq!(answer.title.as_deref(), Some("A server"));
        assert_eq!(answer.version.as_deref(), Some("1.21.4"));
        let fake =
            br#"{"players":{"max":20,"online":1,"sample":[{"name":"Welcome"},{"name":"to us"}]}}"#;
        assert_eq!(parse(fake).expect("reads").names, None);
        let hidden = br#"{"version":{"name":"1.21"},"description":""}"#;
        assert_eq!(
            parse(hidden).expect("reads").players,
            None,
            "unknown is not zero"
        );
    }

    #[test]
    fn the_greeting_is_what_the_documentation_shows() {
        let bytes = greeting("h", 25565);
        assert_eq!(
            bytes,
            [11, 0, 255, 255, 255, 255, 15, 1, b'h', 0x63, 0xdd, 1, 1, 0]
        );
    }
}
