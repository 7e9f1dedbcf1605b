//! A virtual machine or container: what it is, and its figures at any instant.

use super::backup::Snapshot;
use super::node::GIB;
use super::time::Pace;
use crate::curve::Curve;
use crate::dice;

const MONTH_MS: i64 = 30 * 86_400_000;

/// Virtual machine or container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GuestKind {
    /// A QEMU virtual machine.
    Vm,
    /// An LXC container.
    Container,
}

impl GuestKind {
    /// `qemu` or `lxc`, the word in paths and ids.
    pub fn word(self) -> &'static str {
        match self {
            Self::Vm => "qemu",
            Self::Container => "lxc",
        }
    }
}

/// What a guest does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestStatus {
    /// It runs.
    Running,
    /// It is switched off.
    Stopped,
    /// It is suspended in memory (virtual machines only).
    Paused,
}

/// How far the guest agent of a virtual machine got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agent {
    /// Not switched on in the configuration.
    Absent,
    /// Switched on, but nothing answers inside the guest.
    Silent,
    /// Answers.
    Running,
}

/// A figure that can be set from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Fraction of the guest's processors, 0..1.
    Cpu,
    /// Fraction of the guest's memory, 0..1 (a VM may go beyond).
    Memory,
    /// Fraction of the root file system, 0..1. A VM's is only told by its guest agent.
    Disk,
}

/// A guest of the cluster.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Its number, unique in the cluster.
    pub vmid: u32,
    /// DNS-safe name.
    pub name: String,
    /// Virtual machine or container.
    pub kind: GuestKind,
    /// Name of the node it lives on.
    pub node: String,
    /// Processors.
    pub cores: u32,
    /// Bytes of memory.
    pub memory: u64,
    /// Bytes of swap (containers).
    pub swap: u64,
    /// Bytes of the first disk.
    pub disk: u64,
    /// The storage its first disk lives on.
    pub storage: String,
    /// What it does.
    pub status: GuestStatus,
    /// Never runs, others are cloned from it.
    pub template: bool,
    /// `backup`, `migrate`, `snapshot`, ….
    pub lock: Option<String>,
    /// Separated by `;`, as on the wire.
    pub tags: Option<String>,
    /// Resource pool.
    pub pool: Option<String>,
    /// Managed by HA: the requested state.
    pub ha: Option<String>,
    /// Notes of the owner, any Unicode.
    pub description: Option<String>,
    /// Guest agent (virtual machines).
    pub agent: Agent,
    /// Reports its own memory use through the balloon device (virtual machines).
    pub balloon: bool,
    /// Its snapshots, oldest first.
    pub snapshots: Vec<Snapshot>,
    /// When it was created, for guests that did not exist from the beginning.
    pub(crate) born: i64,
    pub(crate) starts: Vec<i64>,
    pub(crate) paused_since: Option<i64>,
    pub(crate) paused_total: i64,
    pub(crate) overrides: Vec<(Metric, i64, Option<f64>)>,
    pub(crate) netin_base: f64,
    pub(crate) seed: u64,
}

/// What a guest's figures are at an instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GuestFigures {
    /// Fraction of its processors.
    pub cpu: f64,
    /// Bytes of memory, as the host tells it.
    pub mem: u64,
    /// Bytes of memory its process takes on the host (virtual machines).
    pub memhost: u64,
    /// Bytes in use on its root file system. The host knows it for containers only.
    pub disk: u64,
    /// Bytes of swap in use (containers).
    pub swap: u64,
    /// Bytes received since start.
    pub netin: u64,
    /// Bytes sent since start.
    pub netout: u64,
    /// Bytes read since start.
    pub diskread: u64,
    /// Bytes written since start.
    pub diskwrite: u64,
    /// Seconds since start.
    pub uptime: u64,
    /// Bytes received, sent, read and written per second right now.
    pub rates: [f64; 4],
    /// Percent of time in which tasks waited for processors, disks and memory.
    pub pressure: [f64; 3],
}

impl Guest {
    /// True when a process of it exists.
    pub fn alive(&self) -> bool {
        self.status != GuestStatus::Stopped && !self.template
    }

