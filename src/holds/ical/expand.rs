//! The single times of an entry within a span, in a bounded number of steps.

use std::time::Duration;

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use super::entry::{Entry, Length};
use super::moment::{Moment, instant};
use super::recur::{Day, Frequency, Recurrence};
use crate::holds::schedule::overlaps;
use crate::model::silence::Busy;
use crate::model::time::{Timestamp, Window};

/// Adds the times of `entry` that overlap `range`, until `most` are known or `steps` are used up.
pub(super) fn expand(
    entry: &Entry,
    range: Window,
    steps: &mut u32,
    busy: &mut Vec<Busy>,
    most: usize,
) -> Result<(), String> {
    let Some(rule) = &entry.recurrence else {
        let span = span(entry, entry.start.at.date());
        if let Some(span) = span.filter(|span| overlaps(*span, range)) {
            keep(entry, span, busy, most)?;
        }
        return Ok(());
    };
    let excepted = |span: Window| {
        entry.except.iter().any(|except| {
            if except.is_day {
                local_date(span.from, &entry.start) == Some(except.at.date())
            } else {
                except.instant() == Some(span.from)
            }
        })
    };
    let until = rule.until.as_ref().and_then(last_moment);
    let first = entry.start.at.date();
    let mut left = rule.count;
    let mut period = first_period(entry, rule, range);
    let beyond = local_date(range.to, &entry.start);
    loop {
        let Some((begins, dates)) = dates(rule, first, period) else {
            return Ok(());
        };
        // A period in which nothing fits ends no series; one behind the span does.
        if beyond.is_none_or(|beyond| begins > beyond) {
            return Ok(());
        }
        spend(steps, 1 + dates.len())?;
        for date in dates.into_iter().filter(|date| *date >= first) {
            let Some(span) = span(entry, date) else {
                return Ok(());
            };
            let is_over = span.from >= range.to || until.is_some_and(|until| span.from > until);
            if is_over || left == Some(0) {
                return Ok(());
            }
            left = left.map(|left| left - 1);
            if overlaps(span, range) && !excepted(span) {
                keep(entry, span, busy, most)?;
            }
        }
        period += 1;
    }
}

fn keep(entry: &Entry, span: Window, busy: &mut Vec<Busy>, most: usize) -> Result<(), String> {
    if busy.len() >= most {
        return Err(format!(
            "more than {most} times are marked; the rest is left out"
        ));
    }
    busy.push(Busy {
        span,
        title: entry.title.clone(),
    });
    Ok(())
}

fn spend(steps: &mut u32, used: usize) -> Result<(), String> {
    let used = u32::try_from(used).unwrap_or(u32::MAX);
    *steps = steps
        .checked_sub(used)
        .ok_or("its series takes too many steps to follow")?;
    Ok(())
}

/// The occurrence that begins on `date`.
fn span(entry: &Entry, date: Date) -> Option<Window> {
    let start = &entry.start;
    let begins = date.to_datetime(start.at.time());
    let from = instant(begins, &start.zone)?;
    let to = match entry.length {
        Length::Seconds(seconds) => from + Duration::from_secs(u64::try_from(seconds).ok()?),
        Length::Days(days) => {
            let ends = begins.checked_add(Span::new().try_days(days).ok()?).ok()?;
            instant(ends, &start.zone)?
        }
    };
    Some(Window { from, to })
}

/// The last moment that a series may begin at; a day counts to its end.
fn last_moment(until: &Moment) -> Option<Timestamp> {
    if until.is_day {
        let next = until.at.checked_add(1.day()).ok()?;
        return Some(Timestamp(instant(next, &until.zone)?.millis() - 1));
    }
    until.instant()
}

fn local_date(at: Timestamp, start: &Moment) -> Option<Date> {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
    Some(start.zone.to_datetime(moment).date())
}

/// The period to begin with: where occurrences are not counted, one shortly before the span.
fn first_period(entry: &Entry, rule: &Recurrence, range: Window) -> i64 {
    if rule.count.is_some() {
        return 0;
    }
    let length = match entry.length {
        Length::Days(days) => days,
        Length::Seconds(seconds) => seconds / 86_400 + 1,
    };
    let Some(from) = local_date(range.from, &entry.start) else {
        return 0;
    };
    let first = entry.start.at.date();
    let days = (i64::from((from - first).get_days()) - length).max(0);
    let period_days = match rule.frequency {
        Frequency::Daily => 1,
        Frequency::Weekly => 7,
        Frequency::Monthly => 31,
        Frequency::Yearly => 366,
    };
    (days / (period_days * rule.interval) - 2).max(0)
}

/// When the period with that number begins, and its dates; `None` beyond the end of the calendar.
fn dates(rule: &Recurrence, first: Date, period: i64) -> Option<(Date, Vec<Date>)> {
    let offset = period.checked_mul(rule.interval)?;
    let days = |date: Date, days: i64| date.checked_add(Span::new().try_days(days).ok()?).ok();
    match rule.frequency {
        Frequency::Daily => {
            let date = days(first, offset)?;
            let fits =
                rule.days.is_empty() || rule.days.iter().any(|day| day.weekday == date.weekday());
            Some((date, if fits { vec![date] } else { Vec::new() }))
        }
        Frequency::Weekly => {
            let since = first.weekday().since(rule.week_start);
            let monday = days(first, offset.checked_mul(7)? - i64::from(since))?;
            let mut wanted: Vec<i64> = if rule.days.is_empty() {
                vec![i64::from(since)]
            } else {
                let of = |day: &Day| i64::from(day.weekday.since(rule.week_start));
                rule.days.iter().map(of).collect()
            };
            wanted.sort_unstable();
            wanted.dedup();
            let wanted = wanted.into_iter().map(|day| days(monday, day));
            Some((monday, wanted.collect::<Option<_>>()?))
        }
        Frequency::Monthly => {
            let month = first.first_of_month();
            let month = month
                .checked_add(Span::new().try_months(offset).ok()?)
                .ok()?;
            Some((month, in_month(rule, first, month)))
        }
        Frequency::Yearly => {
            let year = i16::try_from(i64::from(first.year()).checked_add(offset)?).ok()?;
            // The 29th of February exists only in some years.
            let date = Date::new(year, first.month(), first.day()).ok();
            Some((Date::new(year, 1, 1).ok()?, date.into_iter().collect()))
        }
    }
}

fn in_month(rule: &Recurrence, first: Date, month: Date) -> Vec<Date> {
    let length = month.days_in_month();
    let on = |day: i8| Date::new(month.year(), month.month(), day).ok();
    let mut dates: Vec<Date> = if !rule.days.is_empty() {
        rule.days
            .iter()
            .flat_map(|day| match day.nth {
                Some(nth) => month
                    .nth_weekday_of_month(nth, day.weekday)
                    .ok()
                    .into_iter()
                    .collect::<Vec<_>>(),
                None => (1..=length)
                    .filter_map(on)
                    .filter(|date| date.weekday() == day.weekday)
                    .collect(),
            })
            .collect()
    } else if rule.days_of_month.is_empty() {
        on(first.day()).into_iter().collect()
    } else {
        let days = rule.days_of_month.iter();
        days.filter_map(|day| on(if *day < 0 { length + 1 + day } else { *day }))
            .collect()
    };
    dates.sort_unstable();
    dates.dedup();
    dates
}
