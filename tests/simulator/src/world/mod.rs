//! The world: a cluster whose every figure is a function of time and seed, and the strings to pull in it.
//!
//! Start with [`World::new`]; servers read it through [`World::read`], tests and scenarios change it through the
//! methods in `script.rs`. What the *rest of the cluster still sees* of a dead node is decided here
//! ([`State::freshness`]), how it is written on the wire is not.

pub(crate) mod backup;
pub(crate) mod chores;
pub(crate) mod config;
pub(crate) mod guest;
mod layout;
pub(crate) mod node;
pub(crate) mod script;
pub(crate) mod storage;
pub(crate) mod task;
pub(crate) mod time;
pub(crate) mod vault;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::backup::Backup;
use self::config::WorldConfig;
use self::guest::{Guest, GuestFigures};
use self::node::{Freshness, Node, NodeFigures, OutageKind};
use self::storage::{Storage, StorageFigures};
use self::task::Task;
use self::time::Pace;
use self::vault::{Vault, VaultTask};
use crate::clock::Clock;

/// A shared handle to one world; cloning it is cheap.
#[derive(Clone, Debug)]
pub struct World(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: WorldConfig,
    clock: Clock,
    state: Mutex<State>,
}

/// What can change.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) pace: Pace,
    pub(crate) nodes: Vec<Node>,
    pub(crate) guests: BTreeMap<u32, Guest>,
    pub(crate) storages: Vec<Storage>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) backups: Vec<Backup>,
    pub(crate) vaults: Vec<Vault>,
    pub(crate) vault_tasks: Vec<VaultTask>,
    pub(crate) quorate: bool,
    pub(crate) next_pid: u32,
    pub(crate) chores_until: i64,
    stale_ms: i64,
    seed: u64,
    /// The figures of the last refresh asked for, which most questions are about.
    recent: RefCell<HashMap<u32, (i64, GuestFigures)>>,
}

impl World {
    /// Builds the world that `config` describes.
    pub fn new(mut config: WorldConfig) -> Self {
        config.speed = if config.speed.is_finite() {
            config.speed.max(0.001)
        } else {
            1.0
        };
        config.refresh = config.refresh.max(Duration::from_millis(1));
        let clock = Clock::new(config.start);
        let now = clock.now();
        let mut guests = layout::guests(&config, now);
        let nodes = layout::nodes(&config, &guests, now);
        layout::place(&mut guests, &nodes);
        let storages = layout::storages(&config, &nodes);
        let state = State {
            pace: Pace {
                epoch: now,
                speed: config.speed,
                refresh: config.refresh.as_millis() as i64,
            },
            nodes,
            guests: guests
                .into_iter()
                .map(|guest| (guest.vmid, guest))
                .collect(),
            storages,
            tasks: Vec::new(),
            backups: vault::of_hosts(now / 1000),
            vaults: vault::vaults(),
            vault_tasks: Vec::new(),
            quorate: true,
            next_pid: 1200,
            chores_until: now / 1000 - 3 * 86_400,
            stale_ms: (config.stale_after.as_millis() as f64 / config.speed) as i64,
            seed: config.seed,
            recent: RefCell::default(),
        };
        Self(Arc::new(Inner {
            config,
            clock,
            state: Mutex::new(state),
        }))
    }

    /// What it was built from.
    pub fn config(&self) -> &WorldConfig {
        &self.0.config
    }

