//! Telling a host to do something, for the kinds of source that can.
//!
//! A command is sent once and never again by itself: a command that got no answer may have been
//! obeyed.

use super::BoxFuture;
use super::budget::Requests;
use crate::model::action::Action;
use crate::model::resource::GuestKind;
use crate::model::target::{Failure, MissingPrivilege};
use crate::model::task::TaskOutcome;

/// The guest that is to do something, as it was seen last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aim {
    /// The node it is on.
    pub node: String,
    /// Its number.
    pub vmid: u32,
    /// Machine or container.
    pub kind: GuestKind,
    /// Whether it runs.
    pub running: bool,
}

/// Why a command was not obeyed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommandError {
    /// The token lacks a privilege.
    #[error("the API token lacks {} on {}", .0.privilege, .0.path)]
    Denied(Box<MissingPrivilege>),
    /// The host says no, in its own words.
    #[error("the host refuses: {0}")]
    Refused(String),
    /// It never got there.
    #[error("{0}")]
    NotSent(Failure),
    /// It was sent, but no answer came: it may have been obeyed.
    #[error("no answer came, so it is not known whether it was begun: {0}")]
    Uncertain(Failure),
}

/// How a task goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Lines of its log that are new.
    pub lines: Vec<String>,
    /// From which line to ask the next time.
    pub next: u64,
    /// How it came out, once it ended.
    pub ended: Option<TaskOutcome>,
}

/// A connection to one target over which it can be told what to do.
pub trait Controller: Send {
    /// Counts its requests beside those of the looks at the target, where they are counted.
    fn count_in(&mut self, requests: Requests) {
        drop(requests);
    }

    /// Which privileges the token lacks for `action`.
    fn lacking<'a>(
        &'a mut self,
        aim: &'a Aim,
        action: &'a Action,
    ) -> BoxFuture<'a, Result<Vec<MissingPrivilege>, CommandError>>;

    /// Sends the command once; answers the host's id of the task that carries it out.
    fn begin<'a>(
        &'a mut self,
        aim: &'a Aim,
        action: &'a Action,
    ) -> BoxFuture<'a, Result<String, CommandError>>;

    /// How a task goes on since line `from` of its log.
    fn follow<'a>(
        &'a mut self,
        task: &'a str,
        from: u64,
    ) -> BoxFuture<'a, Result<Progress, CommandError>>;

    /// Asks the host to break a task off.
    fn cancel<'a>(&'a mut self, task: &'a str) -> BoxFuture<'a, Result<(), CommandError>>;
}
