//! Moments and lengths as feeds write them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::lines::Line;
use crate::model::time::Timestamp;

/// A moment on the clock of a time zone, or a whole day.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    /// By the wall's clock.
    pub(super) at: DateTime,
    /// Of which zone.
    pub(super) zone: TimeZone,
    /// Whether the whole day is meant.
    pub(super) is_day: bool,
}

impl Moment {
    /// The same as a moment of ours.
    pub(super) fn instant(&self) -> Option<Timestamp> {
        instant(self.at, &self.zone)
    }
}

pub(super) fn instant(at: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let zoned = at.to_zoned(zone.clone()).ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond()))
}

/// The moments in a property's value, which may list several; `usual` is for those without zone.
pub(super) fn moments(line: &Line, usual: &TimeZone) -> Result<Vec<Moment>, String> {
    let named = line.parameter("TZID");
    // A zone that only the feed itself knows, as Outlook writes them, is taken for the usual one.
    let zone = named
        .and_then(|name| TimeZone::get(name.trim_start_matches('/')).ok())
        .unwrap_or_else(|| usual.clone());
    let texts = line.value.split(',').take(1000);
    texts
        .map(|text| {
            moment(text.trim(), &zone).ok_or_else(|| {
                let text: String = text.chars().take(40).collect();
                format!("{} is no moment: {text}", line.name)
            })
        })
        .collect()
}

/// `20261122T020000`, the same with `Z`, or `20261122`.
pub(super) fn moment(text: &str, zone: &TimeZone) -> Option<Moment> {
    let (text, zone) = match text.strip_suffix('Z') {
        Some(text) => (text, TimeZone::UTC),
        None => (text, zone.clone()),
    };
    let (day, time) = match text.split_once('T') {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let date = date(day)?;
    let (at, is_day) = match time {
        None => (date.to_datetime(Time::midnight()), true),
        Some(time) => {
            let [hour, minute, second] = numbers(time, [2, 2, 2])?;
            // A leap second is the last second that clocks show.
            let time = Time::new(
                i8::try_from(hour).ok()?,
                i8::try_from(minute).ok()?,
                i8::try_from(second.min(59)).ok()?,
                0,
            );
            (date.to_datetime(time.ok()?), false)
        }
    };
    Some(Moment { at, zone, is_day })
}

fn date(text: &str) -> Option<Date> {
    let [year, month, day] = numbers(text, [4, 2, 2])?;
    // Years in which calendars make sense; later arithmetic cannot overflow.
    if !(1900..=2200).contains(&year) {
        return None;
    }
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

fn numbers<const N: usize>(text: &str, widths: [usize; N]) -> Option<[u16; N]> {
    if text.len() != widths.iter().sum::<usize>() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut rest = text;
    let mut found = [0; N];
    for (number, width) in found.iter_mut().zip(widths) {
        let (head, tail) = rest.split_at(width);
        *number = head.parse().ok()?;
        rest = tail;
    }
    Some(found)
}

/// Seconds of a length such as `PT1H30M`, `P1D` or `P2W`, up to a year.
pub(super) fn length(text: &str) -> Option<i64> {
    let text = text.trim().trim_start_matches('+').strip_prefix('P')?;
    let mut seconds: i64 = 0;
    let mut number = String::new();
    for c in text.chars() {
        let unit = match c {
            '0'..='9' if number.len() < 9 => {
                number.push(c);
                continue;
            }
            'T' => continue,
            'W' => 604_800,
            'D' => 86_400,
            'H' => 3600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        seconds += number.parse::<i64>().ok()? * unit;
        number.clear();
    }
    (number.is_empty() && (1..=366 * 86_400).contains(&seconds)).then_some(seconds)
}
