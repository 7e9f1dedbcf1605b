//! A job: one command to a guest or a game server, from when it was asked for to how it came out.

use crate::model::action::Action;
use crate::model::game_action::GameAction;
use crate::model::id::{JobId, ResourceId, TargetId};
use crate::model::task::TaskOutcome;
use crate::model::time::Timestamp;

/// Lines of the host's log that a job keeps; of longer ones the last.
const LINES: usize = 500;

/// Where a job is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// The host is being asked.
    Asking,
    /// The host works on it.
    Running,
    /// It ended well.
    Ok,
    /// It ended with warnings.
    Warnings,
    /// It failed, or the host refused.
    Failed,
    /// Somebody broke it off.
    Cancelled,
    /// Nobody knows how it came out.
    Unknown,
}

impl JobState {
    /// The state as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Running => "running",
            Self::Ok => "ok",
            Self::Warnings => "warnings",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is over.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Asking | Self::Running)
    }
}

/// What was told to do what.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// A guest.
    Guest {
        /// Its number.
        vmid: u32,
        /// The node it was on.
        node: String,
        /// What it was told.
        action: Action,
    },
    /// A game server.
    Game(GameAction),
}

impl Order {
    /// What sort of thing was told, as one word.
    #[must_use]
    pub const fn subject(&self) -> &'static str {
        match self {
            Self::Guest { .. } => "guest",
            Self::Game(_) => "game",
        }
    }

    /// The action as one word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Guest { action, .. } => action.word(),
            Self::Game(action) => action.word(),
        }
    }

    /// What it is done with: names and switches, no secrets.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Guest { action, .. } => action.parameters(),
            Self::Game(action) => action.parameters(),
        }
    }
}

/// One command.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The target that was told.
    pub target: TargetId,
    /// Who was told.
    pub resource: ResourceId,
    /// What that was called then.
    pub resource_name: String,
    /// What it was told.
    pub order: Order,
    /// Who told it.
    pub by: String,
    /// Where the job is in its life.
    pub state: JobState,
    /// How far it got, 0 to 1, where the log tells.
    pub progress: Option<f64>,
    /// Why it failed, in the host's words.
    pub message: Option<String>,
    /// The host's id of the task that carries it out, where it has one.
    pub task: Option<String>,
    /// Lines of the host's log so far, without the first ones of a long log.
    pub log: Vec<String>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Whether somebody asked to break it off.
    pub cancelling: bool,
}

impl Job {
    /// Takes in new lines of the host's log.
    pub(in crate::services) fn add_lines(&mut self, lines: Vec<String>) {
        if let Some(share) = lines.iter().rev().find_map(|line| share_of(line)) {
            self.progress = Some(share);
        }
        self.log.extend(lines);
        let surplus = self.log.len().saturating_sub(LINES);
        self.log.drain(..surplus);
    }

    /// The task is over.
    pub(in crate::services) fn end(&mut self, outcome: &TaskOutcome, now: Timestamp) {
        self.state = match outcome {
            TaskOutcome::Ok => JobState::Ok,
            TaskOutcome::Warnings(_) => JobState::Warnings,
            TaskOutcome::Failed(_) if self.cancelling => JobState::Cancelled,
            TaskOutcome::Failed(_) => JobState::Failed,
            TaskOutcome::Running | TaskOutcome::Unknown => JobState::Unknown,
        };
        if matches!(outcome, TaskOutcome::Ok) {
            self.progress = Some(1.0);
        }
        self.message = outcome.error().map(str::to_owned);
        self.ended_at = Some(now);
    }

    /// It is over without a task that says how.
    pub(in crate::services) fn end_as(&mut self, state: JobState, message: String, now: Timestamp) {
        self.state = state;
        self.message = Some(message);
        self.ended_at = Some(now);
    }
}

/// The last percentage in a line, as a share: `INFO:  12% (1.5 GiB of 12 GiB)`,
/// `drive-scsi0: transferred 1.0 GiB of 4.0 GiB (25.00%) in 8s`.
fn share_of(line: &str) -> Option<f64> {
    let before = &line[..line.rfind('%')?];
    let start = before
        .rfind(|c: char| !c.is_ascii_digit() && c != '.')
        .map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
    let percent: f64 = before.get(start..)?.parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
}

#[cfg(test)]
mod tests {
    use super::share_of;

    #[test]
    fn how_far_a_task_got_is_read_off_its_log() {
        for (line, expected) in [
            (
                "INFO:  12% (1.5 GiB of 12.0 GiB) in 3s, read: 1 MiB/s",
                Some(0.12),
            ),
            (
                "drive-scsi0: transferred 1 GiB of 4 GiB (25.00%) in 8s",
                Some(0.25),
            ),
            ("INFO: 100% (8.0 GiB of 8.0 GiB) in 9s", Some(1.0)),
            ("INFO: starting new backup job", None),
            ("half a % sign", None),
            ("7000% of nonsense", None),
            ("ä%", None),
            ("5%", Some(0.05)),
        ] {
            assert_eq!(share_of(line), expected, "{line}");
        }
    }
}
