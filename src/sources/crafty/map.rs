//! What Crafty's words and figures mean.

use super::wire::{Server, Stats};
use crate::model::resource::{GameAnswer, GameRuntime, PlayerTrust, Usage};
use crate::model::shared::Shared;
use crate::model::time::Timestamp;
use crate::sources::failure::clean;
use crate::sources::games::watch::RuntimeState;
use crate::sources::panel::server::{Found, game_called, game_port, unknown};

/// Names that are taken of a list.
const MOST_NAMES: usize = 500;

/// A server of the list with its figures, where they could be read.
pub(super) fn server(server: &Server, stats: Option<&Stats>, now: Timestamp) -> Option<Found> {
    let id = server.server_id.0.clone()?;
    let name = server.server_name.0.clone().unwrap_or_else(|| id.clone());
    let mut runtime = unknown("crafty", id.clone(), name);
    runtime.game = server.kind.0.as_deref().and_then(game_called);
    let protocol = match server.kind.0.as_deref() {
        Some("minecraft-bedrock") => "udp",
        _ => "tcp",
    };
    let port = server
        .server_port
        .0
        .and_then(|port| u16::try_from(port).ok());
    let host = server.server_ip.0.clone();
    let host =
        host.filter(|host| !["", "127.0.0.1", "0.0.0.0", "localhost"].contains(&host.as_str()));
    runtime.ports = port
        .filter(|port| *port > 0)
        .map(|port| game_port(host.clone(), port, protocol))
        .into_iter()
        .collect();
    let word = stats.map_or("not said", word);
    runtime.state = state(word);
    runtime.facts = Some(GameRuntime {
        kind: "crafty".into(),
        local: id,
        word: Some(word.to_owned()),
        ..GameRuntime::default()
    });
    if let Some(stats) = stats {
        runtime.disk.used = stats.world_size.0.as_deref().and_then(bytes);
        if stats.running.0 == Some(true) {
            runtime.memory = memory(stats);
            runtime.cpu = stats.cpu.0.map(|cpu| cpu / 100.0);
            runtime.reported = answer(stats, now);
            runtime.player_trust = match runtime.reported {
                Some(GameAnswer {
                    players: Some(_), ..
                }) => PlayerTrust::Exact,
                _ => PlayerTrust::None,
            };
        }
    }
    Some(Found { runtime, host })
}

fn word(stats: &Stats) -> &'static str {
    let is = |flag: &crate::sources::lenient::Truth| flag.0 == Some(true);
    match stats.running.0 {
        Some(true) if is(&stats.int_ping_results) => "running",
        Some(true) if is(&stats.updating) => "updating",
        Some(true) => "running, does not answer",
        Some(false) if is(&stats.crashed) => "crashed",
        Some(false) if is(&stats.waiting_start) => "waiting to start",
        Some(false) if is(&stats.updating) => "updating",
        Some(false) => "stopped",
        None => "not said",
    }
}

fn state(word: &str) -> RuntimeState {
    match word {
        "running" | "running, does not answer" => RuntimeState::Running,
        "updating" | "waiting to start" => RuntimeState::Starting,
        "crashed" => RuntimeState::Crashed,
        "stopped" => RuntimeState::Stopped,
        _ => RuntimeState::Unknown,
    }
}

/// What Crafty's own question to the server brought; nothing where it brought nothing.
fn answer(stats: &Stats, now: Timestamp) -> Option<GameAnswer> {
    if stats.int_ping_results.0 != Some(true) {
        return None;
    }
    let small = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
    let said = |text: &Option<String>| {
        let text = text
            .as_deref()
            .filter(|text| !["", "False", "false"].contains(text))?;
        Some(clean(text))
    };
    Some(GameAnswer {
        at: Some(now),
        players: small(stats.online.0),
        max_players: small(stats.max.0),
        names: names(stats.players.0.as_deref()).map(Shared::new),
        map: said(&stats.world_name.0),
        version: said(&stats.version.0),
        title: said(&stats.desc.0),
        ..GameAnswer::default()
    })
}

/// Names out of a list as Python or JSON writes it, `['Anna', "Bob"]`.
fn names(text: Option<&str>) -> Option<Vec<String>> {
    let inner = text?.trim().strip_prefix('[')?.strip_suffix(']')?;
    let names = inner
        .split(',')
        .map(|name| clean(name.trim().trim_matches(['\'', '"'])))
        .filter(|name| !name.is_empty());
    Some(names.take(MOST_NAMES).collect())
}

/// Memory in use; Crafty knows its share of the whole host's, which is no limit of the server.
fn memory(stats: &Stats) -> Usage {
    Usage {
        used: stats
            .mem
            .0
            .as_deref()
            .and_then(bytes)
            .filter(|used| *used > 0),
        total: None,
    }
}

/// A number of bytes, or a text such as `1.2GB`, in powers of 1024.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked, and a rounded text has no exact bytes"
)]
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let unit = text[end..].trim().to_ascii_uppercase();
    let power = match unit.trim_end_matches("IB").trim_end_matches('B') {
        "" => 0,
        "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        _ => return None,
    };
    let bytes = number * 1024_f64.powi(power);
    (0.0..1e18).contains(&bytes).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::{bytes, names};

    #[test]
    fn sizes_are_read_as_crafty_writes_them() {
        assert_eq!(bytes("1.5GB"), Some(1_610_612_736));
        assert_eq!(bytes("312.0 MB"), Some(327_155_712));
        assert_eq!(bytes("2147483648"), Some(1 << 31));
        assert_eq!(bytes("0B"), Some(0));
        for odd in ["", "many", "1.2QB", "-1"] {
            assert_eq!(bytes(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_list_written_as_text_gives_names() {
        let read = |text| names(Some(text));
        assert_eq!(
            read("['Anna', 'Bob']"),
            Some(vec!["Anna".into(), "Bob".into()])
        );
        assert_eq!(read("[\"Anna\"]"), Some(vec!["Anna".into()]));
        assert_eq!(read("[]"), Some(vec![]));
        assert_eq!(read("False"), None, "not said is not nobody");
    }
}
