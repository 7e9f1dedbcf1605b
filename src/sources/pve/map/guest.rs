//! What the rotation reads about guests, as the product's types.

use crate::model::resource::{
    FileSystem, GuestConfig, GuestKind, GuestOs, Interface, Snapshot, Usage, Volume,
};
use crate::sources::proxmox::moment;
use crate::sources::pve::wire::guest::{Config, FileSystemRow, InterfaceRow, OsInfo, SnapshotRow};

/// File systems that hold no bytes of the guest's own disks: read-only images, memory and what
/// other machines serve.
const FOREIGN: &[&str] = &[
    "iso9660", "udf", "squashfs", "erofs", "cramfs", "tmpfs", "devtmpfs", "ramfs", "overlay",
    "nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "ceph", "autofs", "CDFS",
];

pub(in crate::sources::pve) fn config(config: &Config, kind: GuestKind) -> GuestConfig {
    let text = |key: &str| config.get(key).and_then(|value| value.0.clone());
    let on = |key: &str| text(key).is_some_and(|value| value == "1");
    GuestConfig {
        digest: text("digest"),
        on_boot: on("onboot"),
        os_type: text("ostype"),
        description: text("description"),
        agent: text("agent").is_some_and(|value| is_agent_on(&value)),
        protected: on("protection"),
        volumes: config
            .iter()
            .filter_map(|(key, value)| volume(key, value.0.as_deref()?, kind))
            .collect(),
    }
}

/// `1`, `enabled=1,fstrim_cloned_disks=1` and `1,type=virtio` all switch the agent on.
fn is_agent_on(value: &str) -> bool {
    value
        .split(',')
        .any(|part| matches!(part.trim(), "1" | "enabled=1"))
}

/// `local:100/vm-100-disk-0.raw,size=32G,backup=0` under a key such as `scsi0`.
fn volume(key: &str, value: &str, kind: GuestKind) -> Option<Volume> {
    let bus = key.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = bus.len() < key.len();
    let is_volume = match kind {
        GuestKind::Vm => {
            numbered
                && matches!(
                    bus,
                    "scsi" | "virtio" | "sata" | "ide" | "efidisk" | "tpmstate"
                )
        }
        GuestKind::Container => key == "rootfs" || numbered && bus == "mp",
    };
    let mut parts = value.split(',');
    let place = parts.next()?;
    if !is_volume || place == "none" {
        return None;
    }
    let mut volume = Volume {
        key: key.to_owned(),
        storage: place.split_once(':').map(|(storage, _)| storage.to_owned()),
        mount: (key == "rootfs").then(|| "/".to_owned()),
        size: None,
        // Disks are backed up unless their owner says no; mount points only if he says yes.
        backed_up: bus != "mp",
    };
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        match name {
            "media" if value == "cdrom" => return None,
            "size" => volume.size = size(value),
            "mp" => volume.mount = Some(value.to_owned()),
            "backup" => volume.backed_up = value == "1",
            _ => {}
        }
    }
    Some(volume)
}

/// `32G` in bytes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text.get(digits.len()..)? {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    let bytes = digits.parse::<f64>().ok()? * f64::from(2_u32).powi(shift);
    (0.0..1.8e19).contains(&bytes).then_some(bytes as u64)
}

/// A container's file systems, as its configuration names them. How full the root is, every look
/// tells; how full the others are, nobody does.
pub(in crate::sources::pve) fn container_filesystems(config: &GuestConfig) -> Vec<FileSystem> {
    config
        .volumes
        .iter()
        .filter_map(|volume| {
            Some(FileSystem {
                mount: volume.mount.clone()?,
                kind: None,
                device: volume.storage.clone(),
                usage: Usage {
                    used: None,
                    total: volume.size,
                },
            })
        })
        .collect()
}

/// Snapshots, oldest first, without the pseudo entry for the present.
pub(in crate::sources::pve) fn snapshots(rows: Vec<SnapshotRow>) -> Vec<Snapshot> {
    let mut snapshots: Vec<Snapshot> = rows
        .into_iter()
        .filter_map(|row| {
            Some(Snapshot {
                name: row.name.0.filter(|name| name != "current")?,
                at: moment(row.snaptime.0),
                parent: row.parent.0.filter(|parent| !parent.is_empty()),
                with_memory: row.vmstate.0.unwrap_or(false),
                description: row
                    .description
                    .0
                    .map(|text| text.trim_end().to_owned())
                    .filter(|text| !text.is_empty()),
                // No Proxmox VE up to 9 tells.
                size: None,
            })
        })
        .collect();
    snapshots.sort_unstable_by(|a, b| (a.at, &a.name).cmp(&(b.at, &b.name)));
    snapshots
}

pub(in crate::sources::pve) fn filesystems(rows: Vec<FileSystemRow>) -> Vec<FileSystem> {
    let mut found: Vec<FileSystem> = rows
        .into_iter()
        .filter_map(|row| {
            Some(FileSystem {
                mount: row.mountpoint.0?,
                kind: row.kind.0,
                device: row.name.0,
                usage: Usage {
                    used: row.used_bytes.0.filter(|_| row.total_bytes.0.is_some()),
                    total: row.total_bytes.0.filter(|total| *total > 0),
                },
            })
        })
        .collect();
    found.sort_unstable_by(|a, b| a.mount.cmp(&b.mount));
    found
}

