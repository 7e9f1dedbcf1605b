//! What is told: an alert as it was at one moment, and why it is worth telling.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::alert::Alert;
use crate::model::id::DeliveryId;
use crate::model::time::{Timestamp, Window};

use super::happening::Happening;

/// Why somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Occasion {
    /// It is new.
    Fired,
    /// It is worse than what was told before.
    Worsened,
    /// It still holds, and nobody has taken it on.
    Reminder,
    /// Nobody has taken it on in time, so that others are told.
    Escalated,
    /// It is over.
    Resolved,
    /// Something happened to a game server.
    Server,
    /// Somebody wants to see whether the channel works.
    Test,
}

impl Occasion {
    /// Every occasion.
    pub const ALL: [Self; 7] = [
        Self::Fired,
        Self::Worsened,
        Self::Reminder,
        Self::Escalated,
        Self::Resolved,
        Self::Server,
        Self::Test,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::Worsened => "worsened",
            Self::Reminder => "reminder",
            Self::Escalated => "escalated",
            Self::Resolved => "resolved",
            Self::Server => "server",
            Self::Test => "test",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// One alert in a message that tells of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct News {
    /// Why it is told.
    pub occasion: Occasion,
    /// The alert.
    pub alert: Alert,
}

/// Addresses that a message may offer; each is absent where no public address is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Shows the alert in the web UI.
    pub open: Option<String>,
    /// Takes the alert on: a page that asks first, and with POST the deed itself. Works once,
    /// without a login.
    pub acknowledge: Option<String>,
    /// Silences the alert for a while, in the same way.
    pub snooze: Option<String>,
}

/// One message to one channel: about one alert, or about several that came close together.
///
/// The same message is the same on every attempt, but for `sent_at` and `attempt`.
#[derive(Clone, Debug)]
pub struct Message {
    /// The delivery's id, the same on every attempt: whoever receives it twice can tell.
    pub id: DeliveryId,
    /// Why it is told.
    pub occasion: Occasion,
    /// The alert as it was when the message was queued; the gravest one of several.
    pub alert: Alert,
    /// What happened that is no alert, where it tells of that; `alert` is then how it reads as
    /// one.
    pub happening: Option<Happening>,
    /// What `alert` explains: the names of the resources whose own alerts nobody is told of.
    pub affected: Vec<String>,
    /// The rest of a digest, the gravest first; empty where the message tells of one alert.
    pub others: Vec<News>,
    /// The quiet hours that this message sums up: alerts in it that are over came and went.
    pub quiet: Option<Window>,
    /// The name of the channel that this one stands in for, as that one cannot be reached.
    pub stand_in: Option<String>,
    /// The first message about this alert on this channel, for channels that make threads.
    pub first: DeliveryId,
    /// What the channel gave back for its latest message about this alert alone, for channels
    /// that can change a message or answer it.
    pub remote: Option<String>,
    /// Where to look and what to do.
    pub links: Links,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When this attempt began.
    pub sent_at: Timestamp,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

impl Message {
    /// The first attempt of a message about one alert, with nothing around it.
    #[must_use]
    pub fn new(id: DeliveryId, occasion: Occasion, alert: Alert, now: Timestamp) -> Self {
        Self {
            first: id.clone(),
            id,
            occasion,
            alert,
            happening: None,
            affected: Vec::new(),
            others: Vec::new(),
            quiet: None,
            stand_in: None,
            remote: None,
            links: Links::default(),
            created_at: now,
            sent_at: now,
            attempt: 1,
        }
    }

    /// How many alerts it tells of, without those that are merely affected.
    #[must_use]
    pub const fn count(&self) -> usize {
        1 + self.others.len()
    }
}

/// What the other side said when it took a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its answer, for the delivery log.
    pub text: String,
    /// The status of its answer, where the protocol has one: of HTTP or of SMTP.
    pub status: Option<u16>,
    /// Its own name for the message, by which the message can be changed or answered later.
    pub remote: Option<String>,
}

impl Receipt {
    /// An answer in words.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            status: None,
            remote: None,
        }
    }

    /// The same, with the status of the answer.
    #[must_use]
    pub const fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// The same, with the other side's own name for the message.
    #[must_use]
    pub fn with_remote(mut self, remote: Option<String>) -> Self {
        self.remote = remote;
        self
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
