//! What is marked in a span of time, for people who plan.

use super::calendars::CalendarRow;
use crate::holds::occurrences;
use crate::model::silence::{MaintenanceWindow, Scope, Silence};
use crate::model::time::Window;

/// The most that one list holds.
const MOST: usize = 1000;

/// What marks a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A silence.
    Silence,
    /// A maintenance window.
    Window,
    /// A calendar's entry.
    Calendar,
}

impl Source {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Silence, Self::Window, Self::Calendar];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Window => "window",
            Self::Calendar => "calendar",
        }
    }
}

/// One time at which some alerts are not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// What marks it.
    pub source: Source,
    /// That thing's id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// From when to when.
    pub span: Window,
}

/// The same, with the alerts that are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// When, and what people call it.
    pub occurrence: Occurrence,
    /// Which alerts.
    pub scope: Scope,
}

pub(super) fn list(
    silences: &[Silence],
    windows: &[MaintenanceWindow],
    calendars: &[CalendarRow],
    range: Window,
) -> Vec<Occurrence> {
    let mut found = Vec::new();
    for silence in silences {
        if silence.from < range.to && range.from < silence.until {
            found.push(Occurrence {
                source: Source::Silence,
                id: silence.id.to_string(),
                name: silence.note.clone().unwrap_or_else(|| "silence".to_owned()),
                span: Window {
                    from: silence.from,
                    to: silence.until,
                },
            });
        }
    }
    for window in windows.iter().filter(|window| window.enabled) {
        let spans = occurrences(&window.schedule, range).into_iter();
        found.extend(spans.map(|span| Occurrence {
            source: Source::Window,
            id: window.id.to_string(),
            name: window.name.clone(),
            span,
        }));
    }
    for calendar in calendars.iter().filter(|calendar| calendar.enabled) {
        let busy = calendar.read(range).busy.into_iter();
        found.extend(busy.map(|busy| Occurrence {
            source: Source::Calendar,
            id: calendar.id.to_string(),
            name: format!("{}: {}", calendar.name, busy.title),
            span: busy.span,
        }));
    }
    found.sort_by_key(|occurrence| (occurrence.span.from, occurrence.span.to));
    found.truncate(MOST);
    found
}
