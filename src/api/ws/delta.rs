//! What differs between two versions of the present, told in as few bytes as possible.

use std::sync::Arc;

use crate::api::hp::alert::Alert;
use crate::api::hp::job_view::Job;
use crate::api::hp::target::Target;
use crate::api::hp::view::{Datastore, Disk, Game, Guest, Node, Storage};
use crate::model::alert;
use crate::model::known::Known;
use crate::model::resource::Resource;
use crate::model::time::Timestamp;
use crate::state::TargetView;

use super::frame::{DeltaFrame, FullFrame};
use super::handles::Handles;
use super::present::Present;
use super::vitals::{Row, Vitals};

/// Start-up times are derived from uptimes in whole seconds and tremble by that much.
const TREMBLE_MS: u64 = 5_000;

/// Everything at `present`.
pub(super) fn full(present: &Present, boot: &str, handles: &Handles) -> FullFrame {
    let mut frame = FullFrame {
        kind: "full",
        version: present.version,
        at: present.at.millis(),
        boot: boot.to_owned(),
        targets: Vec::new(),
        nodes: Vec::new(),
        guests: Vec::new(),
        storages: Vec::new(),
        datastores: Vec::new(),
        disks: Vec::new(),
        games: Vec::new(),
        alerts: present.open_alerts().map(Alert::from).collect(),
        jobs: present.jobs().map(Job::from).collect(),
    };
    for view in present.fleet.targets() {
        frame.targets.push(target(view, handles));
        for resource in view.resources.values() {
            let handle = handles.of(resource.id().as_str());
            match &**resource {
                Resource::Node(node) => frame.nodes.push(Node::new(handle, node)),
                Resource::Guest(guest) => frame.guests.push(Guest::new(handle, guest)),
                Resource::Storage(storage) => frame.storages.push(Storage::new(handle, storage)),
                Resource::Datastore(store) => frame.datastores.push(Datastore::new(handle, store)),
                Resource::Disk(disk) => frame.disks.push(Disk::new(handle, disk)),
                Resource::Game(game) => frame.games.push(Game::new(handle, game)),
            }
        }
    }
    frame
}

/// What leads from `before` to `after`; `alerts` changed in between.
pub(super) fn delta(
    before: &Present,
    after: &Present,
    alerts: &[alert::Alert],
    handles: &Handles,
) -> DeltaFrame {
    let mut frame = DeltaFrame {
        kind: "delta",
        version: after.version,
        previous: before.version,
        at: after.at.millis(),
        targets: Vec::new(),
        nodes: Vec::new(),
        guests: Vec::new(),
        storages: Vec::new(),
        datastores: Vec::new(),
        disks: Vec::new(),
        games: Vec::new(),
        gone: Vec::new(),
        alerts: alerts.iter().map(Alert::from).collect(),
        jobs: after.jobs_since(before).map(Job::from).collect(),
        vitals: Vec::new(),
    };
    for view in after.fleet.targets() {
        match before.fleet.target(&view.summary.id) {
            Some(old) if Arc::ptr_eq(old, view) => {}
            old => frame.add_target(old.map(|old| &**old), view, handles),
        }
    }
    for old in before.fleet.targets() {
        if after.fleet.target(&old.summary.id).is_none() {
            frame.gone.push(old.summary.id.to_string());
            frame
                .gone
                .extend(old.resources.keys().map(ToString::to_string));
        }
    }
    frame
}

impl DeltaFrame {
    fn add_target(&mut self, old: Option<&TargetView>, view: &TargetView, handles: &Handles) {
        if old.is_none_or(|old| old.summary != view.summary) {
            self.targets.push(target(view, handles));
        }
        for (id, resource) in &view.resources {
            match old.and_then(|old| old.resources.get(id)) {
                Some(old) if Arc::ptr_eq(old, resource) => {}
                old => self.add_resource(old.map(|old| &**old), resource, handles),
            }
        }
        let lost = old.into_iter().flat_map(|old| old.resources.keys());
        let lost = lost.filter(|id| !view.resources.contains_key(*id));
        self.gone.extend(lost.map(ToString::to_string));
    }

    fn add_resource(&mut self, old: Option<&Resource>, new: &Resource, handles: &Handles) {
        let handle = handles.of(new.id().as_str());
        if old.is_some_and(|old| differs_in_vitals_only(old, new)) {
            let vitals = Vitals::of(new);
            if old.map(Vitals::of) != Some(vitals) {
                self.vitals.push(Row { handle, vitals });
            }
            return;
        }
        match new {
            Resource::Node(node) => self.nodes.push(Node::new(handle, node)),
            Resource::Guest(guest) => self.guests.push(Guest::new(handle, guest)),
            Resource::Storage(storage) => self.storages.push(Storage::new(handle, storage)),
            Resource::Datastore(store) => self.datastores.push(Datastore::new(handle, store)),
            Resource::Disk(disk) => self.disks.push(Disk::new(handle, disk)),
            Resource::Game(game) => self.games.push(Game::new(handle, game)),
        }
    }
}

fn target(view: &TargetView, handles: &Handles) -> Target {
    Target::new(handles.of(view.summary.id.as_str()), view)
}

/// Whether a row of vitals can tell the whole difference.
fn differs_in_vitals_only(old: &Resource, new: &Resource) -> bool {
    let mut probe = new.clone();
    match (&mut probe, old) {
        (Resource::Node(probe), Resource::Node(old)) => {
            probe.cpu = old.cpu;
            probe.memory.used = old.memory.used;
            probe.rootfs.used = old.rootfs.used;
            probe.swap.used = old.swap.used;
            probe.rates = old.rates;
            probe.load = old.load;
            probe.iowait = old.iowait;
            probe.facts = old.facts.clone();
            settle(&mut probe.booted_at, old.booted_at);
        }
        (Resource::Guest(probe), Resource::Guest(old)) => {
            probe.cpu = old.cpu;
            probe.memory.used = old.memory.used;
            probe.disk.used = old.disk.used;
            probe.rates = old.rates;
            probe.facts = old.facts.clone();
            settle(&mut probe.started_at, old.started_at);
        }
        (Resource::Storage(probe), Resource::Storage(old)) => {
            probe.usage.used = old.usage.used;
        }
        (Resource::Datastore(probe), Resource::Datastore(old)) => {
            probe.usage.used = old.usage.used;
            // An estimate that wanders with every figure it is made from.
            probe.full_at = old.full_at;
        }
        (Resource::Game(probe), Resource::Game(old)) => {
            probe.cpu = old.cpu;
            probe.memory.used = old.memory.used;
            probe.disk.used = old.disk.used;
            probe.rates = old.rates;
            settle(&mut probe.started_at, old.started_at);
            if let (Known::Is(probe), Known::Is(old)) = (&mut probe.answer, &old.answer) {
                probe.at = old.at;
                probe.round_trip_ms = old.round_trip_ms;
                probe.players = old.players;
            }
        }
        _ => return false,
    }
    probe == *old
}

/// Takes the old moment where the new one differs by no more than rounding.
fn settle(new: &mut Option<Timestamp>, old: Option<Timestamp>) {
    if let (Some(after), Some(before)) = (*new, old)
        && after.millis().abs_diff(before.millis()) <= TREMBLE_MS
    {
        *new = old;
    }
}

#[cfg(test)]
mod tests;
