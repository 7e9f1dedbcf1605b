//! The strings to pull: everything a test or a scenario may do to a world.

use super::guest::{Agent, Guest, GuestKind, GuestStatus, Metric};
use super::node::{GIB, OutageKind};
use super::task::TaskSpec;
use super::{State, World};
use crate::dice;

/// A guest to be added to the world.
#[derive(Clone, Debug)]
pub struct GuestSpec {
    /// Its number; the next free one when `None`.
    pub vmid: Option<u32>,
    /// Its name.
    pub name: String,
    /// Virtual machine or container.
    pub kind: GuestKind,
    /// The node it lives on.
    pub node: String,
    /// Processors.
    pub cores: u32,
    /// Bytes of memory.
    pub memory: u64,
    /// Bytes of disk.
    pub disk: u64,
}

impl GuestSpec {
    /// A running guest with 2 processors, 2 GiB of memory and 16 GiB of disk.
    pub fn new(name: &str, kind: GuestKind, node: &str) -> Self {
        Self {
            vmid: None,
            name: name.to_owned(),
            kind,
            node: node.to_owned(),
            cores: 2,
            memory: 2 * GIB,
            disk: 16 * GIB,
        }
    }
}

impl World {
    /// Fixes one figure of a guest from now on, or (`None`) sets it free again. Shows at the next refresh.
    pub fn set_guest_metric(&self, vmid: u32, metric: Metric, value: Option<f64>) {
        self.change_guest(vmid, |guest, now| {
            guest.overrides.push((metric, now, value))
        });
    }

    /// Starts, stops, pauses or resumes a guest, without a task and without asking locks.
    pub fn set_guest_status(&self, vmid: u32, status: GuestStatus) {
        self.change_guest(vmid, |guest, now| guest.switch_to(status, now));
    }

    /// Sets or removes a guest's lock (`backup`, `snapshot`, …).
    pub fn set_lock(&self, vmid: u32, lock: Option<&str>) {
        self.change_guest(vmid, |guest, _| guest.lock = lock.map(str::to_owned));
    }

    /// Sets or removes a guest's tags, separated by `;`.
    pub fn set_tags(&self, vmid: u32, tags: Option<&str>) {
        self.change_guest(vmid, |guest, _| guest.tags = tags.map(str::to_owned));
    }

    /// Decides how a virtual machine's guest agent behaves.
    pub fn set_agent(&self, vmid: u32, agent: Agent) {
        self.change_guest(vmid, |guest, _| guest.agent = agent);
    }

    /// Moves a guest to another node; its counters and uptime start again.
    pub fn migrate(&self, vmid: u32, node: &str) {
        self.change_guest(vmid, |guest, now| {
            guest.node = node.to_owned();
            guest.run_from(now);
        });
    }

    /// Restarts a guest: uptime and counters begin at 0.
    pub fn restart(&self, vmid: u32) {
        self.change_guest(vmid, |guest, now| {
            guest.status = GuestStatus::Running;
            guest.run_from(now);
        });
    }

    /// Deletes a guest.
    pub fn remove_guest(&self, vmid: u32) {
        self.write(|state, _| state.guests.remove(&vmid));
    }

    /// Adds a running guest and tells its number.
    pub fn add_guest(&self, spec: GuestSpec) -> u32 {
        self.write(|state, now| {
            let vmid = spec.vmid.unwrap_or_else(|| state.next_vmid());
            let seed = dice::hash(&[state.seed(), 210, u64::from(vmid)]);
            let guest = Guest {
                vmid,
                name: spec.name,
                kind: spec.kind,
                node: spec.node,
                cores: spec.cores,
                memory: spec.memory,
                swap: 0,
                disk: spec.disk,
                storage: "local-lvm".to_owned(),
                status: GuestStatus::Running,
                template: false,
                lock: None,
                snapshots: Vec::new(),
                tags: None,
                pool: None,
                ha: None,
                description: None,
                agent: if spec.kind == GuestKind::Vm {
                    Agent::Running
                } else {
                    Agent::Absent
                },
                balloon: true,
                born: now,
                starts: vec![now],
                paused_since: None,
                paused_total: 0,
                overrides: Vec::new(),
                netin_base: 10_000.0,
                seed,
            };
            state.guests.insert(vmid, guest);
            vmid
        })
    }

    /// Cuts a node off or brings it back. A node that is cut off is `offline` at once, its guests stay as they were
    /// last seen for the stale time (300 s divided by the speed) and are then `unknown` and nameless.
    pub fn set_node_online(&self, node: &str, online: bool) {
        self.change_outage(node, OutageKind::Link, !online);
    }

    /// Lets a node's statistics daemon hang or recover: the node stays reachable, its figures age.
    pub fn set_node_reporting(&self, node: &str, reporting: bool) {
        self.change_outage(node, OutageKind::Silence, !reporting);
    }

