//! When fewest people play: the hours of the week in which work disturbs least. Pure.

use jiff::tz::TimeZone;

use crate::model::time::Timestamp;

/// Weeks of which each hour of the week must be known.
const LEAST_WEEKS: usize = 3;

/// Hours in a week.
const WEEK: usize = 7 * 24;

/// An hour and how many played in it on average.
pub type Hour = (Timestamp, f64);

/// The quietest hours of a week.
#[derive(Clone, Debug, PartialEq)]
pub struct Quiet {
    /// Day of the week on which they begin, 0 for Monday.
    pub weekday: u8,
    /// Hour at which they begin, on the clock of the time zone.
    pub hour: u8,
    /// How many hours.
    pub hours: u8,
    /// Players that are usual in them: the median over the weeks, in the busiest of the hours.
    pub usual: f64,
    /// Players that nine of ten weeks do not exceed, in the busiest of the hours.
    pub at_most: f64,
    /// When they begin next.
    pub next: Timestamp,
    /// Weeks of which the least known of the hours is known.
    pub weeks: usize,
}

/// What can be said.
#[derive(Clone, Debug, PartialEq)]
pub enum Quietest {
    /// These hours.
    Found(Quiet),
    /// Too little is known.
    NotEnough {
        /// Weeks of which the least known hour of the week is known.
        weeks: usize,
        /// Weeks that it takes.
        needed: usize,
    },
}

/// The `length` hours in a row in which fewest play, by the hour of the week in `zone`. Of equally
/// quiet ones those count that begin first after midnight of a Monday.
#[must_use]
pub fn quietest(hours: &[Hour], length: u8, zone: &TimeZone, now: Timestamp) -> Quietest {
    let mut slots: Vec<Vec<f64>> = vec![Vec::new(); WEEK];
    for (at, players) in hours.iter().filter(|(_, players)| players.is_finite()) {
        if let Some(slot) = slot_of(*at, zone) {
            slots[slot].push(*players);
        }
    }
    for slot in &mut slots {
        slot.sort_unstable_by(f64::total_cmp);
    }
    let weeks = slots.iter().map(Vec::len).min().unwrap_or(0);
    if weeks < LEAST_WEEKS {
        return Quietest::NotEnough {
            weeks,
            needed: LEAST_WEEKS,
        };
    }
    let length = usize::from(length).clamp(1, 24);
    let of = |begin: usize, share: f64| {
        (begin..begin + length)
            .map(|slot| quantile(&slots[slot % WEEK], share))
            .fold(0.0, f64::max)
    };
    let best = (0..WEEK).min_by(|one, other| {
        let key = |begin: usize| (of(begin, 0.9), of(begin, 0.5));
        key(*one)
            .partial_cmp(&key(*other))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let begin = best.unwrap_or(0);
    let part = |value: usize| u8::try_from(value).unwrap_or(0);
    Quietest::Found(Quiet {
        weekday: part(begin / 24),
        hour: part(begin % 24),
        hours: part(length),
        usual: of(begin, 0.5),
        at_most: of(begin, 0.9),
        next: next(begin, zone, now),
        weeks,
    })
}

/// Hour of the week, 0 for the one after midnight of a Monday.
fn slot_of(at: Timestamp, zone: &TimeZone) -> Option<usize> {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
    let civil = zone.to_datetime(moment);
    let day = usize::try_from(civil.weekday().to_monday_zero_offset()).ok()?;
    Some(day * 24 + usize::try_from(civil.hour()).ok()?)
}

/// The first moment after `now` at which the hour of the week begins.
fn next(slot: usize, zone: &TimeZone, now: Timestamp) -> Timestamp {
    const HOUR: i64 = 3_600_000;
    let first = (now.millis().div_euclid(HOUR) + 1) * HOUR;
    // A clock that jumps over the hour has it a week later.
    let starts =
        (0..2 * i64::try_from(WEEK).unwrap_or(168)).map(|hour| Timestamp(first + hour * HOUR));
    let mut starts = starts.filter(|at| slot_of(*at, zone) == Some(slot));
    starts.next().unwrap_or(Timestamp(first))
}

/// The value that `share` of the sorted ones do not exceed.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index into a few weeks"
    )]
    let place = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len().max(1));
    sorted.get(place - 1).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;
    /// A Monday's midnight in UTC.
    const MONDAY: i64 = 1_794_787_200;

    fn weeks(count: i64, players: impl Fn(i64) -> f64) -> Vec<Hour> {
        (0..count * 168)
            .map(|hour| {
                let at = Timestamp::from_seconds(MONDAY + hour * HOUR);
                (at, players(hour % 168))
            })
            .collect()
    }

    #[test]
    fn the_quietest_hours_are_found_and_their_next_beginning() {
        // Somebody plays at all hours but on Tuesday from three to six.
        let hours = weeks(4, |hour| if (27..30).contains(&hour) { 0.0 } else { 3.0 });
        let now = Timestamp::from_seconds(MONDAY + 4 * 168 * HOUR + 1800);
        let Quietest::Found(quiet) = quietest(&hours, 2, &TimeZone::UTC, now) else {
            panic!("enough is known");
        };
        assert_eq!((quiet.weekday, quiet.hour, quiet.hours), (1, 3, 2));
        assert_eq!((quiet.usual, quiet.at_most, quiet.weeks), (0.0, 0.0, 4));
        let expected = MONDAY + (4 * 168 + 27) * HOUR;
        assert_eq!(quiet.next, Timestamp::from_seconds(expected));
    }

    #[test]
    fn hours_are_those_of_the_peoples_own_clock() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        let hours = weeks(3, |hour| if hour == 27 { 0.0 } else { 3.0 });
        let now = Timestamp::from_seconds(MONDAY);
        let Quietest::Found(quiet) = quietest(&hours, 1, &berlin, now) else {
            panic!("enough is known");
        };
        // Three o'clock UTC is four o'clock there in winter.
        assert_eq!((quiet.weekday, quiet.hour), (1, 4));
    }

    #[test]
    fn one_party_in_ten_weeks_does_not_make_an_hour_busy_and_two_weeks_prove_nothing() {
        let mut hours = weeks(10, |hour| if (50..53).contains(&hour) { 0.0 } else { 2.0 });
        hours[51].1 = 20.0;
        let now = Timestamp::from_seconds(MONDAY);
        let found = quietest(&hours, 3, &TimeZone::UTC, now);
        assert!(
            matches!(&found, Quietest::Found(quiet) if (quiet.weekday, quiet.hour) == (2, 2)),
            "{found:?}"
        );
        assert_eq!(
            quietest(&weeks(2, |_| 1.0), 1, &TimeZone::UTC, now),
            Quietest::NotEnough {
                weeks: 2,
                needed: 3
            }
        );
    }
}
