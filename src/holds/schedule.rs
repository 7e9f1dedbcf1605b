//! When maintenance windows are open, on the clocks of their time zones.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};

use crate::model::silence::{Schedule, Weekday};
use crate::model::time::{Timestamp, Window};

/// The longest that one window may stay open, in minutes: a week.
const LONGEST: u32 = 7 * 24 * 60;

/// The most occurrences that one list holds.
const MOST: usize = 1000;

/// What is wrong with a schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct ScheduleError {
    /// Which part of it.
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub problem: String,
}

fn wrong(field: &'static str, problem: impl Into<String>) -> ScheduleError {
    ScheduleError {
        field,
        problem: problem.into(),
    }
}

/// The time zone of that name.
///
/// # Errors
/// When there is none.
pub fn zone(name: &str) -> Result<TimeZone, ScheduleError> {
    TimeZone::get(name).map_err(|_| {
        wrong(
            "zone",
            "there is no such time zone; write it like Europe/Berlin or UTC",
        )
    })
}

/// Whether a schedule makes sense.
///
/// # Errors
/// The part that does not.
pub fn check(schedule: &Schedule) -> Result<(), ScheduleError> {
    match schedule {
        Schedule::Once { from, until } if from >= until => {
            Err(wrong("until", "it must be later than from"))
        }
        Schedule::Once { from, until }
            if until.since(*from).as_secs() > u64::from(LONGEST) * 60 * 53 =>
        {
            Err(wrong("until", "it must be within a year of from"))
        }
        Schedule::Once { .. } => Ok(()),
        Schedule::Weekly {
            days,
            start,
            minutes,
            zone: name,
        } => {
            if days.is_empty() {
                return Err(wrong("days", "name at least one day, such as \"sun\""));
            }
            if time(start).is_none() {
                return Err(wrong(
                    "start",
                    "write it as hours and minutes, such as 02:30",
                ));
            }
            if !(1..=LONGEST).contains(minutes) {
                return Err(wrong("minutes", "it must be 1 to 10080, which is a week"));
            }
            zone(name).map(|_| ())
        }
    }
}

/// When the schedule is open at `now`, the time that ends last; `None` where it is closed.
#[must_use]
pub fn open_at(schedule: &Schedule, now: Timestamp) -> Option<Window> {
    let around = Window {
        from: now,
        to: Timestamp(now.millis().saturating_add(1)),
    };
    occurrences(schedule, around)
        .into_iter()
        .max_by_key(|span| span.to)
}

/// The times within `range` at which it is open, even if only in part; in order, 1000 at most.
#[must_use]
pub fn occurrences(schedule: &Schedule, range: Window) -> Vec<Window> {
    match schedule {
        Schedule::Once { from, until } => {
            let span = Window {
                from: *from,
                to: *until,
            };
            if overlaps(span, range) {
                vec![span]
            } else {
                Vec::new()
            }
        }
        Schedule::Weekly {
            days,
            start,
            minutes,
            zone: name,
        } => weekly(days, start, *minutes, name, range).unwrap_or_default(),
    }
}

fn weekly(
    days: &[Weekday],
    start: &str,
    minutes: u32,
    name: &str,
    range: Window,
) -> Option<Vec<Window>> {
    let zone = zone(name).ok()?;
    let time = time(start)?;
    let length = std::time::Duration::from_secs(u64::from(minutes) * 60);
    // One that opened a week ago may still be open.
    let mut date = local_date(range.from, &zone)?.checked_sub(8.days()).ok()?;
    let last = local_date(range.to, &zone)?;
    let mut found = Vec::new();
    while date <= last && found.len() < MOST {
        if days.contains(&day_of(date)) {
            // An hour that the clock skips or repeats is read as calendars do: shifted, or the
            // first of the two.
            let opens = date.to_datetime(time).to_zoned(zone.clone()).ok()?;
            let from = Timestamp(opens.timestamp().as_millisecond());
            let span = Window {
                from,
                to: from + length,
            };
            if overlaps(span, range) {
                found.push(span);
            }
        }
        date = date.checked_add(Span::new().days(1)).ok()?;
    }
    Some(found)
}

pub(super) fn overlaps(span: Window, range: Window) -> bool {
    span.from < range.to && range.from < span.to
}

