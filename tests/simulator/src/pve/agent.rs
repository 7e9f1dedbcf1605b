//! What is told from inside a guest: by the guest agent, or by looking into a container.

use serde_json::{Value, json};

use super::answer::{Answer, Failure, Outcome};
use super::call::Call;
use crate::world::State;
use crate::world::guest::{Agent, Guest, GuestStatus};

pub(crate) fn get(call: &Call<'_>, state: &State, guest: &Guest, command: &str) -> Outcome {
    if !matches!(
        command,
        "get-fsinfo" | "network-get-interfaces" | "get-osinfo" | "get-host-name" | "info"
    ) {
        return Err(Failure::not_implemented(call.method, call.path));
    }
    if !guest.alive() {
        return Err(Failure::runtime(format!(
            "VM {} is not running",
            guest.vmid
        )));
    }
    match guest.agent {
        Agent::Absent => return Err(Failure::runtime("No QEMU guest agent configured")),
        Agent::Silent => {
            return Err(Failure::runtime("QEMU guest agent is not running")
                .after(call.shared.options.agent_delay));
        }
        Agent::Running if guest.status == GuestStatus::Paused => {
            return Err(Failure::runtime("QEMU guest agent is not running")
                .after(call.shared.options.agent_delay));
        }
        Agent::Running => {}
    }
    let result = match command {
        "get-fsinfo" => file_systems(call, state, guest),
        "network-get-interfaces" => interfaces(guest),
        "get-host-name" => json!({"host-name": guest.name}),
        "get-osinfo" => json!({
            "id": "debian",
            "name": "Debian GNU/Linux",
            "version": "13 (trixie)",
            "version-id": "13",
            "pretty-name": "Debian GNU/Linux 13 (trixie)",
            "kernel-release": "6.12.48+deb13-amd64",
            "kernel-version": "#1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1",
            "machine": "x86_64",
        }),
        _ => {
            let names = [
                "guest-get-fsinfo",
                "guest-network-get-interfaces",
                "guest-get-osinfo",
                "guest-info",
            ];
            let commands =
                names.map(|name| json!({"name": name, "enabled": true, "success-response": true}));
            json!({"version": "10.0.2", "supported_commands": commands})
        }
    };
    Ok(Answer::new(json!({ "result": result })).protected())
}

fn file_systems(call: &Call<'_>, state: &State, guest: &Guest) -> Value {
    let used = guest.figures(call.now, &state.pace).disk;
    let device = |unit: u32, dev: &str| {
        json!([{
            "dev": dev, "bus-type": "scsi", "bus": 0, "target": 0, "unit": unit,
            "pci-controller": {"domain": 0, "bus": 1, "slot": 1, "function": 0},
        }])
    };
    json!([
        {"name": "sda1", "mountpoint": "/", "type": "ext4", "used-bytes": used, "total-bytes": guest.disk / 100 * 98, "disk": device(0, "/dev/sda1")},
        {"name": "sr0", "mountpoint": "/media/cdrom", "type": "iso9660", "disk": device(1, "/dev/sr0")},
    ])
}

fn interfaces(guest: &Guest) -> Value {
    let statistics = |bytes: u64| {
        json!({
            "rx-bytes": bytes, "rx-packets": bytes / 900, "rx-errs": 0, "rx-dropped": 0,
            "tx-bytes": bytes / 2, "tx-packets": bytes / 1800, "tx-errs": 0, "tx-dropped": 0,
        })
    };
    json!([
        {
            "name": "lo", "hardware-address": "00:00:00:00:00:00", "statistics": statistics(4096),
            "ip-addresses": [
                {"ip-address": "127.0.0.1", "ip-address-type": "ipv4", "prefix": 8},
                {"ip-address": "::1", "ip-address-type": "ipv6", "prefix": 128},
            ],
        },
        {
            "name": "ens18", "hardware-address": mac(guest), "statistics": statistics(guest.seed % 1_000_000_000),
            "ip-addresses": [
                {"ip-address": address(guest), "ip-address-type": "ipv4", "prefix": 16},
                {"ip-address": format!("fe80::be24:11ff:fe00:{:x}", guest.vmid), "ip-address-type": "ipv6", "prefix": 64},
            ],
        },
    ])
}

/// A container's interfaces; `null` while it is stopped. Here the prefix lengths are strings.
pub(crate) fn container_interfaces(guest: &Guest) -> Value {
    if !guest.alive() {
        return Value::Null;
    }
    json!([
        {
            "name": "lo", "hwaddr": "00:00:00:00:00:00", "hardware-address": "00:00:00:00:00:00",
            "inet": "127.0.0.1/8", "inet6": "::1/128",
            "ip-addresses": [
                {"ip-address": "127.0.0.1", "ip-address-type": "inet", "prefix": "8"},
                {"ip-address": "::1", "ip-address-type": "inet6", "prefix": "128"},
            ],
        },
        {
            "name": "eth0", "hwaddr": mac(guest), "hardware-address": mac(guest), "inet": format!("{}/16", address(guest)),
            "ip-addresses": [{"ip-address": address(guest), "ip-address-type": "inet", "prefix": "16"}],
        },
    ])
}

fn address(guest: &Guest) -> String {
    format!("10.10.{}.{}", guest.vmid / 250 % 250, guest.vmid % 250 + 2)
}

/// The guest's network address in lower case.
pub(crate) fn mac(guest: &Guest) -> String {
    format!(
        "bc:24:11:{:02x}:{:02x}:{:02x}",
        guest.seed >> 8 & 0xff,
        guest.vmid >> 8 & 0xff,
        guest.vmid & 0xff
    )
}
