//! Lays out the nodes, guests and storages of a world from its configuration.

use super::backup::Snapshot;
use super::config::WorldConfig;
use super::guest::{Agent, Guest, GuestKind, GuestStatus};
use super::node::{GIB, Node};
use super::storage::Storage;
use crate::dice::{hash, pick, unit};

const DAY_MS: i64 = 86_400_000;

const ROLES: [&str; 24] = [
    "web",
    "db",
    "git",
    "mail",
    "dns",
    "media",
    "cloud",
    "wiki",
    "proxy",
    "vpn",
    "minecraft",
    "valheim",
    "voice",
    "photos",
    "backup",
    "monitor",
    "registry",
    "builder",
    "home",
    "print",
    "search",
    "cache",
    "chat",
    "files",
];

const NOTES: [&str; 4] = [
    "Läuft seit 2019, bitte nicht ohne Rückfrage neu starten ☃",
    "# Wiki\n\nDonnées de la famille – sauvegarde chaque nuit",
    "日本語の説明",
    "owner: the attic\n**do not** resize",
];

/// Nodes of different sizes, large enough together for `guests`.
pub(crate) fn nodes(config: &WorldConfig, guests: &[Guest], now: i64) -> Vec<Node> {
    const SHARES: [u64; 6] = [4, 2, 1, 3, 6, 2];
    let count = if config.cluster.is_some() {
        config.nodes.max(1)
    } else {
        1
    };
    let wanted: u64 = guests
        .iter()
        .filter(|guest| guest.alive())
        .map(|guest| guest.memory)
        .sum();
    let shares: u64 = (0..count).map(|index| SHARES[index % SHARES.len()]).sum();
    let unit_memory = (wanted * 3 / 2 / shares / GIB).next_multiple_of(8).max(8);
    (0..count)
        .map(|index| {
            let share = SHARES[index % SHARES.len()];
            let seed = hash(&[config.seed, 100, index as u64]);
            Node {
                name: format!("pve{}", index + 1),
                nodeid: index + 1,
                cpus: (share * unit_memory / 4).clamp(4, 256) as u32 / 4 * 4,
                memory: share * unit_memory * GIB - 300 * (1 << 20) - (seed % 4096) * 4096,
                swap: if index % 3 == 2 { 0 } else { 8 * GIB },
                rootfs: 94 * GIB - (seed % 1024) * 4096,
                booted_at: now - DAY_MS * (3 + (seed % 90) as i64) - (seed % 80_000) as i64 * 1000,
                outages: Vec::new(),
                seed,
            }
        })
        .collect()
}

/// The guests, not yet placed on nodes.
pub(crate) fn guests(config: &WorldConfig, now: i64) -> Vec<Guest> {
    (0..config.guests)
        .map(|index| guest(config, index, now))
        .collect()
}

/// One guest; the first ten of every world are fixed so that each special state exists in small ones too.
fn guest(config: &WorldConfig, index: usize, now: i64) -> Guest {
    let seed = hash(&[config.seed, 200, index as u64]);
    let of = |tag: u64| unit(&[seed, tag]);
    let kind = match index {
        0 | 1 | 4 | 6 => GuestKind::Vm,
        3 => GuestKind::Container,
        _ if of(1) < 0.45 => GuestKind::Container,
        _ => GuestKind::Vm,
    };
    let vmid = 100 + index as u32;
    let role = ROLES[index % ROLES.len()];
    let mut name = match index / ROLES.len() {
        0 if index.is_multiple_of(2) => format!("{role}.lab"),
        round => format!("{role}{}", round + 1),
    };
    if index == 7 || (index > 20 && index % 97 == 7) {
        name = format!("{name:-<58}{vmid:05}").replace('.', "-");
    }
    let template = index == 4 || (index > 20 && of(2) < 0.02);
    let stopped = template || index == 2 || (index > 8 && of(3) < 0.08);
    let paused = !stopped && kind == GuestKind::Vm && (index == 6 || (index > 20 && of(4) < 0.01));
    let lock = (index == 5 || (index > 20 && of(5) < 0.01)).then(|| "backup".to_owned());
    let memory = match kind {
        GuestKind::Vm => pick(
            &[GIB, 2 * GIB, 2 * GIB, 4 * GIB, 4 * GIB, 8 * GIB, 16 * GIB],
            &[seed, 6],
        ),
        GuestKind::Container => pick(
            &[GIB / 4, GIB / 2, GIB / 2, GIB, GIB, 2 * GIB, 4 * GIB],
            &[seed, 6],
        ),
    };
    let agent = match () {
        () if index == 0 => Agent::Running,
        () if of(7) < 0.25 => Agent::Absent,
        () if of(7) < 0.35 => Agent::Silent,
        () => Agent::Running,
    };
    let start = now - (of(8) * 40.0 * DAY_MS as f64) as i64 - 600_000;
    Guest {
        vmid,
        name,
        kind,
        node: String::new(),
        cores: pick(&[1, 1, 2, 2, 4, 4, 8], &[seed, 9]),
        memory,
        swap: if kind == GuestKind::Container {
            GIB / 2
        } else {
            0
        },
        disk: match kind {
            GuestKind::Vm => pick(&[8, 32, 32, 64, 100, 250], &[seed, 10]) * GIB,
            GuestKind::Container => pick(&[4, 8, 8, 16, 32], &[seed, 10]) * GIB - GIB / 20,
        },
        storage: String::new(),
        status: match (stopped, paused) {
            (true, _) => GuestStatus::Stopped,
            (false, true) => GuestStatus::Paused,
            (false, false) => GuestStatus::Running,
        },
        template,
        lock,
        tags: match index {
            0 => Some("prod;web".to_owned()),
            _ if of(11) < 0.4 => Some(
                pick(
                    &["prod", "infra", "games", "prod;web", "infra;test", "家"],
                    &[seed, 12],
                )
                .to_owned(),
            ),
            _ => None,
        },
        pool: match index {
            0 | 1 => Some("prod".to_owned()),
            _ if of(13) < 0.2 => Some(pick(&["prod", "games", "family"], &[seed, 14]).to_owned()),
            _ => None,
        },
        ha: (config.cluster.is_some() && !template && (index == 1 || (index > 8 && of(15) < 0.05)))
            .then(|| {
                if stopped {
                    "stopped".to_owned()
                } else {
                    "started".to_owned()
                }
            }),
        description: (index == 0 || of(16) < 0.3).then(|| pick(&NOTES, &[seed, 17]).to_owned()),
        agent: if kind == GuestKind::Vm {
            agent
        } else {
            Agent::Absent
        },
        balloon: index < 3 || of(18) > 0.08,
        snapshots: old_snapshot(seed, now),
        born: 0,
        starts: vec![start],
        paused_since: paused.then_some(start + 300_000),
        paused_total: 0,
        overrides: Vec::new(),
        netin_base: 500.0 + 120_000.0 * of(19).powi(3),
        seed,
    }
}

