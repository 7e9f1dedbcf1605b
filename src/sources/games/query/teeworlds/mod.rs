//! Teeworlds and DDNet. Both generations are asked at once, and the one that answers is heard.

mod seven;
mod six;

use super::line::{Call, Heard, Patience};
use super::protocol::{Capabilities, Players, Protocol, Transport};
use super::{Answer, QueryError};

pub(super) const PROTOCOL: Protocol = Protocol {
    name: "teeworlds",
    label: "Teeworlds and DDNet",
    ports: &[8303],
    transport: Transport::Udp,
    capabilities: Capabilities {
        players: Players::Names,
        map: true,
        version: true,
        secret: false,
        wakes: false,
    },
    query: |call| Box::pin(ask(call)),
    parse: |bytes| {
        let _ = six::parse(bytes);
        let _ = seven::token(bytes);
        let _ = seven::parse(bytes);
    },
};

enum First {
    Six(Answer),
    Seven([u8; 4]),
}

async fn ask(call: Call) -> Result<Answer, QueryError> {
    let mut line = call.udp().await?;
    let hello = seven::ask_token();
    let first = line
        .exchange(&[six::QUESTION, &hello], Patience::Whole, |bytes| {
            match (six::parse(bytes), seven::token(bytes)) {
                (Ok(answer), _) => Heard::Answer(First::Six(answer)),
                (_, Ok(token)) => Heard::Answer(First::Seven(token)),
                _ => Heard::Foreign,
            }
        })
        .await?;
    match first {
        First::Six(answer) => Ok(answer),
        First::Seven(token) => {
            let question = seven::question(token);
            line.exchange(&[&question], Patience::Whole, |bytes| {
                Heard::from(seven::parse(bytes))
            })
            .await
        }
    }
}
