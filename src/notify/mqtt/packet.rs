//! The few packets of MQTT 3.1.1 that publishing takes.

/// Most bytes of one packet.
const LENGTH: usize = 1 << 20;

/// A packet: its first byte, the length of the rest, and the rest. `None` when it is too long.
fn packet(first: u8, rest: &[u8]) -> Option<Vec<u8>> {
    if rest.len() > LENGTH {
        return None;
    }
    let mut bytes = vec![first];
    let mut length = rest.len();
    loop {
        let digit = u8::try_from(length % 128).unwrap_or_default();
        length /= 128;
        bytes.push(if length > 0 { digit | 0x80 } else { digit });
        if length == 0 {
            break;
        }
    }
    bytes.extend_from_slice(rest);
    Some(bytes)
}

fn text(bytes: &mut Vec<u8>, text: &[u8]) -> Option<()> {
    bytes.extend(u16::try_from(text.len()).ok()?.to_be_bytes());
    bytes.extend_from_slice(text);
    Some(())
}

/// Asks for a session that is forgotten afterwards.
pub(super) fn connect(client: &str, user: Option<&str>, password: Option<&str>) -> Option<Vec<u8>> {
    let mut rest = Vec::new();
    text(&mut rest, b"MQTT")?;
    let flags = 0x02 | if user.is_some() { 0x80 } else { 0 };
    // A password needs a user.
    let password = password.filter(|_| user.is_some());
    let flags = flags | if password.is_some() { 0x40 } else { 0 };
    rest.extend([4, flags]);
    rest.extend(30_u16.to_be_bytes());
    text(&mut rest, client.as_bytes())?;
    for given in [user, password].into_iter().flatten() {
        text(&mut rest, given.as_bytes())?;
    }
    packet(0x10, &rest)
}

/// A message that the broker has to acknowledge under `id`.
pub(super) fn publish(id: u16, topic: &str, payload: &[u8], retain: bool) -> Option<Vec<u8>> {
    let mut rest = Vec::new();
    text(&mut rest, topic.as_bytes())?;
    rest.extend(id.to_be_bytes());
    rest.extend_from_slice(payload);
    packet(0x32 | u8::from(retain), &rest)
}

/// Says good-bye.
pub(super) const DISCONNECT: [u8; 2] = [0xe0, 0];
