//! What the rotation reads about nodes, as the product's types.

use crate::model::facts::Replication;
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::resource::{Certificate, Disk, Pressure};
use crate::sources::lenient::Number;
use crate::sources::proxmox::host::{disk_health, disk_kind, said, turns, wear};
use crate::sources::proxmox::moment;
use crate::sources::pve::wire::node::{CertificateRow, DiskRow, PressureRow, ReplicationRow};
use crate::sources::pve::wire::past::PastRow;

pub(in crate::sources::pve) fn certificates(rows: Vec<CertificateRow>) -> Vec<Certificate> {
    let mut certificates: Vec<Certificate> = rows
        .into_iter()
        .filter_map(|row| {
            Some(Certificate {
                file: row.filename.0?,
                subject: row.subject.0,
                issuer: row.issuer.0,
                fingerprint: row.fingerprint.0,
                expires_at: moment(row.notafter.0),
            })
        })
        .collect();
    certificates.sort_unstable_by(|a, b| a.file.cmp(&b.file));
    certificates
}

pub(in crate::sources::pve) fn disks(
    target: &TargetId,
    node: &str,
    rows: Vec<DiskRow>,
) -> Vec<Disk> {
    rows.into_iter()
        .filter_map(|row| {
            let device = row.devpath.0?;
            let serial = said(row.serial);
            let name = serial
                .as_deref()
                .unwrap_or_else(|| device.trim_start_matches("/dev/"));
            Some(Disk {
                id: ResourceId::other(ResourceKind::Disk, target, &format!("{name}@{node}")),
                node: node.to_owned(),
                kind: disk_kind(row.kind.0.as_deref()),
                model: said(row.model),
                size: row.size.0,
                health: disk_health(row.health.0.as_deref()),
                health_word: row.health.0,
                wear: wear(&row.wearout),
                used_for: said(row.used),
                rpm: turns(&row.rpm),
                device,
                serial,
            })
        })
        .collect()
}

pub(in crate::sources::pve) fn replication(rows: Vec<ReplicationRow>) -> Vec<Replication> {
    rows.into_iter()
        .filter_map(|row| {
            let number = |number: Option<u64>| number.and_then(|n| u32::try_from(n).ok());
            Some(Replication {
                id: row.id.0?,
                vmid: number(row.guest.0),
                source: row.source.0,
                target: row.target.0,
                schedule: row.schedule.0,
                disabled: row.disable.0.unwrap_or(false),
                last_sync: moment(row.last_sync.0),
                last_try: moment(row.last_try.0),
                next_sync: moment(row.next_sync.0),
                seconds: row.duration.0,
                failures: number(row.fail_count.0).unwrap_or(0),
                error: row.error.0.filter(|error| !error.is_empty()),
            })
        })
        .collect()
}

/// A share out of a percentage.
fn share(percent: Number) -> Option<f64> {
    percent
        .0
        .filter(|percent| (0.0..=100.0).contains(percent))
        .map(|percent| percent / 100.0)
}

pub(in crate::sources::pve) fn guest_pressure(row: PressureRow) -> Pressure {
    Pressure {
        cpu_some: share(row.pressurecpusome),
        io_some: share(row.pressureiosome),
        io_full: share(row.pressureiofull),
        memory_some: share(row.pressurememorysome),
        memory_full: share(row.pressurememoryfull),
    }
}

pub(in crate::sources::pve) fn node_pressure(row: &PastRow) -> Pressure {
    Pressure {
        cpu_some: share(row.pressurecpusome.clone()),
        io_some: share(row.pressureiosome.clone()),
        io_full: share(row.pressureiofull.clone()),
        memory_some: share(row.pressurememorysome.clone()),
        memory_full: share(row.pressurememoryfull.clone()),
    }
}
