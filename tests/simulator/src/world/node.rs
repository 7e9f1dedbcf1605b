//! A node: what it is, when it was away, and its figures at any instant.

use super::guest::{Guest, GuestFigures, GuestKind};
use super::time::Pace;
use crate::curve::Curve;
use crate::dice;

pub(crate) const GIB: u64 = 1 << 30;

/// A host of the cluster.
#[derive(Clone, Debug)]
pub struct Node {
    /// `pve1`, `pve2`, ….
    pub name: String,
    /// Its number in the cluster, from 1.
    pub nodeid: usize,
    /// Logical processors.
    pub cpus: u32,
    /// Bytes of memory.
    pub memory: u64,
    /// Bytes of swap.
    pub swap: u64,
    /// Bytes of the root file system.
    pub rootfs: u64,
    /// When it was booted, in ms since 1970.
    pub booted_at: i64,
    pub(crate) outages: Vec<Outage>,
    pub(crate) seed: u64,
}

/// A time during which a node was cut off or silent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    pub(crate) kind: OutageKind,
    pub(crate) from: i64,
    pub(crate) to: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutageKind {
    /// The node cannot be reached.
    Link,
    /// The node answers, but its statistics daemon hangs.
    Silence,
}

/// How much the rest of the cluster still knows of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It reports.
    Live,
    /// It does not report any more; its last figures are still shown.
    Frozen,
    /// Its last figures have been dropped.
    Forgotten,
}

/// What a node's own figures are at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFigures {
    /// Busy fraction of all processors, 0..1.
    pub cpu: f64,
    /// Fraction of time spent waiting for disks.
    pub iowait: f64,
    /// Load averages over 1, 5 and 15 minutes.
    pub load: [f64; 3],
    /// Bytes of memory in use.
    pub memory: u64,
    /// Bytes of swap in use.
    pub swap: u64,
    /// Bytes in use on the root file system.
    pub rootfs: u64,
    /// Bytes received by the physical network ports since boot.
    pub netin: u64,
    /// Bytes sent by the physical network ports since boot.
    pub netout: u64,
    /// Bytes received per second right now.
    pub netin_rate: f64,
    /// Bytes sent per second right now.
    pub netout_rate: f64,
    /// Seconds since boot.
    pub uptime: u64,
}

impl Node {
    /// True when the node can be reached.
    pub fn online(&self) -> bool {
        !self
            .outages
            .iter()
            .any(|outage| outage.to.is_none() && outage.kind == OutageKind::Link)
    }

    /// Since when the node's figures have not been refreshed.
    pub(crate) fn silent_since(&self) -> Option<i64> {
        self.outages
            .iter()
            .filter(|outage| outage.to.is_none())
            .map(|outage| outage.from)
            .min()
    }

    pub(crate) fn away_at(&self, at: i64) -> bool {
        self.outages
            .iter()
            .any(|outage| outage.from <= at && outage.to.is_none_or(|to| at < to))
    }

    pub(crate) fn begin_outage(&mut self, kind: OutageKind, at: i64) {
        if !self
            .outages
            .iter()
            .any(|outage| outage.kind == kind && outage.to.is_none())
        {
            self.outages.push(Outage {
                kind,
                from: at,
                to: None,
            });
        }
    }

    pub(crate) fn end_outage(&mut self, kind: OutageKind, at: i64) {
        for outage in &mut self.outages {
            if outage.kind == kind && outage.to.is_none() {
                outage.to = Some(at);
            }
        }
    }

    /// The figures at `at`, given the guests that live here with their own figures.
    pub(crate) fn figures<'a>(
        &self,
        guests: impl Iterator<Item = (&'a Guest, GuestFigures)>,
        at: i64,
        pace: &Pace,
    ) -> NodeFigures {
        let phase = pace.phase(at);
        let curve = Curve::new(self.seed);
        let (mut busy, mut memory) = (0.0, 0_u64);
        for (guest, figures) in guests {
            busy += figures.cpu * f64::from(guest.cores);
            memory += if guest.kind == GuestKind::Vm {
                figures.memhost.min(guest.memory)
            } else {
                figures.mem
            };
        }
        let own = 0.03 + 0.02 * curve.wander(phase) + 0.15 * curve.burst(phase);
        let cpu = (own + busy / f64::from(self.cpus)).clamp(0.002, 0.99);
        let base = 1.2 * GIB as f64 + 0.07 * self.memory as f64 * (1.0 + 0.3 * curve.drift(phase));
        let load = |window: f64| {
            let smoothed =
                own + 0.9 * busy / f64::from(self.cpus) + 0.04 * curve.drift(phase - window);
            (smoothed * f64::from(self.cpus) * 100.0).round().max(1.0) / 100.0
        };
        let uptime = at.saturating_sub(self.booted_at).max(0) as u64 / 1000;
        let fill = 0.24 + 0.2 * dice::unit(&[self.seed, 7]) + 0.03 * curve.drift(phase);
        let rate = curve.rate(phase);
        let (from, to) = (
            pace.phase(self.booted_at),
            phase.max(pace.phase(self.booted_at)),
        );
        let amount = curve.amount(from, to) / pace.speed;
        NodeFigures {
            cpu,
            iowait: (0.002 + 0.06 * curve.burst(phase)) * (1.0 + curve.wander(phase)).max(0.1),
            load: [load(60.0), load(300.0), load(900.0)],
            memory: ((base as u64) + memory).min(self.memory / 100 * 96),
            swap: (self.swap as f64 * 0.08 * (1.0 + curve.drift(phase))).max(0.0) as u64,
            rootfs: (self.rootfs as f64 * fill) as u64 / 4096 * 4096,
            netin: (self.network_share() * amount) as u64,
            netout: (0.8 * self.network_share() * amount) as u64,
            netin_rate: self.network_share() * rate,
            netout_rate: 0.8 * self.network_share() * rate,
            uptime,
        }
    }

    /// The long-term mean of received bytes per second; independent of guests coming and going, so that the
    /// counters never fall.
    fn network_share(&self) -> f64 {
        60_000.0 + 400_000.0 * dice::unit(&[self.seed, 9])
    }
}
