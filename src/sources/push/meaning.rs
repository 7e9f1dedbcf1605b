//! What a figure that was sent is here: a metric of the catalogue, a counter to make one of, or
//! something that only the sender knows.

use super::{Object, Point};

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meaning {
    /// A metric of the catalogue, times a factor.
    Gauge(&'static str, f64),
    /// A counter since the object began, whose growth is a metric of the catalogue. Counters of
    /// several instances are added up.
    Counter(&'static str),
    /// Known, and of no use beside what is known already.
    Idle,
    /// Unknown here.
    Foreign,
}

/// Interfaces that lead out of a host; the others count the same traffic again.
const PHYSICAL: &[&str] = &["en", "eth", "ib", "nic", "wl", "usb"];

/// What `point` is.
#[must_use]
pub fn of(point: &Point) -> Meaning {
    let key = point.key.as_str();
    match &point.object {
        Object::Node(_) => of_node(point.measurement.as_str(), key, point.instance.as_deref()),
        Object::Guest(_) if point.measurement == "system" => of_guest(key),
        // Each disk and interface of each guest: their sums are known.
        Object::Guest(_) => Meaning::Idle,
        Object::Storage { .. } => match key {
            "used" => Meaning::Gauge("disk", 1.0),
            "total" => Meaning::Gauge("disk_total", 1.0),
            _ => Meaning::Idle,
        },
        Object::Other(_) => Meaning::Foreign,
    }
}

fn of_node(measurement: &str, key: &str, instance: Option<&str>) -> Meaning {
    let leads_out = instance.is_some_and(|name| PHYSICAL.iter().any(|p| name.starts_with(p)));
    match (measurement, key) {
        ("cpustat", "cpu") => Meaning::Gauge("cpu", 1.0),
        ("cpustat", "wait") => Meaning::Gauge("iowait", 1.0),
        ("cpustat", "avg1") => Meaning::Gauge("load", 1.0),
        ("memory", "memused") => Meaning::Gauge("memory", 1.0),
        ("memory", "memtotal") => Meaning::Gauge("memory_total", 1.0),
        ("memory", "swapused") => Meaning::Gauge("swap", 1.0),
        ("memory", "swaptotal") => Meaning::Gauge("swap_total", 1.0),
        ("memory", "arcsize") => Meaning::Gauge("arc", 1.0),
        ("blockstat", "used") => Meaning::Gauge("disk", 1.0),
        ("blockstat", "total") => Meaning::Gauge("disk_total", 1.0),
        ("nics", "receive") if leads_out => Meaning::Counter("net_in"),
        ("nics", "transmit") if leads_out => Meaning::Counter("net_out"),
        ("nics" | "system", _) => Meaning::Idle,
        _ => Meaning::Foreign,
    }
}

fn of_guest(key: &str) -> Meaning {
    match key {
        "cpu" => Meaning::Gauge("cpu", 1.0),
        "mem" => Meaning::Gauge("memory", 1.0),
        "maxmem" => Meaning::Gauge("memory_total", 1.0),
        "netin" => Meaning::Counter("net_in"),
        "netout" => Meaning::Counter("net_out"),
        "diskread" => Meaning::Counter("disk_read"),
        "diskwrite" => Meaning::Counter("disk_write"),
        // In percent.
        "pressurecpusome" => Meaning::Gauge("pressure_cpu", 0.01),
        "pressureiosome" => Meaning::Gauge("pressure_io", 0.01),
        "pressurememorysome" => Meaning::Gauge("pressure_memory", 0.01),
        // The use of a machine's disks is always given as 0.
        _ => Meaning::Idle,
    }
}
