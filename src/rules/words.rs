//! Figures, spans and names as people read them.

use std::time::Duration;

use crate::model::metric::Unit;
use crate::model::resource::{Guest, GuestKind, Resource};

/// Characters of a foreign name that are shown.
const NAME_LENGTH: usize = 80;

/// A figure with its unit: `93 %`, `12.5 MiB/s`.
pub(super) fn figure(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Ratio => format!("{} %", short(value * 100.0)),
        Unit::Bytes => bytes(value),
        Unit::BytesPerSecond => format!("{}/s", bytes(value)),
        Unit::Count | Unit::Load => short(value),
        Unit::Seconds => span(Duration::try_from_secs_f64(value).unwrap_or_default()),
        Unit::Milliseconds => format!("{} ms", short(value)),
        Unit::Celsius => format!("{} °C", short(value)),
    }
}

fn bytes(value: f64) -> String {
    const STEPS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = value;
    let mut step = 0;
    while value.abs() >= 1024.0 && step + 1 < STEPS.len() {
        value /= 1024.0;
        step += 1;
    }
    format!("{} {}", short(value), STEPS[step])
}

/// A figure of a unit that nobody knows.
pub(super) fn number(value: f64) -> String {
    if value.abs() < 1.0 {
        let text = format!("{value:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        short(value)
    }
}

/// The age of something in days as people say it: `8 d`, `36 h`.
pub(super) fn days(days: f64) -> String {
    span(Duration::try_from_secs_f64((days * 24.0).round() * 3600.0).unwrap_or_default())
}

/// One decimal at most, and none where it is zero.
fn short(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// A span as exact as people care: `20 s`, `1 min 20 s`, `5 min`, `1 h 5 min`, `2 d 3 h`.
pub(super) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (large, large_unit, small, small_unit) = match seconds {
        0..60 => return format!("{seconds} s"),
        60..120 => (1, "min", seconds % 60, "s"),
        120..3600 => (seconds / 60, "min", 0, "s"),
        3600..86_400 => (seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => (seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    };
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

/// A resource with what tells it from others of the same name.
pub(super) fn describe(resource: &Resource) -> String {
    let name = clean(&resource.label());
    match resource {
        Resource::Node(_) => format!("{name} (node)"),
        Resource::Guest(Guest {
            vmid, node, kind, ..
        }) => {
            let kind = match kind {
                GuestKind::Vm => "guest",
                GuestKind::Container => "container",
            };
            format!("{name} ({kind} {vmid} on {})", clean(node))
        }
        Resource::Storage(_) => format!("{name} (storage)"),
        Resource::Datastore(_) => format!("{name} (datastore)"),
        Resource::Disk(_) => format!("{name} (disk)"),
        Resource::Game(_) => format!("{name} (game server)"),
    }
}

/// Text from outside on one line, without control characters and not too long.
pub(super) fn clean(text: &str) -> String {
    shorten(text, NAME_LENGTH)
}

/// The same, with its own limit in characters.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    let mut kept: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(limit + 1)
        .collect();
    if let Some((cut, _)) = kept.char_indices().nth(limit) {
        kept.truncate(cut);
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_carry_their_unit() {
        for (value, unit, expected) in [
            (0.93, Unit::Ratio, "93 %"),
            (0.896, Unit::Ratio, "89.6 %"),
            (1536.0, Unit::Bytes, "1.5 KiB"),
            (200.0 * 1024.0 * 1024.0, Unit::BytesPerSecond, "200 MiB/s"),
            (3.25, Unit::Load, "3.2"),
            (71.5, Unit::Celsius, "71.5 °C"),
        ] {
            assert_eq!(figure(value, unit), expected);
        }
    }

    #[test]
    fn spans_are_as_exact_as_people_care() {
        for (seconds, expected) in [
            (0, "0 s"),
            (20, "20 s"),
            (300, "5 min"),
            (80, "1 min 20 s"),
            (310, "5 min"),
            (3900, "1 h 5 min"),
            (183_600, "2 d 3 h"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn a_hostile_name_stays_on_one_line_and_is_cut_between_characters() {
        let name = format!("evil\r\nBcc: x{}", "ü".repeat(200));
        let shown = clean(&name);
        assert!(!shown.contains(['\r', '\n']), "{shown}");
        assert_eq!(shown.chars().count(), NAME_LENGTH + 1);
    }
}
