//! A2S: `https://developer.valvesoftware.com/wiki/Server_queries`.

use super::bytes::{Out, short, small};
use super::{GameFault, GameState};

const HEADER: [u8; 4] = [0xff; 4];

pub(super) fn answer(
    state: &GameState,
    request: &[u8],
    gold: bool,
    challenge: u32,
    fault: GameFault,
) -> Vec<Vec<u8>> {
    let Some(body) = request.strip_prefix(&HEADER) else {
        return Vec::new();
    };
    let challenge = challenge.to_le_bytes();
    let whole = match body.split_first() {
        Some((b'T', rest)) => {
            let Some(given) = rest.strip_prefix(b"Source Engine Query\0") else {
                return Vec::new();
            };
            if given == challenge {
                information(state, gold)
            } else {
                Out::new(&HEADER).byte(b'A').raw(&challenge).0
            }
        }
        Some((b'U', given)) if given == challenge => players(state),
        Some((b'U', _)) => Out::new(&HEADER).byte(b'A').raw(&challenge).0,
        _ => return Vec::new(),
    };
    let is_challenge = whole.get(4) == Some(&b'A');
    if fault == GameFault::Split && !is_challenge {
        return split(&whole, gold);
    }
    vec![whole]
}

fn information(state: &GameState, gold: bool) -> Vec<u8> {
    let locked = u8::from(!state.password.is_empty());
    let (players, max) = (small(state.players.len()), state.max_players);
    if gold {
        // Valve's page "Server queries" has capital letters for type and platform in its table of
        // this answer, and small ones in the real server's answer that it gives below the table:
        // what servers send are small ones.
        return Out::new(&HEADER)
            .byte(b'm')
            .text("127.0.0.1:27015")
            .text(&state.title)
            .text(&state.map)
            .text("valve")
            .text("Half-Life")
            .raw(&[players, max, 47, b'd', b'l', locked, 0, 1, state.bots])
            .0;
    }
    Out::new(&HEADER)
        .raw(&[b'I', 17])
        .text(&state.title)
        .text(&state.map)
        .text("garrysmod")
        .text("Sandbox")
        .raw(&4000_u16.to_le_bytes())
        .raw(&[players, max, state.bots, b'd', b'l', locked, 1])
        .text(&state.version)
        .byte(0x80 | 0x10 | 0x20 | 0x01)
        .raw(&27015_u16.to_le_bytes())
        .raw(&90_071_992_547_409_920_u64.to_le_bytes())
        .text("gm:sandbox,loc:de")
        .raw(&4000_u64.to_le_bytes())
        .0
}

fn players(state: &GameState) -> Vec<u8> {
    let mut out = Out::new(&HEADER)
        .byte(b'D')
        .byte(small(state.players.len()));
    for (index, name) in state.players.iter().enumerate() {
        out = out
            .byte(small(index))
            .text(name)
            .raw(&7_i32.to_le_bytes())
            .raw(&61.5_f32.to_le_bytes());
    }
    out.0
}

fn split(whole: &[u8], gold: bool) -> Vec<Vec<u8>> {
    let chunks: Vec<&[u8]> = whole.chunks(24).collect();
    let total = small(chunks.len()).min(15);
    let parts = chunks.iter().enumerate().map(|(index, chunk)| {
        let head = Out::new(&[0xfe, 0xff, 0xff, 0xff]).raw(&7_u32.to_le_bytes());
        let index = small(index);
        let head = if gold {
            head.byte(index << 4 | total)
        } else {
            head.raw(&[total, index]).raw(&short(24).to_le_bytes())
        };
        head.raw(chunk).0
    });
    parts.collect()
}