fn local_date(at: Timestamp, zone: &TimeZone) -> Option<Date> {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
    Some(zone.to_datetime(moment).date())
}

fn time(text: &str) -> Option<Time> {
    let (hours, minutes) = text.split_once(':')?;
    let is_plain = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !is_plain(hours) || !is_plain(minutes) {
        return None;
    }
    Time::new(hours.parse().ok()?, minutes.parse().ok()?, 0, 0).ok()
}

fn day_of(date: Date) -> Weekday {
    use jiff::civil::Weekday as Day;
    match date.weekday() {
        Day::Monday => Weekday::Monday,
        Day::Tuesday => Weekday::Tuesday,
        Day::Wednesday => Weekday::Wednesday,
        Day::Thursday => Weekday::Thursday,
        Day::Friday => Weekday::Friday,
        Day::Saturday => Weekday::Saturday,
        Day::Sunday => Weekday::Sunday,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(text: &str) -> Timestamp {
        let moment: jiff::Timestamp = text.parse().expect("a moment");
        Timestamp(moment.as_millisecond())
    }

    fn weekly_on(days: Vec<Weekday>, start: &str, minutes: u32) -> Schedule {
        Schedule::Weekly {
            days,
            start: start.into(),
            minutes,
            zone: "Europe/Berlin".into(),
        }
    }

    #[test]
    fn a_weekly_window_opens_by_the_clock_on_the_wall_all_year() {
        let sunday = weekly_on(vec![Weekday::Sunday], "02:00", 120);
        for (moment, is_open) in [
            ("2026-01-04T00:59:59Z", false),
            ("2026-01-04T01:00:00Z", true),
            ("2026-01-04T02:59:59Z", true),
            ("2026-01-04T03:00:00Z", false),
            // In summer two o'clock is an hour earlier for the rest of the world.
            ("2026-07-05T00:00:00Z", true),
            ("2026-07-05T02:00:00Z", false),
            ("2026-07-06T00:30:00Z", false),
            // The night in which two o'clock does not exist: it opens at three.
            ("2026-03-29T00:30:00Z", false),
            ("2026-03-29T01:30:00Z", true),
        ] {
            assert_eq!(open_at(&sunday, at(moment)).is_some(), is_open, "{moment}");
        }
    }

    #[test]
    fn a_window_may_run_past_midnight_and_over_days() {
        let friday = weekly_on(vec![Weekday::Friday], "22:00", 60 * 60);
        let open = open_at(&friday, at("2026-11-22T08:00:00Z")).expect("still open on Sunday");
        assert_eq!(open.from, at("2026-11-20T21:00:00Z"));
        assert_eq!(open.length(), Duration::from_secs(60 * 3600));
        assert_eq!(open_at(&friday, at("2026-11-23T09:00:00Z")), None);
    }

    #[test]
    fn occurrences_are_listed_in_order_with_those_that_reach_in() {
        let nightly = weekly_on(vec![Weekday::Saturday, Weekday::Sunday], "23:00", 120);
        let range = Window {
            from: at("2026-11-21T23:00:00Z"),
            to: at("2026-11-29T00:00:00Z"),
        };
        let found = occurrences(&nightly, range);
        let starts: Vec<String> = found.iter().map(|span| span.from.rfc3339()).collect();
        assert_eq!(
            starts,
            [
                "2026-11-21T22:00:00.000Z",
                "2026-11-22T22:00:00.000Z",
                "2026-11-28T22:00:00.000Z"
            ]
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_part() {
        let days = vec![Weekday::Monday];
        for (schedule, field) in [
            (weekly_on(Vec::new(), "02:00", 60), "days"),
            (weekly_on(days.clone(), "2:00", 60), "start"),
            (weekly_on(days.clone(), "24:00", 60), "start"),
            (weekly_on(days.clone(), "02:00", 0), "minutes"),
            (weekly_on(days.clone(), "02:00", 10_081), "minutes"),
            (
                Schedule::Weekly {
                    days,
                    start: "02:00".into(),
                    minutes: 60,
                    zone: "Europe/Atlantis".into(),
                },
                "zone",
            ),
            (
                Schedule::Once {
                    from: Timestamp(5),
                    until: Timestamp(5),
                },
                "until",
            ),
        ] {
            assert_eq!(check(&schedule).expect_err("refused").field, field);
        }
    }
}
