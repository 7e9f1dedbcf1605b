//! The span of time that a chart asks for.

use std::time::Duration;

use crate::api::problem::{Kind, Problem};
use crate::model::time::{Timestamp, Window};

/// Shown unless told otherwise.
const USUAL: Duration = Duration::from_secs(3600);

/// Buckets unless told otherwise.
const USUAL_POINTS: usize = 240;

/// The most buckets.
const MOST_POINTS: usize = 2000;

/// The year 2200: later moments are mistakes, such as microseconds for milliseconds.
const END_OF_TIME: i64 = 7_258_118_400_000;

/// A window and how many buckets to cut it into.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub window: Window,
    pub points: usize,
}

impl Span {
    /// Fills in what was not told and refuses what makes no sense.
    pub(super) fn new(
        from: Option<i64>,
        to: Option<i64>,
        points: Option<usize>,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let to = moment(to, "to")?.unwrap_or(now);
        let from = moment(from, "from")?.unwrap_or((to - USUAL).max(Timestamp(0)));
        if from >= to {
            return Err(invalid("from", "from must be before to"));
        }
        let points = points.unwrap_or(USUAL_POINTS);
        if !(1..=MOST_POINTS).contains(&points) {
            return Err(invalid("points", "points must be 1 to 2000"));
        }
        Ok(Self {
            window: Window { from, to },
            points,
        })
    }
}

fn moment(millis: Option<i64>, field: &str) -> Result<Option<Timestamp>, Problem> {
    match millis {
        Some(millis) if !(0..END_OF_TIME).contains(&millis) => Err(invalid(
            field,
            "moments are milliseconds since 1970, up to the year 2200",
        )),
        millis => Ok(millis.map(Timestamp)),
    }
}

fn invalid(field: &str, message: &str) -> Problem {
    Problem::new(Kind::Invalid, "invalid_span", message).in_field(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(10_000_000);

    #[test]
    fn the_last_hour_is_meant_unless_told() {
        let span = Span::new(None, None, None, NOW).unwrap();
        assert_eq!(span.window, Window::ending_at(NOW, USUAL));
        assert_eq!(span.points, 240);
    }

    #[test]
    fn no_span_begins_before_1970() {
        let span = Span::new(None, Some(1), Some(1), NOW).unwrap();
        assert_eq!(span.window.from, Timestamp(0));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_field() {
        for (from, to, points, field) in [
            (Some(5), Some(5), None, "from"),
            (Some(-1), None, None, "from"),
            (None, Some(i64::MAX), None, "to"),
            (None, None, Some(0), "points"),
            (None, None, Some(2001), "points"),
        ] {
            let problem = Span::new(from, to, points, NOW).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some(field));
        }
    }
}
