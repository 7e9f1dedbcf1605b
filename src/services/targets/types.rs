//! What goes in and out of the targets service.

use secrecy::SecretString;
use serde_json::{Value, json};

use crate::db::DbError;
use crate::model::id::TargetId;
use crate::model::target::{Failure, MissingPrivilege};
use crate::secret::SecretError;
use crate::sources;

/// Why a target could not be managed.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// A setting is wrong.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which one.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Another target has the name.
    #[error("name: there is already a target called {name}")]
    NameTaken {
        /// Which name.
        name: String,
    },
    /// Another target has the address.
    #[error("address: {name} looks at {address} already")]
    AddressTaken {
        /// The other target.
        name: String,
        /// The address.
        address: String,
    },
    /// There is no such target.
    #[error("there is no target {id}")]
    NotFound {
        /// Which id was asked for.
        id: TargetId,
    },
    /// The configuration file owns the target.
    #[error("the configuration file owns {name}; change it there")]
    OwnedByFile {
        /// Which target.
        name: String,
    },
    /// The database failed.
    #[error("keep the target")]
    Database(#[from] DbError),
    /// The secret could not be sealed or opened.
    #[error("keep the target's secret")]
    Secret(#[from] SecretError),
}

impl From<sources::ConfigError> for TargetError {
    fn from(error: sources::ConfigError) -> Self {
        Self::Invalid {
            field: error.field,
            problem: error.problem,
        }
    }
}

/// A target to be added or tried.
#[derive(Clone, Debug)]
pub struct NewTarget {
    /// The admin's name for it.
    pub name: String,
    /// The kind, such as `pve`.
    pub kind: String,
    /// The kind's settings.
    pub config: Value,
    /// The kind's secret.
    pub secret: SecretString,
}

impl NewTarget {
    /// A Proxmox VE target by an API token.
    #[must_use]
    pub fn pve(name: &str, address: &str, token_id: &str, secret: SecretString) -> Self {
        Self {
            name: name.into(),
            kind: "pve".into(),
            config: json!({ "address": address, "token_id": token_id }),
            secret,
        }
    }
}

/// A target as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetRow {
    /// Stable id.
    pub id: TargetId,
    /// The kind.
    pub kind: String,
    /// The admin's name for it.
    pub name: String,
    /// The kind's settings, without the secret.
    pub config: Value,
    /// Whether it is polled.
    pub enabled: bool,
    /// Whether the configuration file owns it.
    pub owned_by_file: bool,
}

/// What trying a target showed.
#[derive(Clone, Debug, PartialEq)]
pub struct TestReport {
    /// Why it did not work, if it did not.
    pub failure: Option<Failure>,
    /// SHA-256 of the certificate that the host presented.
    pub fingerprint: Option<String>,
    /// The cluster's name.
    pub cluster: Option<String>,
    /// The product's version.
    pub version: Option<String>,
    /// Nodes that were seen.
    pub nodes: usize,
    /// Guests that were seen.
    pub guests: usize,
    /// Datastores that were seen.
    pub datastores: usize,
    /// Game servers that answered, or that are known otherwise.
    pub games: usize,
    /// Privileges that the token lacks.
    pub missing: Vec<MissingPrivilege>,
}

impl TestReport {
    /// One that did not work.
    pub(super) const fn failed(failure: Failure, fingerprint: Option<String>) -> Self {
        Self {
            failure: Some(failure),
            fingerprint,
            cluster: None,
            version: None,
            nodes: 0,
            guests: 0,
            datastores: 0,
            games: 0,
            missing: Vec::new(),
        }
    }
}
