//! How a series recurs: daily, weekly, monthly and yearly, as far as it can be said in few words.

use jiff::civil::Weekday;

use super::moment::{self, Moment};

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A weekday, in a month possibly the first, second or last one (-1) of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) nth: Option<i8>,
    pub(super) weekday: Weekday,
}

/// The rule of a series.
#[derive(Clone, Debug)]
pub(super) struct Recurrence {
    pub(super) frequency: Frequency,
    pub(super) interval: i64,
    pub(super) count: Option<u32>,
    pub(super) until: Option<Moment>,
    pub(super) days: Vec<Day>,
    pub(super) days_of_month: Vec<i8>,
    pub(super) week_start: Weekday,
}

/// Reads a rule; what is not understood makes the whole series unusable rather than wrong.
pub(super) fn parse(value: &str, start: &Moment) -> Result<Recurrence, String> {
    let mut frequency = None;
    let mut rule = Recurrence {
        frequency: Frequency::Daily,
        interval: 1,
        count: None,
        until: None,
        days: Vec::new(),
        days_of_month: Vec::new(),
        week_start: Weekday::Monday,
    };
    for part in value.trim().split(';').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let wrong = || {
            let shown: String = part.chars().take(40).collect();
            format!("its recurrence is not understood: {shown}")
        };
        match name.trim().to_ascii_uppercase().as_str() {
            "FREQ" => frequency = Some(freq(value).ok_or_else(wrong)?),
            "INTERVAL" => {
                let interval = value.parse().ok().filter(|n| (1..=1000).contains(n));
                rule.interval = interval.ok_or_else(wrong)?;
            }
            "COUNT" => {
                let count = value.parse().ok().filter(|n| (1..=100_000).contains(n));
                rule.count = Some(count.ok_or_else(wrong)?);
            }
            "UNTIL" => {
                rule.until = Some(moment::moment(value, &start.zone).ok_or_else(wrong)?);
            }
            "BYDAY" => {
                let days = value.split(',').take(40).map(day);
                rule.days = days.collect::<Option<_>>().ok_or_else(wrong)?;
            }
            "BYMONTHDAY" => {
                let days = value.split(',').take(40).map(|day| {
                    let day: i8 = day.trim().parse().ok()?;
                    ((-31..=-1).contains(&day) || (1..=31).contains(&day)).then_some(day)
                });
                rule.days_of_month = days.collect::<Option<_>>().ok_or_else(wrong)?;
            }
            "WKST" => rule.week_start = weekday(value).ok_or_else(wrong)?,
            _ => return Err(wrong()),
        }
    }
    rule.frequency = frequency.ok_or("its recurrence does not say how often")?;
    let is_nth = rule.days.iter().any(|day| day.nth.is_some());
    let is_usable = match rule.frequency {
        Frequency::Daily | Frequency::Weekly => !is_nth && rule.days_of_month.is_empty(),
        Frequency::Monthly => rule.days.is_empty() || rule.days_of_month.is_empty(),
        Frequency::Yearly => rule.days.is_empty() && rule.days_of_month.is_empty(),
    };
    if is_usable {
        Ok(rule)
    } else {
        Err("its recurrence combines what is not understood together".to_owned())
    }
}

fn freq(value: &str) -> Option<Frequency> {
    match value.trim().to_ascii_uppercase().as_str() {
        "DAILY" => Some(Frequency::Daily),
        "WEEKLY" => Some(Frequency::Weekly),
        "MONTHLY" => Some(Frequency::Monthly),
        "YEARLY" => Some(Frequency::Yearly),
        _ => None,
    }
}

fn day(text: &str) -> Option<Day> {
    let text = text.trim();
    let at = text
        .len()
        .checked_sub(2)
        .filter(|at| text.is_char_boundary(*at))?;
    let (nth, name) = text.split_at(at);
    let nth = match nth.trim_start_matches('+') {
        "" => None,
        nth => Some(
            nth.parse()
                .ok()
                .filter(|nth: &i8| (1..=5).contains(&nth.abs()))?,
        ),
    };
    Some(Day {
        nth,
        weekday: weekday(name)?,
    })
}

fn weekday(text: &str) -> Option<Weekday> {
    match text.trim().to_ascii_uppercase().as_str() {
        "MO" => Some(Weekday::Monday),
        "TU" => Some(Weekday::Tuesday),
        "WE" => Some(Weekday::Wednesday),
        "TH" => Some(Weekday::Thursday),
        "FR" => Some(Weekday::Friday),
        "SA" => Some(Weekday::Saturday),
        "SU" => Some(Weekday::Sunday),
        _ => None,
    }
}
