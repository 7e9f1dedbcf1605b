//! What the host kept of the time before the first look (`rrddata`), of nodes, storages and guests.

use super::jobs::{Job, PastOf};
use super::source::PveSource;
use super::wire::past::PastRow;
use crate::model::id::{ResourceId, TargetId};
use crate::model::resource::GuestKind;
use crate::model::time::Timestamp;
use crate::sources::proxmox::past::{AFTER, STEP};
use crate::sources::proxmox::{past, safe_in_path};

/// A column of the past and what it is here.
type Column = past::Column<PastRow>;

impl past::Row for PastRow {
    fn seconds(&self) -> Option<u64> {
        self.time.0
    }
}

const OF_NODE: &[Column] = &[
    ("cpu", |row| row.cpu.0),
    ("memory", |row| row.memused.0),
    ("memory_total", |row| row.memtotal.0),
    ("disk", |row| row.rootused.0),
    ("disk_total", |row| row.roottotal.0),
    ("net_in", |row| row.netin.0),
    ("net_out", |row| row.netout.0),
    ("load", |row| row.loadavg.0),
    ("iowait", |row| row.iowait.0),
    ("swap", |row| row.swapused.0),
    ("swap_total", |row| row.swaptotal.0),
    ("arc", |row| row.arcsize.0),
    ("pressure_cpu", |row| percent(row.pressurecpusome.0)),
    ("pressure_io", |row| percent(row.pressureiosome.0)),
    ("pressure_memory", |row| percent(row.pressurememorysome.0)),
];

const OF_GUEST: &[Column] = &[
    ("cpu", |row| row.cpu.0),
    ("memory", |row| row.mem.0),
    ("memory_total", |row| row.maxmem.0),
    ("net_in", |row| row.netin.0),
    ("net_out", |row| row.netout.0),
    ("disk_read", |row| row.diskread.0),
    ("disk_write", |row| row.diskwrite.0),
    ("pressure_cpu", |row| percent(row.pressurecpusome.0)),
    ("pressure_io", |row| percent(row.pressureiosome.0)),
    ("pressure_memory", |row| percent(row.pressurememorysome.0)),
];

/// Only of containers: of a machine's disks the host knows nothing and writes 0.
const OF_CONTAINER: &[Column] = &[
    ("disk", |row| row.disk.0),
    ("disk_total", |row| row.maxdisk.0),
];

const OF_STORAGE: &[Column] = &[
    ("disk", |row| row.used.0),
    ("disk_total", |row| row.total.0),
];

fn percent(value: Option<f64>) -> Option<f64> {
    value.map(|value| value / 100.0)
}

impl PveSource {
    /// Plans the questions about everything that has a past, far apart from each other.
    pub(super) fn plan_past(&mut self, now: Timestamp) {
        let nodes = self.seen.nodes.iter().cloned().map(PastOf::Node);
        let storages = self
            .seen
            .storages
            .iter()
            .filter(|s| !s.usable_on.is_empty());
        let storages = storages.map(|s| PastOf::Storage(s.name.clone(), s.node.clone()));
        let guests = self.seen.guests.iter().filter(|(_, guest)| !guest.template);
        let guests = guests.map(|(vmid, _)| PastOf::Guest(*vmid));
        let mut all: Vec<PastOf> = nodes.chain(storages).chain(guests).collect();
        all.sort_unstable();
        let mut at = now + AFTER;
        for of in all {
            if self.past.add(of.clone()) && !self.rotation.has(&Job::Past(of.clone())) {
                self.rotation.plan(Job::Past(of), at);
                at = at + STEP;
            }
        }
    }

    /// Reads the next frame of one thing's past.
    pub(super) async fn read_past(&mut self, of: &PastOf) {
        let (Some(frame), Some((path, id, columns))) = (self.past.next(of), self.place_of(of))
        else {
            return;
        };
        let query = format!("{path}/rrddata?timeframe={frame}&cf=AVERAGE");
        match self.list::<PastRow>(&query).await {
            Ok(rows) => self.past.enter(of, &id, &columns, &rows),
            // It answered that it has none, such as of a guest that never ran.
            Err(refusal) if refusal.status.is_some() => self.past.enter(of, &id, &columns, &[]),
            Err(_) => {}
        }
    }

    fn place_of(&self, of: &PastOf) -> Option<(String, ResourceId, Vec<Column>)> {
        let target: &TargetId = &self.id;
        match of {
            PastOf::Node(name) if safe_in_path(name) => Some((
                format!("/nodes/{name}"),
                ResourceId::node(target, name),
                OF_NODE.to_vec(),
            )),
            PastOf::Storage(name, node) if safe_in_path(name) => {
                let same = |s: &&super::details::SeenStorage| s.name == *name && s.node == *node;
                let seen = self.seen.storages.iter().find(same)?;
                let asked = seen.usable_on.iter().find(|node| safe_in_path(node))?;
                Some((
                    format!("/nodes/{asked}/storage/{name}"),
                    seen.id.clone(),
                    OF_STORAGE.to_vec(),
                ))
            }
            PastOf::Guest(vmid) => {
                let seen = self.seen.guests.get(vmid).filter(|guest| guest.reachable)?;
                let (word, more) = match seen.kind {
                    GuestKind::Vm => ("qemu", &[][..]),
                    GuestKind::Container => ("lxc", OF_CONTAINER),
                };
                let node = Some(&seen.node).filter(|node| safe_in_path(node))?;
                Some((
                    format!("/nodes/{node}/{word}/{vmid}"),
                    ResourceId::guest(target, *vmid),
                    [OF_GUEST, more].concat(),
                ))
            }
            PastOf::Node(_) | PastOf::Storage(..) => None,
        }
    }
}