    /// Fixes how full a storage is (on one node, or wherever it is), or sets it free again.
    pub fn set_storage_used_fraction(
        &self,
        storage: &str,
        node: Option<&str>,
        fraction: Option<f64>,
    ) {
        self.write(|state, now| {
            for entry in state
                .storages
                .iter_mut()
                .filter(|entry| entry.name == storage)
            {
                entry
                    .overrides
                    .push((node.map(str::to_owned), now, fraction));
            }
        });
    }

    /// Makes a storage unreachable everywhere, or reachable again.
    pub fn set_storage_active(&self, storage: &str, active: bool) {
        self.write(|state, _| {
            for entry in state
                .storages
                .iter_mut()
                .filter(|entry| entry.name == storage)
            {
                entry.inactive = !active;
            }
        });
    }

    /// Lets the asked nodes see a majority or not. Without one reads go on, writes fail.
    pub fn set_quorate(&self, quorate: bool) {
        self.write(|state, _| state.quorate = quorate);
    }

    /// Backs a guest up to a storage at once, with the tasks that tell of it; `false` for an error.
    pub fn back_up(&self, vmid: u32, storage: &str, works: bool) {
        self.write(|state, now| {
            let now = now / 1000;
            let Some(node) = state.guests.get(&vmid).map(|guest| guest.node.clone()) else {
                return;
            };
            let outcome = if works { "OK" } else { "job errors" };
            let spec = TaskSpec::new(&node, "vzdump", &vmid.to_string()).outcome(outcome);
            state.add_task(spec, now);
            if works {
                state.back_up(vmid, storage, now, 0);
            }
            if storage == super::vault::STORAGE.0 {
                let outcome = if works {
                    "OK"
                } else {
                    "backup ended but finished flag is not set."
                };
                let id = format!("main:{vmid}");
                state.add_vault_task("backup", &id, now, 0, outcome);
            }
        });
    }

    /// Reads every backup on the backup server again; those of the guests named are found broken.
    pub fn verify_backups(&self, rotten: &[u32]) {
        self.write(|state, now| {
            let rotten: Vec<String> = rotten.iter().map(u32::to_string).collect();
            state.verify(super::vault::STORAGE.0, now / 1000, &rotten);
        });
    }

    /// Takes a snapshot, with the task that tells of it.
    pub fn snapshot(&self, vmid: u32, name: &str) {
        self.write(|state, now| {
            let now = now / 1000;
            let Some(guest) = state.guests.get_mut(&vmid) else {
                return;
            };
            guest.take_snapshot(name, "", false, now);
            let kind = match guest.kind {
                GuestKind::Vm => "qmsnapshot",
                GuestKind::Container => "vzsnapshot",
            };
            let spec = TaskSpec::new(&guest.node.clone(), kind, &vmid.to_string());
            state.add_task(spec, now);
        });
    }

    /// Takes a datastore's directory away, or brings it back.
    pub fn set_datastore_broken(&self, datastore: &str, broken: bool) {
        self.write(|state, _| {
            for vault in state
                .vaults
                .iter_mut()
                .filter(|vault| vault.name == datastore)
            {
                vault.broken = broken;
            }
        });
    }

    /// Takes a datastore out of use with a message, or back into it.
    pub fn set_datastore_maintenance(&self, datastore: &str, mode: Option<&str>) {
        self.write(|state, _| {
            for vault in state
                .vaults
                .iter_mut()
                .filter(|vault| vault.name == datastore)
            {
                vault.maintenance = mode.map(str::to_owned);
            }
        });
    }

    /// Adds a task and tells its UPID.
    pub fn add_task(&self, spec: TaskSpec) -> String {
        self.write(|state, now| state.add_task(spec, now / 1000))
    }

    fn change_guest(&self, vmid: u32, change: impl FnOnce(&mut Guest, i64)) {
        self.write(|state, now| {
            if let Some(guest) = state.guests.get_mut(&vmid) {
                change(guest, now);
            }
        });
    }

    fn change_outage(&self, node: &str, kind: OutageKind, begin: bool) {
        self.write(|state, now| {
            for entry in state.nodes.iter_mut().filter(|entry| entry.name == node) {
                if begin {
                    entry.begin_outage(kind, now);
                } else {
                    entry.end_outage(kind, now);
                }
            }
        });
    }
}

impl Guest {
    pub(crate) fn switch_to(&mut self, status: GuestStatus, now: i64) {
        match (self.status, status) {
            (GuestStatus::Stopped, GuestStatus::Running | GuestStatus::Paused) => {
                self.run_from(now)
            }
            (GuestStatus::Paused, GuestStatus::Running) => {
                self.paused_total += self.paused_since.take().map_or(0, |since| now - since);
            }
            _ => {}
        }
        if status == GuestStatus::Paused && self.paused_since.is_none() {
            self.paused_since = Some(now);
        }
        self.status = status;
    }

    pub(crate) fn run_from(&mut self, now: i64) {
        self.starts.push(now);
        self.paused_since = None;
        self.paused_total = 0;
    }
}

impl State {
    pub(crate) fn next_vmid(&self) -> u32 {
        (100..)
            .find(|vmid| !self.guests.contains_key(vmid))
            .unwrap_or(u32::MAX)
    }

