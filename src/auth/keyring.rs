//! The keys that open the API, in memory: a request must not wait for the database to be let in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ipnet::IpNet;
use tokio::sync::watch;

use super::bucket::network_of;
use super::role::Role;
use super::scope::{Principal, ScopeSet};
use super::token::TokenHash;
use crate::model::id::{KeyId, UserId};
use crate::model::time::Timestamp;

/// What kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// A program's, shown in a header.
    Token,
    /// A browser's, shown as a cookie.
    Session,
}

impl KeyKind {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Session => "session",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Token, Self::Session]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// A key without what opens it.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Stable id.
    pub id: KeyId,
    /// Token or session.
    pub kind: KeyKind,
    /// The token's name, or the browser's words about itself.
    pub name: String,
    /// Whose it is, where it is a person's.
    pub user: Option<UserId>,
    /// That person's name, or the token's.
    pub principal: String,
    /// What it may do.
    pub scopes: ScopeSet,
    /// From where it works; empty means anywhere.
    pub networks: Vec<IpNet>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// From where it was last used.
    pub last_used_by: Option<String>,
}

impl Key {
    fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

/// What is to be known of a person to let them in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// What they may do.
    pub role: Role,
    /// Whether they are kept out.
    pub disabled: bool,
}

/// Every key that holds.
#[derive(Debug, Default)]
pub struct Keyring {
    keys: RwLock<Ring>,
    used: Mutex<HashMap<KeyId, (Timestamp, IpAddr)>>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Ring {
    keys: HashMap<TokenHash, Arc<Key>>,
    /// By their names in lower case.
    people: HashMap<String, Person>,
}

impl Keyring {
    /// Goes on with these keys and these people by name.
    pub fn replace(
        &self,
        keys: impl IntoIterator<Item = (TokenHash, Key)>,
        people: impl IntoIterator<Item = (String, Person)>,
    ) {
        let ring = Ring {
            keys: keys
                .into_iter()
                .map(|(hash, key)| (hash, Arc::new(key)))
                .collect(),
            people: people
                .into_iter()
                .map(|(name, person)| (name.to_lowercase(), person))
                .collect(),
        };
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = ring;
        self.changes.send_modify(|count| *count += 1);
    }

    /// Wakes whenever a key may have come to its end.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The person of that name, in whatever case.
    #[must_use]
    pub fn person(&self, name: &str) -> Option<Person> {
        let ring = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        ring.people.get(&name.to_lowercase()).copied()
    }

    /// Whether there is neither a person nor a token, so that nobody could log in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let ring = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        ring.people.is_empty() && !ring.keys.values().any(|key| key.kind == KeyKind::Token)
    }

    /// Whether anybody has an account.
    #[must_use]
    pub fn has_people(&self) -> bool {
        let ring = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        !ring.people.is_empty()
    }

    /// Who shows `credential` as a key of this kind from `peer`, if it opens anything now.
    #[must_use]
    pub fn open(
        &self,
        kind: KeyKind,
        credential: &str,
        peer: IpAddr,
        now: Timestamp,
    ) -> Option<Principal> {
        let key = {
            let ring = self.keys.read().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(ring.keys.get(&TokenHash::of(credential))?)
        };
        let peer = peer.to_canonical();
        let is_near =
            key.networks.is_empty() || key.networks.iter().any(|network| network.contains(&peer));
        if key.kind != kind || key.is_over(now) || !is_near {
            return None;
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert(key.id.clone(), (now, peer));
        Some(Principal {
            name: key.principal.clone(),
            scopes: key.scopes,
        })
    }

    /// The session that `credential` opens now.
    #[must_use]
    pub fn session(&self, credential: &str, now: Timestamp) -> Option<Arc<Key>> {
        let ring = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = ring.keys.get(&TokenHash::of(credential))?;
        let opens = key.kind == KeyKind::Session && !key.is_over(now);
        opens.then(|| Arc::clone(key))
    }

    /// Whether `user` has a session that began from where `client` is. Of the machine itself that is
    /// never said: behind a proxy that nobody told us of, everybody is there.
    #[must_use]
    pub fn has_come_from(&self, user: &UserId, client: IpAddr, now: Timestamp) -> bool {
        if client.to_canonical().is_loopback() {
            return false;
        }
        let network = network_of(client);
        let ring = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        ring.keys.values().any(|key| {
            let began = key.created_by.parse().map(network_of);
            key.kind == KeyKind::Session
                && key.user.as_ref() == Some(user)
                && !key.is_over(now)
                && began == Ok(network)
        })
    }

    /// Which keys were used since this was last asked: when and from where.
    #[must_use]
    pub fn take_uses(&self) -> Vec<(KeyId, Timestamp, IpAddr)> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.drain()
            .map(|(id, (at, peer))| (id, at, peer))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Scope;

    const NOW: Timestamp = Timestamp(1_000_000);
    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 7));

    fn key(kind: KeyKind) -> Key {
        Key {
            id: KeyId::random(),
            kind,
            name: "grafana".into(),
            user: None,
            principal: "grafana".into(),
            scopes: [Scope::FleetRead].into_iter().collect(),
            networks: Vec::new(),
            created_at: NOW,
            created_by: "admin".into(),
            expires_at: None,
            last_used_at: None,
            last_used_by: None,
        }
    }

    fn ring_with(key: Key) -> Keyring {
        let ring = Keyring::default();
        ring.replace([(TokenHash::of("hp_secret"), key)], []);
        ring
    }

    #[test]
    fn a_key_opens_only_as_what_it_is_while_it_lasts_and_from_where_it_may() {
        let ring = ring_with(Key {
            expires_at: Some(NOW),
            networks: vec!["192.168.1.0/24".parse().unwrap()],
            ..key(KeyKind::Token)
        });
        let before = Timestamp(NOW.millis() - 1);
        let open = |kind, text: &str, peer, at| ring.open(kind, text, peer, at).is_some();
        assert!(open(KeyKind::Token, "hp_secret", HOME, before));
        assert!(!open(KeyKind::Token, "hp_secret", HOME, NOW), "expired");
        assert!(
            !open(KeyKind::Session, "hp_secret", HOME, before),
            "no session"
        );
        assert!(!open(KeyKind::Token, "hp_other", HOME, before), "unknown");
        let away = "10.0.0.1".parse().unwrap();
        assert!(
            !open(KeyKind::Token, "hp_secret", away, before),
            "from afar"
        );
        let mapped = "::ffff:192.168.1.9".parse().unwrap();
        assert!(open(KeyKind::Token, "hp_secret", mapped, before));
    }

    #[test]
    fn a_session_that_is_over_is_none() {
        let ring = ring_with(Key {
            expires_at: Some(NOW),
            ..key(KeyKind::Session)
        });
        let before = Timestamp(NOW.millis() - 1);
        assert!(ring.session("hp_secret", before).is_some());
        assert!(ring.session("hp_secret", NOW).is_none());
        let token = ring_with(key(KeyKind::Token));
        assert!(token.session("hp_secret", NOW).is_none());
    }

    #[test]
    fn uses_are_noted_once_per_key() {
        let ring = ring_with(key(KeyKind::Token));
        for _ in 0..3 {
            assert!(ring.open(KeyKind::Token, "hp_secret", HOME, NOW).is_some());
        }
        assert_eq!(ring.take_uses().len(), 1);
        assert!(ring.take_uses().is_empty());
    }

    #[test]
    fn sessions_alone_do_not_close_the_local_door() {
        assert!(ring_with(key(KeyKind::Session)).is_empty());
        assert!(!ring_with(key(KeyKind::Token)).is_empty());
    }
}
