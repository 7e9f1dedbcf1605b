//! What a world is made from.

use std::time::Duration;

/// Which release of Proxmox VE the hosts claim to run; decides field sets and privilege names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PveVersion {
    /// 8.4.21
    V8,
    /// 9.2.11
    V9,
}

impl PveVersion {
    /// The full version, as `/version` gives it.
    pub fn full(self) -> &'static str {
        match self {
            Self::V8 => "8.4.21",
            Self::V9 => "9.2.11",
        }
    }

    pub(crate) fn release(self) -> &'static str {
        match self {
            Self::V8 => "8.4",
            Self::V9 => "9.2",
        }
    }

    pub(crate) fn repoid(self) -> &'static str {
        match self {
            Self::V8 => "2606ac8537c2f3a1",
            Self::V9 => "14a22df38694ab5d",
        }
    }

    pub(crate) fn kernel(self) -> &'static str {
        match self {
            Self::V8 => "6.8.12-15-pve",
            Self::V9 => "6.17.4-2-pve",
        }
    }
}

/// The size and nature of a world. Two worlds of the same configuration are equal, but for their clock.
#[derive(Clone, Debug)]
pub struct WorldConfig {
    /// The cluster's name; `None` for a standalone node (`nodes` is then taken as 1).
    pub cluster: Option<String>,
    /// Number of nodes, named `pve1`, `pve2`, ….
    pub nodes: usize,
    /// Number of guests over all nodes.
    pub guests: usize,
    /// What everything random is derived from.
    pub seed: u64,
    /// How many times faster the world evolves than its clock: daily cycles, scripted incidents, the time until a
    /// dead node's guests are forgotten. Times on the wire, uptimes and the size of rates stay real.
    pub speed: f64,
    /// Which release the hosts run.
    pub version: PveVersion,
    /// How often figures are refreshed; 10 s on real hosts.
    pub refresh: Duration,
    /// How long figures of a silent node are kept; 300 s on real hosts. Divided by `speed`.
    pub stale_after: Duration,
    /// `Some(milliseconds since 1970)` for a clock that only moves by [`World::advance`](crate::World::advance).
    pub start: Option<i64>,
}

impl Default for WorldConfig {
    fn default() -> Self {
        Self {
            cluster: Some("homelab".to_owned()),
            nodes: 3,
            guests: 24,
            seed: 1,
            speed: 1.0,
            version: PveVersion::V9,
            refresh: Duration::from_secs(10),
            stale_after: Duration::from_secs(300),
            start: None,
        }
    }
}
