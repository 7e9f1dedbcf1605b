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
        GameAction::Backup | GameAction::Restore { .. } => GameAbility::Backup,
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
    let Some(ending) = action.ending() else {
        return Ok(());
    };
    match server.players() {
        Some(count) if count > 0 && !ending.even_with_players => {
            Err(GamesError::PlayersOnline { count })
        }
        _ => Ok(()),
    }
}
