//! Names that stay the same: of targets, of the resources under them, of alerts and deliveries.
//!
//! A guest is its cluster and number, whatever node runs it; a shared storage is its cluster and
//! name; so migration and renaming keep history, thresholds and open alerts.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An id text that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not the id of {} {what}", article(what))]
pub struct IdError {
    /// What the text was given as.
    pub what: &'static str,
    /// The text itself.
    pub text: String,
}

fn article(what: &str) -> &'static str {
    if what.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// 80 random bits as text.
fn random_text() -> String {
    text_of(&rand::random())
}

/// The low five bits of each byte as a character of lower-case base 32 without `i l o u`.
fn text_of(bytes: &[u8; 16]) -> String {
    bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect()
}

macro_rules! own_id {
    ($name:ident, $prefix:literal, $what:literal) => {
        #[doc = concat!("Id of a ", $what, ", written `", $prefix, "` and 16 characters.")]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// A new random id.
            #[must_use]
            pub fn random() -> Self {
                Self(format!("{}{}", $prefix, random_text()).into())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let valid = text.strip_prefix($prefix).is_some_and(|rest| {
                    (1..=40).contains(&rest.len())
                        && rest
                            .bytes()
                            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                });
                if valid {
                    Ok(Self(text.into()))
                } else {
                    Err(IdError {
                        what: $what,
                        text: text.into(),
                    })
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

impl AlertId {
    /// The id that follows from `name`, and from no other name by accident.
    #[must_use]
    pub fn of(name: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, name);
        let mut bytes = [0; 16];
        for (byte, of_digest) in bytes.iter_mut().zip(digest.as_ref()) {
            *byte = *of_digest;
        }
        Self(format!("alt_{}", text_of(&bytes)).into())
    }
}

own_id!(TargetId, "tgt_", "target");
own_id!(AlertId, "alt_", "alert");
own_id!(ChannelId, "chn_", "notification channel");
own_id!(DeliveryId, "dlv_", "delivery");
own_id!(SilenceId, "sil_", "silence");
own_id!(WindowId, "mnt_", "maintenance window");
own_id!(CalendarId, "cal_", "maintenance calendar");
own_id!(JobId, "job_", "job");
own_id!(GameBackupId, "gbk_", "backup of a game server");
own_id!(UserId, "usr_", "user");
own_id!(KeyId, "key_", "token or session");

/// What sort of thing a [`ResourceId`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourceKind {
    /// A configured host or cluster itself, for rules about reaching it.
    Target,
    /// A hypervisor host.
    Node,
    /// A virtual machine or container.
    Guest,
    /// A storage of a node, or one shared by a cluster.
    Storage,
    /// A datastore of a backup server.
    Datastore,
    /// A physical disk in a node.
    Disk,
    /// A game server.
    Game,
    /// Something that pushes its own metrics.
    Pushed,
}

impl ResourceKind {
    /// Every kind, in the order they are shown.
    pub const ALL: [Self; 8] = [
        Self::Target,
        Self::Node,
        Self::Guest,
        Self::Storage,
        Self::Datastore,
        Self::Disk,
        Self::Game,
        Self::Pushed,
    ];

    /// The kind's word, as it begins an id.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Node => "node",
            Self::Guest => "guest",
            Self::Storage => "storage",
            Self::Datastore => "datastore",
            Self::Disk => "disk",
            Self::Game => "game",
            Self::Pushed => "pushed",
        }
    }
}

impl FromStr for ResourceKind {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.word() == text)
            .ok_or_else(|| IdError {
                what: "resource kind",
                text: text.into(),
            })
    }
}

/// Stable name of one watched thing: `guest:tgt_…:100`, `node:tgt_…:pve1`,
/// `storage:tgt_…:nas` when shared and `storage:tgt_…:local@pve1` when not.
///
/// Safe in a URL path segment: the local part is percent-free ASCII without `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId {
    text: Arc<str>,
    kind: ResourceKind,
}

/// See [`ResourceId::own`].
const OWN: &str = "target:tgt_homepulse:self";

impl ResourceId {
    fn compose(kind: ResourceKind, target: &TargetId, local: &str) -> Self {
        Self {
            text: format!("{}:{}:{}", kind.word(), target, sanitise(local)).into(),
            kind,
        }
    }

    /// The target itself as a resource.
    #[must_use]
    pub fn target(target: &TargetId) -> Self {
        Self::compose(ResourceKind::Target, target, "self")
    }

    /// The product itself, for rules about its own health: the target that no target can be,
    /// because random ids are longer.
    #[must_use]
    pub fn own() -> Self {
        Self {
            text: OWN.into(),
            kind: ResourceKind::Target,
        }
    }

    /// Whether this is the product itself.
    #[must_use]
    pub fn is_own(&self) -> bool {
        &*self.text == OWN
    }

    /// A node of a cluster, by its name.
    #[must_use]
    pub fn node(target: &TargetId, name: &str) -> Self {
        Self::compose(ResourceKind::Node, target, name)
    }

    /// A guest of a cluster, by its number, whatever node it is on.
    #[must_use]
    pub fn guest(target: &TargetId, vmid: u32) -> Self {
        Self::compose(ResourceKind::Guest, target, &vmid.to_string())
    }

    /// A storage: `node` is given only where every node has one of its own.
    #[must_use]
    pub fn storage(target: &TargetId, name: &str, node: Option<&str>) -> Self {
        match node {
            None => Self::compose(ResourceKind::Storage, target, name),
            Some(node) => Self::compose(ResourceKind::Storage, target, &format!("{name}@{node}")),
        }
    }

    /// Anything else under a target, by a local name that is unique for its kind.
    #[must_use]
    pub fn other(kind: ResourceKind, target: &TargetId, local: &str) -> Self {
        Self::compose(kind, target, local)
    }

    /// What sort of thing this names.
    #[must_use]
    pub const fn kind(&self) -> ResourceKind {
        self.kind
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The target part of the id.
    #[must_use]
    pub fn target_text(&self) -> &str {
        self.text.split(':').nth(1).unwrap_or_default()
    }

    /// The part behind the target: a guest's number, a node's name.
    #[must_use]
    pub fn local(&self) -> &str {
        self.text.splitn(3, ':').nth(2).unwrap_or_default()
    }
}

/// Replaces what may not stand in a local name, so that a hostile host cannot forge another id.
fn sanitise(local: &str) -> String {
    local
        .chars()
        .take(128)
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.@+".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect()
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for ResourceId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || IdError {
            what: "resource",
            text: text.chars().take(80).collect(),
        };
        let mut parts = text.splitn(3, ':');
        let (Some(kind), Some(target), Some(local)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        let kind: ResourceKind = kind.parse().map_err(|_| wrong())?;
        let target: TargetId = target.parse().map_err(|_| wrong())?;
        let id = Self::compose(kind, &target, local);
        if id.as_str() == text && !local.is_empty() {
            Ok(id)
        } else {
            Err(wrong())
        }
    }
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
