//! What the host's words mean. The only place where fractions, bytes, seconds and strings of
//! Proxmox VE become the product's types. Pure: tested on recorded answers.
//!
//! Here is what every look reads; the modules below have what the rotation reads.

pub(super) mod cluster;
pub(super) mod guest;
pub(super) mod node;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::details::Details;
use super::wire::{ExportRow, NodeDetail, ResourceRow};
use crate::model::id::{ResourceId, TargetId};
use crate::model::resource::{
    FigureSource, Guest, GuestKind, GuestStatus, Node, NodeStatus, Rates, Resource, Storage,
    StorageStatus, Usage,
};
use crate::model::time::Timestamp;
use crate::sources::rates::{Counters, RateTracker};

/// Whose counters are remembered between looks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Counted {
    Guest(u32),
    Node(String),
}

/// Figures of a node that only the metrics export has.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct NodeFigures {
    load: [Option<f64>; 3],
    iowait: Option<f64>,
    swap: Usage,
    counters: Counters,
}

/// What is needed beside the rows to make resources of them.
pub(super) struct Context<'a> {
    pub(super) target: &'a TargetId,
    pub(super) now: Timestamp,
    pub(super) details: &'a Details,
    pub(super) addresses: &'a HashMap<String, String>,
    pub(super) exported: &'a HashMap<String, NodeFigures>,
}

