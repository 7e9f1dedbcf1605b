//! One entry of a feed.

use jiff::tz::TimeZone;

use super::lines::Line;
use super::moment::{self, Moment};
use super::recur::{self, Recurrence};

/// Characters of a title that are kept.
const TITLE: usize = 120;

/// How long each occurrence lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Whole days, as long as they are.
    Days(i64),
    /// Seconds.
    Seconds(i64),
}

/// One entry, possibly a series.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) uid: String,
    pub(super) title: String,
    pub(super) start: Moment,
    pub(super) length: Length,
    pub(super) recurrence: Option<Recurrence>,
    /// Occurrences of the series that do not take place.
    pub(super) except: Vec<Moment>,
    /// The occurrence of the series that this entry stands for.
    pub(super) replaces: Option<Moment>,
}

/// The entry that `lines` describe; `None` where it does not take place.
pub(super) fn read(lines: &[Line], zone: &TimeZone) -> Result<Option<Entry>, String> {
    let find = |name: &str| lines.iter().find(|line| line.name == name);
    let title =
        find("SUMMARY").map_or_else(|| "without a title".to_owned(), |line| title(&line.value));
    let named = |problem: String| format!("{title}: {problem}");
    let is_cancelled =
        find("STATUS").is_some_and(|line| line.value.trim().eq_ignore_ascii_case("CANCELLED"));
    let replaces = match find("RECURRENCE-ID") {
        Some(line) => first(line, zone).map_err(named)?,
        None => None,
    };
    if is_cancelled && replaces.is_none() {
        return Ok(None);
    }
    let Some(start) = find("DTSTART") else {
        return Err(named("it has no beginning".to_owned()));
    };
    let Some(start) = first(start, zone).map_err(named)? else {
        return Err(named("it has no beginning".to_owned()));
    };
    let end = match find("DTEND") {
        Some(line) => first(line, zone).map_err(named)?,
        None => None,
    };
    let length = if is_cancelled {
        Length::Seconds(0)
    } else {
        length(&start, end.as_ref(), find("DURATION")).map_err(named)?
    };
    let recurrence = match find("RRULE") {
        Some(line) if replaces.is_none() => Some(recur::parse(&line.value, &start).map_err(named)?),
        _ => None,
    };
    if find("RDATE").is_some() || lines.iter().filter(|line| line.name == "RRULE").count() > 1 {
        return Err(named("lists of extra dates are not understood".to_owned()));
    }
    let mut except = Vec::new();
    for line in lines.iter().filter(|line| line.name == "EXDATE").take(1000) {
        except.extend(moment::moments(line, zone).map_err(named)?);
    }
    Ok(Some(Entry {
        uid: find("UID").map_or_else(String::new, |line| line.value.clone()),
        title,
        start,
        length,
        recurrence,
        except,
        replaces,
    }))
}

fn first(line: &Line, zone: &TimeZone) -> Result<Option<Moment>, String> {
    Ok(moment::moments(line, zone)?.into_iter().next())
}

fn length(start: &Moment, end: Option<&Moment>, duration: Option<&Line>) -> Result<Length, String> {
    let too_long = || "it lasts longer than a year or ends before it begins".to_owned();
    if let Some(end) = end {
        if start.is_day && end.is_day {
            let days = (end.at.date() - start.at.date()).get_days();
            return match days {
                1..=366 => Ok(Length::Days(i64::from(days))),
                _ => Err(too_long()),
            };
        }
        let (Some(from), Some(to)) = (start.instant(), end.instant()) else {
            return Err(too_long());
        };
        let seconds = to.seconds() - from.seconds();
        return match seconds {
            0..=31_622_400 => Ok(Length::Seconds(seconds)),
            _ => Err(too_long()),
        };
    }
    match duration {
        Some(line) => moment::length(&line.value)
            .map(Length::Seconds)
            .ok_or_else(|| "its length is not understood".to_owned()),
        None if start.is_day => Ok(Length::Days(1)),
        // A mere reminder takes no time.
        None => Ok(Length::Seconds(0)),
    }
}

/// Text as people wrote it, on one line.
fn title(value: &str) -> String {
    let mut text = String::new();
    let mut escaped = false;
    for c in value.chars() {
        if text.chars().count() >= TITLE {
            break;
        }
        match (escaped, c) {
            (false, '\\') => {
                escaped = true;
                continue;
            }
            (true, 'n' | 'N') => text.push(' '),
            (_, c) if c.is_control() => text.push(' '),
            (_, c) => text.push(c),
        }
        escaped = false;
    }
    text.trim().to_owned()
}
