//! OpenTTD's description of a game, in version 6 (stream) and 4 (datagram).

use super::bytes::{Out, short, small};
use super::stream::Session;
use super::{GameFault, GameState};

fn description(state: &GameState, version: u8) -> Vec<u8> {
    let mut out = Out::new(&[version]);
    if version >= 6 {
        out = out.byte(1).raw(&u32::MAX.to_le_bytes()).text("");
    }
    out = out.byte(1).raw(b"GRF1").raw(&[9; 16]);
    if version >= 6 {
        out = out.text("A set of trains");
    }
    out = out
        .raw(&711_858_u32.to_le_bytes())
        .raw(&711_858_u32.to_le_bytes())
        .raw(&[15, 1, 10])
        .text(&state.title)
        .text(&state.version);
    if version < 6 {
        out = out.byte(0);
    }
    out = out.raw(&[
        u8::from(!state.password.is_empty()),
        state.max_players,
        small(state.players.len()),
        0,
    ]);
    if version < 6 {
        out = out.text(&state.map);
    }
    out.raw(&256_u16.to_le_bytes())
        .raw(&256_u16.to_le_bytes())
        .raw(&[1, 1])
        .0
}

pub(super) fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    Out::new(&short(body.len() + 3).to_le_bytes())
        .byte(kind)
        .raw(body)
        .0
}

pub(super) fn datagram(state: &GameState, request: &[u8]) -> Vec<Vec<u8>> {
    if request != [3, 0, 0] {
        return Vec::new();
    }
    vec![packet(1, &description(state, 4))]
}

#[derive(Debug, Default)]
pub(super) struct Stream;

impl Session for Stream {
    fn feed(
        &mut self,
        state: &GameState,
        input: &mut Vec<u8>,
        fault: GameFault,
    ) -> Option<Vec<u8>> {
        if input.len() < 3 {
            return None;
        }
        let request: Vec<u8> = input.drain(..3).collect();
        if request != [3, 0, 7] {
            return Some(packet(3, &[0]));
        }
        let mut answer = packet(6, &description(state, 6));
        if fault == GameFault::LyingLength {
            answer[..2].copy_from_slice(&u16::MAX.to_le_bytes());
        }
        Some(answer)
    }
}
