//! Asks many servers at once, so that slow ones cost the others nothing.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::Instant;

use super::QueryPlan;
use super::memory::Memory;
use crate::http::Guard;
use crate::model::id::ResourceId;
use crate::model::time::Timestamp;
use crate::sources::games::query::{Answer, Limits, Options, Protocol, QueryError, Request};

/// What asking may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Questions on their way at the same time.
    pub(super) at_once: usize,
    /// All questions of one look together. What is not asked by then is asked first the next time.
    pub(super) altogether: Duration,
    /// One question.
    pub(super) each: Limits,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            at_once: 32,
            altogether: Duration::from_secs(8),
            each: Limits::default(),
        }
    }
}

/// A question that is to be asked.
pub(super) struct Due {
    id: ResourceId,
    protocol: &'static Protocol,
    request: Request,
    was_silent: bool,
    asked_at: Option<Timestamp>,
}

impl Due {
    pub(super) fn new(id: &ResourceId, plan: &QueryPlan, memory: &Memory, guard: &Guard) -> Self {
        Self {
            id: id.clone(),
            protocol: plan.protocol,
            request: Request {
                options: Options {
                    guard: guard.clone(),
                    ..plan.options.clone()
                },
                ..Request::new(plan.host.clone(), plan.port)
            },
            was_silent: memory.silent_for() > 0,
            asked_at: memory.asked_at(),
        }
    }
}

/// Asks all of `due`; those whose turn never came are left out.
pub(super) async fn all(
    due: Vec<Due>,
    bounds: Bounds,
) -> Vec<(ResourceId, Result<Answer, QueryError>)> {
    let mut due = due;
    // Who kept us waiting waits for the others.
    due.sort_by_key(|question| (question.was_silent, question.asked_at));
    let deadline = Instant::now() + bounds.altogether;
    let mut answers = Vec::with_capacity(due.len());
    let mut asking = stream::iter(due.into_iter().map(|question| async move {
        let request = Request {
            limits: bounds.each,
            ..question.request
        };
        let answer = question.protocol.ask(request).await;
        (question.id, answer)
    }))
    .buffer_unordered(bounds.at_once);
    while let Ok(Some(answer)) = tokio::time::timeout_at(deadline, asking.next()).await {
        answers.push(answer);
    }
    answers
}