/// The use of a machine's own disks: the sum of its file systems, each device once.
pub(in crate::sources::pve) fn disk_usage(filesystems: &[FileSystem]) -> Option<Usage> {
    let mut devices: Vec<&str> = Vec::new();
    let mut sum: Option<(u64, u64)> = None;
    for one in filesystems {
        let foreign = one
            .kind
            .as_deref()
            .is_some_and(|kind| FOREIGN.contains(&kind) || kind.starts_with("fuse"));
        let (Some(used), Some(total)) = (one.usage.used, one.usage.total) else {
            continue;
        };
        let device = one.device.as_deref().unwrap_or(&one.mount);
        if foreign || devices.contains(&device) {
            continue;
        }
        devices.push(device);
        let before = sum.unwrap_or_default();
        sum = Some((
            before.0.saturating_add(used),
            before.1.saturating_add(total),
        ));
    }
    sum.map(|(used, total)| Usage {
        used: Some(used),
        total: Some(total),
    })
}

/// Network interfaces without the loopback one.
pub(in crate::sources::pve) fn interfaces(rows: Vec<InterfaceRow>) -> Vec<Interface> {
    rows.into_iter()
        .filter_map(|row| {
            let name = row.name.0.filter(|name| name != "lo")?;
            let mut addresses: Vec<String> = row
                .ip_addresses
                .0
                .into_iter()
                .filter_map(|address| {
                    let text = address.ip_address.0?;
                    Some(match address.prefix.0 {
                        Some(prefix) => format!("{text}/{prefix}"),
                        None => text,
                    })
                })
                .collect();
            if addresses.is_empty() {
                addresses.extend([row.inet.0, row.inet6.0].into_iter().flatten());
            }
            Some(Interface {
                name,
                mac: row
                    .hardware_address
                    .0
                    .or(row.hwaddr.0)
                    .map(|mac| mac.to_ascii_lowercase()),
                addresses,
            })
        })
        .collect()
}

pub(in crate::sources::pve) fn os(info: OsInfo) -> GuestOs {
    GuestOs {
        name: info.pretty_name.0.or(info.name.0),
        id: info.id.0,
        version: info.version_id.0,
        kernel: info.kernel_release.0,
    }
}

#[cfg(test)]
mod tests {
    use super::{disk_usage, is_agent_on, size, volume};
    use crate::model::resource::{FileSystem, GuestKind, Usage};

    #[test]
    fn a_volume_is_read_off_its_line() {
        let disk = volume(
            "scsi0",
            "tank:vm-100-disk-0,size=32G,backup=0",
            GuestKind::Vm,
        );
        let disk = disk.expect("a disk");
        assert_eq!(disk.storage.as_deref(), Some("tank"));
        assert_eq!((disk.size, disk.backed_up), (Some(32 << 30), false));
        let mount = volume(
            "mp0",
            "nas:subvol-1,mp=/data,size=512M",
            GuestKind::Container,
        );
        let mount = mount.expect("a mount point");
        assert_eq!(mount.mount.as_deref(), Some("/data"));
        assert_eq!((mount.size, mount.backed_up), (Some(512 << 20), false));
        for (key, value) in [
            ("ide2", "local:iso/debian.iso,media=cdrom"),
            ("ide2", "none,media=cdrom"),
            ("scsihw", "virtio-scsi-single"),
            ("net0", "virtio=BC:24:11:00:00:00,bridge=vmbr0"),
        ] {
            assert_eq!(volume(key, value, GuestKind::Vm), None, "{key}: {value}");
        }
    }

    #[test]
    fn sizes_and_switches_come_in_several_spellings() {
        for (text, expected) in [
            ("1024", Some(1024)),
            ("1.5K", Some(1536)),
            ("2T", Some(2 << 40)),
            ("12X", None),
            ("", None),
        ] {
            assert_eq!(size(text), expected, "{text}");
        }
        for (text, expected) in [
            ("1", true),
            ("0", false),
            ("enabled=1,fstrim_cloned_disks=1", true),
            ("enabled=0", false),
            ("1,type=virtio", true),
        ] {
            assert_eq!(is_agent_on(text), expected, "{text}");
        }
    }

    #[test]
    fn each_device_counts_once_and_images_do_not_count() {
        let one = |mount: &str, kind: &str, device: &str, used| FileSystem {
            mount: mount.into(),
            kind: Some(kind.into()),
            device: Some(device.into()),
            usage: Usage {
                used: Some(used),
                total: Some(100),
            },
        };
        let all = [
            one("/", "ext4", "sda1", 40),
            one("/snap", "squashfs", "loop0", 100),
            one("/var", "btrfs", "sdb", 10),
            one("/var/lib", "btrfs", "sdb", 10),
        ];
        let usage = disk_usage(&all).expect("known");
        assert_eq!((usage.used, usage.total), (Some(50), Some(200)));
        assert_eq!(disk_usage(&all[1..2]), None, "nothing of its own");
    }
}
