//! OpenTTD: over a stream since version 12, over datagrams before.

mod info;

use super::line::{Call, Heard, Patience};
use super::protocol::{Capabilities, Players, Protocol, Transport};
use super::reader::Reader;
use super::{Answer, QueryError};

pub(super) const PROTOCOL: Protocol = Protocol {
    name: "openttd",
    label: "OpenTTD",
    ports: &[3979],
    transport: Transport::UdpAndTcp,
    capabilities: Capabilities {
        players: Players::Count,
        map: true,
        version: true,
        secret: false,
        wakes: false,
    },
    query: |call| Box::pin(ask(call)),
    parse: |bytes| {
        let _ = info::parse(bytes);
        let _ = datagram(bytes);
    },
};

const ASK_BY_STREAM: u8 = 7;
const TOLD_BY_STREAM: u8 = 6;
const ASK_BY_DATAGRAM: u8 = 0;
const TOLD_BY_DATAGRAM: u8 = 1;

async fn ask(call: Call) -> Result<Answer, QueryError> {
    match stream(&call).await {
        // A host that is not there at all does not get a second question.
        Err(error @ (QueryError::NameUnknown(_) | QueryError::NotOneServer(_))) => Err(error),
        Err(first) => {
            let mut line = call.udp().await?;
            let question = [3, 0, ASK_BY_DATAGRAM];
            line.exchange(&[&question], Patience::Whole, |bytes| {
                Heard::from(datagram(bytes))
            })
            .await
            .map_err(|second| if second.is_silence() { first } else { second })
        }
        answer => answer,
    }
}

async fn stream(call: &Call) -> Result<Answer, QueryError> {
    let mut line = call.tcp(Patience::Brief).await?;
    line.send(&[3, 0, ASK_BY_STREAM]).await?;
    let head = line.take(3).await?;
    let mut reader = Reader::new(&head);
    let length = usize::from(reader.u16_le()?);
    if reader.u8()? != TOLD_BY_STREAM {
        return Err(QueryError::Malformed("it does not tell about its game"));
    }
    let body = line.take(length.saturating_sub(head.len())).await?;
    info::parse(&body)
}

fn datagram(packet: &[u8]) -> Result<Answer, QueryError> {
    let mut reader = Reader::new(packet);
    reader.u16_le()?;
    reader.expect(&[TOLD_BY_DATAGRAM], "it does not tell about its game")?;
    info::parse(reader.rest())
}
