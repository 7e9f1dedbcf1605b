//! Game servers that nobody runs for us, but that live in a guest that somebody looks at: how that
//! guest is says what their silence means.

use std::time::Duration;

use super::Fleet;
use crate::model::known::{Gap, Known};
use crate::model::resource::{
    GameAbility, GameRuntime, GameServer, GameStatus, Guest, GuestStatus, Resource,
};
use crate::model::shared::Shared;
use crate::model::time::Timestamp;

/// How long after its guest began to run a game server may be silent without being hung.
const START: Duration = Duration::from_secs(5 * 60);

/// Puts into each game server of `observed` what its guest in `fleet` says.
pub(super) fn bind(fleet: &Fleet, observed: &mut [Resource], now: Timestamp) {
    for resource in observed {
        if let Resource::Game(game) = resource
            && game.runtime.is_none()
            && let Some(guest) = guest_of(fleet, game)
        {
            take_over(game, guest, now);
        }
    }
}

/// The guest, as long as its own host is seen: an old word is none.
fn guest_of<'a>(fleet: &'a Fleet, game: &GameServer) -> Option<&'a Guest> {
    let id = game.guest.as_ref()?;
    let target = id.target_text().parse().ok()?;
    let view = fleet.target(&target)?;
    match view.resources.get(id).map(|found| &**found) {
        Some(Resource::Guest(guest)) if view.summary.reachability.is_online() => Some(guest),
        _ => None,
    }
}

fn take_over(game: &mut GameServer, guest: &Guest, now: Timestamp) {
    game.runtime = Some(Shared::new(GameRuntime {
        kind: "guest".to_owned(),
        local: guest.vmid.to_string(),
        word: Some(guest.status.word().to_owned()),
        ..GameRuntime::default()
    }));
    game.started_at = guest.started_at;
    game.can.update(|can| {
        if !can.contains(&GameAbility::Power) {
            can.push(GameAbility::Power);
        }
    });
    let off = match guest.status {
        GuestStatus::Stopped => Some(GameStatus::Stopped),
        GuestStatus::Paused => Some(GameStatus::Sleeping),
        GuestStatus::Running | GuestStatus::Unknown => None,
    };
    if let Some(status) = off {
        game.status = status;
        game.problem = None;
        game.silent_for = 0;
        game.answer = Known::Not(Gap::NotRunning);
        return;
    }
    let is_new = guest
        .started_at
        .is_some_and(|since| now.since(since) < START);
    if game.status == GameStatus::Unresponsive && is_new {
        game.status = GameStatus::Starting;
        game.problem = None;
    }
}

#[cfg(test)]
mod tests;
