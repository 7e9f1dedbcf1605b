//! Minecraft, after the protocol pages of `https://minecraft.wiki`.

use serde_json::json;

use super::bytes::{Out, short};
use super::stream::Session;
use super::{GameFault, GameState};

const MAGIC: [u8; 16] = [
    0x00, 0xff, 0xff, 0x00, 0xfe, 0xfe, 0xfe, 0xfe, 0xfd, 0xfd, 0xfd, 0xfd, 0x12, 0x34, 0x56, 0x78,
];

pub(super) fn bedrock(state: &GameState, request: &[u8]) -> Vec<Vec<u8>> {
    if request.len() != 33 || request[0] != 0x01 || request[9..25] != MAGIC {
        return Vec::new();
    }
    let line = format!(
        "MCPE;{};800;{};{};{};1234567890123456789;{};Survival;1;19132;19133;",
        state.title,
        state.version,
        state.players.len(),
        state.max_players,
        state.map
    );
    let pong = Out::new(&[0x1c])
        .raw(&request[1..9])
        .raw(&7_u64.to_be_bytes())
        .raw(&MAGIC)
        .raw(&short(line.len()).to_be_bytes())
        .raw(line.as_bytes());
    vec![pong.0]
}

pub(super) fn query(state: &GameState, request: &[u8], challenge: u32) -> Vec<Vec<u8>> {
    if request.len() < 7 || request[..2] != [0xfe, 0xfd] {
        return Vec::new();
    }
    let (kind, session) = (request[2], &request[3..7]);
    let challenge = (challenge & 0x7fff_ffff).cast_signed();
    match (kind, request.get(7..11)) {
        (0x09, _) => vec![Out::new(&[0x09]).raw(session).number(challenge).0],
        (0x00, Some(given)) if given == challenge.to_be_bytes() && request.len() == 15 => {
            let mut out = Out::new(&[0x00]).raw(session).raw(b"splitnum\0\x80\0");
            for (key, value) in [
                ("hostname", state.title.clone()),
                ("gametype", "SMP".into()),
                ("game_id", "MINECRAFT".into()),
                ("version", state.version.clone()),
                ("plugins", String::new()),
                ("map", state.map.clone()),
                ("numplayers", state.players.len().to_string()),
                ("maxplayers", state.max_players.to_string()),
                ("hostport", "25565".into()),
                ("hostip", "127.0.0.1".into()),
            ] {
                out = out.text(key).text(&value);
            }
            out = out.byte(0).raw(b"\x01player_\0\0");
            for name in &state.players {
                out = out.text(name);
            }
            vec![out.byte(0).0]
        }
        _ => Vec::new(),
    }
}

/// The status of 1.7 and later.
#[derive(Debug, Default)]
pub(super) struct Java {
    greeted: bool,
    pinged: bool,
}

impl Session for Java {
    fn feed(
        &mut self,
        state: &GameState,
        input: &mut Vec<u8>,
        fault: GameFault,
    ) -> Option<Vec<u8>> {
        let (length, head) = varint(input)?;
        if input.len() < head + length {
            return None;
        }
        let packet: Vec<u8> = input.drain(..head + length).skip(head).collect();
        if !self.greeted {
            self.greeted = true;
            let status_follows = packet.last() == Some(&1);
            return Some(if status_follows {
                Vec::new()
            } else {
                b"\x01\x00".to_vec()
            });
        }
        match packet.first() {
            Some(0x00) => Some(status(state, fault)),
            // A ping comes back as it is.
            Some(0x01) => {
                self.pinged = true;
                Some(framed(&packet))
            }
            _ => Some(Vec::new()),
        }
    }
    /// As the game does after its list has been shown.
    fn is_over(&self) -> bool {
        self.pinged
    }
}

fn status(state: &GameState, fault: GameFault) -> Vec<u8> {
    let favicon = match fault {
        GameFault::HugePicture => "A".repeat(2 << 20),
        _ => "A".repeat(4000),
    };
    let sample: Vec<_> = state
        .players
        .iter()
        .take(12)
        .map(|name| json!({"name": name, "id": "4566e69f-c907-48ee-8d71-d7ba5aa00d20"}))
        .collect();
    let status = json!({
        "version": {"name": state.version, "protocol": 769},
        "players": {"max": state.max_players, "online": state.players.len(), "sample": sample},
        "description": {"text": "", "extra": [{"text": state.title, "color": "gold"}]},
        "favicon": format!("data:image/png;base64,{favicon}"),
        "enforcesSecureChat": true,
    })
    .to_string();
    let mut packet = vec![0x00];
    put_varint(&mut packet, status.len());
    packet.extend_from_slice(status.as_bytes());
    framed(&packet)
}

fn framed(packet: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, packet.len());
    out.extend_from_slice(packet);
    out
}

fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

fn put_varint(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// The status of 1.4 to 1.6.
#[derive(Debug, Default)]
pub(super) struct Old;

impl Session for Old {
    fn feed(&mut self, state: &GameState, input: &mut Vec<u8>, _: GameFault) -> Option<Vec<u8>> {
        if input.is_empty() {
            return None;
        }
        let asks = input.starts_with(&[0xfe, 0x01]);
        let text = if asks {
            format!(
                "§1\0{}\0{}\0{}\0{}\0{}",
                78,
                state.version,
                state.title,
                state.players.len(),
                state.max_players
            )
        } else {
            "Protocol error".to_owned()
        };
        input.clear();
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut out = Out::new(&[0xff]).raw(&short(units.len()).to_be_bytes());
        for unit in units {
            out = out.raw(&unit.to_be_bytes());
        }
        Some(out.0)
    }

    fn is_over(&self) -> bool {
        true
    }
}
