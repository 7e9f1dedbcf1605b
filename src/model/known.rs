//! What is not known, and why: the difference between "none" and "could not be asked".

use std::fmt;

/// Why something is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Gap {
    /// Nobody has asked yet.
    #[default]
    NotAskedYet,
    /// The host has no such thing, such as Ceph or ZFS.
    Absent,
    /// The host's version does not offer it.
    Unsupported,
    /// The token lacks a privilege.
    NotPermitted {
        /// Which one, and on which path, in the host's words.
        privilege: String,
    },
    /// The guest does not run.
    NotRunning,
    /// The guest agent is switched off in the guest's configuration.
    AgentNotConfigured,
    /// The guest agent is switched on, but does not answer.
    AgentNotRunning,
    /// The host could not tell; in its own words.
    Failed {
        /// What it said.
        message: String,
    },
}

impl Gap {
    /// The reason as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotAskedYet => "not_asked_yet",
            Self::Absent => "absent",
            Self::Unsupported => "unsupported",
            Self::NotPermitted { .. } => "not_permitted",
            Self::NotRunning => "not_running",
            Self::AgentNotConfigured => "agent_not_configured",
            Self::AgentNotRunning => "agent_not_running",
            Self::Failed { .. } => "failed",
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAskedYet => f.write_str("not asked yet"),
            Self::Absent => f.write_str("the host has none"),
            Self::Unsupported => f.write_str("the host's version does not tell"),
            Self::NotPermitted { privilege } => write!(f, "the token lacks {privilege}"),
            Self::NotRunning => f.write_str("the guest does not run"),
            Self::AgentNotConfigured => f.write_str("the guest agent is not switched on"),
            Self::AgentNotRunning => f.write_str("the guest agent does not answer"),
            Self::Failed { message } => f.write_str(message),
        }
    }
}

/// Something that is known, or the reason why it is not.
#[derive(Clone, Debug, PartialEq)]
pub enum Known<T> {
    /// It is known, and this is it; an empty list really is empty.
    Is(T),
    /// It is not known.
    Not(Gap),
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self::Not(Gap::NotAskedYet)
    }
}

impl<T> Known<T> {
    /// What is known, if it is.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Not(_) => None,
        }
    }

    /// Why it is not known, if it is not.
    #[must_use]
    pub const fn gap(&self) -> Option<&Gap> {
        match self {
            Self::Is(_) => None,
            Self::Not(gap) => Some(gap),
        }
    }

    /// The same of what is known.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Is(value) => Known::Is(change(value)),
            Self::Not(gap) => Known::Not(gap),
        }
    }

    /// This, or what was known before where this is a failure: a host that fails once does not
    /// make a list unknown.
    #[must_use]
    pub fn or_before(self, before: &Self) -> Self
    where
        T: Clone,
    {
        match self {
            Self::Not(Gap::Failed { .. } | Gap::NotAskedYet) if before.value().is_some() => {
                before.clone()
            }
            other => other,
        }
    }
}
