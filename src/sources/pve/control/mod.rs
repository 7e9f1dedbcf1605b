//! Telling a cluster what to do: one request per command, whose task is then followed.
//!
//! Start with [`request`] for what each action is on the wire and [`rights`] for what it needs.

mod request;
mod rights;

use serde::Deserialize;

use super::settings_of;
use super::{PRODUCT, permissions};
use crate::model::action::Action;
use crate::model::target::{Failure, FailureKind, MissingPrivilege};
use crate::model::task::TaskOutcome;
use crate::sources::budget::{Allowance, Requests};
use crate::sources::control::{Aim, CommandError, Controller, Progress};
use crate::sources::failure::clean;
use crate::sources::lenient::{List, Text, Whole};
use crate::sources::proxmox::client::{ApiClient, Refusal, Verb};
use crate::sources::proxmox::{Permissions, safe_in_path};
use crate::sources::{BoxFuture, ConfigError, TargetConfig};
use crate::telemetry::clock;

/// What a job may ask beside the looks, which have an allowance of their own.
const ALLOWANCE: Allowance = Allowance {
    per_minute: 30,
    details_per_stretch: 10,
    reserve: 0,
};
/// Lines of a log that are asked for at once.
const LINES: u64 = 200;
/// What a host writes for a log without lines.
const NO_LINES: &str = "no content";

/// A connection over which a cluster can be told what to do.
pub(super) struct PveController {
    client: ApiClient,
}

/// A line of a task's log.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LogRow {
    n: Whole,
    t: Text,
}

/// How a task is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StatusRow {
    status: Text,
    exitstatus: Text,
}

impl PveController {
    pub(super) fn open(target: TargetConfig) -> Result<Self, ConfigError> {
        let (settings, secret) = settings_of(target)?;
        Ok(Self {
            client: ApiClient::new(&PRODUCT, ALLOWANCE, &settings, &secret)?.for_commands(),
        })
    }

    async fn lacking(
        &mut self,
        aim: &Aim,
        action: &Action,
    ) -> Result<Vec<MissingPrivilege>, CommandError> {
        self.client.begin_details(clock::now());
        let answer: Result<Permissions, Refusal> = self.client.detail("/access/permissions").await;
        let permissions = answer.map_err(|refusal| CommandError::NotSent(refusal.failure))?;
        Ok(rights::lacking(
            &permissions,
            aim,
            action,
            self.client.token_id(),
        ))
    }

    async fn begin(&mut self, aim: &Aim, action: &Action) -> Result<String, CommandError> {
        let request = request::of(aim, action)?;
        self.client.begin_details(clock::now());
        let answer: Result<Text, Refusal> = self
            .client
            .command(request.verb, &request.path, &request.form)
            .await;
        let task = answer.map_err(|refusal| self.explain(refusal, aim, action))?;
        task.0
            .filter(|upid| upid.starts_with("UPID:"))
            .ok_or_else(|| {
                CommandError::Uncertain(Failure {
                    kind: FailureKind::BadAnswer,
                    message: "the host names no task".to_owned(),
                    fix: None,
                })
            })
    }

    fn explain(&self, refusal: Refusal, aim: &Aim, action: &Action) -> CommandError {
        match refusal.status {
            Some(403) => {
                let needs = rights::needs(aim, action);
                let need = needs.into_iter().next();
                let token_id = self.client.token_id();
                let mut missing =
                    need.map_or_else(|| rights::unknown(token_id), |need| need.missing(token_id));
                // The host names path and privilege itself.
                missing.hides = refusal.told;
                CommandError::Denied(Box::new(missing))
            }
            Some(status) if status < 595 => CommandError::Refused(match refusal.told.is_empty() {
                true => refusal.failure.message,
                false => refusal.told,
            }),
            // The node that was asked could not reach the other, or lost it in between.
            Some(_) => CommandError::Uncertain(refusal.failure),
            None => match refusal.failure.kind {
                FailureKind::Timeout | FailureKind::BadAnswer => {
                    CommandError::Uncertain(refusal.failure)
                }
                _ => CommandError::NotSent(refusal.failure),
            },
        }
    }

