//! One picture of the home lab as text: alerts, nodes, game servers, full storages, busy guests.

use serde_json::Value;

use crate::cli::doctor::plain;

/// What a terminal can show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Colours.
    pub(super) colour: bool,
    /// More than ASCII.
    pub(super) blocks: bool,
}

/// How large a picture may be, and of what.
pub(super) struct Page {
    columns: usize,
    rows: usize,
    style: Style,
}

/// Cells of a bar.
const BAR: usize = 10;

/// Storages that are shown are fuller than this.
const FULL: f64 = 0.75;

const RED: &str = "31";
const YELLOW: &str = "33";
const GREEN: &str = "32";
const FAINT: &str = "2";
const BOLD: &str = "1";

impl Page {
    pub(super) const fn new(columns: usize, rows: usize, style: Style) -> Self {
        Self {
            columns,
            rows,
            style,
        }
    }

    /// The picture: never more than the rows there are, of which the last go to guests.
    pub(super) fn drawn(&self, fleet: &Value) -> String {
        let list = |key: &str| fleet[key].as_array().cloned().unwrap_or_default();
        let (nodes, games, mut alerts) = (list("nodes"), list("games"), list("alerts"));
        let mut guests = list("guests");
        guests.retain(|it| it["template"] != true);
        let mut lines = vec![self.heading(&nodes, &guests, &games, &alerts)];
        for target in list("targets") {
            if target["state"] != "online" {
                let said = format!("{} is {}", word(&target, "name"), word(&target, "state"));
                lines.push(self.painted(RED, &self.cut(&format!("! {said}"))));
            }
        }
        alerts.sort_by_key(|it| (!it["hold"].is_null(), rank(it)));
        let share = self.rows / 4;
        self.alerts(&mut lines, &alerts, share.max(3));
        lines.push(String::new());
        lines.push(self.head("NODE"));
        self.machines(&mut lines, &nodes, share.max(3));
        let mut storages = list("storages");
        storages.extend(list("datastores"));
        self.storages(&mut lines, storages, (self.rows / 8).max(2));
        self.games(&mut lines, &games, (self.rows / 6).max(2));
        lines.push(String::new());
        lines.push(self.head("GUEST"));
        let busy = |it: &Value| it["cpu"].as_f64().unwrap_or(-1.0);
        guests.sort_by(|a, b| busy(b).total_cmp(&busy(a)));
        let left = self.rows.saturating_sub(lines.len());
        self.machines(&mut lines, &guests, left);
        lines.truncate(self.rows);
        lines.join("\n")
    }

    /// What stands in its place while homepulse does not answer.
    pub(super) fn failed(&self, why: &str) -> String {
        let lines: Vec<String> = why.lines().map(|line| self.cut(line)).collect();
        self.painted(RED, &lines.join("\n"))
    }

    fn heading(
        &self,
        nodes: &[Value],
        guests: &[Value],
        games: &[Value],
        alerts: &[Value],
    ) -> String {
        let of = |all: &[Value], state: &str| {
            let good = all.iter().filter(|it| it["status"] == state).count();
            format!("{good}/{}", all.len())
        };
        let mut said = format!(
            "{} nodes online   {} guests running",
            of(nodes, "online"),
            of(guests, "running")
        );
        if !games.is_empty() {
            let players: u64 = games.iter().filter_map(|it| it["players"].as_u64()).sum();
            said.push_str(&format!("   {players} players"));
        }
        let (colour, about) = match alerts.len() {
            0 => (GREEN, "nothing is wrong".to_owned()),
            1 => (YELLOW, "1 alert".to_owned()),
            count => (YELLOW, format!("{count} alerts")),
        };
        let is_critical = alerts.iter().any(|it| it["severity"] == "critical");
        let colour = if is_critical { RED } else { colour };
        format!(
            "{}   {said}   {}",
            self.painted(BOLD, "homepulse"),
            self.painted(colour, &about)
        )
    }

    fn alerts(&self, lines: &mut Vec<String>, alerts: &[Value], room: usize) {
        for alert in alerts.iter().take(room) {
            let severity = word(alert, "severity");
            let colour = match severity.as_str() {
                _ if !alert["hold"].is_null() => FAINT,
                "critical" => RED,
                "warning" => YELLOW,
                _ => FAINT,
            };
            let hold = alert["hold"]["reason"].as_str().or(alert["hold"].as_str());
            let hold = hold.map(|reason| format!(" ({})", plain(reason)));
            let line = format!(
                "! {severity:<8} {}{}",
                word(alert, "message"),
                hold.unwrap_or_default()
            );
            lines.push(self.painted(colour, &self.cut(&line)));
        }
        self.more(lines, alerts.len(), room);
    }

