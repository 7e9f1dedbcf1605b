//! A storage: of one node, or shared by a cluster.

use serde::{Deserialize, Serialize};

use super::figures::Usage;
use crate::model::id::ResourceId;

/// Whether a storage can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageStatus {
    /// It answers.
    Available,
    /// Inactive, unmounted or out of reach.
    Unknown,
}

/// A storage of one node, or one that several nodes share.
#[derive(Clone, Debug, PartialEq)]
pub struct Storage {
    /// Stable id.
    pub id: ResourceId,
    /// Its name in the cluster's configuration.
    pub name: String,
    /// The node it belongs to; `None` when shared.
    pub node: Option<String>,
    /// Whether all nodes see the same bytes.
    pub shared: bool,
    /// Plug-in type, such as `zfspool` or `nfs`.
    pub plugin: String,
    /// What it may hold, sorted.
    pub content: Vec<String>,
    /// Available if any node can use it.
    pub status: StorageStatus,
    /// Space.
    pub usage: Usage,
    /// Each node's own view of it.
    pub nodes: Vec<(String, StorageStatus)>,
}
