//! A lab of many guests that all rules have something to look at in.

use std::time::Duration;

use homepulse::model::backup::{Backup, BackupKind, BackupPlace, Backups, Verification};
use homepulse::model::facts::Facts;
use homepulse::model::id::{ResourceId, TargetId};
use homepulse::model::known::Known;
use homepulse::model::observation::{Coverage, Observation, Outcome};
use homepulse::model::resource::{
    FileSystem, Guest, GuestConfig, GuestFacts, GuestKind, GuestStatus, Rates, Resource, Snapshot,
    Usage,
};
use homepulse::model::shared::Shared;
use homepulse::model::target::TargetSummary;
use homepulse::model::time::Timestamp;
use homepulse::rules::RuleSettings;
use homepulse::state::{Diff, Fleet};

/// 2026-11-22 00:00:00 UTC.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_795_305_600);

const GIB: u64 = 1 << 30;

fn target() -> TargetId {
    "tgt_bench".parse().expect("a target id")
}

/// Settings at every level.
pub(crate) fn levels() -> RuleSettings {
    let settings: RuleSettings = serde_json::from_value(serde_json::json!({
        "kinds": {"guest": {"metrics": {"net_in": {"warning": {"raise": 1e9, "clear": 9e8}}}}},
        "tags": {
            "db": {"rules": {"backup_age": {"warning": 2}}, "priority": 1},
            "web": {"metrics": {"cpu": {"warning": {"raise": 0.8, "clear": 0.7}}}},
        },
        "resources": {"guest:tgt_bench:107": {"rules": {"guest_off": null}}},
    }))
    .expect("settings");
    settings.validate().expect("settings without mistakes");
    settings
}

fn summary() -> TargetSummary {
    let address = "https://pve1.lan:8006".to_owned();
    TargetSummary::configured(target(), "bench".into(), "pve", address, true)
}

fn facts_of_guest() -> Shared<GuestFacts> {
    let volume = |mount: &str| FileSystem {
        mount: mount.into(),
        kind: Some("ext4".into()),
        device: Some(mount.into()),
        usage: Usage {
            used: Some(GIB),
            total: Some(4 * GIB),
        },
    };
    Shared::new(GuestFacts {
        config: Known::Is(GuestConfig::default()),
        filesystems: Known::Is(vec![volume("/"), volume("/srv")]),
        snapshots: Known::Is(vec![Snapshot {
            name: "before".into(),
            at: Some(START - Duration::from_secs(86_400)),
            parent: None,
            with_memory: false,
            description: None,
            size: None,
        }]),
        ..GuestFacts::default()
    })
}

fn guest(vmid: u32, cpu: f64, facts: &Shared<GuestFacts>) -> Guest {
    let half = Usage {
        used: Some(GIB),
        total: Some(2 * GIB),
    };
    let tags: &[&str] = match vmid % 3 {
        0 => &["web"],
        1 => &["db", "prod", "web"],
        _ => &[],
    };
    Guest {
        id: ResourceId::guest(&target(), vmid),
        vmid,
        name: format!("guest-{vmid}"),
        node: "pve1".into(),
        kind: GuestKind::Vm,
        status: GuestStatus::Running,
        status_word: None,
        template: false,
        lock: None,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        pool: None,
        ha_state: None,
        cpu: Some(cpu),
        cpus: Some(2.0),
        memory: half,
        memory_source: None,
        disk: half,
        disk_source: None,
        rates: Rates {
            net_in: Some(1e6),
            net_out: Some(1e6),
            disk_read: Some(1e5),
            disk_write: Some(1e5),
        },
        started_at: Some(START - Duration::from_secs(3600)),
        facts: facts.clone(),
    }
}

/// Ten backups of each guest, and a job that takes all.
fn facts(guests: u32) -> Facts {
    let backup = |vmid: u32, day: u64| Backup {
        name: format!("pbs:backup/vm/{vmid}/{day}"),
        kind: BackupKind::Vm,
        subject: vmid.to_string(),
        vmid: Some(vmid),
        at: START - Duration::from_secs(day * 86_400),
        size: None,
        format: Some("pbs-vm".into()),
        verification: Some(Verification::Ok),
        protected: false,
        encrypted: None,
        notes: None,
        owner: None,
    };
    let backups = (100..100 + guests).flat_map(|vmid| (0..10).map(move |day| backup(vmid, day)));
    let place = BackupPlace {
        resource: ResourceId::storage(&target(), "pbs", None),
        name: "pbs".into(),
        node: None,
        namespace: None,
        read_at: None,
        backups: Known::Is(Shared::new(backups.collect())),
    };
    Facts {
        backups: Shared::new(Backups {
            places: vec![place],
        }),
        uncovered: Known::Is(Shared::default()),
        tasks: Known::Is(Shared::default()),
        ..Facts::default()
    }
}

/// The next look: every guest's processor moves, and one in `busy_every` is beyond its limit.
pub(crate) fn look(
    fleet: &mut Fleet,
    guests: u32,
    busy_every: u32,
    cycle: u32,
    now: Timestamp,
) -> Diff {
    let observe = |fleet: &mut Fleet, outcome| {
        let observation = Observation {
            target: target(),
            at: now,
            took: Duration::from_millis(50),
            outcome,
        };
        let (next, diff) = fleet.merge(observation, now);
        *fleet = next;
        diff
    };
    let known = fleet.target(&target()).map(|view| view.facts.clone());
    let known = known.unwrap_or_else(|| {
        let configured = Outcome::Configured {
            summary: Box::new(summary()),
        };
        observe(fleet, configured);
        facts(guests)
    });
    let of_guest = fleet.guests().next().map(|guest| guest.facts.clone());
    let of_guest = of_guest.unwrap_or_else(facts_of_guest);
    let resources = (100..100 + guests).map(|vmid| {
        let is_busy = busy_every > 0 && vmid % busy_every == 0;
        let noise = f64::from((vmid * 7 + cycle * 13) % 100) / 1000.0;
        let cpu = if is_busy { 0.9 + noise } else { 0.3 + noise };
        Resource::Guest(guest(vmid, cpu, &of_guest))
    });
    let seen = Outcome::Seen {
        summary: Box::new(summary()),
        coverage: Coverage::Complete,
        resources: resources.collect(),
        samples: Vec::new(),
        facts: Box::new(known),
        past: Vec::new(),
    };
    observe(fleet, seen)
}
