//! What is told: an alert as it was at one moment, and why it is worth telling.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::alert::Alert;
use crate::model::id::DeliveryId;
use crate::model::time::Timestamp;

/// Why somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Occasion {
    /// It is new.
    Fired,
    /// It is worse than what was told before.
    Worsened,
    /// It is over.
    Resolved,
    /// Somebody wants to see whether the channel works.
    Test,
}

impl Occasion {
    const ALL: [Self; 4] = [Self::Fired, Self::Worsened, Self::Resolved, Self::Test];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::Worsened => "worsened",
            Self::Resolved => "resolved",
            Self::Test => "test",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// One message to one channel.
#[derive(Clone, Debug)]
pub struct Message {
    /// The delivery's id, the same on every attempt: whoever receives it twice can tell.
    pub id: DeliveryId,
    /// Why it is told.
    pub occasion: Occasion,
    /// The alert as it was when the message was queued.
    pub alert: Alert,
    /// The first message about this alert on this channel, for channels that make threads.
    pub first: DeliveryId,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When this attempt began.
    pub sent_at: Timestamp,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

/// What the other side said when it took a message, for the delivery log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt(pub String);

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
