//! Calendars as feeds of busy times: RFC 5545 as far as maintenance needs it.
//!
//! A feed is hostile until shown otherwise: bytes, entries, occurrences and steps are bounded, and
//! what is not understood is left out and said so, never guessed. Start with [`read`].

mod entry;
mod expand;
mod lines;
mod moment;
mod recur;

use std::collections::HashMap;

use jiff::tz::TimeZone;

use crate::model::silence::Busy;
use crate::model::time::Window;

use entry::Entry;

/// The most bytes of a feed.
pub const MOST_BYTES: usize = 1 << 20;

/// The most entries that are read.
const MOST_ENTRIES: usize = 2000;

/// The most times that are kept.
const MOST_BUSY: usize = 5000;

/// Steps that all recurring entries together may take.
const MOST_STEPS: u32 = 200_000;

/// Problems that are told; the rest is counted.
const MOST_PROBLEMS: usize = 20;

/// What a feed says about a span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Times that overlap the span, by their beginning.
    pub busy: Vec<Busy>,
    /// What was left out, for people.
    pub problems: Vec<String>,
}

/// Why a feed cannot be read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IcalError {
    /// It is too large.
    #[error("the calendar is larger than {MOST_BYTES} bytes")]
    TooLarge,
    /// It is something else, such as a sign-in page.
    #[error("this is no calendar: it does not begin with BEGIN:VCALENDAR")]
    NotACalendar,
}

/// The times within `range` that the feed marks; `zone` is for entries that name none.
///
/// # Errors
/// When it is no calendar or too large. Single entries that are wrong are problems, not errors.
pub fn read(bytes: &[u8], zone: &TimeZone, range: Window) -> Result<Reading, IcalError> {
    if bytes.len() > MOST_BYTES {
        return Err(IcalError::TooLarge);
    }
    let mut lines = lines::unfold(bytes);
    let begins = lines.next().is_some_and(|line| {
        line.name == "BEGIN" && line.value.trim().eq_ignore_ascii_case("VCALENDAR")
    });
    if !begins {
        return Err(IcalError::NotACalendar);
    }
    let mut problems = Vec::new();
    let mut entries = entries(lines, zone, &mut problems);
    let moved: HashMap<String, Vec<moment::Moment>> = moved(&entries);
    let mut steps = MOST_STEPS;
    let mut busy = Vec::new();
    for entry in &mut entries {
        if entry.replaces.is_none()
            && let Some(moved) = moved.get(&entry.uid)
        {
            entry.except.extend(moved.iter().cloned());
        }
        if let Err(problem) = expand::expand(entry, range, &mut steps, &mut busy, MOST_BUSY) {
            problems.push(format!("{}: {problem}", entry.title));
        }
    }
    busy.sort_by_key(|busy| (busy.span.from, busy.span.to));
    if problems.len() > MOST_PROBLEMS {
        let more = problems.len() - MOST_PROBLEMS;
        problems.truncate(MOST_PROBLEMS);
        problems.push(format!("and {more} more"));
    }
    Ok(Reading { busy, problems })
}

/// Every entry that can be used.
fn entries(
    lines: impl Iterator<Item = lines::Line>,
    zone: &TimeZone,
    problems: &mut Vec<String>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut open: Option<Vec<lines::Line>> = None;
    // Alarms and the like inside an entry have properties of the same names.
    let mut inner = 0_u32;
    for line in lines {
        let about = line.value.trim().to_ascii_uppercase();
        match (line.name.as_str(), &mut open) {
            ("BEGIN", None) if about == "VEVENT" => open = Some(Vec::new()),
            ("BEGIN", Some(_)) => inner += 1,
            ("END", Some(_)) if inner > 0 => inner -= 1,
            ("END", Some(properties)) if about == "VEVENT" => {
                match entry::read(properties, zone) {
                    Ok(Some(entry)) => entries.push(entry),
                    Ok(None) => {}
                    Err(problem) => problems.push(problem),
                }
                open = None;
                if entries.len() >= MOST_ENTRIES {
                    problems.push(format!("only the first {MOST_ENTRIES} entries are read"));
                    break;
                }
            }
            (_, Some(properties)) if inner == 0 => properties.push(line),
            _ => {}
        }
    }
    entries
}

/// Single occurrences that entries of their own stand for, by the series they belong to.
fn moved(entries: &[Entry]) -> HashMap<String, Vec<moment::Moment>> {
    let mut moved: HashMap<String, Vec<moment::Moment>> = HashMap::new();
    for entry in entries {
        if let Some(replaces) = &entry.replaces {
            moved
                .entry(entry.uid.clone())
                .or_default()
                .push(replaces.clone());
        }
    }
    moved
}

#[cfg(test)]
mod tests;
