//! Answers to datagrams.

use super::bytes::Out;
use super::{GameFault, GameProtocol, GameState, minecraft, openttd, teeworlds, valve};

/// What a server sends back for `request`.
pub(super) fn answer(
    protocol: GameProtocol,
    state: &GameState,
    request: &[u8],
    challenge: u32,
    fault: GameFault,
) -> Vec<Vec<u8>> {
    match protocol {
        GameProtocol::Source => valve::answer(state, request, false, challenge, fault),
        GameProtocol::GoldSource => valve::answer(state, request, true, challenge, fault),
        GameProtocol::MinecraftQuery => minecraft::query(state, request, challenge),
        GameProtocol::MinecraftBedrock => minecraft::bedrock(state, request),
        GameProtocol::Quake3 => quake3(state, request, true),
        GameProtocol::Quake3Info => quake3(state, request, false),
        GameProtocol::Mumble => mumble(state, request),
        GameProtocol::Teeworlds6 => teeworlds::six(state, request),
        GameProtocol::Teeworlds7 => teeworlds::seven(state, request),
        GameProtocol::OpenTtdOld => openttd::datagram(state, request),
        GameProtocol::Satisfactory => satisfactory(state, request),
        GameProtocol::Luanti => luanti(request),
        _ => Vec::new(),
    }
}

fn quake3(state: &GameState, request: &[u8], full: bool) -> Vec<Vec<u8>> {
    let locked = u8::from(!state.password.is_empty());
    match request
        .strip_suffix(b"\n")
        .or(request.strip_suffix(b"\0"))
        .unwrap_or(request)
    {
        b"\xff\xff\xff\xffgetstatus" if full => {
            let mut text = format!(
                "statusResponse\n\\version\\{}\\mapname\\{}\\sv_hostname\\^3{}\\sv_maxclients\\{}\\g_needpass\\{locked}\\gamename\\baseq3\n",
                state.version, state.map, state.title, state.max_players
            );
            for name in &state.players {
                text.push_str(&format!("7 42 \"^1{name}\"\n"));
            }
            vec![Out::new(&[0xff; 4]).raw(text.as_bytes()).0]
        }
        b"\xff\xff\xff\xffgetinfo" => {
            let text = format!(
                "infoResponse\n\\mapname\\{}\\hostname\\{}\\clients\\{}\\sv_maxclients\\{}\\protocol\\71",
                state.map,
                state.title,
                state.players.len(),
                state.max_players
            );
            vec![Out::new(&[0xff; 4]).raw(text.as_bytes()).0]
        }
        _ => Vec::new(),
    }
}

fn mumble(state: &GameState, request: &[u8]) -> Vec<Vec<u8>> {
    if request.len() != 12 || request[..4] != [0; 4] {
        return Vec::new();
    }
    let mut out = Out::new(&[0]);
    let mut numbers = state
        .version
        .split('.')
        .map(|part| part.parse().unwrap_or(0));
    for _ in 0..3 {
        out = out.byte(numbers.next().unwrap_or(0));
    }
    out = out.raw(&request[4..]);
    let count = u32::try_from(state.players.len()).unwrap_or(u32::MAX);
    for number in [count, u32::from(state.max_players), 72_000] {
        out = out.raw(&number.to_be_bytes());
    }
    vec![out.0]
}

fn satisfactory(state: &GameState, request: &[u8]) -> Vec<Vec<u8>> {
    if request.len() != 13 || request[..4] != [0xd5, 0xf6, 0, 1] || request[12] != 1 {
        return Vec::new();
    }
    let build: u32 = state.version.parse().unwrap_or(385_279);
    let out = Out::new(&[0xd5, 0xf6, 1, 1])
        .raw(&request[4..12])
        .byte(3)
        .raw(&build.to_le_bytes())
        .raw(&0_u64.to_le_bytes())
        .byte(2)
        .raw(&[0, 1, 0, 1, 4, 0])
        .raw(&super::bytes::short(state.title.len()).to_le_bytes())
        .raw(state.title.as_bytes())
        .byte(1);
    vec![out.0]
}

fn luanti(request: &[u8]) -> Vec<Vec<u8>> {
    const ID: [u8; 4] = [0x4f, 0x45, 0x74, 0x03];
    if request != [0x4f, 0x45, 0x74, 0x03, 0, 0, 0, 1] {
        return Vec::new();
    }
    vec![Out::new(&ID).raw(&[0, 1, 0, 3, 0xff, 0xdc, 0, 1, 0, 2]).0]
}
