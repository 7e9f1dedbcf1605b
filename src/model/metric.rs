//! The metric catalogue: one row makes a metric known to charts, rules, mails and APIs.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::id::ResourceKind;
use super::known::Known;
use super::resource::{GameAnswer, GameServer, GameStatus, Node, Pressure, Rates, Resource, Usage};

/// A metric's key: from the catalogue, or the name somebody pushes under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetricKey(Cow<'static, str>);

impl MetricKey {
    /// A key of the catalogue.
    #[must_use]
    pub const fn known(key: &'static str) -> Self {
        Self(Cow::Borrowed(key))
    }

    /// A key from outside; borrows the catalogue's text where it is one of its keys.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        find(text).map_or_else(|| Self(Cow::Owned(text.to_owned())), |m| Self::known(m.key))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MetricKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for MetricKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for MetricKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}

/// What a metric's numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share, 1 is all of it; shown as percent.
    Ratio,
    /// Bytes.
    Bytes,
    /// Bytes per second.
    BytesPerSecond,
    /// Things.
    Count,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Degrees Celsius.
    Celsius,
    /// Processes waiting or running, as load averages count them.
    Load,
}

/// How a metric's numbers come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricKind {
    /// Measured as it is.
    Gauge,
    /// Derived from a counter that only grows.
    Rate,
    /// One of a few numbered states.
    State,
}

/// Which way a metric gets worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is worse.
    HigherIsWorse,
    /// Less is worse.
    LowerIsWorse,
    /// Neither.
    Neutral,
}

/// The step to which history rounds a metric, as fine as its source can mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantum {
    /// Always this step, in the metric's unit.
    Fixed(f64),
    /// Bytes: 1 MiB where an amount reaches 1 GiB, 64 KiB below.
    Space,
}

/// One row of the catalogue.
pub struct Metric {
    /// Key, unique in the catalogue.
    pub key: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// What its numbers count.
    pub unit: Unit,
    /// How its numbers come about.
    pub kind: MetricKind,
    /// Which way it gets worse.
    pub direction: Direction,
    /// Step of rounding in history.
    pub quantum: Quantum,
    /// The metric that is its whole, where a share can be given.
    pub total: Option<&'static str>,
    /// Kinds of resource that can have it.
    pub of: &'static [ResourceKind],
    /// Reads it off a resource as it is now; `None` where unknown.
    pub read: fn(&Resource) -> Option<f64>,
}

impl Metric {
    /// The metric's key.
    #[must_use]
    pub const fn key(&self) -> MetricKey {
        MetricKey::known(self.key)
    }

    /// Reads the figure that limits are given for: the share in use where there is a whole,
    /// the figure itself otherwise.
    #[must_use]
    pub fn judged(&self, resource: &Resource) -> Option<f64> {
        let value = (self.read)(resource)?;
        match self.total.and_then(find) {
            None => Some(value),
            Some(total) => match (total.read)(resource) {
                Some(whole) if whole > 0.0 => Some(value / whole),
                _ => None,
            },
        }
    }

    /// The unit that [`Metric::judged`] answers in.
    #[must_use]
    pub const fn judged_unit(&self) -> Unit {
        if self.total.is_some() {
            Unit::Ratio
        } else {
            self.unit
        }
    }
}

/// The catalogue's row for `key`.
#[must_use]
pub fn find(key: &str) -> Option<&'static Metric> {
    CATALOGUE.iter().find(|metric| metric.key == key)
}

/// Whether a metric is only the whole that another one is a part of.
#[must_use]
pub fn is_whole(key: &str) -> bool {
    CATALOGUE.iter().any(|metric| metric.total == Some(key))
}

/// The metrics that a kind of resource can have, in the order charts show them.
pub fn of_kind(kind: ResourceKind) -> impl Iterator<Item = &'static Metric> {
    CATALOGUE
        .iter()
        .filter(move |metric| metric.of.contains(&kind))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "charts need no byte precision above 8 PiB"
)]
fn float(bytes: Option<u64>) -> Option<f64> {
    bytes.map(|bytes| bytes as f64)
}

fn memory(resource: &Resource) -> Usage {
    match resource {
        Resource::Node(node) => node.memory,
        Resource::Guest(guest) => guest.memory,
        Resource::Game(game) => game.memory,
        Resource::Storage(_) | Resource::Datastore(_) | Resource::Disk(_) => Usage::default(),
    }
}

fn disk(resource: &Resource) -> Usage {
    match resource {
        Resource::Node(node) => node.rootfs,
        Resource::Guest(guest) => guest.disk,
        Resource::Storage(storage) => storage.usage,
        Resource::Datastore(datastore) => datastore.usage,
        Resource::Game(game) => game.disk,
        // A physical disk's own size is no use of space.
        Resource::Disk(_) => Usage::default(),
    }
}

