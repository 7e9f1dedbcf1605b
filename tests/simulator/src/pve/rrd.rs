//! `rrddata`: averages over a time frame. Rates where the status has counters, and gaps as rows with only a time.

use serde_json::{Value, json};

use super::answer::{Answer, Failure, Outcome};
use super::call::Call;
use crate::dice;
use crate::world::State;
use crate::world::guest::Guest;
use crate::world::node::Node;
use crate::world::storage::Storage;

pub(crate) fn of_node(call: &Call<'_>, state: &State, name: &str) -> Outcome {
    call.need(&format!("/nodes/{name}"), &["Sys.Audit"])?;
    let node = call.node(state, name)?;
    call.params.allow(&["timeframe", "cf"])?;
    rows(call, node, node.seed, |at| {
        let figures = state.node_figures(node, at);
        let mut row = json!({
            "cpu": figures.cpu, "maxcpu": node.cpus, "loadavg": figures.load[0], "iowait": figures.iowait,
            "memused": figures.memory, "memtotal": node.memory, "swapused": figures.swap, "swaptotal": node.swap,
            "rootused": figures.rootfs, "roottotal": node.rootfs, "netin": figures.netin_rate, "netout": figures.netout_rate,
        });
        if call.v9() {
            row["memavailable"] = json!(node.memory - figures.memory);
            row["arcsize"] = json!(0);
            for (name, value) in [
                ("pressurecpusome", figures.cpu * 4.0),
                ("pressureiosome", figures.iowait * 30.0),
                ("pressureiofull", figures.iowait * 20.0),
                ("pressurememorysome", 0.0),
                ("pressurememoryfull", 0.0),
            ] {
                row[name] = json!(value);
            }
        }
        Some(row)
    })
}

pub(crate) fn of_guest(call: &Call<'_>, state: &State, guest: &Guest) -> Outcome {
    let node = call.node(state, &guest.node)?;
    rows(call, node, guest.seed, |at| {
        if at < guest.born {
            return None;
        }
        let mut row = json!({"maxcpu": guest.cores, "maxmem": guest.memory, "maxdisk": guest.disk, "disk": 0});
        if guest.alive() {
            let figures = state.guest_figures(guest, at);
            row["cpu"] = json!(figures.cpu);
            row["mem"] = json!(figures.mem);
            if guest.kind == crate::GuestKind::Container {
                row["disk"] = json!(figures.disk);
            }
            for (name, rate) in ["netin", "netout", "diskread", "diskwrite"]
                .into_iter()
                .zip(figures.rates)
            {
                row[name] = json!(rate);
            }
            if call.v9() {
                if guest.kind == crate::GuestKind::Vm {
                    row["memhost"] = json!(figures.memhost);
                }
                let [cpu, io, memory] = figures.pressure;
                for (name, value) in [
                    ("pressurecpusome", cpu),
                    ("pressurecpufull", 0.0),
                    ("pressureiosome", io),
                    ("pressureiofull", io / 2.0),
                    ("pressurememorysome", memory),
                    ("pressurememoryfull", memory / 2.0),
                ] {
                    row[name] = json!(value);
                }
            }
        }
        Some(row)
    })
}

pub(crate) fn of_storage(
    call: &Call<'_>,
    state: &State,
    node: &Node,
    storage: &Storage,
) -> Outcome {
    rows(call, node, storage.seed ^ node.seed, |at| {
        let figures = state.storage_figures(storage, node, at)?;
        Some(json!({"used": figures.used, "total": figures.total}))
    })
}

/// The rows of the asked time frame; `None` and the node's absences become gaps.
fn rows(
    call: &Call<'_>,
    node: &Node,
    seed: u64,
    figures: impl Fn(i64) -> Option<Value>,
) -> Outcome {
    if let Some(cf) = call
        .params
        .get("cf")
        .filter(|cf| !matches!(*cf, "AVERAGE" | "MAX"))
    {
        let reason =
            format!("value '{cf}' does not have a value in the enumeration 'AVERAGE, MAX'");
        return Err(Failure::parameter("cf", &reason));
    }
    let Some(timeframe) = call.params.get("timeframe") else {
        return Err(Failure::parameter(
            "timeframe",
            "property is missing and it is not optional",
        ));
    };
    let (step, count) = match (timeframe, call.v9()) {
        ("hour", true) => (60, 60),
        ("hour", false) => (60, 70),
        ("day", true) => (60, 1440),
        ("day", false) => (1800, 70),
        ("week", true) => (1800, 336),
        ("week", false) => (10_800, 70),
        ("month", true) => (1800, 1440),
        ("month", false) => (43_200, 70),
        ("year", true) => (21_600, 1440),
        ("year", false) => (604_800, 70),
        ("decade", true) => (604_800, 520),
        (other, _) => {
            let reason = format!(
                "value '{other}' does not have a value in the enumeration 'hour, day, week, month, year'"
            );
            return Err(Failure::parameter("timeframe", &reason));
        }
    };
    let last = call.seconds() / step * step - step;
    let rows = (0..count)
        .map(|index| {
            let time = last - (count - 1 - index) * step;
            let middle = (time - step / 2) * 1000;
            let lost = node.away_at(middle) || dice::unit(&[seed, 840, time as u64]) < 0.003;
            let row = if lost { None } else { figures(middle) };
            let mut row = row.unwrap_or_else(|| json!({}));
            row["time"] = json!(time);
            row
        })
        .collect();
    Ok(Answer::new(Value::Array(rows)).protected())
}
