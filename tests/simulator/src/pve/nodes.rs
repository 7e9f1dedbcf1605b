//! A node's own endpoints, from `/nodes` to its disks and certificates.

use serde_json::{Value, json};

use super::answer::{Answer, Failure, Outcome};
use super::call::Call;
use super::resources::node_row;
use crate::dice;
use crate::tls::Certificate;
use crate::world::State;
use crate::world::node::Node;

pub(crate) fn version(call: &Call<'_>) -> Value {
    let version = call.version();
    json!({"version": version.full(), "release": version.release(), "repoid": version.repoid()})
}

pub(crate) fn list(call: &Call<'_>, state: &State) -> Outcome {
    call.params.allow(&[])?;
    let rows = state.nodes.iter().map(|node| {
        let mut row = node_row(call, state, node);
        row["ssl_fingerprint"] = json!(call.shared.certificate(node.nodeid).fingerprint);
        row
    });
    Ok(call.shuffled(rows.collect()).into())
}

pub(crate) fn get(call: &Call<'_>, state: &State, name: &str, rest: &[&str]) -> Outcome {
    let path = format!("/nodes/{name}");
    match rest {
        ["status" | "time" | "dns" | "netstat" | "services"] => call.need(&path, &["Sys.Audit"])?,
        ["apt", "versions"] => call.need(&path, &["Sys.Audit"])?,
        ["apt", "update"] => call.need(&path, &["Sys.Modify"])?,
        ["disks", "list"] if !call.may(&path, "Sys.Audit") => {
            return Err(Failure::new(403, "Permission check failed"));
        }
        ["disks", "zfs" | "lvm" | "smart"] => call.need("/", &["Sys.Audit"])?,
        _ => {}
    }
    let node = call.node(state, name)?;
    match rest {
        ["disks", "smart"] => call.params.allow(&["disk", "healthonly"])?,
        ["disks", "list"] => call
            .params
            .allow(&["skipsmart", "type", "include-partitions"])?,
        ["replication"] => call.params.allow(&["guest"])?,
        ["network"] => call.params.allow(&["type"])?,
        _ => call.params.allow(&[])?,
    }
    let seconds = call.seconds();
    match rest {
        ["status"] => Ok(status(call, state, node).into()),
        ["version"] => Ok(version(call).into()),
        ["time"] => Ok(json!({"timezone": "UTC", "time": seconds, "localtime": seconds}).into()),
        ["dns"] => Ok(json!({"dns1": "10.10.0.1", "search": "lab"}).into()),
        ["netstat"] => Ok(netstat(call, state, node).into()),
        ["network"] => Ok(network(call, node).into()),
        ["services"] => Ok(Answer::new(services(call)).protected()),
        ["subscription"] => Ok(json!({
            "status": "notfound", "message": "There is no subscription key",
            "serverid": format!("{:032X}", dice::hash(&[node.seed, 66])), "url": "https://www.proxmox.com/en/proxmox-virtual-environment/pricing",
        })
        .into()),
        ["certificates", "info"] => Ok(certificates(call, node).into()),
        ["replication"] => Ok(Answer::new(json!([])).protected()),
        ["disks", "list"] => Ok(Answer::new(disks(call, node)).protected()),
        ["disks", "zfs"] if has_zfs(node) => Ok(pools(call, node).into()),
        ["disks", "zfs"] => Err(Failure::runtime("zfsutils-linux not installed")),
        ["disks", "lvm"] => Ok(Answer::new(json!({"leaf": 0, "children": []})).protected()),
        ["disks", "smart"] => smart(call),
        ["apt", "update"] => Ok(json!([{
            "Package": "pve-manager", "Title": "Proxmox Virtual Environment Management Tools", "Arch": "amd64",
            "Description": "web interface and services of the host", "Origin": "Proxmox", "Priority": "optional",
            "Section": "admin", "Version": "99.0.1", "OldVersion": call.version().full(),
        }])
        .into()),
        ["apt", "versions"] => Ok(json!([{
            "Package": "pve-manager", "Title": "Proxmox Virtual Environment Management Tools", "Arch": "amd64",
            "Description": "web interface and services of the host", "Origin": "Proxmox", "Priority": "optional",
            "Section": "admin", "Version": call.version().full(), "CurrentState": "Installed",
        }])
        .into()),
        _ => Err(Failure::not_implemented(call.method, call.path)),
    }
}

fn status(call: &Call<'_>, state: &State, node: &Node) -> Value {
    let figures = state.node_figures(node, call.now);
    let cores = (node.cpus / 2).max(1);
    let used = figures.memory;
    let free = (node.memory - used) * 2 / 3;
    let kernel = call.version().kernel();
    let mut memory = json!({"total": node.memory, "used": used, "free": free});
    if call.v9() {
        memory["available"] = json!(node.memory - used);
    }
    let build = "#1 SMP PREEMPT_DYNAMIC";
    json!({
        "cpu": figures.cpu,
        "wait": figures.iowait,
        "idle": 0,
        "uptime": figures.uptime,
        "loadavg": figures.load.map(|load| format!("{load:.2}")),
        "memory": memory,
        "swap": {"total": node.swap, "used": figures.swap, "free": node.swap - figures.swap},
        "rootfs": {
            "total": node.rootfs,
            "used": figures.rootfs,
            "avail": (node.rootfs - figures.rootfs) / 20 * 19,
            "free": node.rootfs - figures.rootfs,
        },
        "cpuinfo": {
            "model": "Simulated CPU at 3.00GHz",
            "vendor": "GenuineSimulation",
            "cpus": node.cpus,
            "cores": cores,
            "sockets": 1,
            "mhz": "3000.000",
            "family": "6",
            "hvm": "1",
            "user_hz": 100,
            "flags": "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr vmx",
        },
        "kversion": format!("Linux {kernel} {build}"),
        "current-kernel": {"sysname": "Linux", "release": kernel, "version": build, "machine": "x86_64"},
        "pveversion": format!("pve-manager/{}/{}", call.version().full(), call.version().repoid()),
        "boot-info": {"mode": "efi", "secureboot": 0},
        "ksm": {"shared": 0},
    })
}