    /// `qemu/100` or `lxc/200`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.kind.word(), self.vmid)
    }

    /// The start of the run that contains `at`. Before the first known start a guest is taken to have been started
    /// once a month, so that the past can be computed too.
    pub(crate) fn started_before(&self, at: i64) -> i64 {
        let first = self.starts.first().copied().unwrap_or(at);
        match self.starts.iter().rev().find(|start| **start <= at) {
            Some(start) => *start,
            None => first - (first - at).div_euclid(MONTH_MS) * MONTH_MS - MONTH_MS,
        }
    }

    fn overridden(&self, metric: Metric, at: i64) -> Option<f64> {
        self.overrides
            .iter()
            .rev()
            .find(|(which, from, _)| *which == metric && *from <= at)
            .and_then(|entry| entry.2)
    }

    /// Fraction of the root file system in use, which also a stopped guest has.
    fn disk_fraction(&self, at: i64, phase: f64) -> f64 {
        self.overridden(Metric::Disk, at).unwrap_or_else(|| {
            let curve = Curve::new(self.seed ^ 0xd15c);
            (0.18 + 0.5 * dice::unit(&[self.seed, 71]) + 0.05 * curve.drift(phase))
                .clamp(0.02, 0.85)
        })
    }

    /// The figures at exactly `at`; callers decide which instant is shown.
    pub(crate) fn figures(&self, at: i64, pace: &Pace) -> GuestFigures {
        if !self.alive() {
            return GuestFigures::default();
        }
        let phase = pace.phase(at);
        let curve = Curve::new(self.seed);
        let start = self.started_before(at);
        let uptime = (at - start).max(0) as u64 / 1000;
        let paused = self.status == GuestStatus::Paused;
        let calm = 0.004 + 0.07 * dice::unit(&[self.seed, 72]).powi(2);
        let cpu = match self.overridden(Metric::Cpu, at) {
            _ if paused => 0.0,
            Some(fraction) => fraction + 0.004 * curve.wander(phase * 3.0),
            None => (calm * (1.0 + 0.7 * curve.wander(phase))
                + 0.3 * calm.sqrt() * curve.burst(phase))
            .clamp(0.0005, 1.0),
        };
        let held = match self.overridden(Metric::Memory, at) {
            Some(fraction) => fraction,
            None if self.kind == GuestKind::Vm && !self.balloon => {
                1.01 + 0.01 * dice::unit(&[self.seed, 73])
            }
            None => (0.22 + 0.5 * dice::unit(&[self.seed, 74]) + 0.06 * curve.drift(phase))
                .clamp(0.03, 0.9),
        };
        let mem = (self.memory as f64 * held) as u64 / 4096 * 4096;
        let memhost = match self.kind {
            GuestKind::Vm if !self.balloon => mem,
            GuestKind::Vm => {
                ((self.memory as f64 * 1.04).min(mem as f64 * 1.25) as u64 + GIB / 16) / 4096 * 4096
            }
            GuestKind::Container => 0,
        };
        let bases = [
            self.netin_base,
            self.netin_base * (0.2 + 1.6 * dice::unit(&[self.seed, 75])),
            40_000.0 * dice::unit(&[self.seed, 76]).powi(2),
            3_000.0 + 90_000.0 * dice::unit(&[self.seed, 77]).powi(2),
        ];
        // Nothing flows while a guest is paused.
        let flowing = pace.phase(
            (self.paused_since.map_or(at, |since| since.min(at)) - self.paused_total).max(start),
        );
        let mut counters = [0_u64; 4];
        let mut rates = [0.0; 4];
        for (index, base) in bases.into_iter().enumerate() {
            let curve = Curve::new(self.seed ^ (0xc0 + index as u64));
            counters[index] = (base * curve.amount(pace.phase(start), flowing) / pace.speed) as u64;
            rates[index] = if paused {
                0.0
            } else {
                base * curve.rate(phase)
            };
        }
        GuestFigures {
            cpu,
            mem,
            memhost,
            disk: (self.disk as f64 * self.disk_fraction(at, phase)) as u64 / 4096 * 4096,
            swap: (self.swap as f64 * 0.1 * dice::unit(&[self.seed, 78])) as u64 / 4096 * 4096,
            netin: counters[0],
            netout: counters[1],
            diskread: counters[2],
            diskwrite: counters[3],
            uptime,
            rates,
            pressure: [
                (cpu - 0.5).max(0.0) * 20.0,
                4.0 * curve.burst(phase),
                (held - 0.9).clamp(0.0, 0.1) * 30.0,
            ],
        }
    }
}
