//! Hours of the week in somebody's own time, such as a night's rest.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::time::{Timestamp, Window};

/// Windows that follow each other without a gap are one, up to this many.
const JOINED: usize = 14;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Day {
    const fn weekday(self) -> Weekday {
        match self {
            Self::Mon => Weekday::Monday,
            Self::Tue => Weekday::Tuesday,
            Self::Wed => Weekday::Wednesday,
            Self::Thu => Weekday::Thursday,
            Self::Fri => Weekday::Friday,
            Self::Sat => Weekday::Saturday,
            Self::Sun => Weekday::Sunday,
        }
    }
}

/// A time of day in whole minutes, from `00:00` to `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockTime(u16);

impl ClockTime {
    /// Minutes after midnight; 1440 at most.
    #[must_use]
    pub fn of_minutes(minutes: u16) -> Option<Self> {
        (minutes <= 1440).then_some(Self(minutes))
    }
}

impl FromStr for ClockTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not a time of day such as 22:00");
        let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
        let number = |text: &str| -> Option<u16> {
            let is_plain = (1..=2).contains(&text.len());
            (is_plain && text.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| text.parse().ok())
                .flatten()
        };
        match (number(hours), number(minutes)) {
            (Some(hours), Some(minutes)) if minutes < 60 => {
                Self::of_minutes(hours * 60 + minutes).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for ClockTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClockTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Hours that come back every week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The days on which they begin; none means every day.
    #[serde(default)]
    pub days: Vec<Day>,
    /// When they begin.
    pub from: ClockTime,
    /// When they end: on the next day, unless that is later than their beginning.
    pub to: ClockTime,
    /// Whose time it is, by its IANA name such as `Europe/Berlin`; this machine's where unset.
    #[serde(default)]
    pub zone: Option<String>,
}

impl Hours {
    /// Whether the time zone is known here.
    #[must_use]
    pub fn has_known_zone(&self) -> bool {
        self.zone
            .as_deref()
            .is_none_or(|name| TimeZone::get(name).is_ok())
    }

    /// The hours that `at` lies in, if it lies in any.
    #[must_use]
    pub fn around(&self, at: Timestamp) -> Option<Window> {
        let zone = match self.zone.as_deref() {
            None => TimeZone::system(),
            Some(name) => TimeZone::get(name).ok()?,
        };
        let moment = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
        let today = moment.to_zoned(zone.clone()).date();
        [today.yesterday().ok()?, today]
            .into_iter()
            .filter_map(|day| self.of_day(day, &zone))
            .find(|window| window.contains(at))
    }

    /// The hours that begin on `day`. Where a clock is put forward or back meanwhile, they begin
    /// and end when clocks on the wall say so.
    fn of_day(&self, day: Date, zone: &TimeZone) -> Option<Window> {
        let is_meant = self.days.is_empty()
            || self
                .days
                .iter()
                .any(|wanted| wanted.weekday() == day.weekday());
        if !is_meant {
            return None;
        }
        let moment = |time: ClockTime, later: Span| {
            let day = day.checked_add(later).ok()?;
            let midnight = Span::new().days(i64::from(time.0 / 1440));
            let time = time.0 % 1440;
            let (hour, minute) = (i8::try_from(time / 60).ok()?, i8::try_from(time % 60).ok()?);
            let civil = day.checked_add(midnight).ok()?.at(hour, minute, 0, 0);
            let zoned = civil.to_zoned(zone.clone()).ok()?;
            Some(Timestamp(zoned.timestamp().as_millisecond()))
        };
        let next = if self.to <= self.from {
            1.day()
        } else {
            Span::new()
        };
        Some(Window {
            from: moment(self.from, Span::new())?,
            to: moment(self.to, next)?,
        })
    }
}

/// The hours of any of `all` that `at` lies in, together with those that follow without a gap.
#[must_use]
pub(super) fn around(all: &[Hours], at: Timestamp) -> Option<Window> {
    let mut found = longest(all, at)?;
    for _ in 0..JOINED {
        match longest(all, found.to) {
            Some(next) if next.to > found.to => found.to = next.to,
            _ => break,
        }
    }
    Some(found)
}

fn longest(all: &[Hours], at: Timestamp) -> Option<Window> {
    all.iter()
        .filter_map(|hours| hours.around(at))
        .max_by_key(|window| window.to)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        let moment: jiff::Timestamp = text.parse().expect("a moment");
        Timestamp(moment.as_millisecond())
    }

    fn hours(days: &[Day], from: &str, to: &str) -> Hours {
        Hours {
            days: days.to_vec(),
            from: from.parse().expect("a time"),
            to: to.parse().expect("a time"),
            zone: Some("Europe/Berlin".into()),
        }
    }

    fn told(hours: &[Hours], moment: &str) -> Option<(String, String)> {
        around(hours, at(moment)).map(|window| {
            let text = |at: Timestamp| at.rfc3339()[..16].to_owned();
            (text(window.from), text(window.to))
        })
    }

    fn some(from: &str, to: &str) -> Option<(String, String)> {
        Some((from.to_owned(), to.to_owned()))
    }

    #[test]
    fn a_night_belongs_to_the_day_it_begins_on() {
        let weekdays = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];
        let nights = [hours(&weekdays, "22:00", "07:00")];
        // 2026-11-20 is a Friday; Berlin is an hour ahead of UTC.
        let night = some("2026-11-20T21:00", "2026-11-21T06:00");
        assert_eq!(told(&nights, "2026-11-20T20:59:59Z"), None);
        assert_eq!(told(&nights, "2026-11-20T21:00:00Z"), night);
        assert_eq!(told(&nights, "2026-11-21T05:59:59Z"), night);
        assert_eq!(told(&nights, "2026-11-21T06:00:00Z"), None);
        assert_eq!(told(&nights, "2026-11-21T23:00:00Z"), None, "Saturday");
    }

    #[test]
    fn hours_that_follow_each_other_are_one() {
        let weekend = [
            hours(&[Day::Fri], "18:00", "24:00"),
            hours(&[Day::Sat, Day::Sun], "00:00", "24:00"),
        ];
        let expected = some("2026-11-20T17:00", "2026-11-22T23:00");
        assert_eq!(told(&weekend, "2026-11-20T18:00:00Z"), expected);
        let always = [hours(&[], "00:00", "24:00")];
        assert!(around(&always, at("2026-11-20T18:00:00Z")).is_some());
    }

    #[test]
    fn a_night_with_a_change_of_the_clock_ends_when_the_wall_says_so() {
        let night = [hours(&[], "22:00", "07:00")];
        // Clocks go forward on 2026-03-29 and back on 2026-10-25.
        let short = some("2026-03-28T21:00", "2026-03-29T05:00");
        assert_eq!(told(&night, "2026-03-29T00:30:00Z"), short);
        let long = some("2026-10-24T20:00", "2026-10-25T06:00");
        assert_eq!(told(&night, "2026-10-25T00:30:00Z"), long);
    }

    #[test]
    fn times_of_day_are_read_and_written_alike() {
        for (text, is_good) in [
            ("00:00", true),
            ("07:05", true),
            ("24:00", true),
            ("24:01", false),
            ("7", false),
            ("12:60", false),
            ("+1:00", false),
            ("", false),
        ] {
            let time = text.parse::<ClockTime>();
            assert_eq!(time.is_ok(), is_good, "{text}");
            assert!(time.is_err() || time.is_ok_and(|time| time.to_string() == text));
        }
    }

    proptest! {
        #[test]
        fn a_moment_is_inside_exactly_when_the_wall_clock_says_so(
            minutes in 0_i64..60 * 24 * 800,
            from in 0_u16..1440,
            to in 0_u16..=1440,
            day in 0_usize..7,
        ) {
            let days = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];
            let one = Hours {
                days: vec![days[day]],
                from: ClockTime(from),
                to: ClockTime(to),
                zone: Some("Asia/Kolkata".into()),
            };
            let now = at("2025-06-01T00:00:00Z") + std::time::Duration::from_secs(60)
                * u32::try_from(minutes).expect("a small number");
            // Kolkata never changes its clocks, so that minutes of the week can be counted.
            let local = now.millis() / 60_000 + 330;
            // 1970-01-01 was a Thursday.
            let of_week = (local + 3 * 1440).rem_euclid(7 * 1440);
            let length = match i64::from(to) - i64::from(from) {
                span if span > 0 => span,
                span => span + 1440,
            };
            let begin = i64::try_from(day).expect("a small number") * 1440 + i64::from(from);
            let is_inside = (of_week - begin).rem_euclid(7 * 1440) < length;
            let found = around(&[one], now);
            prop_assert_eq!(found.is_some(), is_inside);
            if let Some(window) = found {
                prop_assert!(window.contains(now));
            }
        }
    }
}
