//! What backups are called: `homepulse-20261122T033000Z-scheduled.tar.gz`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::time::Timestamp;

/// Why a backup was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// By the schedule.
    Scheduled,
    /// Somebody asked for it.
    Manual,
    /// Another one was about to be restored.
    BeforeRestore,
    /// Another release was about to be installed.
    BeforeUpdate,
}

impl Reason {
    /// The reason as it stands in names and APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Manual => "manual",
            Self::BeforeRestore => "before-restore",
            Self::BeforeUpdate => "before-update",
        }
    }

    const ALL: [Self; 4] = [
        Self::Scheduled,
        Self::Manual,
        Self::BeforeRestore,
        Self::BeforeUpdate,
    ];
}

/// The name of a backup file, which is nothing but a name: no path can be made of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BackupName {
    text: String,
    /// When it was made, to the second.
    pub made_at: Timestamp,
    /// Why.
    pub reason: Reason,
}

const FRONT: &str = "homepulse-";
const BACK: &str = ".tar.gz";
const MOMENT: &str = "%Y%m%dT%H%M%SZ";

impl BackupName {
    /// The name of one made at `now`.
    #[must_use]
    pub fn new(now: Timestamp, reason: Reason) -> Self {
        let made_at = Timestamp::from_seconds(now.seconds());
        Self {
            text: format!("{FRONT}{}-{}{BACK}", stamp(made_at), reason.word()),
            made_at,
            reason,
        }
    }

    /// The name as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// A moment as it stands in the names of files.
pub(super) fn stamp(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis())
        .map(|moment| moment.strftime(MOMENT).to_string())
        .unwrap_or_default()
}

/// Not the name of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no name of a backup, such as homepulse-20261122T033000Z-scheduled.tar.gz")]
pub struct NotAName;

impl FromStr for BackupName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let inner = text
            .strip_prefix(FRONT)
            .and_then(|rest| rest.strip_suffix(BACK))
            .ok_or(NotAName)?;
        let (moment, word) = inner.split_once('-').ok_or(NotAName)?;
        let reason = Reason::ALL
            .into_iter()
            .find(|reason| reason.word() == word)
            .ok_or(NotAName)?;
        let civil = jiff::civil::DateTime::strptime(MOMENT, moment).map_err(|_| NotAName)?;
        let zoned = civil
            .to_zoned(jiff::tz::TimeZone::UTC)
            .map_err(|_| NotAName)?;
        let name = Self::new(Timestamp(zoned.timestamp().as_millisecond()), reason);
        // Only what we would write ourselves: nothing that merely reads the same.
        if name.text == text {
            Ok(name)
        } else {
            Err(NotAName)
        }
    }
}

impl fmt::Display for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when_and_why_and_is_read_back() {
        let name = BackupName::new(Timestamp(1_795_000_000_123), Reason::BeforeRestore);
        assert_eq!(
            name.as_str(),
            "homepulse-20261118T110640Z-before-restore.tar.gz"
        );
        assert_eq!(name.as_str().parse(), Ok(name));
    }

    #[test]
    fn nothing_else_is_a_name() {
        for text in [
            "",
            "homepulse.db",
            "../homepulse-20261118T110640Z-manual.tar.gz",
            "homepulse-20261118T110640Z-manual.tar.gz/..",
            "homepulse-20261118T110640Z-../manual.tar.gz",
            "homepulse-20261318T110640Z-manual.tar.gz",
            "homepulse-20261118T110640Z-whim.tar.gz",
            "homepulse-+2026118T110640Z-manual.tar.gz",
            "homepulse-20261118T110640Z-manual.tar.gz\0",
        ] {
            assert_eq!(text.parse::<BackupName>(), Err(NotAName), "{text:?}");
        }
    }
}