    fn more(&self, lines: &mut Vec<String>, all: usize, room: usize) {
        if all > room {
            lines.push(self.painted(FAINT, &format!("  and {} more", all - room)));
        }
    }

    fn head(&self, what: &str) -> String {
        let line = format!("  {what:<22} {:<8} {:<19} MEMORY", "STATUS", "CPU");
        self.painted(FAINT, &self.cut(&line))
    }

    fn machines(&self, lines: &mut Vec<String>, all: &[Value], room: usize) {
        for it in all.iter().take(room) {
            lines.push(self.machine(it));
        }
    }

    fn machine(&self, it: &Value) -> String {
        let cpu = it["cpu"].as_f64();
        let (used, total) = (
            it["memory"]["used"].as_f64(),
            it["memory"]["total"].as_f64(),
        );
        let share = used.zip(total).filter(|(_, total)| *total > 0.0);
        let memory = match (used, total) {
            (Some(used), Some(total)) => format!("{:.1}/{:.1} GiB", gib(used), gib(total)),
            (None, Some(total)) => format!("-/{:.1} GiB", gib(total)),
            _ => "-".to_owned(),
        };
        format!(
            "{}{} {} {} {}",
            self.state(it),
            self.bar(cpu),
            percent(cpu),
            self.bar(share.map(|(used, total)| used / total)),
            memory
        )
    }

    /// A mark, the name and the status.
    fn state(&self, it: &Value) -> String {
        let status = word(it, "status");
        let (colour, block, letter) = match status.as_str() {
            "online" | "running" | "available" => (GREEN, '●', '*'),
            "offline" | "crashed" | "unresponsive" | "unavailable" => (RED, '✖', 'x'),
            "unknown" => (YELLOW, '?', '?'),
            _ => (FAINT, '○', 'o'),
        };
        let mark = if self.style.blocks { block } else { letter };
        format!(
            "{} {:<22} {status:<8} ",
            self.painted(colour, &mark.to_string()),
            short(&word(it, "name"), 22)
        )
    }

