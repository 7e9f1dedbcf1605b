//! What nodes send by themselves: figures to a metric server, in InfluxDB's line protocol or as OTLP, and
//! notifications to a webhook.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::World;
use crate::world::guest::GuestKind;

/// Figures of one object as hosts group them: measurement, instance, key, value.
type Group = Vec<(&'static str, Option<&'static str>, &'static str, f64)>;

/// What a node tells of itself.
fn node_figures(world: &World, name: &str) -> Group {
    let figures = world.node_figures(world.now());
    let (Some(figures), Some(node)) = (
        figures.get(name),
        world.nodes().into_iter().find(|node| node.name == name),
    ) else {
        return Vec::new();
    };
    vec![
        ("cpustat", None, "cpu", figures.cpu),
        ("cpustat", None, "wait", figures.iowait),
        ("cpustat", None, "avg1", figures.load[0]),
        ("memory", None, "memused", figures.memory as f64),
        ("memory", None, "memtotal", node.memory as f64),
        ("memory", None, "swapused", figures.swap as f64),
        ("memory", None, "swaptotal", node.swap as f64),
        ("blockstat", None, "used", figures.rootfs as f64),
        ("blockstat", None, "total", node.rootfs as f64),
        ("nics", Some("eno1"), "receive", figures.netin as f64),
        ("nics", Some("eno1"), "transmit", figures.netout as f64),
        ("nics", Some("vmbr0"), "receive", figures.netin as f64),
        ("system", None, "uptime", figures.uptime as f64),
    ]
}

/// One body of the line protocol with everything that the node `name` sends at once.
pub fn lines(world: &World, name: &str) -> String {
    let nanos = world.now() / 1000 * 1_000_000_000;
    let mut text = String::new();
    for (measurement, instance, key, value) in node_figures(world, name) {
        let instance = instance.map_or(String::new(), |name| format!(",instance={name}"));
        let _ = writeln!(
            text,
            "{measurement},object=nodes,host={name}{instance} {key}={value} {nanos}"
        );
    }
    let figures = world.guest_figures(world.now());
    for guest in world.guests().iter().filter(|guest| guest.node == name) {
        let Some(now) = figures.get(&guest.vmid).filter(|_| guest.alive()) else {
            continue;
        };
        let word = match guest.kind {
            GuestKind::Vm => "qemu",
            GuestKind::Container => "lxc",
        };
        let host = guest.name.replace(' ', "\\ ");
        let _ = writeln!(
            text,
            "system,object={word},vmid={},nodename={name},host={host} cpu={},cpus={},maxmem={},mem={},name=\"{}\",status=\"running\" {nanos}",
            guest.vmid, now.cpu, guest.cores, guest.memory, now.mem, guest.name
        );
    }
    text
}

/// The same as OTLP.
pub fn otlp(world: &World, name: &str) -> Value {
    let nanos = world.now() / 1000 * 1_000_000_000;
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let metric = |name: String, counter: bool, value: f64, attributes: Value| {
        let points = json!([{"timeUnixNano": nanos, "asDouble": value, "attributes": attributes}]);
        match counter {
            true => json!({"name": format!("{name}_total"), "unit": "bytes", "sum": {
                "dataPoints": points, "aggregationTemporality": 2, "isMonotonic": true,
            }}),
            false => json!({"name": name, "unit": "1", "gauge": {"dataPoints": points}}),
        }
    };
    let mut metrics = Vec::new();
    for (measurement, instance, key, value) in node_figures(world, name) {
        let mut attributes = vec![text("node", name)];
        attributes.extend(instance.map(|device| text("device", device)));
        let (group, counter) = match measurement {
            "nics" => ("network_", true),
            "system" => ("", false),
            "cpustat" => ("cpustat_", key == "wait"),
            "memory" => ("memory_", false),
            _ => ("blockstat_", false),
        };
        metrics.push(metric(
            format!("proxmox_node_{group}{key}"),
            counter,
            value,
            json!(attributes),
        ));
    }
    let figures = world.guest_figures(world.now());
    for guest in world.guests().iter().filter(|guest| guest.node == name) {
        let Some(now) = figures.get(&guest.vmid).filter(|_| guest.alive()) else {
            continue;
        };
        let attributes = json!([
            text("vmid", &guest.vmid.to_string()),
            text("node", name),
            text("name", &guest.name)
        ]);
        for (key, value) in [("cpu", now.cpu), ("mem", now.mem as f64)] {
            metrics.push(metric(
                format!("proxmox_vm_{key}"),
                false,
                value,
                attributes.clone(),
            ));
        }
    }
    json!({"resourceMetrics": [{
        "resource": {"attributes": [
            text("service.name", "proxmox-ve"),
            text("service.version", world.config().version.full()),
            text("proxmox.node", name),
        ]},
        "scopeMetrics": [{"scope": {}, "metrics": metrics}],
    }]})
}

/// The body of a notification about a backup of one guest, as the webhook's template makes it.
pub fn notification(world: &World, node: &str, vmid: u32, works: bool) -> Value {
    let (severity, how) = match works {
        true => ("info", "backup successful"),
        false => ("error", "backup failed"),
    };
    json!({
        "severity": severity,
        "title": format!("vzdump backup status ({node}): {how}"),
        "message": format!("Details\n=======\nVMID {vmid}\n"),
        "timestamp": world.now() / 1000,
        "fields": {"type": "vzdump", "hostname": node},
    })
}

/// Posts a body over a connection of its own, as hosts do; tells the status of the answer.
pub async fn post(
    to: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<u16> {
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    stream.take(64 << 10).read_to_end(&mut answer).await?;
    let text = String::from_utf8_lossy(&answer);
    text.split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| io::Error::other("no HTTP answer"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{WebhookSink, WorldConfig};

    #[tokio::test]
    async fn a_node_sends_what_it_knows() {
        let world = World::new(WorldConfig {
            start: Some(1_795_337_600_000),
            ..WorldConfig::default()
        });
        let text = lines(&world, "pve1");
        assert!(
            text.contains("cpustat,object=nodes,host=pve1 wait="),
            "{text}"
        );
        assert!(text.contains("system,object=qemu,vmid="), "{text}");
        let sink = WebhookSink::start().await.expect("a sink");
        let body = notification(&world, "pve1", 100, false).to_string();
        let to = sink.addr();
        let headers = [("Content-Type", "application/json")];
        let status = post(to, "/hook", &headers, body.as_bytes());
        assert_eq!(status.await.expect("an answer"), 204);
        assert_eq!(sink.requests()[0].json()["fields"]["type"], "vzdump");
    }
}
