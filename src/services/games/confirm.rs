//! Whether something may be done: the ability it takes, and the typed name before harm. Pure.

use super::GamesError;
use crate::model::game_action::GameAction;
use crate::model::resource::{GameAbility, GameServer};

/// What a host must be able to for an action.
pub(super) const fn ability(action: &GameAction) -> GameAbility {
    match action {
        GameAction::Start | GameAction::Stop(_) | GameAction::Restart(_) | GameAction::Kill => {
            GameAbility::Power
        }
        GameAction::Create { .. } => GameAbility::Create,
        GameAction::Update(_) => GameAbility::Update,
        GameAction::Delete { .. } => GameAbility::Delete,
        GameAction::Backup | GameAction::Verify { .. } | GameAction::Restore { .. } => {
            GameAbility::Backup
        }
    }
}

/// Checks that harm is confirmed by the server's name, and that nobody is driven out by accident.
/// Deleting worlds is confirmed by more than the name, so that no habit does it.
pub(super) fn check(
    server: &GameServer,
    action: &GameAction,
    confirm: Option<&str>,
) -> Result<(), GamesError> {
    let wanted = match action {
        GameAction::Delete { data: true } => format!("{} with all worlds", server.name),
        _ => server.name.clone(),
    };
    if action.is_harmful() && confirm.map(str::trim) != Some(wanted.as_str()) {
        return Err(GamesError::NotConfirmed {
            action: action.word(),
            name: wanted,
        });
    }
    let even_with_players = match action {
        GameAction::Restore { .. } => false,
        action => match action.ending() {
            Some(ending) => ending.even_with_players,
            None => return Ok(()),
        },
    };
    match server.players() {
        Some(count) if count > 0 && !even_with_players => Err(GamesError::PlayersOnline { count }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::game_action::Ending;
    use crate::model::id::{ResourceId, ResourceKind, TargetId};
    use crate::model::known::Known;
    use crate::model::resource::{GameAnswer, GameStatus, PlayerTrust, Rates, Usage};
    use crate::model::shared::Shared;

    fn server(players: Option<u32>) -> GameServer {
        GameServer {
            id: ResourceId::other(ResourceKind::Game, &TargetId::random(), "survival"),
            name: "survival".into(),
            game: None,
            status: GameStatus::Running,
            problem: None,
            runtime: None,
            guest: None,
            query: None,
            answer: Known::Is(GameAnswer {
                players,
                ..GameAnswer::default()
            }),
            silent_for: 0,
            player_trust: PlayerTrust::Exact,
            cpu: None,
            cpus: None,
            memory: Usage::default(),
            disk: Usage::default(),
            rates: Rates::default(),
            started_at: None,
            ports: Shared::new(Vec::new()),
            can: Shared::new(Vec::new()),
            newer_version: None,
        }
    }

    fn restore() -> GameAction {
        GameAction::Restore {
            backup: "gbk_1".into(),
        }
    }

    #[test]
    fn harm_is_confirmed_by_the_servers_name_and_worlds_by_more() {
        let empty = server(Some(0));
        let worlds = GameAction::Delete { data: true };
        for (action, confirm, expected) in [
            (GameAction::Start, None, true),
            (GameAction::Kill, None, false),
            (GameAction::Kill, Some("Survival"), false),
            (GameAction::Kill, Some(" survival "), true),
            (restore(), Some("survival"), true),
            (GameAction::Delete { data: false }, Some("survival"), true),
            (worlds.clone(), Some("survival"), false),
            (worlds, Some("survival with all worlds"), true),
        ] {
            let allowed = check(&empty, &action, confirm).is_ok();
            assert_eq!(allowed, expected, "{action:?} {confirm:?}");
        }
    }

    #[test]
    fn players_are_not_driven_out_by_accident() {
        let forced = GameAction::Stop(Ending {
            even_with_players: true,
            ..Ending::default()
        });
        let stop = GameAction::Stop(Ending::default());
        for (players, action, expected) in [
            (Some(2), stop.clone(), false),
            (Some(2), forced, true),
            (Some(0), stop.clone(), true),
            // Who wants to stop a server that does not say may.
            (None, stop, true),
            (Some(1), restore(), false),
            (Some(1), GameAction::Kill, true),
        ] {
            let allowed = check(&server(players), &action, Some("survival")).is_ok();
            assert_eq!(allowed, expected, "{players:?} {action:?}");
        }
    }
}