fn rates(resource: &Resource) -> Rates {
    match resource {
        Resource::Node(node) => node.rates,
        Resource::Guest(guest) => guest.rates,
        Resource::Game(game) => game.rates,
        Resource::Storage(_) | Resource::Datastore(_) | Resource::Disk(_) => Rates::default(),
    }
}

fn pressure(resource: &Resource) -> Pressure {
    match resource {
        Resource::Node(node) => node.facts.pressure,
        Resource::Guest(guest) => guest.facts.pressure,
        Resource::Storage(_) | Resource::Datastore(_) | Resource::Disk(_) | Resource::Game(_) => {
            Pressure::default()
        }
    }
}

fn node(resource: &Resource) -> Option<&Node> {
    match resource {
        Resource::Node(node) => Some(node),
        Resource::Guest(_)
        | Resource::Storage(_)
        | Resource::Datastore(_)
        | Resource::Disk(_)
        | Resource::Game(_) => None,
    }
}

fn game(resource: &Resource) -> Option<&GameServer> {
    match resource {
        Resource::Game(game) => Some(game),
        Resource::Node(_)
        | Resource::Guest(_)
        | Resource::Storage(_)
        | Resource::Datastore(_)
        | Resource::Disk(_) => None,
    }
}

fn answer(resource: &Resource) -> Option<&GameAnswer> {
    match &game(resource)?.answer {
        Known::Is(answer) => Some(answer),
        Known::Not(_) => None,
    }
}

/// For metrics that arrive only as samples.
const fn not_on_resources(_: &Resource) -> Option<f64> {
    None
}

const MACHINES: &[ResourceKind] = &[ResourceKind::Node, ResourceKind::Guest];
/// What has processors, memory and traffic of its own.
const RUNNING: &[ResourceKind] = &[ResourceKind::Node, ResourceKind::Guest, ResourceKind::Game];
const GAMES: &[ResourceKind] = &[ResourceKind::Game];
const SPACES: &[ResourceKind] = &[
    ResourceKind::Node,
    ResourceKind::Guest,
    ResourceKind::Storage,
    ResourceKind::Datastore,
    ResourceKind::Game,
];
const NODES: &[ResourceKind] = &[ResourceKind::Node];
const GUESTS: &[ResourceKind] = &[ResourceKind::Guest];
const KIB: f64 = 1024.0;

