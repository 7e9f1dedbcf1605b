//! A storage: what it is, where it is, and how full.

use super::time::Pace;
use crate::curve::Curve;
use crate::dice;

/// A storage of the cluster's configuration.
#[derive(Clone, Debug)]
pub struct Storage {
    /// `local`, `nas`, ….
    pub name: String,
    /// `dir`, `lvmthin`, `zfspool`, `nfs` or `pbs`.
    pub kind: &'static str,
    /// What may be kept on it: `images`, `backup`, ….
    pub content: &'static [&'static str],
    /// One and the same on every node.
    pub shared: bool,
    /// Switched off in the configuration.
    pub disabled: bool,
    /// Configured, but not reachable anywhere.
    pub inactive: bool,
    /// Restricted to these nodes.
    pub nodes: Option<Vec<String>>,
    /// Bytes: of the only instance when shared, of the smallest one otherwise.
    pub size: u64,
    pub(crate) overrides: Vec<(Option<String>, i64, Option<f64>)>,
    pub(crate) seed: u64,
}

/// How full one instance of a storage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageFigures {
    /// Bytes in use.
    pub used: u64,
    /// Bytes altogether.
    pub total: u64,
}

impl Storage {
    /// True when it is switched on and meant for `node`.
    pub fn enabled_on(&self, node: &str) -> bool {
        !self.disabled
            && self
                .nodes
                .as_ref()
                .is_none_or(|nodes| nodes.iter().any(|name| name == node))
    }

    /// How full the instance on node number `nodeid` is at `at`; `None` while it cannot be reached.
    pub(crate) fn figures(
        &self,
        node: &str,
        nodeid: usize,
        at: i64,
        pace: &Pace,
    ) -> Option<StorageFigures> {
        if self.inactive || !self.enabled_on(node) {
            return None;
        }
        let instance = if self.shared { 0 } else { nodeid as u64 };
        let factor = if self.shared {
            1
        } else {
            1 + dice::hash(&[self.seed, instance]) % 3
        };
        let total = self.size * factor;
        let fixed = self
            .overrides
            .iter()
            .rev()
            .find(|(only, from, _)| *from <= at && only.as_deref().is_none_or(|only| only == node))
            .and_then(|entry| entry.2);
        let fraction = fixed.unwrap_or_else(|| {
            let curve = Curve::new(dice::hash(&[self.seed, instance, 5]));
            0.3 + 0.35 * dice::unit(&[self.seed, instance, 6])
                + 0.02 * curve.drift(pace.phase(at) / 20.0)
        });
        Some(StorageFigures {
            used: (total as f64 * fraction) as u64 / 4096 * 4096,
            total,
        })
    }
}
