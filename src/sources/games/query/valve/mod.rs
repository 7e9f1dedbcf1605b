//! Valve's A2S, spoken by most games on Steam.
//! <https://developer.valvesoftware.com/wiki/Server_queries>

mod info;
mod players;
mod split;

use super::line::{Call, Heard, Patience, UdpLine};
use super::protocol::{Capabilities, Players, Protocol, Transport};
use super::{Answer, QueryError};
use split::{Assembler, Whole};

pub(super) const PROTOCOL: Protocol = Protocol {
    name: "a2s",
    label: "Valve A2S",
    ports: &[27015, 27016, 2457, 26900, 16261, 15637, 9877],
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
        let _ = info::parse(bytes);
        let _ = players::parse(bytes);
        let mut assembler = Assembler::default();
        // Some of the bytes as a few datagrams, which they would be on a line.
        for datagram in bytes.chunks(bytes.len() / 3 + 1) {
            let _ = assembler.add(datagram);
        }
    },
};

const ASK_INFO: &[u8] = b"\xff\xff\xff\xffTSource Engine Query\0";
const ASK_PLAYERS: &[u8] = b"\xff\xff\xff\xffU";
const CHALLENGE: &[u8] = b"\xff\xff\xff\xffA";
/// Challenges a server may hand out for one question before it is taken to have none that holds.
const CHALLENGES: usize = 3;

async fn ask(call: Call) -> Result<Answer, QueryError> {
    let mut line = call.udp().await?;
    let mut challenge = None;
    let info = converse(&mut line, ASK_INFO, &mut challenge, false, Patience::Whole).await?;
    let mut answer = info::parse(&info)?;
    if !call.options().brief && answer.players != Some(0) {
        // Some games never list their players; that must not cost what is known already.
        let list = converse(
            &mut line,
            ASK_PLAYERS,
            &mut challenge,
            true,
            Patience::Brief,
        )
        .await;
        answer.names = list.and_then(|list| players::parse(&list)).ok();
    } else if answer.players == Some(0) {
        answer.names = Some(Vec::new());
    }
    Ok(answer)
}

/// Asks, again with each challenge that comes back, until there is an answer of another kind.
async fn converse(
    line: &mut UdpLine,
    question: &[u8],
    challenge: &mut Option<[u8; 4]>,
    always: bool,
    patience: Patience,
) -> Result<Vec<u8>, QueryError> {
    for _ in 0..=CHALLENGES {
        let mut datagram = question.to_vec();
        match challenge {
            Some(known) => datagram.extend_from_slice(known),
            None if always => datagram.extend_from_slice(&[0xff; 4]),
            None => {}
        }
        let sent = *challenge;
        let mut assembler = Assembler::default();
        let whole = line
            .exchange(&[&datagram], patience, |bytes| match assembler.add(bytes) {
                Ok(Whole::Not) => Heard::Part,
                // A repeated question brings a repeated challenge, which is no news.
                Ok(Whole::Now(packet)) if sent.is_some() && challenge_in(&packet) == sent => {
                    Heard::Foreign
                }
                Ok(Whole::Now(packet)) if answers(&packet, question) => Heard::Answer(packet),
                Ok(Whole::Now(_)) | Err(QueryError::Malformed(_)) => Heard::Foreign,
                Err(error) => Heard::Fatal(error),
            })
            .await?;
        match challenge_in(&whole) {
            Some(fresh) => *challenge = Some(fresh),
            None => return Ok(whole),
        }
    }
    Err(QueryError::Malformed("it hands out challenges without end"))
}

fn challenge_in(packet: &[u8]) -> Option<[u8; 4]> {
    packet.strip_prefix(CHALLENGE)?.first_chunk().copied()
}

fn answers(packet: &[u8], question: &[u8]) -> bool {
    let kind = packet.get(4).copied();
    let expected = if question == ASK_INFO {
        matches!(kind, Some(b'I' | b'm'))
    } else {
        kind == Some(b'D')
    };
    expected || challenge_in(packet).is_some()
}
