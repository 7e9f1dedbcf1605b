//! What looking at an installation showed.

use crate::model::time::Timestamp;

/// How one thing is, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Nobody could tell, and that is no fault.
    Unknown,
    /// It works; somebody may want to know.
    Note,
    /// It works, and something may go wrong.
    Warning,
    /// It does not do what it should.
    Problem,
}

impl Verdict {
    /// As one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which thing, such as `disk`; stable.
    pub id: &'static str,
    /// What people call it, such as `Disk space`.
    pub title: &'static str,
    /// Which one of several, such as a target's name.
    pub subject: Option<String>,
    /// How it is.
    pub verdict: Verdict,
    /// What was found, as a sentence.
    pub found: String,
    /// What to do about it: sentences or commands, in order.
    pub fix: Vec<String>,
}

impl Check {
    pub(super) fn new(
        (id, title): (&'static str, &'static str),
        verdict: Verdict,
        found: impl Into<String>,
    ) -> Self {
        Self {
            id,
            title,
            subject: None,
            verdict,
            found: found.into(),
            fix: Vec::new(),
        }
    }

    pub(super) fn of(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix.push(fix.into());
        self
    }
}

/// What looking at an installation showed.
#[derive(Clone, Debug)]
pub struct Report {
    /// When.
    pub at: Timestamp,
    /// Everything that was looked at, in a fixed order.
    pub checks: Vec<Check>,
}

impl Report {
    /// The worst that was found.
    #[must_use]
    pub fn worst(&self) -> Verdict {
        let verdicts = self.checks.iter().map(|check| check.verdict);
        verdicts.max().unwrap_or(Verdict::Unknown)
    }
}