    /// The world's time in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.0.clock.now()
    }

    /// Moves the world's clock forward.
    pub fn advance(&self, by: Duration) {
        self.0.clock.advance(by);
    }

    /// The nodes as they are now.
    pub fn nodes(&self) -> Vec<Node> {
        self.lock().nodes.clone()
    }

    /// All guests by ascending number.
    pub fn guests(&self) -> Vec<Guest> {
        self.lock().guests.values().cloned().collect()
    }

    /// One guest.
    pub fn guest(&self, vmid: u32) -> Option<Guest> {
        self.lock().guests.get(&vmid).cloned()
    }

    /// The configured storages.
    pub fn storages(&self) -> Vec<Storage> {
        self.lock().storages.clone()
    }

    /// All tasks, oldest first.
    pub fn tasks(&self) -> Vec<Task> {
        self.read(|state, _| state.tasks.clone())
    }

    /// The figures every node reported last before `at` (ms), by name. Works for any instant, past ones too.
    pub fn node_figures(&self, at: i64) -> BTreeMap<String, NodeFigures> {
        let state = self.lock();
        state
            .nodes
            .iter()
            .map(|node| (node.name.clone(), state.node_figures(node, at)))
            .collect()
    }

    /// The figures every guest showed last before `at` (ms), by number.
    pub fn guest_figures(&self, at: i64) -> BTreeMap<u32, GuestFigures> {
        let state = self.lock();
        state
            .guests
            .values()
            .map(|guest| (guest.vmid, state.guest_figures(guest, at)))
            .collect()
    }

    /// How full every reachable storage was at `at` (ms), by node and storage name.
    pub fn storage_figures(&self, at: i64) -> BTreeMap<(String, String), StorageFigures> {
        let state = self.lock();
        let mut all = BTreeMap::new();
        for node in &state.nodes {
            for storage in &state.storages {
                if let Some(figures) = state.storage_figures(storage, node, at) {
                    all.insert((node.name.clone(), storage.name.clone()), figures);
                }
            }
        }
        all
    }

    /// All backups that are done, in the order in which they were begun.
    pub fn backups(&self) -> Vec<Backup> {
        self.read(|state, now| {
            let done = state.backups.iter();
            done.filter(|backup| backup.ready_at <= now / 1000)
                .cloned()
                .collect()
        })
    }

    /// True while the asked node sees a majority.
    pub fn quorate(&self) -> bool {
        self.lock().quorate
    }

    /// Lets `view` look at a consistent state, with the chores done that were due, and the time.
    pub(crate) fn read<T>(&self, view: impl FnOnce(&State, i64) -> T) -> T {
        let now = self.now();
        let mut state = self.lock();
        chores::catch_up(&mut state, now / 1000);
        view(&state, now)
    }

    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = self.now();
        let mut state = self.lock();
        chores::catch_up(&mut state, now / 1000);
        state.recent.get_mut().clear();
        change(&mut state, now)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// How much the cluster knows of `node` at `at`. A node that is away less than the stale time is frozen.
    pub(crate) fn freshness(&self, node: &Node, at: i64) -> Freshness {
        match node.silent_since() {
            Some(since) if at - since >= self.stale_ms => Freshness::Forgotten,
            Some(_) => Freshness::Frozen,
            None => Freshness::Live,
        }
    }

    /// True when the cluster manager has noticed that `node` is gone.
    pub(crate) fn reachable(node: &Node) -> bool {
        !node
            .outages
            .iter()
            .any(|outage| outage.to.is_none() && outage.kind == OutageKind::Link)
    }

    /// The moment the figures of `node` shown at `at` were taken.
    pub(crate) fn sampled(&self, node: &Node, at: i64) -> i64 {
        let reported = node.silent_since().map_or(at, |since| since.min(at));
        self.pace.sampled(reported, node.nodeid)
    }

    pub(crate) fn guests_on<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Guest> {
        self.guests.values().filter(move |guest| guest.node == node)
    }

    pub(crate) fn node_figures(&self, node: &Node, at: i64) -> NodeFigures {
        let guests = self
            .guests_on(&node.name)
            .map(|guest| (guest, self.guest_figures(guest, at)));
        node.figures(guests, self.sampled(node, at), &self.pace)
    }

    pub(crate) fn guest_figures(&self, guest: &Guest, at: i64) -> GuestFigures {
        let at = self
            .node(&guest.node)
            .map_or(at, |node| self.sampled(node, at));
        if let Some((_, figures)) = self
            .recent
            .borrow()
            .get(&guest.vmid)
            .filter(|(sampled, _)| *sampled == at)
        {
            return figures.clone();
        }
        let figures = guest.figures(at, &self.pace);
        self.recent
            .borrow_mut()
            .insert(guest.vmid, (at, figures.clone()));
        figures
    }

    pub(crate) fn storage_figures(
        &self,
        storage: &Storage,
        node: &Node,
        at: i64,
    ) -> Option<StorageFigures> {
        storage.figures(&node.name, node.nodeid, self.sampled(node, at), &self.pace)
    }
}
