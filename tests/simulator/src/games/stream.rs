//! Conversations over streams.

use super::{GameFault, GameProtocol, GameState, minecraft, openttd, rcon, teamspeak, web};

/// One side of a conversation: it takes whole requests out of `input`.
pub(super) trait Session: Send {
    /// What is said before anything is heard.
    fn greet(&self) -> Vec<u8> {
        Vec::new()
    }

    /// The answer to the next request; `None` while it is incomplete.
    fn feed(&mut self, state: &GameState, input: &mut Vec<u8>, fault: GameFault)
    -> Option<Vec<u8>>;

    /// Whether the server hangs up after an answer.
    fn is_over(&self) -> bool {
        false
    }
}

/// A conversation in `protocol`; `None` where it has none.
pub(super) fn session(protocol: GameProtocol) -> Option<Box<dyn Session>> {
    Some(match protocol {
        GameProtocol::MinecraftJava => Box::new(minecraft::Java::default()),
        GameProtocol::MinecraftOld => Box::new(minecraft::Old),
        GameProtocol::OpenTtd => Box::new(openttd::Stream),
        GameProtocol::TeamSpeak3 => Box::new(teamspeak::TeamSpeak::default()),
        GameProtocol::Factorio => Box::new(rcon::Rcon::new(false)),
        GameProtocol::Ark => Box::new(rcon::Rcon::new(true)),
        GameProtocol::Palworld | GameProtocol::FiveM | GameProtocol::TShock => {
            Box::new(web::Web(protocol))
        }
        _ => return None,
    })
}
