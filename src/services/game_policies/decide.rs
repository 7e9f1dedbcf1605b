//! What is to be done to a game server now. Pure: whoever carries it out says it again to the
//! host's own checks, which refuse while somebody plays.

use std::time::Duration;

use super::emptiness::{Emptiness, doubt};
use super::policy::Policy;
use crate::holds;
use crate::model::resource::{GameAbility, GameServer, GameStatus};
use crate::model::time::Timestamp;

/// A leak is worth a restart when its end is so near.
const LEAK_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Update it.
    Update,
    /// Stop it.
    Stop,
    /// Restart it.
    Restart,
}

impl Order {
    /// The order as one word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }
}

/// What is to be done, or what is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is time.
    Now {
        /// For what.
        order: Order,
        /// Why, for people and the audit.
        why: String,
    },
    /// Not yet, or not at all.
    Wait {
        /// Why.
        why: String,
    },
}

/// What else is known of a server.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside {
    /// Whether something is being done to it already.
    pub is_busy: bool,
    /// When its memory will be full, where it takes more and more.
    pub memory_full_at: Option<Timestamp>,
}

/// Decides about one server at `now`.
#[must_use]
pub fn decide(
    policy: &Policy,
    game: &GameServer,
    emptiness: &Emptiness,
    beside: Beside,
    now: Timestamp,
) -> Decision {
    let wait = |why: &str| Decision::Wait {
        why: why.to_owned(),
    };
    if policy.is_idle() {
        return wait("nothing is to be done by itself");
    }
    if game.status != GameStatus::Running {
        return wait("it does not run");
    }
    if beside.is_busy {
        return wait("something is being done to it");
    }
    if !game.can.contains(&GameAbility::Power) {
        return wait("its host cannot be told to stop it");
    }
    if let Some(doubt) = doubt(game) {
        return wait(doubt);
    }
    let Some(since) = emptiness.since(now) else {
        return match game.players() {
            Some(players) if players > 0 => wait(&format!("{players} are playing")),
            _ => wait("it is not certain yet that nobody plays"),
        };
    };
    let empty_for = now.since(since);
    let up_for = game.started_at.map(|started| now.since(started));
    let least = minutes(policy.least_uptime_minutes);
    // Who cannot tell since when it runs, tells at least since when it is empty.
    if up_for.unwrap_or(empty_for) < least {
        return wait("it was started a short while ago");
    }
    due(policy, game, (empty_for, up_for), beside, now)
}

fn due(
    policy: &Policy,
    game: &GameServer,
    (empty_for, up_for): (Duration, Option<Duration>),
    beside: Beside,
    now: Timestamp,
) -> Decision {
    let empty = format!("nobody has played for {} min", empty_for.as_secs() / 60);
    let order = |order, why: String| Decision::Now { order, why };
    if policy.update_when_empty
        && let Some(newer) = &game.newer_version
        && game.can.contains(&GameAbility::Update)
    {
        return order(Order::Update, format!("there is {newer}, and {empty}"));
    }
    let is_kept_up = policy
        .keep_up
        .iter()
        .any(|schedule| holds::open_at(schedule, now).is_some());
    if let Some(after) = policy.stop_when_empty_minutes
        && empty_for >= minutes(after)
        && !is_kept_up
    {
        return order(Order::Stop, empty);
    }
    if let Some(hours) = policy.restart_after_hours
        && let Some(up_for) = up_for
        && up_for >= Duration::from_secs(u64::from(hours) * 3600)
    {
        let up = up_for.as_secs() / 3600;
        return order(
            Order::Restart,
            format!("it has been up for {up} h, and {empty}"),
        );
    }
    if policy.restart_on_leak
        && let Some(full_at) = beside.memory_full_at
        && full_at.since(now) <= LEAK_WITHIN
    {
        let left = full_at.since(now).as_secs() / 3600;
        return order(
            Order::Restart,
            format!("its memory will be full in about {left} h, and {empty}"),
        );
    }
    Decision::Wait {
        why: match (policy.stop_when_empty_minutes, is_kept_up) {
            (Some(_), true) => format!("{empty}, but it is kept up at this time"),
            (Some(after), false) => format!("{empty}; it is stopped after {after}"),
            (None, _) => format!("{empty}; nothing is due"),
        },
    }
}

fn minutes(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 60)
}

#[cfg(test)]
mod tests;