    fn storages(&self, lines: &mut Vec<String>, mut all: Vec<Value>, room: usize) {
        let share = |it: &Value| {
            let (used, total) = (it["used"].as_f64()?, it["total"].as_f64()?);
            (total > 0.0).then(|| used / total)
        };
        all.retain(|it| share(it).is_some_and(|share| share > FULL));
        if all.is_empty() {
            return;
        }
        all.sort_by(|a, b| {
            share(b)
                .partial_cmp(&share(a))
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        lines.push(String::new());
        let head = format!("  {:<22} {:<8} USED", "STORAGE", "NODE");
        lines.push(self.painted(FAINT, &self.cut(&head)));
        for it in all.iter().take(room) {
            let place = it["node"].as_str().map_or_else(|| "-".to_owned(), plain);
            lines.push(format!(
                "  {:<22} {:<8} {} {}",
                short(&word(it, "name"), 22),
                short(&place, 8),
                self.bar(share(it)),
                percent(share(it))
            ));
        }
        self.more(lines, all.len(), room);
    }

    fn games(&self, lines: &mut Vec<String>, all: &[Value], room: usize) {
        if all.is_empty() {
            return;
        }
        lines.push(String::new());
        let head = format!("  {:<22} {:<8} PLAYERS", "GAME SERVER", "STATUS");
        lines.push(self.painted(FAINT, &self.cut(&head)));
        for it in all.iter().take(room) {
            let (here, places) = (it["players"].as_u64(), it["players_max"].as_u64());
            let share = here.zip(places).filter(|(_, places)| *places > 0);
            let share = share.map(|(here, places)| here as f64 / places as f64);
            let count =
                |count: Option<u64>| count.map_or("-".to_owned(), |count| count.to_string());
            let names: Vec<String> = it["names"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|name| name.as_str().map(plain))
                .collect();
            let (head, tail) = (self.state(it), names.join(", "));
            let crowd = format!("{}/{}", count(here), count(places));
            // The bar, and what stands before it, take 46 columns.
            let tail = short(&tail, self.columns.saturating_sub(34 + BAR + 9));
            lines.push(format!(
                "{head}{} {crowd:>6}  {}",
                self.plain_bar(share),
                self.painted(FAINT, &tail)
            ));
        }
        self.more(lines, all.len(), room);
    }

    /// A share as a bar, in the colour of how much it is.
    fn bar(&self, share: Option<f64>) -> String {
        let colour = match share {
            Some(share) if share >= 0.9 => RED,
            Some(share) if share >= FULL => YELLOW,
            Some(_) => GREEN,
            None => FAINT,
        };
        self.painted(colour, &self.cells(share))
    }

    /// A share of which much is nothing bad.
    fn plain_bar(&self, share: Option<f64>) -> String {
        self.painted(GREEN, &self.cells(share))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of ten cells"
    )]
    fn cells(&self, share: Option<f64>) -> String {
        let (full, empty) = if self.style.blocks {
            ('█', '░')
        } else {
            ('#', '.')
        };
        let Some(share) = share else {
            return " ".repeat(BAR);
        };
        let filled = (share.clamp(0.0, 1.0) * BAR as f64).round() as usize;
        let cell = |index| if index < filled { full } else { empty };
        (0..BAR).map(cell).collect()
    }

    fn cut(&self, text: &str) -> String {
        short(text, self.columns)
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        if self.style.colour {
            format!("\x1b[{colour}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The gravest first.
fn rank(alert: &Value) -> u8 {
    match alert["severity"].as_str() {
        Some("critical") => 0,
        Some("warning") => 1,
        _ => 2,
    }
}

fn gib(bytes: f64) -> f64 {
    bytes / f64::from(1 << 30)
}

fn percent(share: Option<f64>) -> String {
    let text = share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0));
    format!("{text:>7} ")
}

fn short(text: &str, columns: usize) -> String {
    text.chars().take(columns).collect()
}

fn word(value: &Value, key: &str) -> String {
    plain(value[key].as_str().unwrap_or("-"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Page, Style};

    const BARE: Style = Style {
        colour: false,
        blocks: false,
    };

    fn fleet() -> Value {
        let guest = |name: &str, cpu: Option<f64>| {
            json!({ "name": name, "status": "running", "cpu": cpu,
                    "memory": { "used": null, "total": 4_294_967_296_u64 } })
        };
        json!({
            "targets": [{ "name": "home", "state": "timeout" }],
            "nodes": [{ "name": "pve1", "status": "online", "cpu": 0.25,
                        "memory": { "used": 1_073_741_824, "total": 4_294_967_296_u64 } }],
            "guests": [guest("idle", None), guest("busy\u{1b}[31m", Some(0.5)),
                       { "name": "mould", "template": true, "status": "stopped" }],
            "storages": [{ "name": "nas", "node": null, "used": 95, "total": 100 },
                         { "name": "roomy", "node": "pve1", "used": 5, "total": 100 }],
            "games": [{ "name": "Survival", "status": "running", "players": 2, "players_max": 8,
                        "names": ["Ada", "Bob"] }],
            "alerts": [{ "severity": "warning", "message": "CPU", "hold": null },
                       { "severity": "critical", "message": "gone", "hold": null }],
        })
    }

    #[test]
    fn what_is_wrong_and_what_is_busy_come_first_and_unknown_is_a_dash() {
        let text = Page::new(80, 40, BARE).drawn(&fleet());
        assert!(
            text.starts_with(
                "homepulse   1/1 nodes online   2/2 guests running   2 players   2 alerts"
            ),
            "{text}"
        );
        assert!(text.contains("! home is timeout"), "{text}");
        assert!(
            text.find("critical gone") < text.find("warning  CPU"),
            "{text}"
        );
        assert!(
            text.contains("###.......  25.0 %  ###.......") || text.contains("25.0 %"),
            "{text}"
        );
        assert!(text.contains("1.0/4.0 GiB"), "{text}");
        assert!(text.find("busy") < text.find("idle"), "{text}");
        assert!(text.contains("-/4.0 GiB"), "{text}");
        assert!(text.contains("nas") && !text.contains("roomy"), "{text}");
        assert!(text.contains("2/8  Ada, Bob"), "{text}");
        assert!(!text.contains("mould"), "a template is no guest");
        assert!(!text.contains('\u{1b}'), "a name cannot steer the terminal");
    }

    #[test]
    fn it_stays_within_the_terminal() {
        let mut fleet = fleet();
        let alert = json!({ "severity": "warning", "message": "x".repeat(300), "hold": null });
        fleet["alerts"] = vec![alert; 50].into();
        let text = Page::new(60, 12, BARE).drawn(&fleet);
        assert!(text.lines().count() <= 12, "{text}");
        assert!(text.contains("and 47 more"), "{text}");
        let alerts = text.lines().filter(|line| line.starts_with("! warning"));
        assert!(
            alerts.clone().all(|line| line.chars().count() <= 60),
            "{text}"
        );
    }
}
