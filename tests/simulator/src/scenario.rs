//! Scripted incidents: things that happen to a world, at the world's speed.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::{GuestKind, Metric, TaskSpec, World};

/// A named incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// A container's disk fills up within ten minutes and is cleaned later; the `nas` fills a little slower.
    DiskFilling,
    /// The backup of a guest fails three times and works in the end.
    BackupFailing,
    /// A node is lost with all its guests for seven minutes.
    NodeLost,
    /// A guest's processors are busy for four minutes, then calm again.
    HotGuest,
    /// All of them, one after the other begun.
    All,
}

impl Scenario {
    /// Every scenario.
    pub const EVERY: [Self; 5] = [
        Self::DiskFilling,
        Self::BackupFailing,
        Self::NodeLost,
        Self::HotGuest,
        Self::All,
    ];

    /// The scenario of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::EVERY
            .into_iter()
            .find(|scenario| scenario.name() == name)
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::DiskFilling => "disk-filling",
            Self::BackupFailing => "backup-failing",
            Self::NodeLost => "node-lost",
            Self::HotGuest => "hot-guest",
            Self::All => "all",
        }
    }

    /// What is going to happen, and how many of the world's seconds after the start.
    #[must_use]
    pub fn plan(self) -> &'static [(u64, &'static str)] {
        const HOT: &str = "a guest's processors are busy for four minutes";
        const DISK: &str = "a container's disk and the storage nas fill up within ten minutes";
        const BACKUP: &str = "the backup of a guest fails three times, and works in the end";
        const NODE: &str = "a node is lost with its guests, and comes back after seven minutes";
        match self {
            Self::DiskFilling => &[(0, DISK)],
            Self::BackupFailing => &[(0, BACKUP)],
            Self::NodeLost => &[(0, NODE)],
            Self::HotGuest => &[(0, HOT)],
            Self::All => &[
                (0, HOT),
                (DISK_AT, DISK),
                (BACKUP_AT, BACKUP),
                (NODE_AT, NODE),
            ],
        }
    }

    /// Lets it happen to `world` once, in the background. Its durations are divided by the world's speed; aborting
    /// the handle leaves the world as it is at that moment.
    pub fn start(self, world: &World) -> JoinHandle<()> {
        let world = world.clone();
        tokio::spawn(async move { self.run(&world).await })
    }

    /// Lets it happen to `world` once.
    pub async fn run(self, world: &World) {
        match self {
            Self::DiskFilling => disk_filling(world).await,
            Self::BackupFailing => backup_failing(world).await,
            Self::NodeLost => node_lost(world).await,
            Self::HotGuest => hot_guest(world).await,
            Self::All => {
                tokio::join!(
                    hot_guest(world),
                    after(world, DISK_AT, disk_filling(world)),
                    after(world, BACKUP_AT, backup_failing(world)),
                    after(world, NODE_AT, node_lost(world)),
                );
            }
        }
    }
}

/// When the incidents of [`Scenario::All`] begin, in seconds.
const DISK_AT: u64 = 60;
const BACKUP_AT: u64 = 120;
const NODE_AT: u64 = 300;

async fn after(world: &World, seconds: u64, incident: impl Future<Output = ()>) {
    pass(world, seconds).await;
    incident.await;
}

/// Waits `seconds` of the world's evolution.
async fn pass(world: &World, seconds: u64) {
    tokio::time::sleep(Duration::from_secs_f64(
        seconds as f64 / world.config().speed,
    ))
    .await;
}

async fn disk_filling(world: &World) {
    let Some(vmid) = running(world, GuestKind::Container) else {
        return;
    };
    for step in 0..=60_u32 {
        world.set_guest_metric(
            vmid,
            Metric::Disk,
            Some(0.6 + f64::from(step) * 0.39 / 60.0),
        );
        world.set_storage_used_fraction("nas", None, Some(0.7 + f64::from(step) * 0.24 / 60.0));
        pass(world, 10).await;
    }
    pass(world, 300).await;
    world.set_guest_metric(vmid, Metric::Disk, None);
    world.set_storage_used_fraction("nas", None, None);
}

async fn backup_failing(world: &World) {
    let Some(guest) = running(world, GuestKind::Vm).and_then(|vmid| world.guest(vmid)) else {
        return;
    };
    let vmid = guest.vmid.to_string();
    let failure = format!(
        "backup write data failed: command error: write_data upload error: no space left while backing up {vmid}"
    );
    for outcome in [failure.as_str(), failure.as_str(), failure.as_str(), "OK"] {
        world.set_lock(guest.vmid, Some("backup"));
        let node = world
            .guest(guest.vmid)
            .map_or_else(|| guest.node.clone(), |guest| guest.node);
        let takes = (20.0 / world.config().speed).ceil() as i64;
        world.add_task(
            TaskSpec::new(&node, "vzdump", &vmid)
                .outcome(outcome)
                .lasting(0, takes),
        );
        pass(world, 20).await;
        world.set_lock(guest.vmid, None);
        pass(world, 160).await;
    }
}

async fn node_lost(world: &World) {
    let nodes = world.nodes();
    // Not the first one: that is the one everybody asks.
    let Some(node) = nodes.get(1) else { return };
    world.set_node_online(&node.name, false);
    pass(world, 420).await;
    world.set_node_online(&node.name, true);
}

async fn hot_guest(world: &World) {
    let Some(vmid) = running(world, GuestKind::Vm) else {
        return;
    };
    world.set_guest_metric(vmid, Metric::Cpu, Some(0.97));
    world.set_guest_metric(vmid, Metric::Memory, Some(0.93));
    pass(world, 240).await;
    world.set_guest_metric(vmid, Metric::Cpu, None);
    world.set_guest_metric(vmid, Metric::Memory, None);
}

/// A running guest of a node that no scenario takes away.
fn running(world: &World, kind: GuestKind) -> Option<u32> {
    let lost = world.nodes().get(1).map(|node| node.name.clone());
    let guests = world.guests();
    let mut candidates = guests
        .iter()
        .filter(|guest| guest.kind == kind && guest.alive() && guest.lock.is_none());
    candidates
        .find(|guest| Some(&guest.node) != lost.as_ref())
        .map(|guest| guest.vmid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WorldConfig;

    #[test]
    fn every_scenario_has_a_name_that_leads_back() {
        for scenario in Scenario::EVERY {
            assert_eq!(Scenario::by_name(scenario.name()), Some(scenario));
        }
        assert_eq!(Scenario::by_name("flood"), None);
    }

    #[test]
    fn what_happens_is_told_in_its_order() {
        for scenario in Scenario::EVERY {
            let times: Vec<u64> = scenario.plan().iter().map(|(at, _)| *at).collect();
            assert_eq!(times.first(), Some(&0));
            assert!(times.is_sorted());
        }
        assert_eq!(Scenario::All.plan().len(), Scenario::EVERY.len() - 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_node_comes_back() {
        let world = World::new(WorldConfig::default());
        let running = Scenario::NodeLost.start(&world);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!world.nodes()[1].online());
        running.await.expect("ends");
        assert!(world.nodes()[1].online());
    }

    #[tokio::test(start_paused = true)]
    async fn everything_ends_and_leaves_nothing_behind() {
        let world = World::new(WorldConfig {
            speed: 10.0,
            ..WorldConfig::default()
        });
        Scenario::All.run(&world).await;
        assert!(
            world
                .guests()
                .iter()
                .filter(|guest| guest.lock.is_some())
                .count()
                <= 1
        );
        assert!(
            world
                .tasks()
                .iter()
                .any(|task| task.kind == "vzdump" && task.outcome.contains("no space left"))
        );
    }
}
