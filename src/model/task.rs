//! Work that a host does or did: its tasks.

use super::time::Timestamp;

/// How a task or a run of a job came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskOutcome {
    /// It has not ended.
    Running,
    /// It ended well.
    Ok,
    /// It ended with warnings.
    Warnings(u32),
    /// It failed, in the host's words.
    Failed(String),
    /// The host does not say.
    Unknown,
}

impl TaskOutcome {
    /// What a host's final word for it means: `OK`, `WARNINGS: 3`, or the text of an error.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word.trim() {
            "" | "unknown" => Self::Unknown,
            "OK" => Self::Ok,
            "RUNNING" | "running" => Self::Running,
            other => match other.strip_prefix("WARNINGS:") {
                Some(count) => Self::Warnings(count.trim().parse().unwrap_or(1)),
                None => Self::Failed(other.chars().take(500).collect()),
            },
        }
    }

    /// The outcome as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ok => "ok",
            Self::Warnings(_) => "warnings",
            Self::Failed(_) => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// What the host said of a failure.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Failed(text) => Some(text),
            Self::Running | Self::Ok | Self::Warnings(_) | Self::Unknown => None,
        }
    }

    /// Whether it failed.
    #[must_use]
    pub const fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

/// A task of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The host's id of it (UPID).
    pub id: String,
    /// The node it runs on; `None` for a backup server's own.
    pub node: Option<String>,
    /// What it does, in the host's word, such as `vzdump`.
    pub kind: String,
    /// What it does it to, such as a guest's number.
    pub subject: Option<String>,
    /// Who started it, with the token's name.
    pub user: Option<String>,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it came out.
    pub outcome: TaskOutcome,
}

#[cfg(test)]
mod tests {
    use super::TaskOutcome;

    #[test]
    fn a_final_word_is_read_whatever_it_says() {
        for (word, expected) in [
            ("OK", TaskOutcome::Ok),
            ("WARNINGS: 3", TaskOutcome::Warnings(3)),
            ("WARNINGS: some", TaskOutcome::Warnings(1)),
            ("job errors", TaskOutcome::Failed("job errors".into())),
            ("RUNNING", TaskOutcome::Running),
            ("", TaskOutcome::Unknown),
        ] {
            assert_eq!(TaskOutcome::of_word(word), expected, "{word}");
        }
    }
}