/// Every metric the product knows, in the order charts show them.
pub static CATALOGUE: &[Metric] = &[
    Metric {
        key: "cpu",
        label: "CPU",
        unit: Unit::Ratio,
        kind: MetricKind::Gauge,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Fixed(0.001),
        total: None,
        of: RUNNING,
        read: |resource| match resource {
            Resource::Node(node) => node.cpu,
            Resource::Guest(guest) => guest.cpu,
            Resource::Game(game) => game.cpu,
            Resource::Storage(_) | Resource::Datastore(_) | Resource::Disk(_) => None,
        },
    },
    Metric {
        key: "memory",
        label: "Memory",
        unit: Unit::Bytes,
        kind: MetricKind::Gauge,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Space,
        total: Some("memory_total"),
        of: RUNNING,
        read: |resource| float(memory(resource).used),
    },
    Metric {
        key: "memory_total",
        label: "Memory size",
        unit: Unit::Bytes,
        kind: MetricKind::Gauge,
        direction: Direction::Neutral,
        quantum: Quantum::Space,
        total: None,
        of: RUNNING,
        read: |resource| float(memory(resource).total),
    },
    Metric {
        key: "disk",
        label: "Disk",
        unit: Unit::Bytes,
        kind: MetricKind::Gauge,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Space,
        total: Some("disk_total"),
        of: SPACES,
        read: |resource| float(disk(resource).used),
    },
    Metric {
        key: "disk_total",
        label: "Disk size",
        unit: Unit::Bytes,
        kind: MetricKind::Gauge,
        direction: Direction::Neutral,
        quantum: Quantum::Space,
        total: None,
        of: SPACES,
        read: |resource| float(disk(resource).total),
    },
    Metric {
        key: "net_in",
        label: "Network in",
        unit: Unit::BytesPerSecond,
        kind: MetricKind::Rate,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Fixed(KIB),
        total: None,
        of: RUNNING,
        read: |resource| rates(resource).net_in,
    },
    Metric {
        key: "net_out",
        label: "Network out",
        unit: Unit::BytesPerSecond,
        kind: MetricKind::Rate,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Fixed(KIB),
        total: None,
        of: RUNNING,
        read: |resource| rates(resource).net_out,
    },
    Metric {
        key: "disk_read",
        label: "Disk read",
        unit: Unit::BytesPerSecond,
        kind: MetricKind::Rate,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Fixed(KIB),
        total: None,
        of: GUESTS,
        read: |resource| rates(resource).disk_read,
    },
    Metric {
        key: "disk_write",
        label: "Disk write",
        unit: Unit::BytesPerSecond,
        kind: MetricKind::Rate,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Fixed(KIB),
        total: None,
        of: GUESTS,
        read: |resource| rates(resource).disk_write,
    },
    Metric {
        key: "load",
        label: "Load average (1 min)",
        unit: Unit::Load,
        kind: MetricKind::Gauge,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Fixed(0.01),
        total: None,
        of: NODES,
        read: |resource| node(resource)?.load.map(|load| load[0]),
    },
    Metric {
        key: "iowait",
        label: "I/O wait",
        unit: Unit::Ratio,
        kind: MetricKind::Gauge,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Fixed(0.001),
        total: None,
        of: NODES,
        read: |resource| node(resource)?.iowait,
    },
    Metric {
        key: "swap",
        label: "Swap",
        unit: Unit::Bytes,
        kind: MetricKind::Gauge,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Space,
        total: Some("swap_total"),
        of: NODES,
        read: |resource| float(node(resource)?.swap.used),
    },
    Metric {
        key: "swap_total",
        label: "Swap size",
        unit: Unit::Bytes,
        kind: MetricKind::Gauge,
        direction: Direction::Neutral,
        quantum: Quantum::Space,
        total: None,
        of: NODES,
        read: |resource| float(node(resource)?.swap.total),
    },
    Metric {
        key: "arc",
        label: "ZFS cache",
        unit: Unit::Bytes,
        kind: MetricKind::Gauge,
        direction: Direction::Neutral,
        quantum: Quantum::Space,
        total: None,
        of: NODES,
        read: |resource| float(node(resource)?.facts.arc),
    },
    Metric {
        key: "pressure_cpu",
        label: "Waiting for a processor",
        unit: Unit::Ratio,
        kind: MetricKind::Gauge,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Fixed(0.001),
        total: None,
        of: MACHINES,
        read: |resource| pressure(resource).cpu_some,
    },
    Metric {
        key: "pressure_io",
        label: "Waiting for disks",
        unit: Unit::Ratio,
        kind: MetricKind::Gauge,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Fixed(0.001),
        total: None,
        of: MACHINES,
        read: |resource| pressure(resource).io_some,
    },
    Metric {
        key: "pressure_memory",
        label: "Waiting for memory",
        unit: Unit::Ratio,
        kind: MetricKind::Gauge,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Fixed(0.001),
        total: None,
        of: MACHINES,
        read: |resource| pressure(resource).memory_some,
    },
    Metric {
        key: "temperature",
        label: "Temperature",
        unit: Unit::Celsius,
        kind: MetricKind::Gauge,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Fixed(0.5),
        total: None,
        of: &[ResourceKind::Node, ResourceKind::Disk],
        read: not_on_resources,
    },
    Metric {
        key: "wear",
        label: "Wear-out",
        unit: Unit::Ratio,
        kind: MetricKind::Gauge,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Fixed(0.01),
        total: None,
        of: &[ResourceKind::Disk],
        read: |resource| match resource {
            Resource::Disk(disk) => disk.wear,
            Resource::Node(_)
            | Resource::Guest(_)
            | Resource::Storage(_)
            | Resource::Datastore(_)
            | Resource::Game(_) => None,
        },
    },
    Metric {
        key: "players",
        label: "Players",
        unit: Unit::Count,
        kind: MetricKind::Gauge,
        direction: Direction::Neutral,
        quantum: Quantum::Fixed(1.0),
        total: Some("players_max"),
        of: GAMES,
        read: |resource| game(resource)?.players().map(f64::from),
    },
    Metric {
        key: "players_max",
        label: "Places for players",
        unit: Unit::Count,
        kind: MetricKind::Gauge,
        direction: Direction::Neutral,
        quantum: Quantum::Fixed(1.0),
        total: None,
        of: GAMES,
        read: |resource| answer(resource)?.max_players.map(f64::from),
    },
    Metric {
        key: "latency",
        label: "Round trip",
        unit: Unit::Milliseconds,
        kind: MetricKind::Gauge,
        direction: Direction::HigherIsWorse,
        quantum: Quantum::Fixed(0.1),
        total: None,
        of: GAMES,
        read: |resource| answer(resource)?.round_trip_ms,
    },
    Metric {
        key: "up",
        label: "Up",
        unit: Unit::Ratio,
        kind: MetricKind::Gauge,
        direction: Direction::Neutral,
        quantum: Quantum::Fixed(1.0),
        total: None,
        of: GAMES,
        read: |resource| match game(resource)?.status {
            GameStatus::Running => Some(1.0),
            GameStatus::Unknown => None,
            GameStatus::Starting
            | GameStatus::Stopping
            | GameStatus::Stopped
            | GameStatus::Sleeping
            | GameStatus::Unresponsive
            | GameStatus::Crashed => Some(0.0),
        },
    },
];

#[cfg(test)]
mod tests;
