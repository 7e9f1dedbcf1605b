//! Links in messages by which somebody acts without a login: signed, and good for a while.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use url::Url;

use super::message::{Links, Message, Occasion};
use crate::model::id::{ChannelId, DeliveryId};
use crate::model::time::Timestamp;

/// How long a link is good after its message was queued.
const GOOD_FOR: Duration = Duration::from_secs(7 * 86_400);

/// What is signed begins so, so that the key's signature cannot mean anything else.
const PURPOSE: &str = "homepulse message link 1";

/// What a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// It takes the message's alerts on.
    Acknowledge,
    /// It silences them for a while.
    Snooze,
}

impl Action {
    const fn letter(self) -> &'static str {
        match self {
            Self::Acknowledge => "a",
            Self::Snooze => "s",
        }
    }

    fn parse(letter: &str) -> Option<Self> {
        [Self::Acknowledge, Self::Snooze]
            .into_iter()
            .find(|action| action.letter() == letter)
    }
}

/// What a link allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What to do.
    pub action: Action,
    /// The message whose alerts are meant.
    pub message: DeliveryId,
    /// The channel that the link went to.
    pub channel: ChannelId,
    /// Until when; whole seconds.
    pub expires_at: Timestamp,
}

/// Why a link allows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It was not made here, or was changed on its way.
    #[error("this link is not one of ours, or is not complete")]
    Forged,
    /// It is too old.
    #[error("this link has expired")]
    Expired,
}

/// Signs links and knows its own.
#[derive(Clone)]
pub struct LinkKey(hmac::Key);

impl LinkKey {
    /// The key from 32 random bytes.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The link's own part of its address, safe in a path.
    #[must_use]
    pub fn token(&self, grant: &Grant) -> String {
        let text = format!(
            "{}.{}.{}.{}",
            grant.action.letter(),
            grant.message,
            grant.channel,
            grant.expires_at.seconds()
        );
        let tag = hmac::sign(&self.0, signed(&text).as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// What a link allows at `now`.
    ///
    /// # Errors
    /// When it was not made with this key, or is too old.
    pub fn read(&self, token: &str, now: Timestamp) -> Result<Grant, LinkError> {
        let (text, tag) = token.rsplit_once('.').ok_or(LinkError::Forged)?;
        let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| LinkError::Forged)?;
        hmac::verify(&self.0, signed(text).as_bytes(), &tag).map_err(|_| LinkError::Forged)?;
        let grant = grant(text).ok_or(LinkError::Forged)?;
        if grant.expires_at <= now {
            return Err(LinkError::Expired);
        }
        Ok(grant)
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey")
    }
}

fn signed(text: &str) -> String {
    format!("{PURPOSE}\n{text}")
}

fn grant(text: &str) -> Option<Grant> {
    let mut parts = text.split('.');
    let grant = Grant {
        action: Action::parse(parts.next()?)?,
        message: parts.next()?.parse().ok()?,
        channel: parts.next()?.parse().ok()?,
        expires_at: Timestamp::from_seconds(parts.next()?.parse().ok()?),
    };
    parts.next().is_none().then_some(grant)
}

/// Makes the links of messages, under the address at which people reach this installation.
#[derive(Clone, Debug)]
pub struct LinkMaker {
    base: String,
    key: LinkKey,
}

impl LinkMaker {
    /// Links under `base`, such as `https://pulse.example.org/`.
    #[must_use]
    pub fn new(base: &Url, key: LinkKey) -> Self {
        Self {
            base: base.as_str().trim_end_matches('/').to_owned(),
            key,
        }
    }

    /// The links of one message; the same on every attempt.
    #[must_use]
    pub fn links(&self, message: &Message, channel: &ChannelId) -> Links {
        let expires_at = message.created_at + GOOD_FOR;
        let link = |action| {
            let grant = Grant {
                action,
                message: message.id.clone(),
                channel: channel.clone(),
                expires_at,
            };
            format!("{}/a/{}", self.base, self.key.token(&grant))
        };
        let is_over = message.occasion == Occasion::Resolved;
        let is_none = matches!(message.occasion, Occasion::Server | Occasion::Test);
        let is_open = !is_over && !is_none;
        Links {
            open: Some(match message.occasion {
                Occasion::Server | Occasion::Test => format!("{}/", self.base),
                _ => format!("{}/alerts?alert={}", self.base, message.alert.id),
            }),
            acknowledge: is_open.then(|| link(Action::Acknowledge)),
            snooze: is_open.then(|| link(Action::Snooze)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::tests::{NOW, alert, message};

    fn grant() -> Grant {
        Grant {
            action: Action::Snooze,
            message: "dlv_one".parse().expect("an id"),
            channel: "chn_one".parse().expect("an id"),
            expires_at: Timestamp::from_seconds(NOW.seconds()) + GOOD_FOR,
        }
    }

    #[test]
    fn a_link_says_what_it_allows_until_it_expires() {
        let key = LinkKey::new(b"a key of no great length");
        let token = key.token(&grant());
        assert_eq!(key.read(&token, NOW), Ok(grant()));
        let late = NOW + GOOD_FOR;
        assert_eq!(key.read(&token, late), Err(LinkError::Expired));
        let other = LinkKey::new(b"another key");
        assert_eq!(other.read(&token, NOW), Err(LinkError::Forged));
    }

    #[test]
    fn a_link_that_was_changed_anywhere_allows_nothing() {
        let key = LinkKey::new(b"a key of no great length");
        let token = key.token(&grant());
        for (index, byte) in token.bytes().enumerate() {
            let mut changed = token.clone().into_bytes();
            changed[index] = if byte == b'a' { b'b' } else { b'a' };
            let changed = String::from_utf8(changed).expect("plain text");
            assert_eq!(key.read(&changed, NOW), Err(LinkError::Forged), "{changed}");
        }
        for text in ["", ".", "a.dlv_one", &token[..token.len() - 4]] {
            assert_eq!(key.read(text, NOW), Err(LinkError::Forged), "{text}");
        }
    }

    #[test]
    fn only_what_holds_can_be_taken_on() {
        let key = LinkKey::new(b"a key of no great length");
        let base = Url::parse("https://pulse.example.org/home/").expect("an address");
        let maker = LinkMaker::new(&base, key);
        let channel = "chn_one".parse().expect("an id");
        let links = maker.links(&message(Occasion::Fired, alert()), &channel);
        let acknowledge = links.acknowledge.expect("it holds");
        assert!(acknowledge.starts_with("https://pulse.example.org/home/a/a.dlv_two."));
        let links = maker.links(&message(Occasion::Resolved, alert()), &channel);
        assert_eq!((links.acknowledge, links.snooze), (None, None));
        assert!(links.open.is_some());
    }
}
