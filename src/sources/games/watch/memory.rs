//! What is remembered of one server between looks.

use std::time::Duration;

use super::super::query::{Answer, QueryError};
use super::{QueryPlan, Runtime, RuntimeState, UNANSWERED};
use crate::model::resource::GameAnswer;
use crate::model::shared::Shared;
use crate::model::time::Timestamp;

/// Time between two questions to an empty server that they would keep awake: long enough for the
/// usual images to fall asleep again in between.
const EMPTY_PACE: Duration = Duration::from_secs(10 * 60);

/// An answer older than this, and than a few questions would take, says nothing of the present.
const STALE: Duration = Duration::from_secs(90);

/// How much too early a look on a shifted grid may ask.
const SLACK: Duration = Duration::from_millis(1_500);

/// What became of the questions to one server since it was started.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    started_at: Option<Timestamp>,
    running_since: Option<Timestamp>,
    asked_at: Option<Timestamp>,
    silent_for: u32,
    answer: Option<GameAnswer>,
    problem: Option<Problem>,
}

/// Why the latest question had no answer.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// In words.
    pub(super) text: String,
    /// Whether it is for want of a password or the like: the question could not be asked, which
    /// says nothing about the server.
    pub(super) is_ours: bool,
}

impl Memory {
    /// Takes note of what the host says. Another run of the server is asked anew.
    pub(super) fn begin(&mut self, runtime: &Runtime, now: Timestamp) {
        let is_up = matches!(
            runtime.state,
            RuntimeState::Running
                | RuntimeState::Starting
                | RuntimeState::Unasked
                | RuntimeState::Unknown
        );
        let is_another_run = match (self.started_at, runtime.started_at) {
            // Hosts that tell an uptime are a little off each time.
            (Some(before), Some(now)) => now.since(before) > Duration::from_secs(15),
            _ => false,
        };
        if !is_up || is_another_run {
            *self = Self {
                asked_at: self.asked_at,
                ..Self::default()
            };
        }
        if is_up {
            self.started_at = runtime.started_at.or(self.started_at);
            self.running_since.get_or_insert(now);
        }
    }

    /// Whether it is time to ask.
    pub(super) fn is_due(&self, state: RuntimeState, plan: &QueryPlan, now: Timestamp) -> bool {
        let may_be_asked = match state {
            RuntimeState::Running | RuntimeState::Starting | RuntimeState::Unasked => true,
            // It may be asleep.
            RuntimeState::Unknown => !plan.wakes,
            RuntimeState::Stopping
            | RuntimeState::Stopped
            | RuntimeState::Paused
            | RuntimeState::Crashed => false,
        };
        let waited = self
            .asked_at
            .is_none_or(|asked| now < asked || now.since(asked) + SLACK >= self.pace(plan));
        may_be_asked && waited
    }

    /// Time between two questions as things stand.
    fn pace(&self, plan: &QueryPlan) -> Duration {
        let is_empty = self.answer.as_ref().and_then(|answer| answer.players) == Some(0);
        if plan.wakes && is_empty && self.silent_for == 0 {
            plan.min_interval.max(EMPTY_PACE)
        } else {
            plan.min_interval
        }
    }

    /// Takes in what came of a question that was asked for at `now`.
    pub(super) fn take(&mut self, answered: Result<Answer, QueryError>, now: Timestamp) {
        self.asked_at = Some(now);
        match answered {
            Ok(answer) => {
                self.silent_for = 0;
                self.problem = None;
                self.answer = Some(known(answer, now));
            }
            Err(error) => {
                let is_ours = is_ours(&error);
                if is_ours {
                    self.answer = None;
                } else {
                    self.silent_for = self.silent_for.saturating_add(1);
                }
                self.problem = Some(Problem {
                    text: error.to_string(),
                    is_ours,
                });
            }
        }
    }

    /// Questions in a row without an answer.
    pub(super) const fn silent_for(&self) -> u32 {
        self.silent_for
    }

    /// Since when it has been up, as far as anybody knows.
    pub(super) fn up_since(&self) -> Option<Timestamp> {
        self.started_at.or(self.running_since)
    }

    /// When it was last asked.
    pub(super) const fn asked_at(&self) -> Option<Timestamp> {
        self.asked_at
    }

    /// Why the latest question had no answer.
    pub(super) const fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// Whether it has answered since it was started.
    pub(super) const fn has_answered(&self) -> bool {
        self.answer.is_some()
    }

    /// What it said last, unless that is too long ago or it has fallen silent since.
    pub(super) fn answer(&self, plan: &QueryPlan, now: Timestamp) -> Option<&GameAnswer> {
        let answer = self.answer.as_ref()?;
        let lasts = STALE.max(self.pace(plan) * UNANSWERED);
        let is_fresh = answer.at.is_some_and(|at| now.since(at) <= lasts);
        (is_fresh && self.silent_for < UNANSWERED).then_some(answer)
    }
}

/// Whether a question failed for reasons on our side of the wire.
const fn is_ours(error: &QueryError) -> bool {
    match error {
        QueryError::NameUnknown(_)
        | QueryError::NotOneServer(_)
        | QueryError::Forbidden(_)
        | QueryError::Denied(_)
        | QueryError::Certificate(_)
        | QueryError::Missing(_)
        | QueryError::Setup(_) => true,
        QueryError::Closed(_)
        | QueryError::Unreachable { .. }
        | QueryError::Timeout(_)
        | QueryError::TooMuch(_)
        | QueryError::Malformed(_) => false,
    }
}

fn known(answer: Answer, now: Timestamp) -> GameAnswer {
    // Whole microseconds; finer ones are noise.
    let round_trip_ms = (answer.round_trip.as_secs_f64() * 1e6).round() / 1e3;
    GameAnswer {
        at: Some(now),
        round_trip_ms: Some(round_trip_ms).filter(|ms| *ms > 0.0),
        players: answer.players,
        max_players: answer.max_players,
        names: answer.names.map(Shared::new),
        bots: answer.bots,
        map: answer.map,
        version: answer.version,
        title: answer.title,
        password: answer.password,
    }
}
