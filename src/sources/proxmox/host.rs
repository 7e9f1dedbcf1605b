//! What both products tell of a host in the same words: services, subscription, updates, ZFS
//! pools and what disks are.

use serde::Deserialize;

use crate::model::resource::{DiskHealth, DiskKind, Service, Subscription, Update, Usage, ZfsPool};
use crate::sources::lenient::{Number, Text, Whole};

/// One row of `/nodes/{node}/services`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(in crate::sources) struct ServiceRow {
    service: Text,
    name: Text,
    desc: Text,
    state: Text,
    unit_state: Text,
}

/// `/nodes/{node}/subscription`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources) struct SubscriptionInfo {
    status: Text,
    productname: Text,
    nextduedate: Text,
}

/// One row of `/nodes/{node}/apt/update`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(in crate::sources) struct UpdateRow {
    package: Text,
    old_version: Text,
    version: Text,
    origin: Text,
}

/// One row of `/nodes/{node}/disks/zfs`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources) struct PoolRow {
    name: Text,
    size: Whole,
    alloc: Whole,
    frag: Number,
    dedup: Number,
    health: Text,
}

/// A text that says something.
pub(in crate::sources) fn said(text: Text) -> Option<String> {
    text.0
        .filter(|text| !matches!(text.trim(), "" | "unknown" | "N/A"))
}

pub(in crate::sources) fn services(rows: Vec<ServiceRow>) -> Vec<Service> {
    let mut services: Vec<Service> = rows
        .into_iter()
        .filter_map(|row| {
            Some(Service {
                name: row.service.0.or(row.name.0)?,
                description: row.desc.0,
                state: row.state.0.unwrap_or_else(|| "unknown".into()),
                start: row.unit_state.0,
            })
        })
        .collect();
    services.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    services
}

pub(in crate::sources) fn subscription(info: SubscriptionInfo) -> Subscription {
    Subscription {
        status: info.status.0.unwrap_or_else(|| "unknown".into()),
        product: said(info.productname),
        next_due: said(info.nextduedate),
    }
}

pub(in crate::sources) fn updates(rows: Vec<UpdateRow>) -> Vec<Update> {
    let mut updates: Vec<Update> = rows
        .into_iter()
        .filter_map(|row| {
            Some(Update {
                package: row.package.0?,
                installed: said(row.old_version),
                available: said(row.version),
                origin: said(row.origin),
            })
        })
        .collect();
    updates.sort_unstable_by(|a, b| a.package.cmp(&b.package));
    updates
}

pub(in crate::sources) fn pools(rows: Vec<PoolRow>) -> Vec<ZfsPool> {
    let mut pools: Vec<ZfsPool> = rows
        .into_iter()
        .filter_map(|row| {
            Some(ZfsPool {
                name: row.name.0?,
                health: row.health.0.unwrap_or_else(|| "UNKNOWN".into()),
                usage: Usage {
                    used: row.alloc.0,
                    total: row.size.0,
                },
                fragmentation: row.frag.0.map(|percent| percent / 100.0),
                dedup: row.dedup.0,
            })
        })
        .collect();
    pools.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    pools
}

/// What a word for a kind of disk means.
pub(in crate::sources) fn disk_kind(word: Option<&str>) -> DiskKind {
    match word {
        Some("hdd") => DiskKind::Hdd,
        Some("ssd") => DiskKind::Ssd,
        Some("nvme") => DiskKind::Nvme,
        Some("usb") => DiskKind::Usb,
        _ => DiskKind::Unknown,
    }
}

/// What a word for a disk's health means.
pub(in crate::sources) fn disk_health(word: Option<&str>) -> DiskHealth {
    match word.map(str::to_ascii_lowercase).as_deref() {
        Some("passed" | "ok") => DiskHealth::Passed,
        Some(word) if word.starts_with("fail") => DiskHealth::Failed,
        _ => DiskHealth::Unknown,
    }
}

/// The share of a disk's life that is used up; both products tell what remains, in percent.
pub(in crate::sources) fn wear(remains: &Number) -> Option<f64> {
    remains
        .0
        .filter(|remains| (0.0..=100.0).contains(remains))
        .map(|remains| 1.0 - remains / 100.0)
}

/// Turns per minute, where a disk has any: −1 stands for unknown and 0 for flash.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
pub(in crate::sources) fn turns(rpm: &Number) -> Option<u32> {
    rpm.0
        .filter(|rpm| (1.0..1e6).contains(rpm))
        .map(|rpm| rpm as u32)
}