    async fn follow(&mut self, task: &str, from: u64) -> Result<Progress, CommandError> {
        let place = place_of(task)?;
        let mut progress = Progress {
            next: from,
            ..Progress::default()
        };
        self.client.begin_details(clock::now());
        if !self.client.allows_detail() {
            return Ok(progress);
        }
        let path = format!("{place}/log?start={from}&limit={LINES}");
        let rows: Result<List<LogRow>, Refusal> = self.client.detail(&path).await;
        let rows = rows.map_err(|refusal| unreadable(&refusal))?;
        for row in rows.0 {
            let (Some(number), Some(text)) = (row.n.0, row.t.0) else {
                continue;
            };
            if number > progress.next && text != NO_LINES {
                progress.next = number;
                progress.lines.push(clean(&text));
            }
        }
        let said_last = progress
            .lines
            .last()
            .is_some_and(|l| l.starts_with("TASK "));
        if said_last || progress.lines.is_empty() {
            let status: Result<StatusRow, Refusal> =
                self.client.detail(&format!("{place}/status")).await;
            let status = status.map_err(|refusal| unreadable(&refusal))?;
            if status.status.0.as_deref() == Some("stopped") {
                let word = status.exitstatus.0.unwrap_or_default();
                progress.ended = Some(TaskOutcome::of_word(&word));
            }
        }
        Ok(progress)
    }

    async fn cancel(&mut self, task: &str) -> Result<(), CommandError> {
        let place = place_of(task)?;
        self.client.begin_details(clock::now());
        let answer: Result<serde::de::IgnoredAny, Refusal> =
            self.client.command(Verb::Delete, &place, &[]).await;
        answer.map(drop).map_err(|refusal| match refusal.status {
            Some(_) => CommandError::Refused(match refusal.told.is_empty() {
                true => refusal.failure.message,
                false => refusal.told,
            }),
            None => CommandError::NotSent(refusal.failure),
        })
    }
}

fn unreadable(refusal: &Refusal) -> CommandError {
    match refusal.status {
        Some(_) => CommandError::Refused(match refusal.told.is_empty() {
            true => refusal.failure.message.clone(),
            false => refusal.told.clone(),
        }),
        None => CommandError::NotSent(refusal.failure.clone()),
    }
}

/// `UPID:node:…` lives under its node. Its id may hold `\x3a`, and a backslash in a path must be
/// written as what it is.
fn place_of(task: &str) -> Result<String, CommandError> {
    let node = task.split(':').nth(1).filter(|node| safe_in_path(node));
    let plain = task.len() <= 512
        && task
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"/?#%".contains(&b));
    match node {
        Some(node) if plain => Ok(format!("/nodes/{node}/tasks/{}", task.replace('\\', "%5C"))),
        _ => Err(CommandError::Refused(format!(
            "'{}' is no task",
            clean(task)
        ))),
    }
}

impl Controller for PveController {
    fn count_in(&mut self, requests: Requests) {
        self.client.count_in(requests);
    }

    fn lacking<'a>(
        &'a mut self,
        aim: &'a Aim,
        action: &'a Action,
    ) -> BoxFuture<'a, Result<Vec<MissingPrivilege>, CommandError>> {
        Box::pin(self.lacking(aim, action))
    }

    fn begin<'a>(
        &'a mut self,
        aim: &'a Aim,
        action: &'a Action,
    ) -> BoxFuture<'a, Result<String, CommandError>> {
        Box::pin(self.begin(aim, action))
    }

    fn follow<'a>(
        &'a mut self,
        task: &'a str,
        from: u64,
    ) -> BoxFuture<'a, Result<Progress, CommandError>> {
        Box::pin(self.follow(task, from))
    }

    fn cancel<'a>(&'a mut self, task: &'a str) -> BoxFuture<'a, Result<(), CommandError>> {
        Box::pin(self.cancel(task))
    }
}
