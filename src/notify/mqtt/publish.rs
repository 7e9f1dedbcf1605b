//! One conversation with a broker.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::packet;
use crate::http::{Outgoing, OutgoingError, Stream, Trust};

/// Who publishes.
pub(super) struct Login {
    /// The name of the session.
    pub(super) client: String,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
}

/// What is published.
pub(super) struct Publication {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
    /// Whether the broker keeps it for whoever comes later.
    pub(super) retain: bool,
}

/// Why something could not be published.
#[derive(Debug, thiserror::Error)]
pub(super) enum PublishError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] OutgoingError),
    /// It broke off.
    #[error("the connection broke off")]
    Io(#[from] io::Error),
    /// The broker does not want us.
    #[error("the broker refused: {0}")]
    Refused(&'static str),
    /// The broker says something else than MQTT 3.1.1.
    #[error("it does not speak MQTT 3.1.1")]
    Protocol,
    /// A text is longer than MQTT can carry.
    #[error("the message is too long")]
    TooLong,
}

/// Publishes everything in its order; each has been acknowledged at the end.
pub(super) async fn publish(
    outgoing: &Outgoing,
    (host, port): (&str, u16),
    trust: Option<&Trust>,
    login: &Login,
    publications: &[Publication],
) -> Result<(), PublishError> {
    let mut stream = outgoing.connect(host, port, trust).await?;
    let hello = packet::connect(
        &login.client,
        login.user.as_deref(),
        login.password.as_deref(),
    );
    stream
        .write_all(&hello.ok_or(PublishError::TooLong)?)
        .await?;
    match answer(&mut *stream, 0x20).await? {
        [_, 0] => {}
        [_, 1] => return Err(PublishError::Refused("another version of the protocol")),
        [_, 2] => return Err(PublishError::Refused("the client id")),
        [_, 3] => return Err(PublishError::Refused("it is not ready")),
        [_, 4 | 5] => return Err(PublishError::Refused("user name or password")),
        _ => return Err(PublishError::Protocol),
    }
    for (index, one) in publications.iter().enumerate() {
        let id = u16::try_from(index + 1).map_err(|_| PublishError::TooLong)?;
        let packet = packet::publish(id, &one.topic, &one.payload, one.retain);
        stream
            .write_all(&packet.ok_or(PublishError::TooLong)?)
            .await?;
        if answer(&mut *stream, 0x40).await? != id.to_be_bytes() {
            return Err(PublishError::Protocol);
        }
    }
    // Everything is acknowledged; whether the broker hears the good-bye changes nothing.
    let _ = stream.write_all(&packet::DISCONNECT).await;
    let _ = stream.shutdown().await;
    Ok(())
}

/// The two bytes behind a packet of the expected sort; both that matter here are that long.
async fn answer(stream: &mut dyn Stream, expected: u8) -> Result<[u8; 2], PublishError> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    if head != [expected, 2] {
        return Err(PublishError::Protocol);
    }
    let mut rest = [0; 2];
    stream.read_exact(&mut rest).await?;
    Ok(rest)
}
