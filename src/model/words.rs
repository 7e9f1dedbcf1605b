//! Figures and spans as people read them.

use std::time::Duration;

use super::metric::Unit;

/// A figure with its unit: `93 %`, `12.5 MiB/s`.
#[must_use]
pub fn figure(value: f64, unit: Unit) -> String {
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

/// A size in the unit that suits it: `1.5 GiB`.
#[must_use]
pub fn bytes(value: f64) -> String {
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
#[must_use]
pub fn number(value: f64) -> String {
    if value.abs() < 1.0 {
        let text = format!("{value:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        short(value)
    }
}

/// The age of something in days as people say it: `8 d`, `36 h`.
#[must_use]
pub fn days(days: f64) -> String {
    span(Duration::try_from_secs_f64((days * 24.0).round() * 3600.0).unwrap_or_default())
}

/// One decimal at most, and none where it is zero.
fn short(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// A span as exact as people care: `20 s`, `1 min 20 s`, `5 min`, `1 h 5 min`, `2 d 3 h`.
#[must_use]
pub fn span(span: Duration) -> String {
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
}
