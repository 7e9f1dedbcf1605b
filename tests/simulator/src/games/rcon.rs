//! Source RCON: `https://developer.valvesoftware.com/wiki/Source_RCON_Protocol`.

use super::bytes::Out;
use super::stream::Session;
use super::{GameFault, GameState};

#[derive(Debug)]
pub(super) struct Rcon {
    ark: bool,
    admitted: bool,
}

impl Rcon {
    pub(super) fn new(ark: bool) -> Self {
        Self {
            ark,
            admitted: false,
        }
    }

    fn run(&self, state: &GameState, command: &str) -> String {
        let mut text = String::new();
        match (self.ark, command) {
            (true, "ListPlayers") if state.players.is_empty() => {
                text.push_str("No Players Connected \n ")
            }
            (true, "ListPlayers") => {
                for (index, name) in state.players.iter().enumerate() {
                    text.push_str(&format!("\n{index}. {name}, 0002d4e5f6"));
                }
                text.push_str(" \n ");
            }
            (false, "/players online") => {
                text.push_str(&format!("Online players ({}):\n", state.players.len()));
                for name in &state.players {
                    text.push_str(&format!("  {name} (online)\n"));
                }
            }
            (false, "/version") => text.push_str(&state.version),
            _ => text.push_str("Unknown command"),
        }
        text
    }
}

impl Session for Rcon {
    fn feed(
        &mut self,
        state: &GameState,
        input: &mut Vec<u8>,
        fault: GameFault,
    ) -> Option<Vec<u8>> {
        let number = |at: usize| Some(i32::from_le_bytes(*input.get(at..)?.first_chunk()?));
        let (length, id, kind) = (number(0)?, number(4)?, number(8)?);
        let length = usize::try_from(length).ok()?;
        if input.len() < length + 4 {
            return None;
        }
        let packet: Vec<u8> = input.drain(..length + 4).collect();
        let text = String::from_utf8_lossy(&packet[12..packet.len() - 2]).into_owned();
        let mut out = match kind {
            3 => {
                self.admitted = text == state.password;
                let verdict = if self.admitted { id } else { -1 };
                let mut both = packed(id, 0, "");
                both.extend(packed(verdict, 2, ""));
                both
            }
            2 if self.admitted => {
                // What ARK sends of its own accord.
                let mut out = if self.ark {
                    packed(0, 0, "Keep Alive")
                } else {
                    Vec::new()
                };
                out.extend(packed(id, 0, &self.run(state, &text)));
                out
            }
            _ => Vec::new(),
        };
        if fault == GameFault::LyingLength && out.len() > 4 {
            out[..4].copy_from_slice(&i32::MAX.to_le_bytes());
        }
        Some(out)
    }
}

fn packed(id: i32, kind: i32, text: &str) -> Vec<u8> {
    let length = i32::try_from(text.len() + 10).unwrap_or(i32::MAX);
    Out::new(&length.to_le_bytes())
        .raw(&id.to_le_bytes())
        .raw(&kind.to_le_bytes())
        .text(text)
        .byte(0)
        .0
}
