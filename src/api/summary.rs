//! A few lines of plain text for somebody who types `curl localhost:7655`.

use std::fmt::Write as _;

use crate::model::resource::{GameStatus, GuestStatus, NodeStatus, Resource};

use super::ws::Present;

/// How the home lab is doing.
#[must_use]
pub(super) fn summary(present: &Present) -> String {
    let mut text = String::new();
    let (mut nodes, mut online, mut guests, mut running) = (0, 0, 0, 0);
    let (mut games, mut up, mut players) = (0, 0, None);
    for resource in present.fleet.resources() {
        match &**resource {
            Resource::Node(node) => {
                nodes += 1;
                online += u32::from(node.status == NodeStatus::Online);
            }
            Resource::Guest(guest) if !guest.template => {
                guests += 1;
                running += u32::from(guest.status == GuestStatus::Running);
            }
            Resource::Guest(_)
            | Resource::Storage(_)
            | Resource::Datastore(_)
            | Resource::Disk(_) => {}
            Resource::Game(game) => {
                games += 1;
                up += u32::from(game.status == GameStatus::Running);
                if let Some(count) = game.players() {
                    players = Some(players.unwrap_or(0) + count);
                }
            }
        }
    }
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{online}/{nodes} nodes online, {running}/{guests} guests running"
    );
    if games > 0 {
        let _ = write!(text, "{up}/{games} game servers running");
        let _ = match players {
            Some(players) => writeln!(text, ", {players} players online"),
            None => writeln!(text),
        };
    }
    for view in present.fleet.targets() {
        let target = &view.summary;
        if !target.reachability.is_online() {
            let _ = writeln!(text, "{}: {}", target.name, target.reachability.word());
        }
    }
    let mut alerts: Vec<_> = present.open_alerts().collect();
    if alerts.is_empty() {
        text.push_str("nothing is wrong\n");
    }
    // Among equals the newest first.
    alerts.sort_by_key(|alert| std::cmp::Reverse((alert.severity, alert.started_at)));
    for alert in alerts {
        let _ = writeln!(text, "{}: {}", alert.severity.word(), alert.message);
    }
    text
}
