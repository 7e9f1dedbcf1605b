//! Source RCON's packets.
//! <https://developer.valvesoftware.com/wiki/Source_RCON_Protocol>

use std::time::Duration;

use super::super::QueryError;
use super::super::line::TcpLine;
use super::super::reader::Reader;

const LOGIN: i32 = 3;
const LOGGED_IN: i32 = 2;
const COMMAND: i32 = 2;
const TOLD: i32 = 0;

/// Servers cut longer texts into packets of 4096 bytes, without saying that more are to come.
const FULL: usize = 3_700;
const LARGEST: usize = 64 << 10;
const SILENCE: Duration = Duration::from_millis(300);

/// A console that has let us in.
pub(super) struct Console {
    line: TcpLine,
    last: i32,
}

/// One packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Packet {
    id: i32,
    kind: i32,
    text: String,
}

impl Console {
    pub(super) async fn open(line: TcpLine, password: &str) -> Result<Self, QueryError> {
        let mut console = Self { line, last: 0 };
        console.send(LOGIN, password).await?;
        loop {
            let packet = console.receive().await?;
            // An empty text may come before the verdict.
            if packet.kind == LOGGED_IN {
                if packet.id != console.last {
                    return Err(QueryError::Denied("wrong RCON password".into()));
                }
                return Ok(console);
            }
        }
    }

    pub(super) async fn run(&mut self, command: &str) -> Result<String, QueryError> {
        self.send(COMMAND, command).await?;
        let mut text = loop {
            let packet = self.receive().await?;
            // ARK sends "Keep Alive" of its own accord, under no number of ours.
            if packet.kind == TOLD && packet.id == self.last {
                break packet.text;
            }
        };
        let mut last = text.len();
        while last >= FULL && text.len() < LARGEST {
            let Ok(Ok(packet)) = tokio::time::timeout(SILENCE, self.receive()).await else {
                break;
            };
            last = packet.text.len();
            text.push_str(&packet.text);
        }
        Ok(text)
    }

    async fn send(&mut self, kind: i32, text: &str) -> Result<(), QueryError> {
        self.last += 1;
        let length = i32::try_from(text.len() + 10).unwrap_or(i32::MAX);
        let mut packet = Vec::with_capacity(text.len() + 14);
        for number in [length, self.last, kind] {
            packet.extend_from_slice(&number.to_le_bytes());
        }
        packet.extend_from_slice(text.as_bytes());
        packet.extend_from_slice(&[0, 0]);
        self.line.send(&packet).await
    }

    async fn receive(&mut self) -> Result<Packet, QueryError> {
        let head = self.line.take(4).await?;
        let length = Reader::new(&head).i32_le()?;
        let length = usize::try_from(length)
            .ok()
            .filter(|length| (10..=LARGEST).contains(length))
            .ok_or(QueryError::Malformed("its packet has an impossible length"))?;
        packet(&self.line.take(length).await?)
    }
}

/// Reads a packet behind its length.
pub(super) fn packet(bytes: &[u8]) -> Result<Packet, QueryError> {
    let mut reader = Reader::new(bytes);
    let (id, kind) = (reader.i32_le()?, reader.i32_le()?);
    let text = reader.rest().split(|byte| *byte == 0).next();
    Ok(Packet {
        id,
        kind,
        text: String::from_utf8_lossy(text.unwrap_or_default()).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_ends_at_its_first_zero() {
        let read = packet(b"\x02\0\0\0\0\0\0\0hello\0\0rest").expect("reads");
        assert_eq!(
            read,
            Packet {
                id: 2,
                kind: TOLD,
                text: "hello".into()
            }
        );
        assert!(packet(b"\x02\0\0\0").is_err());
    }
}
