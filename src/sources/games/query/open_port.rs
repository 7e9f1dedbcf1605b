//! For games without any query: somebody accepts connections, and nothing more is known.

use super::line::{Call, Patience};
use super::protocol::{Capabilities, Players, Protocol, Transport};
use super::{Answer, QueryError};

pub(super) const PROTOCOL: Protocol = Protocol {
    name: "open_port",
    label: "Open TCP port (alive or not)",
    ports: &[7777],
    transport: Transport::Tcp,
    capabilities: Capabilities {
        players: Players::Unknown,
        map: false,
        version: false,
        secret: false,
        wakes: true,
    },
    query: |call| Box::pin(ask(call)),
    parse: |_| {},
};

async fn ask(call: Call) -> Result<Answer, QueryError> {
    call.tcp(Patience::Whole).await?;
    Ok(Answer::default())
}