/// Every fifth guest has one that nobody remembers.
fn old_snapshot(seed: u64, now: i64) -> Vec<Snapshot> {
    let age = 86_400 * (1 + hash(&[seed, 820]) % 200) as i64;
    let snapshot = Snapshot {
        name: "before_update".to_owned(),
        description: "vor dem großen Update\n".to_owned(),
        at: now / DAY_MS * (DAY_MS / 1000) - age,
        parent: None,
        vmstate: false,
    };
    match seed.is_multiple_of(5) {
        true => vec![snapshot],
        false => Vec::new(),
    }
}

/// Puts every guest on the node that has the smallest part of its memory promised.
pub(crate) fn place(guests: &mut [Guest], nodes: &[Node]) {
    let mut promised = vec![0_u64; nodes.len()];
    for guest in guests {
        let best = (0..nodes.len())
            .min_by(|a, b| {
                let part = |index: usize| {
                    (promised[index] + guest.memory) as f64 / nodes[index].memory as f64
                };
                part(*a).total_cmp(&part(*b))
            })
            .unwrap_or(0);
        promised[best] += if guest.template { 0 } else { guest.memory };
        guest.node.clone_from(&nodes[best].name);
        let zfs = best % 3 == 1 && guest.seed.is_multiple_of(2);
        guest.storage = if zfs { "local-zfs" } else { "local-lvm" }.to_owned();
    }
}

/// The storages: those every installation has, two shared ones, one that is dead and one that is switched off.
pub(crate) fn storages(config: &WorldConfig, nodes: &[Node]) -> Vec<Storage> {
    let with_zfs: Vec<String> = nodes
        .iter()
        .enumerate()
        .filter(|(index, _)| index % 3 == 1)
        .map(|(_, node)| node.name.clone())
        .collect();
    let storage = |name: &str, kind, content, size: u64| Storage {
        name: name.to_owned(),
        kind,
        content,
        shared: false,
        disabled: false,
        inactive: false,
        nodes: None,
        size,
        overrides: Vec::new(),
        seed: hash(&[config.seed, 300, crate::dice::text(name)]),
    };
    let mut all = vec![
        storage(
            "local",
            "dir",
            &["iso", "vztmpl", "backup", "snippets"],
            94 * GIB,
        ),
        storage("local-lvm", "lvmthin", &["images", "rootdir"], 800 * GIB),
        Storage {
            shared: true,
            ..storage(
                "nas",
                "nfs",
                &["images", "iso", "backup", "vztmpl"],
                14_900 * GIB,
            )
        },
        Storage {
            shared: true,
            ..storage("backups", "pbs", &["backup"], 7_450 * GIB)
        },
        Storage {
            shared: true,
            inactive: true,
            ..storage("old-nas", "nfs", &["iso"], 2_000 * GIB)
        },
        Storage {
            disabled: true,
            ..storage("scratch", "dir", &["images"], 400 * GIB)
        },
    ];
    if !with_zfs.is_empty() {
        all.push(Storage {
            nodes: Some(with_zfs),
            ..storage("local-zfs", "zfspool", &["images", "rootdir"], 1_700 * GIB)
        });
    }
    all
}
