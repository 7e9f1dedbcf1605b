//! The list ping of servers before 1.7, which newer ones still answer.

use super::super::line::{Call, Patience};
use super::super::reader::Reader;
use super::super::{Answer, QueryError};
use super::plain;

pub(super) async fn ask(call: &Call) -> Result<Answer, QueryError> {
    let mut line = call.tcp(Patience::Whole).await?;
    line.send(&question(call.host(), call.port())).await?;
    let head = line.take(3).await?;
    let mut reader = Reader::new(&head);
    reader.expect(&[0xff], "it is no farewell of an old server")?;
    let characters = reader.u16_be()?;
    let text = line.take(usize::from(characters) * 2).await?;
    parse(&utf16(&text))
}

/// The request of 1.6; older servers read the beginning of it.
fn question(host: &str, port: u16) -> Vec<u8> {
    let channel: Vec<u16> = "MC|PingHost".encode_utf16().collect();
    let host: Vec<u16> = host.encode_utf16().take(255).collect();
    let mut bytes = vec![0xfe, 0x01, 0xfa];
    put_text(&mut bytes, &channel);
    let length = u16::try_from(7 + host.len() * 2).unwrap_or(u16::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.push(74);
    put_text(&mut bytes, &host);
    bytes.extend_from_slice(&u32::from(port).to_be_bytes());
    bytes
}

fn put_text(out: &mut Vec<u8>, text: &[u16]) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend(text.iter().flat_map(|unit| unit.to_be_bytes()));
}

fn utf16(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_be_bytes(*pair.first_chunk()?)));
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn parse(text: &str) -> Result<Answer, QueryError> {
    let mut answer = Answer::default();
    let (online, max) = if let Some(fields) = text.strip_prefix("§1\0") {
        let mut fields = fields.split('\0');
        if let Some(protocol) = fields.next() {
            answer.note("protocol", protocol);
        }
        answer.version = fields.next().and_then(plain);
        answer.title = fields.next().and_then(plain);
        (fields.next(), fields.next())
    } else {
        // From the right, because the title may hold the separator as well.
        let mut fields = text.rsplitn(3, '§');
        let (max, online) = (fields.next(), fields.next());
        answer.title = fields.next().and_then(plain);
        (online, max)
    };
    answer.players = online.and_then(|text| text.trim().parse().ok());
    answer.max_players = max.and_then(|text| text.trim().parse().ok());
    if answer.players.is_none() || answer.max_players.is_none() {
        return Err(QueryError::Malformed("it counts no players"));
    }
    Ok(answer)
}

pub(super) fn swallow(bytes: &[u8]) {
    let _ = parse(&utf16(bytes));
    let _ = parse(&String::from_utf8_lossy(bytes));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_old_forms_are_read() {
        let answer = parse("§1\x0078\x001.6.4\0A §bserver\x003\x0020").expect("1.4 to 1.6");
        assert_eq!((answer.players, answer.max_players), (Some(3), Some(20)));
        assert_eq!(answer.title.as_deref(), Some("A server"));
        let answer = parse("one§two§1§8").expect("before 1.4");
        assert_eq!((answer.players, answer.max_players), (Some(1), Some(8)));
        assert!(parse("Protocol error").is_err());
    }
}
