//! Whether nobody plays for certain: a question without an answer, a count that cannot be believed
//! and a server that has just been started are no proof.

use std::time::Duration;

use crate::model::resource::{GameServer, GameStatus, PlayerTrust};
use crate::model::time::Timestamp;

/// Answers in a row that must say so.
const ANSWERS: u32 = 3;

/// An answer older than this says nothing about now.
const FRESH: Duration = Duration::from_secs(120);

/// What the answers in a row have said of one server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Emptiness {
    since: Option<Timestamp>,
    answers: u32,
    latest: Option<Timestamp>,
    run: Option<Timestamp>,
}

impl Emptiness {
    /// Takes in how a server was seen.
    pub fn note(&mut self, game: &GameServer) {
        let is_other_run = self.run.is_some() && self.run != game.started_at;
        if game.status != GameStatus::Running || !game.is_empty_for_certain() || is_other_run {
            *self = Self {
                run: game.started_at,
                ..Self::default()
            };
            return;
        }
        self.run = game.started_at;
        let at = game.answer.value().and_then(|answer| answer.at);
        // The same answer seen twice is one answer.
        if let Some(at) = at
            && self.latest != Some(at)
        {
            self.latest = Some(at);
            self.answers = self.answers.saturating_add(1);
            self.since.get_or_insert(at);
        }
    }

    /// Since when nobody plays for certain; `None` where that is not certain at `now`.
    #[must_use]
    pub fn since(&self, now: Timestamp) -> Option<Timestamp> {
        let is_fresh = self.latest.is_some_and(|at| now.since(at) <= FRESH);
        self.since.filter(|_| is_fresh && self.answers >= ANSWERS)
    }
}

/// Why the number of players of a server proves nothing; `None` where it does.
#[must_use]
pub fn doubt(game: &GameServer) -> Option<&'static str> {
    if game.query.is_none() && game.players().is_none() {
        return Some("it cannot be asked how many play");
    }
    match game.player_trust {
        PlayerTrust::Exact => None,
        PlayerTrust::Unreliable => Some("its number of players is not always right"),
        PlayerTrust::None => Some("it does not say how many play"),
    }
}

#[cfg(test)]
mod tests;