/// Reads the node figures out of the export's rows.
pub(super) fn node_figures(rows: &[ExportRow]) -> HashMap<String, NodeFigures> {
    let mut figures: HashMap<String, NodeFigures> = HashMap::new();
    for row in rows {
        let (Some(id), Some(metric), Some(value)) = (&row.id, &row.metric, row.value) else {
            continue;
        };
        let Some(node) = id.strip_prefix("node/") else {
            continue;
        };
        let entry = figures.entry(node.to_owned()).or_default();
        match metric.as_str() {
            "cpu_avg1" => entry.load[0] = Some(value),
            "cpu_avg5" => entry.load[1] = Some(value),
            "cpu_avg15" => entry.load[2] = Some(value),
            "cpu_iowait" => entry.iowait = Some(value),
            "swap_used" => entry.swap.used = bytes(value),
            "swap_total" => entry.swap.total = bytes(value),
            "net_in" => {
                entry.counters.net_in = bytes(value);
                // The host's own moment of measuring stands in for an uptime.
                entry.counters.uptime = row.timestamp.unwrap_or_default();
            }
            "net_out" => entry.counters.net_out = bytes(value),
            _ => {}
        }
    }
    figures
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
pub(super) fn bytes(value: f64) -> Option<u64> {
    (0.0..1.8e19).contains(&value).then_some(value as u64)
}

/// All resources of a complete list.
pub(super) fn resources(
    rows: Vec<ResourceRow>,
    context: &Context<'_>,
    rates: &mut RateTracker<Counted>,
) -> Vec<Resource> {
    rates.begin_round();
    let dead: Vec<String> = rows
        .iter()
        .filter(|row| row.kind.as_deref() == Some("node"))
        .filter(|row| row.status.as_deref() != Some("online"))
        .filter_map(|row| row.node.clone())
        .collect();
    let mut found = Vec::with_capacity(rows.len());
    let mut storages: BTreeMap<ResourceId, Storage> = BTreeMap::new();
    for row in rows {
        match row.kind.as_deref() {
            Some("node") => found.extend(node(&row, context, rates).map(Resource::Node)),
            Some("qemu") => {
                found.extend(guest(row, GuestKind::Vm, &dead, context, rates).map(Resource::Guest));
            }
            Some("lxc") => {
                let guest = guest(row, GuestKind::Container, &dead, context, rates);
                found.extend(guest.map(Resource::Guest));
            }
            Some("storage") => add_storage(&mut storages, row, &dead, context.target),
            // Pools, networks and what later versions add are not watched.
            _ => {}
        }
    }
    found.extend(storages.into_values().map(Resource::Storage));
    let disks = context.details.nodes.values().flat_map(|node| &node.disks);
    found.extend(disks.cloned().map(Resource::Disk));
    found
}

fn node(
    row: &ResourceRow,
    context: &Context<'_>,
    rates: &mut RateTracker<Counted>,
) -> Option<Node> {
    let name = row.node.clone()?;
    let status = match row.status.as_deref() {
        Some("online") => NodeStatus::Online,
        Some("offline") => NodeStatus::Offline,
        _ => NodeStatus::Unknown,
    };
    let online = status == NodeStatus::Online;
    let details = context.details.nodes.get(&name);
    let detail = details.and_then(|details| details.status.as_ref());
    let exported = context.exported.get(&name).copied().filter(|_| online);
    let cpuinfo = detail.and_then(|detail| detail.cpuinfo.as_ref());
    Some(Node {
        id: ResourceId::node(context.target, &name),
        status,
        cpu: row.cpu.filter(|_| online).and_then(share),
        cpus: row.maxcpu.and_then(small),
        memory: usage(row.mem.filter(|_| online), row.maxmem),
        swap: exported
            .map(|figures| figures.swap)
            .or_else(|| detail.filter(|_| online).and_then(swap))
            .unwrap_or_default(),
        rootfs: usage(row.disk.filter(|_| online), row.maxdisk),
        load: exported
            .and_then(|figures| match figures.load {
                [Some(one), Some(five), Some(fifteen)] => Some([one, five, fifteen]),
                _ => None,
            })
            .or_else(|| detail.filter(|_| online).and_then(|detail| detail.loadavg)),
        iowait: exported
            .and_then(|figures| figures.iowait)
            .or_else(|| detail.filter(|_| online).and_then(|detail| detail.wait)),
        rates: match exported {
            Some(figures) => rates.observe(Counted::Node(name.clone()), figures.counters),
            None => details.map(|details| details.rates).unwrap_or_default(),
        },
        booted_at: row
            .uptime
            .filter(|_| online)
            .and_then(|up| began(up, context.now)),
        cpu_model: cpuinfo.and_then(|cpu| cpu.model.clone()),
        cpu_sockets: cpuinfo
            .and_then(|cpu| cpu.sockets)
            .and_then(|n| u32::try_from(n).ok()),
        cpu_mhz: cpuinfo.and_then(|cpu| cpu.mhz),
        kernel: detail.and_then(kernel),
        version: detail.and_then(version),
        address: context.addresses.get(&name).cloned(),
        ha_state: row.hastate.clone(),
        facts: details
            .map(|details| details.facts.clone())
            .unwrap_or_default(),
        name,
    })
}

fn guest(
    row: ResourceRow,
    kind: GuestKind,
    dead: &[String],
    context: &Context<'_>,
    rates: &mut RateTracker<Counted>,
) -> Option<Guest> {
    let vmid = u32::try_from(row.vmid?).ok()?;
    let node = row.node.unwrap_or_default();
    let word = row.status.unwrap_or_default();
    // For five minutes a dead node's guests are still called running, with frozen figures
    // (reference: PVE failure behaviour over time). Nobody knows, so nothing is claimed.
    let status = match word.as_str() {
        _ if dead.contains(&node) => GuestStatus::Unknown,
        "running" => GuestStatus::Running,
        "stopped" => GuestStatus::Stopped,
        "paused" | "suspended" | "prelaunch" => GuestStatus::Paused,
        _ => GuestStatus::Unknown,
    };
    let known = ["running", "stopped", "paused", "unknown"].contains(&word.as_str());
    let alive = matches!(status, GuestStatus::Running | GuestStatus::Paused);
    let uptime = row.uptime.filter(|up| alive && *up > 0);
    let counters = uptime.map(|uptime| Counters {
        uptime,
        net_in: row.netin,
        net_out: row.netout,
        disk_read: row.diskread,
        disk_write: row.diskwrite,
    });
    let details = context.details.guests.get(&vmid);
    let balloon = details.is_some_and(|details| details.balloon);
    let (memory, memory_source) = memory(row.mem.filter(|_| alive), row.memhost, kind, balloon);
    // The use of a machine's disks is always given as 0: nobody outside knows it.
    let disk = row
        .disk
        .filter(|used| kind == GuestKind::Container && alive && *used > 0);
    let (disk, disk_source) = match (details.and_then(|details| details.disk), kind) {
        (Some(told), GuestKind::Vm) if alive => (told, Some(FigureSource::GuestAgent)),
        _ => {
            let size = row.maxdisk.filter(|size| *size > 0);
            (usage(disk, size), disk.map(|_| FigureSource::RootFs))
        }
    };
    Some(Guest {
        id: ResourceId::guest(context.target, vmid),
        vmid,
        name: row.name.unwrap_or_default(),
        node,
        kind,
        status,
        status_word: (!known).then_some(word),
        template: row.template.unwrap_or(false),
        lock: row.lock.filter(|lock| !lock.is_empty()),
        tags: row.tags.as_deref().map(tags).unwrap_or_default(),
        pool: row.pool.filter(|pool| !pool.is_empty()),
        ha_state: row.hastate,
        cpu: row.cpu.filter(|_| alive).and_then(share),
        cpus: row.maxcpu,
        memory: usage(memory, row.maxmem),
        memory_source,
        disk,
        disk_source,
        rates: counters.map_or_else(Rates::default, |counters| {
            rates.observe(Counted::Guest(vmid), counters)
        }),
        started_at: uptime.and_then(|up| began(up, context.now)),
        facts: details
            .map(|details| details.facts.clone())
            .unwrap_or_default(),
    })
}

/// A machine's memory is the guest's own figure where the balloon driver reports, and the memory
/// of the QEMU process where it does not; since version 9 `memhost` tells which, by being equal.
fn memory(
    used: Option<u64>,
    host: Option<u64>,
    kind: GuestKind,
    balloon: bool,
) -> (Option<u64>, Option<FigureSource>) {
    let Some(used) = used.filter(|used| *used > 0) else {
        return (None, None);
    };
    let source = match (kind, host) {
        (GuestKind::Container, _) => FigureSource::ControlGroup,
        (GuestKind::Vm, Some(host)) if host != used => FigureSource::Balloon,
        (GuestKind::Vm, None) if balloon => FigureSource::Balloon,
        (GuestKind::Vm, _) => FigureSource::Hypervisor,
    };
    (Some(used), Some(source))
}

fn add_storage(
    storages: &mut BTreeMap<ResourceId, Storage>,
    row: ResourceRow,
    dead: &[String],
    target: &TargetId,
) {
    let (Some(name), Some(node)) = (row.storage, row.node) else {
        return;
    };
    let shared = row.shared.unwrap_or(false);
    let status = match row.status.as_deref() {
        Some("available") if !dead.contains(&node) => StorageStatus::Available,
        _ => StorageStatus::Unknown,
    };
    let usage = match status {
        StorageStatus::Available => usage(row.disk, row.maxdisk),
        StorageStatus::Unknown => Usage::default(),
    };
    let id = ResourceId::storage(target, &name, (!shared).then_some(node.as_str()));
    let storage = storages.entry(id.clone()).or_insert_with(|| Storage {
        id,
        name,
        node: (!shared).then(|| node.clone()),
        shared,
        plugin: row.plugintype.unwrap_or_default(),
        content: row.content.as_deref().map(words).unwrap_or_default(),
        status: StorageStatus::Unknown,
        usage: Usage::default(),
        nodes: Vec::new(),
    });
    if status == StorageStatus::Available {
        storage.status = status;
        // Each node rounds a shared storage a little differently; the largest is steady.
        if usage.used > storage.usage.used {
            storage.usage = usage;
        }
    }
    storage.nodes.push((node, status));
    storage.nodes.sort_unstable_by(|a, b| a.0.cmp(&b.0));
}

fn usage(used: Option<u64>, total: Option<u64>) -> Usage {
    let total = total.filter(|total| *total > 0);
    Usage {
        used: used.filter(|_| total.is_some()),
        total,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
fn small(value: f64) -> Option<u32> {
    (0.0..1e6).contains(&value).then_some(value as u32)
}

/// How busy something is, 1 for all that it has. Proxmox may say slightly less than nothing, and a
/// guest may use slightly more than it has; a hundred times as much is no figure.
fn share(cpu: f64) -> Option<f64> {
    (cpu < 100.0).then_some(cpu.max(0.0))
}

/// When something began that has been up for `uptime` seconds, steadied to 10 s so that it does
/// not wander with every look.
fn began(uptime: u64, now: Timestamp) -> Option<Timestamp> {
    // Longer than a century is nonsense.
    (uptime < 3_200_000_000)
        .then(|| (now - Duration::from_secs(uptime)).floor_to(Duration::from_secs(10)))
}

/// Tags, which Proxmox joins with `;` and older versions with `,` or spaces.
fn tags(joined: &str) -> Vec<String> {
    joined
        .split([';', ',', ' '])
        .filter(|tag| !tag.is_empty())
        .take(64)
        .map(str::to_owned)
        .collect()
}

/// Comma-joined words whose order means nothing.
fn words(joined: &str) -> Vec<String> {
    let mut words: Vec<String> = joined
        .split(',')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.sort_unstable();
    words
}

fn swap(detail: &NodeDetail) -> Option<Usage> {
    let swap = detail.swap.as_ref()?;
    Some(Usage {
        used: swap.used,
        total: swap.total,
    })
}

fn kernel(detail: &NodeDetail) -> Option<String> {
    detail
        .current_kernel
        .as_ref()
        .and_then(|kernel| kernel.release.clone())
        .or_else(|| detail.kversion.clone())
}

/// `pve-manager/9.2.11/14a22df3…` says `9.2.11`.
fn version(detail: &NodeDetail) -> Option<String> {
    let text = detail.pveversion.as_ref()?;
    Some(text.split('/').nth(1).unwrap_or(text).to_owned())
}
