//! What can go wrong with a configuration and with a delivery.

use std::error::Error;
use std::time::Duration;

/// Characters of an error that are kept with a delivery.
const TEXT_LENGTH: usize = 500;

/// A channel's configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct ConfigError {
    /// The field that is wrong.
    pub field: String,
    /// What is wrong with it, as it reads after the field.
    pub problem: String,
}

impl ConfigError {
    pub(super) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

type Cause = Box<dyn Error + Send + Sync>;

/// A message could not be delivered.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// It may work later.
    #[error("{attempted}")]
    Temporary {
        /// What was attempted.
        attempted: String,
        /// How long the other side asked to be left alone.
        retry_after: Option<Duration>,
        /// The status of its answer, of HTTP or of SMTP.
        status: Option<u16>,
        /// Why it did not work.
        source: Option<Cause>,
    },
    /// It will not work, however often it is tried.
    #[error("{attempted}")]
    Permanent {
        /// What was attempted.
        attempted: String,
        /// The status of the other side's answer, of HTTP or of SMTP.
        status: Option<u16>,
        /// Why it did not work.
        source: Option<Cause>,
    },
}

impl NotifyError {
    /// It may work later.
    pub fn temporary(attempted: impl Into<String>, source: impl Into<Cause>) -> Self {
        Self::Temporary {
            attempted: attempted.into(),
            retry_after: None,
            status: None,
            source: Some(source.into()),
        }
    }

    /// It will never work.
    pub fn permanent(attempted: impl Into<String>, source: impl Into<Cause>) -> Self {
        Self::Permanent {
            attempted: attempted.into(),
            status: None,
            source: Some(source.into()),
        }
    }

    /// The same, with the status of the other side's answer.
    #[must_use]
    pub fn with_status(mut self, given: Option<u16>) -> Self {
        match &mut self {
            Self::Temporary { status, .. } | Self::Permanent { status, .. } => *status = given,
        }
        self
    }

    /// The same, with the wait that the other side asked for; it means nothing where it will
    /// never work.
    #[must_use]
    pub fn with_retry_after(mut self, wish: Option<Duration>) -> Self {
        if let Self::Temporary { retry_after, .. } = &mut self {
            *retry_after = wish;
        }
        self
    }

    /// The status of the other side's answer, where there was one.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Temporary { status, .. } | Self::Permanent { status, .. } => *status,
        }
    }

    /// Whether trying again is pointless.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        matches!(self, Self::Permanent { .. })
    }

    /// How long the other side asked to be left alone.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Temporary { retry_after, .. } => *retry_after,
            Self::Permanent { .. } => None,
        }
    }
}

/// The error and its causes on one line, for the delivery log.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // Some libraries repeat their cause in their own text.
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    super::render::shorten(&text, TEXT_LENGTH)
}

/// The text with nothing left of web addresses but scheme and host: a path or a query may hold a
/// token.
pub(super) fn without_addresses(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some(found) = rest.find("://") {
        let (before, after) = rest.split_at(found + 3);
        kept.push_str(before);
        let is_end = |c: char| c.is_whitespace() || "\"'<>),;".contains(c);
        let end = after.find(is_end).unwrap_or(after.len());
        let (address, behind) = after.split_at(end);
        let host = address.split(['/', '?', '#']).next().unwrap_or_default();
        // Whatever stands before an @ is a name or a password.
        kept.push_str(host.rsplit('@').next().unwrap_or_default());
        if address.len() > host.len() {
            kept.push_str("/…");
        }
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::without_addresses;

    #[test]
    fn nothing_is_left_of_an_address_but_its_host() {
        for (text, expected) in [
            ("no address here", "no address here"),
            (
                "post to https://hooks.example.org/T0/SECRET: refused",
                "post to https://hooks.example.org/… refused",
            ),
            (
                "see (https://u:p@example.org?token=x), or http://b.example",
                "see (https://example.org/…), or http://b.example",
            ),
            ("a ://", "a ://"),
        ] {
            assert_eq!(without_addresses(text), expected);
        }
    }
}
