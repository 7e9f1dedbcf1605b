//! Mumble's ping: twelve bytes out, twenty-four back, no configuration needed.
//! <https://www.mumble.info/documentation/developer/protocol/>

use super::line::{Call, Heard, Patience};
use super::protocol::{Capabilities, Players, Protocol, Transport};
use super::reader::Reader;
use super::{Answer, QueryError};

pub(super) const PROTOCOL: Protocol = Protocol {
    name: "mumble",
    label: "Mumble",
    ports: &[64738],
    transport: Transport::Udp,
    capabilities: Capabilities {
        players: Players::Count,
        map: false,
        version: true,
        secret: false,
        wakes: false,
    },
    query: |call| Box::pin(ask(call)),
    parse: |bytes| drop(parse(bytes)),
};

/// Comes back with the answer.
const IDENT: [u8; 8] = *b"homepuls";

async fn ask(call: Call) -> Result<Answer, QueryError> {
    let mut line = call.udp().await?;
    let ping = [&[0; 4][..], &IDENT].concat();
    line.exchange(&[&ping], Patience::Whole, |bytes| Heard::from(parse(bytes)))
        .await
}

fn parse(packet: &[u8]) -> Result<Answer, QueryError> {
    let mut reader = Reader::new(packet);
    reader.u8()?;
    let (major, minor, patch) = (reader.u8()?, reader.u8()?, reader.u8()?);
    reader.expect(&IDENT, "it answers another ping")?;
    let mut answer = Answer {
        version: Some(format!("{major}.{minor}.{patch}")),
        players: Some(reader.u32_be()?),
        max_players: Some(reader.u32_be()?),
        ..Answer::default()
    };
    answer.note("bits_per_second", reader.u32_be()?.to_string());
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pong_is_read() {
        let pong = [
            &[0, 1, 3, 4][..],
            &IDENT,
            &[0, 0, 0, 2, 0, 0, 0, 25, 0, 1, 0x19, 0x40],
        ]
        .concat();
        let answer = parse(&pong).expect("reads");
        assert_eq!((answer.players, answer.max_players), (Some(2), Some(25)));
        assert_eq!(answer.version.as_deref(), Some("1.3.4"));
        assert!(parse(&pong[..20]).is_err());
    }
}
