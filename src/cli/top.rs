//! The home lab in a terminal: nodes, the busiest guests and open alerts, drawn anew every 2 s.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::doctor::plain;
use super::remote::{Remote, RemoteArgs};
use super::{Bootstrap, say};

#[derive(Args)]
pub(super) struct TopArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    #[command(flatten)]
    remote: RemoteArgs,
    /// Print once and end; so it does where nobody watches
    #[arg(long)]
    once: bool,
}

/// Seconds between two looks.
const EVERY: Duration = Duration::from_secs(2);

/// Rows where the terminal does not say how many it has.
const ROWS: usize = 40;

/// Draws until it is stopped.
pub(super) fn run(args: &TopArgs) -> anyhow::Result<()> {
    let config = args.bootstrap.clone().installed().load()?;
    let remote = Remote::find(&args.remote, Some(&config))?;
    let once = args.once || !std::io::stdout().is_terminal();
    loop {
        let fleet = remote.get("api/hp/fleet");
        if once {
            return say(&drawn(&fleet?, ROWS));
        }
        let (columns, rows) = size();
        let text = match fleet {
            Ok(fleet) => drawn(&fleet, rows.saturating_sub(1)),
            Err(error) => format!("{error:#}"),
        };
        let cut: Vec<String> = text
            .lines()
            .take(rows.saturating_sub(1))
            .map(|line| line.chars().take(columns).collect())
            .collect();
        say(&format!("\x1b[H\x1b[2J{}", cut.join("\n")))?;
        std::thread::sleep(EVERY);
    }
}

/// Columns and rows of the terminal.
fn size() -> (usize, usize) {
    match rustix::termios::tcgetwinsize(std::io::stdout()) {
        Ok(size) if size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => (80, ROWS),
    }
}

/// The page: never more than `rows` lines, of which the last go to guests.
fn drawn(fleet: &Value, rows: usize) -> String {
    let list = |key: &str| fleet[key].as_array().cloned().unwrap_or_default();
    let (nodes, mut guests, alerts) = (list("nodes"), list("guests"), list("alerts"));
    let mut text = String::new();
    let running = guests.iter().filter(|it| it["status"] == "running").count();
    let online = nodes.iter().filter(|it| it["status"] == "online").count();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "homepulse   {online}/{} nodes online   {running}/{} guests running   {} alerts",
        nodes.len(),
        guests.len(),
        alerts.len()
    );
    for target in list("targets") {
        if target["state"] != "online" {
            let _ = writeln!(
                text,
                "! {} is {}",
                word(&target, "name"),
                word(&target, "state")
            );
        }
    }
    for alert in alerts.iter().take(rows / 4) {
        let _ = writeln!(
            text,
            "! {:<8} {}",
            word(alert, "severity"),
            word(alert, "message")
        );
    }
    let _ = writeln!(
        text,
        "\n{:<22} {:<8} {:>6} {:>14}",
        "NODE", "STATUS", "CPU", "MEMORY"
    );
    for node in nodes.iter().take(rows / 4) {
        row(&mut text, node);
    }
    guests.retain(|it| it["template"] != true);
    let use_of = |it: &Value| it["cpu"].as_f64().unwrap_or(-1.0);
    guests.sort_by(|a, b| use_of(b).total_cmp(&use_of(a)));
    let _ = writeln!(
        text,
        "\n{:<22} {:<8} {:>6} {:>14}",
        "GUEST", "STATUS", "CPU", "MEMORY"
    );
    let left = rows.saturating_sub(text.lines().count());
    for guest in guests.iter().take(left) {
        row(&mut text, guest);
    }
    text
}

fn row(text: &mut String, it: &Value) {
    let name: String = word(it, "name").chars().take(22).collect();
    let cpu = it["cpu"].as_f64();
    let cpu = cpu.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0));
    let gib = |key: &str| Some(it["memory"][key].as_f64()? / f64::from(1 << 30));
    let memory = match (gib("used"), gib("total")) {
        (Some(used), Some(total)) => format!("{used:.1}/{total:.1} GiB"),
        (None, Some(total)) => format!("-/{total:.1} GiB"),
        _ => "-".to_owned(),
    };
    let _ = writeln!(
        text,
        "{name:<22} {:<8} {cpu:>6} {memory:>14}",
        word(it, "status")
    );
}

fn word(value: &Value, key: &str) -> String {
    plain(value[key].as_str().unwrap_or("-"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::drawn;

    #[test]
    fn the_busiest_guest_comes_first_and_unknown_is_a_dash() {
        let guest = |name: &str, cpu: Option<f64>| {
            json!({ "name": name, "status": "running", "cpu": cpu,
                    "memory": { "used": null, "total": 4_294_967_296_u64 } })
        };
        let fleet = json!({
            "targets": [{ "name": "home", "state": "timeout" }],
            "nodes": [{ "name": "pve1", "status": "online", "cpu": 0.25,
                        "memory": { "used": 1_073_741_824, "total": 4_294_967_296_u64 } }],
            "guests": [guest("idle", None), guest("busy\u{1b}[31m", Some(0.5))],
            "alerts": [{ "severity": "warning", "message": "CPU" }],
        });
        let text = drawn(&fleet, 40);
        assert!(
            text.contains("1/1 nodes online   2/2 guests running   1 alerts"),
            "{text}"
        );
        assert!(text.contains("! home is timeout"), "{text}");
        assert!(text.contains("25.0 %    1.0/4.0 GiB"), "{text}");
        let (busy, idle) = (text.find("busy"), text.find("idle"));
        assert!(busy < idle, "{text}");
        assert!(text.contains("     -      -/4.0 GiB"), "{text}");
        assert!(!text.contains('\u{1b}'), "a name cannot steer the terminal");
        assert!(drawn(&fleet, 10).lines().count() <= 10);
    }
}
