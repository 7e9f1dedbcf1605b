//! Asks many servers at once, so that slow ones cost the others nothing.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::Instant;

use super::QueryPlan;
use super::memory::Memory;
use crate::model::id::ResourceId;
use crate::model::time::Timestamp;
use crate::sources::games::query::{Answer, Limits, Protocol, QueryError, Request};

/// Questions on their way at the same time.
const AT_ONCE: usize = 32;

/// All questions of one look together. What is not asked by then is asked first the next time.
const ALTOGETHER: Duration = Duration::from_secs(8);

/// A question that is to be asked.
pub(super) struct Due {
    id: ResourceId,
    protocol: &'static Protocol,
    request: Request,
    was_silent: bool,
    asked_at: Option<Timestamp>,
}

impl Due {
    pub(super) fn new(id: &ResourceId, plan: &QueryPlan, memory: &Memory) -> Self {
        Self {
            id: id.clone(),
            protocol: plan.protocol,
            request: Request {
                options: plan.options.clone(),
                limits: Limits::default(),
                ..Request::new(plan.host.clone(), plan.port)
            },
            was_silent: memory.silent_for() > 0,
            asked_at: memory.asked_at(),
        }
    }
}

/// Asks all of `due`; those whose turn never came are left out.
pub(super) async fn all(due: Vec<Due>) -> Vec<(ResourceId, Result<Answer, QueryError>)> {
    let mut due = due;
    // Who kept us waiting waits for the others.
    due.sort_by_key(|question| (question.was_silent, question.asked_at));
    let deadline = Instant::now() + ALTOGETHER;
    let mut answers = Vec::with_capacity(due.len());
    let mut asking = stream::iter(due.into_iter().map(|question| async move {
        let answer = question.protocol.ask(question.request).await;
        (question.id, answer)
    }))
    .buffer_unordered(AT_ONCE);
    while let Ok(Some(answer)) = tokio::time::timeout_at(deadline, asking.next()).await {
        answers.push(answer);
    }
    answers
}