    /// Adds a task as of `now` in seconds.
    pub(crate) fn add_task(&mut self, spec: TaskSpec, now: i64) -> String {
        self.next_pid = self.next_pid % 4_000_000 + 37;
        let task = spec.into_task(now, self.next_pid);
        let upid = task.upid.clone();
        let place = self
            .tasks
            .partition_point(|other| other.starttime <= task.starttime);
        self.tasks.insert(place, task);
        upid
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Freshness, WorldConfig};

    fn world() -> World {
        World::new(WorldConfig {
            start: Some(1_795_337_590_000),
            ..WorldConfig::default()
        })
    }

    #[test]
    fn counters_rise_in_steps_of_ten_seconds() {
        let world = world();
        let at = world.now();
        let mut last = world.guest_figures(at);
        let mut changes = 0;
        for second in 1..=100 {
            let figures = world.guest_figures(at + second * 1000);
            for (vmid, now) in &figures {
                let before = &last[vmid];
                assert!(
                    now.netin >= before.netin && now.diskwrite >= before.diskwrite,
                    "guest {vmid} at {second} s"
                );
            }
            changes += usize::from(figures[&100].netin != last[&100].netin);
            last = figures;
        }
        assert_eq!(changes, 10);
    }

    #[test]
    fn a_restart_and_a_migration_reset_the_counters() {
        let world = world();
        for act in [
            (|world: &World| world.restart(100)) as fn(&World),
            |world| world.migrate(100, "pve3"),
        ] {
            let before = world.guest_figures(world.now())[&100].clone();
            assert!(before.netin > 0 && before.uptime > 0);
            act(&world);
            world.advance(Duration::from_secs(15));
            let after = world.guest_figures(world.now())[&100].clone();
            assert!(
                after.netin < before.netin && after.uptime < 16,
                "{before:?} {after:?}"
            );
            world.advance(Duration::from_secs(600));
        }
    }

    #[test]
    fn a_pause_does_not_lose_or_invent_bytes() {
        let world = world();
        world.set_guest_status(100, GuestStatus::Paused);
        world.advance(Duration::from_secs(20));
        let paused = world.guest_figures(world.now())[&100].clone();
        world.advance(Duration::from_secs(4000));
        assert_eq!(world.guest_figures(world.now())[&100].netin, paused.netin);
        world.set_guest_status(100, GuestStatus::Running);
        world.advance(Duration::from_secs(20));
        let resumed = world.guest_figures(world.now())[&100].clone();
        let ceiling = paused.netin + (resumed.rates[0] * 60.0) as u64;
        assert!(resumed.netin >= paused.netin && resumed.netin < ceiling);
    }

    #[test]
    fn a_dead_nodes_guests_are_forgotten_after_five_minutes() {
        let world = world();
        world.set_node_online("pve2", false);
        let freshness =
            || world.read(|state, now| state.freshness(state.node("pve2").expect("exists"), now));
        assert_eq!(freshness(), Freshness::Frozen);
        world.advance(Duration::from_secs(299));
        assert_eq!(freshness(), Freshness::Frozen);
        world.advance(Duration::from_secs(1));
        assert_eq!(freshness(), Freshness::Forgotten);
        world.set_node_online("pve2", true);
        assert_eq!(freshness(), Freshness::Live);
    }

    #[test]
    fn an_override_holds_until_it_is_taken_back() {
        let world = world();
        world.set_guest_metric(100, Metric::Cpu, Some(0.97));
        world.advance(Duration::from_secs(11));
        assert!(world.guest_figures(world.now())[&100].cpu > 0.95);
        world.set_guest_metric(100, Metric::Cpu, None);
        world.advance(Duration::from_secs(11));
        assert!(world.guest_figures(world.now())[&100].cpu < 0.9);
    }

    #[test]
    fn every_special_guest_exists_in_a_small_world() {
        let guests = world().guests();
        assert!(guests.iter().any(|guest| guest.template));
        assert!(
            guests
                .iter()
                .any(|guest| guest.status == GuestStatus::Paused)
        );
        assert!(guests.iter().any(|guest| guest.lock.is_some()));
        assert!(guests.iter().any(|guest| guest.ha.is_some()));
        assert!(guests.iter().any(|guest| guest.name.len() == 63));
        assert!(
            guests
                .iter()
                .any(|guest| guest.kind == GuestKind::Container)
        );
    }

    #[test]
    fn a_world_fits_on_its_nodes() {
        let world = World::new(WorldConfig {
            nodes: 10,
            guests: 500,
            ..WorldConfig::default()
        });
        for (name, figures) in world.node_figures(world.now()) {
            let node = world
                .nodes()
                .into_iter()
                .find(|node| node.name == name)
                .expect("exists");
            let part = figures.memory as f64 / node.memory as f64;
            assert!((0.1..0.9).contains(&part), "{name} uses {part}");
            assert!(
                (0.0..0.9).contains(&figures.cpu),
                "{name} is at {}",
                figures.cpu
            );
        }
    }
}
