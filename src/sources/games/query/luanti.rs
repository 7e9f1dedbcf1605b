//! Luanti (Minetest) has no status; its first handshake proves that it lives, and is taken back.

use super::line::{Call, Heard, Patience};
use super::protocol::{Capabilities, Players, Protocol, Transport};
use super::reader::Reader;
use super::{Answer, QueryError};

pub(super) const PROTOCOL: Protocol = Protocol {
    name: "luanti",
    label: "Luanti (alive or not)",
    ports: &[30000],
    transport: Transport::Udp,
    capabilities: Capabilities {
        players: Players::Unknown,
        map: false,
        version: false,
        secret: false,
        wakes: false,
    },
    query: |call| Box::pin(ask(call)),
    parse: |bytes| drop(parse(bytes)),
};

const PROTOCOL_ID: [u8; 4] = [0x4f, 0x45, 0x74, 0x03];

async fn ask(call: Call) -> Result<Answer, QueryError> {
    let mut line = call.udp().await?;
    // From nobody yet, on channel 0, an original packet without content.
    let hello = [&PROTOCOL_ID[..], &[0, 0, 0, 1]].concat();
    let peer = line
        .exchange(&[&hello], Patience::Whole, |bytes| {
            Heard::from(parse(bytes))
        })
        .await?;
    // Control, disconnect: else the server keeps our place until it times out.
    let farewell = [&PROTOCOL_ID[..], &peer, &[0, 0, 3]].concat();
    line.send(&[&farewell]).await?;
    Ok(Answer::default())
}

/// The number that the server gave us.
fn parse(packet: &[u8]) -> Result<[u8; 2], QueryError> {
    let mut reader = Reader::new(packet);
    reader.expect(&PROTOCOL_ID, "it lacks the protocol's number")?;
    reader.take(3)?;
    reader.expect(&[3], "it is not sent reliably")?;
    reader.u16_be()?;
    reader.expect(&[0, 1], "it gives no number")?;
    reader.u16_be().map(u16::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_given_number_is_read() {
        let packet = [&PROTOCOL_ID[..], &[0, 1, 0, 3, 0xff, 0xdc, 0, 1, 0, 9]].concat();
        assert_eq!(parse(&packet).ok(), Some([0, 9]));
        assert!(parse(&packet[..13]).is_err());
    }
}
