//! A configured thing to look at, and how looking at it is going.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::id::TargetId;
use super::time::Timestamp;

/// Why a look at a target did not work, in classes that each have their own remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The name does not resolve.
    NameUnknown,
    /// Nothing listens there, or no route leads there.
    Unreachable,
    /// The connection or the answer took too long.
    Timeout,
    /// The certificate is not the pinned one, nor issued by a trusted authority.
    CertificateUntrusted,
    /// The certificate was trusted before and is another one now.
    CertificateChanged,
    /// The token or password is wrong, expired or disabled.
    Unauthorized,
    /// The token works, but lacks a privilege that nothing works without.
    Forbidden,
    /// The host wants to be asked less often.
    RateLimited,
    /// The host answered that it failed.
    ServerError,
    /// The answer is not what this kind of host says.
    BadAnswer,
}

impl FailureKind {
    /// The class as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NameUnknown => "name_unknown",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::CertificateUntrusted => "certificate_untrusted",
            Self::CertificateChanged => "certificate_changed",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate_limited",
            Self::ServerError => "server_error",
            Self::BadAnswer => "bad_answer",
        }
    }

    /// Whether another address of the same cluster may do better.
    #[must_use]
    pub const fn is_about_one_address(self) -> bool {
        matches!(
            self,
            Self::NameUnknown | Self::Unreachable | Self::Timeout | Self::ServerError
        )
    }
}

/// One failed look, told so that a person can act on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The class.
    pub kind: FailureKind,
    /// What went wrong, with the host's own words where it gave any.
    pub message: String,
    /// What to do about it, as a sentence or a command.
    pub fix: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A privilege the token lacks, and what stays unseen without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingPrivilege {
    /// The object path, such as `/nodes/pve1`.
    pub path: String,
    /// The privilege as the host names it, such as `Sys.Audit`.
    pub privilege: String,
    /// What is not shown because of it.
    pub hides: String,
    /// The command that grants it.
    pub fix: String,
    /// Whether everything but this one thing works without it.
    pub optional: bool,
}

/// How looking at a target is going.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reachability {
    /// Not looked at yet.
    Pending,
    /// The last look worked.
    Online {
        /// Since when looks have worked without a break.
        since: Timestamp,
    },
    /// The last look failed.
    Failing {
        /// Since when looks have failed without a break.
        since: Timestamp,
        /// How many looks have failed in a row.
        attempts: u32,
        /// The latest failure.
        failure: Failure,
    },
}

impl Reachability {
    /// One word for it: `pending`, `online` or the failure's class.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Online { .. } => "online",
            Self::Failing { failure, .. } => failure.kind.word(),
        }
    }

    /// Whether the last look worked.
    #[must_use]
    pub const fn is_online(&self) -> bool {
        matches!(self, Self::Online { .. })
    }
}

/// Requests that went to a target, for the budget we promise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestBudget {
    /// Requests of the latest cycle, without the slow rotation of details.
    pub last_cycle: u32,
    /// Requests within the last 60 seconds, everything included.
    pub last_minute: u32,
    /// The most that may go to it within 60 seconds; 0 where nobody looks.
    pub limit: u32,
    /// The same by class of endpoint, the busiest first.
    pub by_endpoint: Vec<EndpointRequests>,
}

/// Requests of one class, such as `/nodes/{node}/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointRequests {
    /// The class: the path with names and numbers left open.
    pub endpoint: String,
    /// Requests within the last 60 seconds.
    pub last_minute: u32,
    /// Requests since looking began.
    pub total: u64,
}

/// What is known about a target as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetSummary {
    /// Stable id.
    pub id: TargetId,
    /// The name the admin gave it.
    pub name: String,
    /// The source kind, such as `pve`.
    pub kind: String,
    /// The address that was configured.
    pub address: String,
    /// How looking at it is going.
    pub reachability: Reachability,
    /// The cluster's name, where it is one.
    pub cluster: Option<String>,
    /// Product version, such as `9.2.11`.
    pub version: Option<String>,
    /// Whether the cluster has quorum; `None` for a single host or when unknown.
    pub quorate: Option<bool>,
    /// The host's clock minus ours, in milliseconds.
    pub clock_skew_ms: Option<i64>,
    /// Privileges the token lacks.
    pub missing: Vec<MissingPrivilege>,
    /// How much we ask of it.
    pub requests: RequestBudget,
    /// How long the latest look took, in milliseconds.
    pub look_ms: Option<u64>,
    /// Whether certificates are checked at all (`verifySSL:false` in Pulse turns it off).
    pub verifies_certificate: bool,
    /// When the latest good look was.
    pub last_seen: Option<Timestamp>,
}

impl TargetSummary {
    /// What is known of a target from its configuration alone: nobody has looked yet.
    #[must_use]
    pub fn configured(
        id: TargetId,
        name: String,
        kind: &str,
        address: String,
        verifies_certificate: bool,
    ) -> Self {
        Self {
            id,
            name,
            kind: kind.to_owned(),
            address,
            reachability: Reachability::Pending,
            cluster: None,
            version: None,
            quorate: None,
            clock_skew_ms: None,
            missing: Vec::new(),
            requests: RequestBudget::default(),
            look_ms: None,
            verifies_certificate,
            last_seen: None,
        }
    }
}
