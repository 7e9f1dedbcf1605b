//! What became of a server, by its host's words and its own answers together. Pure.

use std::time::Duration;

use super::memory::Memory;
use super::{Runtime, RuntimeState, UNANSWERED};
use crate::model::known::{Gap, Known};
use crate::model::resource::{GameAnswer, GameRuntime, GameStatus};
use crate::model::time::Timestamp;

/// What is said of a server in the end.
pub(super) struct Verdict {
    pub(super) status: GameStatus,
    pub(super) problem: Option<String>,
    pub(super) answer: Known<GameAnswer>,
}

/// Puts both halves together.
pub(super) fn verdict(runtime: &Runtime, memory: &Memory, now: Timestamp) -> Verdict {
    let answer = answer(runtime, memory, now);
    let status = status(runtime, memory, answer.value().is_some(), now);
    Verdict {
        problem: problem(runtime, memory, status, now),
        status,
        answer,
    }
}

fn answer(runtime: &Runtime, memory: &Memory, now: Timestamp) -> Known<GameAnswer> {
    if matches!(
        runtime.state,
        RuntimeState::Stopped | RuntimeState::Crashed | RuntimeState::Paused
    ) {
        return Known::Not(Gap::NotRunning);
    }
    let said = runtime
        .query
        .as_ref()
        .and_then(|plan| memory.answer(plan, now));
    let said = match (said, &runtime.reported) {
        (Some(said), Some(reported)) => Some(completed(said, reported)),
        (said, reported) => said.or(reported.as_ref()).cloned(),
    };
    match (said, memory.problem()) {
        (Some(said), _) => Known::Is(said),
        (None, Some(problem)) => Known::Not(Gap::Failed {
            message: problem.text.clone(),
        }),
        (None, None) if runtime.query.is_none() => Known::Not(Gap::Unsupported),
        (None, None) => Known::Not(Gap::NotAskedYet),
    }
}

/// What the server said, and what its host knows where it did not say.
fn completed(said: &GameAnswer, reported: &GameAnswer) -> GameAnswer {
    let reported = reported.clone();
    let said = said.clone();
    GameAnswer {
        at: said.at,
        round_trip_ms: said.round_trip_ms,
        players: said.players.or(reported.players),
        max_players: said.max_players.or(reported.max_players),
        names: said.names.or(reported.names),
        bots: said.bots.or(reported.bots),
        map: said.map.or(reported.map),
        version: said.version.or(reported.version),
        title: said.title.or(reported.title),
        password: said.password.or(reported.password),
    }
}

fn status(runtime: &Runtime, memory: &Memory, answers: bool, now: Timestamp) -> GameStatus {
    let is_silent = memory.silent_for() >= UNANSWERED;
    match runtime.state {
        RuntimeState::Stopping => GameStatus::Stopping,
        RuntimeState::Stopped => GameStatus::Stopped,
        RuntimeState::Paused => GameStatus::Sleeping,
        RuntimeState::Crashed => GameStatus::Crashed,
        RuntimeState::Starting if answers => GameStatus::Running,
        RuntimeState::Starting => GameStatus::Starting,
        RuntimeState::Running if runtime.query.is_none() || answers => GameStatus::Running,
        RuntimeState::Running if may_still_start(runtime, memory, now) => GameStatus::Starting,
        RuntimeState::Running if is_silent => GameStatus::Unresponsive,
        // One lost packet, or none asked yet: what its host says stands.
        RuntimeState::Running => GameStatus::Running,
        RuntimeState::Unknown | RuntimeState::Unasked if answers => GameStatus::Running,
        RuntimeState::Unasked if is_silent => GameStatus::Unresponsive,
        RuntimeState::Unknown | RuntimeState::Unasked => GameStatus::Unknown,
    }
}

/// Whether it was started so recently that no answer is no bad sign. Somebody who cannot be asked
/// for want of a password is not starting because of that.
fn may_still_start(runtime: &Runtime, memory: &Memory, now: Timestamp) -> bool {
    let is_new = runtime
        .started_at
        .is_some_and(|since| now.since(since) <= allowance(runtime));
    let could_be_asked = memory.problem().is_none_or(|problem| !problem.is_ours);
    is_new && could_be_asked && !memory.has_answered()
}

fn allowance(runtime: &Runtime) -> Duration {
    Duration::from_secs(runtime.start_timeout_s.into())
}

fn problem(
    runtime: &Runtime,
    memory: &Memory,
    status: GameStatus,
    now: Timestamp,
) -> Option<String> {
    let facts = runtime.facts.as_ref();
    match status {
        GameStatus::Crashed => Some(facts.map_or_else(|| "it ended by itself".to_owned(), end)),
        GameStatus::Unresponsive => Some(format!(
            "{} questions in a row had no answer{}",
            memory.silent_for(),
            memory
                .problem()
                .map(|problem| format!(": {}", problem.text))
                .unwrap_or_default(),
        )),
        GameStatus::Starting => memory
            .up_since()
            .filter(|since| now.since(*since) > allowance(runtime))
            .map(|_| format!("it is not there after {} s", runtime.start_timeout_s)),
        GameStatus::Running | GameStatus::Unknown => memory
            .problem()
            .filter(|problem| problem.is_ours)
            .map(|problem| format!("it cannot be asked: {}", problem.text))
            .or_else(|| {
                let health = facts?.health.as_deref()?;
                (health == "unhealthy").then(|| "its own health check fails".to_owned())
            }),
        GameStatus::Stopping | GameStatus::Stopped | GameStatus::Sleeping => None,
    }
}

/// How it ended.
fn end(facts: &GameRuntime) -> String {
    match (facts.out_of_memory, facts.exit_code) {
        (true, _) => "it was ended for want of memory".to_owned(),
        (false, Some(code)) => format!("it ended by itself with exit code {code}"),
        (false, None) => "it ended by itself".to_owned(),
    }
}
