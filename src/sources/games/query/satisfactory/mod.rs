//! Satisfactory: its state by datagram for everybody, its players by HTTPS for who has a token.

mod api;
mod lightweight;

use super::line::{Call, Heard, Patience};
use super::protocol::{Capabilities, Players, Protocol, Transport};
use super::{Answer, QueryError};

pub(super) const PROTOCOL: Protocol = Protocol {
    name: "satisfactory",
    label: "Satisfactory",
    ports: &[7777],
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
        let _ = lightweight::parse(bytes);
        let _ = api::add(bytes, &mut Answer::default());
    },
};

async fn ask(call: Call) -> Result<Answer, QueryError> {
    let mut line = call.udp().await?;
    let mut answer = line
        .exchange(&[lightweight::QUESTION], Patience::Whole, |bytes| {
            Heard::from(lightweight::parse(bytes))
        })
        .await?;
    if call.options().secret.is_some() {
        match api::ask(&call, &mut answer).await {
            Ok(()) => {}
            // What only a person can put right is told; all else leaves the players unknown.
            Err(error @ (QueryError::Certificate(_) | QueryError::Denied(_))) => return Err(error),
            Err(_) => answer.note("players", "the HTTPS API did not answer"),
        }
    }
    Ok(answer)
}
