//! Teeworlds' server information of both generations.

use super::GameState;
use super::bytes::Out;

pub(super) fn six(state: &GameState, request: &[u8]) -> Vec<Vec<u8>> {
    let Some([token]) = request
        .get(6..)
        .and_then(|rest| rest.strip_prefix(b"\xff\xff\xff\xffgie3"))
    else {
        return Vec::new();
    };
    let count = state.players.len();
    let mut out = Out::new(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xffinf3")
        .number(token)
        .text(&state.version)
        .text(&state.title)
        .text(&state.map)
        .text("DM")
        .number(u8::from(!state.password.is_empty()))
        .number(count)
        .number(state.max_players)
        .number(count)
        .number(state.max_players);
    for name in &state.players {
        out = out.text(name).text("clan").number(-1).number(3).number(1);
    }
    vec![out.0]
}

const SERVER_TOKEN: [u8; 4] = [0xaa, 0xbb, 0xcc, 0xdd];

pub(super) fn seven(state: &GameState, request: &[u8]) -> Vec<Vec<u8>> {
    if request.len() >= 512 && request[..8] == [4, 0, 0, 0xff, 0xff, 0xff, 0xff, 5] {
        return vec![
            Out::new(&[4, 0, 0])
                .raw(&request[8..12])
                .byte(5)
                .raw(&SERVER_TOKEN)
                .0,
        ];
    }
    if request.len() < 18 || request[0] != 0x21 || request[1..5] != SERVER_TOKEN {
        return Vec::new();
    }
    let Some(token) = request[9..].strip_prefix(b"\xff\xff\xff\xffgie3") else {
        return Vec::new();
    };
    let count = state.players.len() as i32;
    let max = i32::from(state.max_players);
    let mut out = Out::new(&[0x21])
        .raw(&request[5..9])
        .raw(&SERVER_TOKEN)
        .raw(b"\xff\xff\xff\xffinf3")
        .raw(token)
        .text(&state.version)
        .text(&state.title)
        .text("")
        .text(&state.map)
        .text("DM");
    for number in [
        i32::from(!state.password.is_empty()),
        1,
        count,
        max,
        count,
        max,
    ] {
        out = packed(out, number);
    }
    for name in &state.players {
        out = out.text(name).text("clan");
        for number in [-1, 300, 0] {
            out = packed(out, number);
        }
    }
    vec![out.0]
}

/// Sign and six bits, then seven bits a byte, each with a mark that more follow.
fn packed(out: Out, number: i32) -> Out {
    let sign = if number < 0 { 0x40 } else { 0 };
    let mut rest = if number < 0 { !number } else { number }.cast_unsigned();
    let mut bytes = vec![sign | (rest & 0x3f) as u8];
    rest >>= 6;
    while rest != 0 {
        if let Some(last) = bytes.last_mut() {
            *last |= 0x80;
        }
        bytes.push((rest & 0x7f) as u8);
        rest >>= 7;
    }
    out.raw(&bytes)
}