fn netstat(call: &Call<'_>, state: &State, node: &Node) -> Value {
    let rows = state
        .guests_on(&node.name)
        .filter(|guest| guest.alive())
        .map(|guest| {
            let figures = state.guest_figures(guest, call.now);
            json!({
                "vmid": guest.vmid.to_string(), "dev": "net0",
                "in": figures.netin.to_string(), "out": figures.netout.to_string(),
            })
        });
    call.shuffled(rows.collect())
}

fn network(call: &Call<'_>, node: &Node) -> Value {
    let port = json!({
        "iface": "eno1", "type": "eth", "method": "manual", "method6": "manual", "families": ["inet"], "active": 1,
        "priority": 3,
    });
    let address = call.shared.address(node.nodeid).ip().to_string();
    let bridge = json!({
        "iface": "vmbr0", "type": "bridge", "method": "static", "method6": "manual", "families": ["inet"], "active": 1,
        "autostart": 1, "priority": 4, "address": address, "netmask": "24", "cidr": format!("{address}/24"),
        "bridge_ports": "eno1", "bridge_stp": "off", "bridge_fd": "0",
    });
    let whole = call.may(&format!("/nodes/{}", node.name), "Sys.Audit");
    call.shuffled(if whole {
        vec![port, bridge]
    } else {
        vec![port]
    })
}

fn services(call: &Call<'_>) -> Value {
    let rows = ["pveproxy", "pvedaemon", "pvestatd", "corosync", "cron"].map(|name| {
        json!({
            "service": name, "name": name, "desc": format!("the {name} service"), "state": "running",
            "active-state": "active", "unit-state": "enabled",
        })
    });
    call.shuffled(rows.to_vec())
}

fn certificates(call: &Call<'_>, node: &Node) -> Value {
    let row = |filename: &str, certificate: &Certificate| {
        json!({
            "filename": filename,
            "fingerprint": certificate.fingerprint,
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "notbefore": certificate.not_before,
            "notafter": certificate.not_after,
            "san": certificate.names,
            "pem": certificate.pem,
            "public-key-type": "id-ecPublicKey",
            "public-key-bits": 256,
        })
    };
    let leaf = call.shared.certificate(node.nodeid);
    call.shuffled(vec![
        row("pve-root-ca.pem", &call.shared.authority.certificate),
        row("pve-ssl.pem", &leaf),
    ])
}

fn has_zfs(node: &Node) -> bool {
    node.nodeid % 3 == 2
}

fn pools(call: &Call<'_>, node: &Node) -> Value {
    let size = 1_999_000_000_000_u64;
    let alloc = size / 3 + dice::hash(&[node.seed, 67]) % (size / 4);
    call.shuffled(vec![json!({
        "name": "tank", "size": size, "alloc": alloc, "free": size - alloc, "frag": 12, "dedup": 1.0, "health": "ONLINE",
    })])
}

fn disks(call: &Call<'_>, node: &Node) -> Value {
    let disk = |index: u64, kind: &str, size: u64, used: &str, wear: Value, rpm: i64| {
        json!({
            "devpath": if kind == "nvme" { format!("/dev/nvme{index}n1") } else { format!("/dev/sd{}", char::from(b'a' + index as u8)) },
            "type": kind,
            "size": size,
            "model": format!("Simulated {kind} {}", size / 1_000_000_000),
            "serial": format!("S{:011X}", dice::hash(&[node.seed, 68, index]) >> 20),
            "vendor": "unknown",
            "wwn": "unknown",
            "rpm": rpm,
            "health": "PASSED",
            "wearout": wear,
            "used": used,
            "gpt": 1,
            "mounted": u8::from(used == "mounted"),
            "osdid": -1,
            "osdid-list": null,
        })
    };
    let mut rows = vec![
        disk(
            0,
            "nvme",
            1_000_204_886_016,
            "LVM",
            json!(97 - node.nodeid % 30),
            0,
        ),
        disk(0, "hdd", 4_000_787_030_016, "mounted", json!("N/A"), 7200),
    ];
    if has_zfs(node) {
        rows.push(disk(1, "ssd", 1_999_844_147_200, "ZFS", json!(88), 0));
    }
    call.shuffled(rows)
}

fn smart(call: &Call<'_>) -> Outcome {
    match call.params.get("disk") {
        None => Err(Failure::parameter("disk", "property is missing and it is not optional")),
        Some(disk) if disk.starts_with("/dev/nvme") || disk.starts_with("/dev/sd") => Ok(json!({
            "health": "PASSED", "type": "text", "text": "Temperature:                        41 Celsius\nPercentage Used:                    3%\n",
        })
        .into()),
        Some(_) => Err(Failure::runtime("not a valid block device")),
    }
}
