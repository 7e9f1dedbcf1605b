//! A target as our own API shows it: what it is, and how looking at it is going.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::target::{Failure, FailureKind, MissingPrivilege, Reachability};
use crate::state::TargetView;

use super::words;

/// Why the latest look at a target failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TargetFailure {
    /// The class of failure.
    #[schema(schema_with = words::failure_kind)]
    pub kind: FailureKind,
    /// What went wrong.
    pub message: String,
    /// What to do about it.
    pub fix: Option<String>,
}

impl From<&Failure> for TargetFailure {
    fn from(failure: &Failure) -> Self {
        Self {
            kind: failure.kind,
            message: failure.message.clone(),
            fix: failure.fix.clone(),
        }
    }
}

/// A privilege that the token lacks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Missing {
    /// The object path, such as `/nodes/pve1`.
    pub path: String,
    /// The privilege, such as `Sys.Audit`.
    pub privilege: String,
    /// What is not shown because of it.
    pub hides: String,
    /// The command that grants it.
    pub fix: String,
}

impl Missing {
    /// Those that show one thing more each.
    pub(super) fn optional(missing: &[MissingPrivilege]) -> Vec<Self> {
        let optional = missing.iter().filter(|missing| missing.optional);
        optional.map(Self::from).collect()
    }

    /// Those without which something is missing that everybody expects.
    pub(super) fn required(missing: &[MissingPrivilege]) -> Vec<Self> {
        missing
            .iter()
            .filter(|missing| !missing.optional)
            .map(Self::from)
            .collect()
    }
}

impl From<&MissingPrivilege> for Missing {
    fn from(missing: &MissingPrivilege) -> Self {
        Self {
            path: missing.path.clone(),
            privilege: missing.privilege.clone(),
            hides: missing.hides.clone(),
            fix: missing.fix.clone(),
        }
    }
}

/// A configured host or cluster and how looking at it is going.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Target {
    /// Number of this item in rows of vitals.
    pub handle: u32,
    /// Stable id.
    pub id: String,
    /// The name it was given.
    pub name: String,
    /// The source kind, such as `pve`.
    pub kind: String,
    /// The configured address.
    pub address: String,
    /// `pending`, `online` or the class of the latest failure.
    #[schema(schema_with = words::target_state)]
    pub state: &'static str,
    /// Since when it has been so, in milliseconds.
    pub since: Option<i64>,
    /// Failed looks in a row.
    pub attempts: u32,
    /// The latest failure, while failing.
    pub failure: Option<TargetFailure>,
    /// The cluster's name.
    pub cluster: Option<String>,
    /// Product version.
    pub version: Option<String>,
    /// Whether the cluster has quorum.
    pub quorate: Option<bool>,
    /// The host's clock minus ours.
    pub clock_skew_ms: Option<i64>,
    /// Privileges that the token lacks.
    pub missing: Vec<Missing>,
    /// Privileges that the token lacks and that show one thing more each, such as pending updates.
    pub worth_granting: Vec<Missing>,
    /// Requests of the latest cycle.
    pub requests_last_cycle: u32,
    /// Requests within the last minute.
    pub requests_last_minute: u32,
    /// How long the latest look took.
    pub look_ms: Option<u64>,
    /// Whether certificates are checked.
    pub verifies_certificate: bool,
    /// When the latest good look was, in milliseconds.
    pub last_seen_at: Option<i64>,
}

impl Target {
    /// Shows a target.
    #[must_use]
    pub fn new(handle: u32, view: &TargetView) -> Self {
        let target = &view.summary;
        let (since, attempts, failure) = match &target.reachability {
            Reachability::Pending => (None, 0, None),
            Reachability::Online { since } => (Some(since.millis()), 0, None),
            Reachability::Failing {
                since,
                attempts,
                failure,
            } => (Some(since.millis()), *attempts, Some(failure.into())),
        };
        Self {
            handle,
            id: target.id.to_string(),
            name: target.name.clone(),
            kind: target.kind.clone(),
            address: target.address.clone(),
            state: target.reachability.word(),
            since,
            attempts,
            failure,
            cluster: target.cluster.clone(),
            version: target.version.clone(),
            quorate: target.quorate,
            clock_skew_ms: target.clock_skew_ms,
            missing: Missing::required(&target.missing),
            worth_granting: Missing::optional(&target.missing),
            requests_last_cycle: target.requests.last_cycle,
            requests_last_minute: target.requests.last_minute,
            look_ms: target.look_ms,
            verifies_certificate: target.verifies_certificate,
            last_seen_at: target.last_seen.map(|at| at.millis()),
        }
    }
}
