//! When spaces will be full, as worked out from history now and then by somebody who may read it.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::id::ResourceId;
use crate::model::time::Timestamp;

/// When one space will be full if it goes on like this.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Bytes by which it grows each day.
    pub per_day: f64,
    /// When it will be full.
    pub full_at: Timestamp,
    /// When that was worked out.
    pub made_at: Timestamp,
}

/// When a game server with a plan for its backups needs the next good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupDue {
    /// When it is due, or was.
    pub due_at: Timestamp,
    /// When the last good one was made.
    pub last_good: Option<Timestamp>,
}

/// When spaces and memories will be full, and backups of game servers are due, by resource. What is
/// not in it does not fill, or nobody can tell.
#[derive(Clone, Debug, Default)]
pub struct Forecasts {
    /// Those that fill.
    pub filling: HashMap<ResourceId, Forecast>,
    /// Game servers that take more and more memory since they were started.
    pub leaking: HashMap<ResourceId, Forecast>,
    /// Game servers whose plan for backups is on; `None` before that was first read.
    pub backups: Option<HashMap<ResourceId, BackupDue>>,
    /// When trends were last worked out; `None` before the first time.
    pub made_at: Option<Timestamp>,
}

/// One hour of a series: when it began and its average.
pub type Hour = (Timestamp, f64);

/// Least span of hours that a trend is drawn from.
const LEAST_SPAN: Duration = Duration::from_secs(24 * 3600);

/// Least share of the whole that it has to grow by over the span, so that noise is no trend.
const LEAST_GROWTH: f64 = 0.005;

/// The same of memory since a start, where a world that is being loaded is no leak.
const LEAST_SPAN_OF_RUN: Duration = Duration::from_secs(6 * 3600);
const LEAST_GROWTH_OF_RUN: f64 = 0.05;

/// The most hours a trend is drawn from; more are thinned out.
const MOST_HOURS: usize = 96;

/// A day in milliseconds.
const DAY: f64 = 86_400_000.0;

/// The trend of a space of `total` bytes: the median of the slopes between all pairs of hours
/// (Theil-Sen), which a night's backup or a clean-up does not bend. `None` where it does not grow
/// or too little is known.
#[must_use]
pub fn forecast(hours: &[Hour], total: f64, now: Timestamp) -> Option<Forecast> {
    trend(hours, total, (LEAST_SPAN, LEAST_GROWTH), now)
}

/// The trend of the memory of something with `total` bytes at most, from points since it was
/// started without those of the start itself.
#[must_use]
pub fn leak(points: &[Hour], total: f64, now: Timestamp) -> Option<Forecast> {
    let least = (LEAST_SPAN_OF_RUN, LEAST_GROWTH_OF_RUN);
    trend(points, total, least, now)
}

fn trend(
    hours: &[Hour],
    total: f64,
    (least_span, least_growth): (Duration, f64),
    now: Timestamp,
) -> Option<Forecast> {
    let (first, last) = (hours.first()?, hours.last()?);
    if last.0.since(first.0) < least_span || total <= 0.0 {
        return None;
    }
    let every = hours.len().div_ceil(MOST_HOURS);
    // The newest hour stays in when others are left out.
    let points: Vec<Hour> = hours.iter().rev().step_by(every).copied().collect();
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    for (place, later) in points.iter().enumerate() {
        for earlier in &points[place + 1..] {
            let span = later.0.since(earlier.0).as_secs_f64() * 1000.0;
            if span > 0.0 {
                slopes.push((later.1 - earlier.1) / span);
            }
        }
    }
    let slope = median(&mut slopes)?;
    let span = last.0.since(first.0).as_secs_f64() * 1000.0;
    if slope * span < total * least_growth {
        return None;
    }
    // Where it stands: what the trend says of now, from the median of the distances to it.
    let at = |moment: Timestamp| (moment.millis() - now.millis()) as f64 * slope;
    let mut bases: Vec<f64> = points
        .iter()
        .map(|(moment, value)| value - at(*moment))
        .collect();
    // What was written last counts where it is more than the trend says.
    let stands = median(&mut bases)?.max(last.1);
    let left = ((total - stands) / slope).max(0.0);
    #[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
    let full_at = Timestamp(now.millis().saturating_add(left as i64));
    Some(Forecast {
        per_day: slope * DAY,
        full_at,
        made_at: now,
    })
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: f64 = 1_073_741_824.0;

    fn hours(days: i64, value: impl Fn(i64) -> f64) -> Vec<Hour> {
        let hour = |hour| (Timestamp::from_seconds(hour * 3600), value(hour));
        (0..days * 24).map(hour).collect()
    }

    #[test]
    fn a_space_that_grows_by_a_tenth_a_day_is_full_when_the_rest_is_used_up() {
        let hours = hours(5, |hour| GIB * (10.0 + 10.0 * hour as f64 / 24.0));
        let now = hours.last().expect("hours").0;
        let found = forecast(&hours, 100.0 * GIB, now).expect("a trend");
        assert!((found.per_day / GIB - 10.0).abs() < 0.01, "{found:?}");
        let days = found.full_at.since(now).as_secs_f64() / 86_400.0;
        assert!((days - 4.0).abs() < 0.1, "{days}");
    }

    #[test]
    fn a_nightly_backup_that_comes_and_goes_is_no_trend() {
        let wave = |hour: i64| GIB * if hour % 24 < 3 { 60.0 } else { 40.0 };
        let hours = hours(7, wave);
        assert_eq!(forecast(&hours, 100.0 * GIB, hours[167].0), None);
    }

    #[test]
    fn a_clean_up_does_not_hide_that_it_grows() {
        let hours = hours(7, |hour| {
            let grown = 20.0 + 4.0 * hour as f64 / 24.0;
            GIB * if (50..54).contains(&hour) { 5.0 } else { grown }
        });
        let found = forecast(&hours, 100.0 * GIB, hours[167].0).expect("a trend");
        assert!((found.per_day / GIB - 4.0).abs() < 0.5, "{found:?}");
    }

    #[test]
    fn a_leak_shows_within_hours_and_a_loaded_world_is_none() {
        let minutes = |count: i64, value: &dyn Fn(f64) -> f64| -> Vec<Hour> {
            let point = |index: i64| {
                let moment = Timestamp::from_seconds(index * 600);
                (moment, GIB * value(index as f64 / 6.0))
            };
            (0..count).map(point).collect()
        };
        let leaking = minutes(48, &|hours| 4.0 + 0.5 * hours);
        let now = leaking[47].0;
        let found = leak(&leaking, 16.0 * GIB, now).expect("a trend");
        let left = found.full_at.since(now).as_secs_f64() / 3600.0;
        assert!((left - 16.2).abs() < 0.3, "{left}");
        let loaded = minutes(48, &|hours| if hours < 1.0 { 2.0 } else { 8.0 });
        assert_eq!(leak(&loaded, 16.0 * GIB, now), None);
        assert_eq!(leak(&leaking[..30], 16.0 * GIB, now), None, "too short");
    }

    #[test]
    fn less_than_a_day_and_shrinking_spaces_tell_nothing() {
        let short = &hours(2, |hour| GIB * hour as f64)[..20];
        assert_eq!(forecast(short, 100.0 * GIB, short[19].0), None);
        let shrinking = hours(3, |hour| GIB * (90.0 - hour as f64));
        assert_eq!(forecast(&shrinking, 100.0 * GIB, shrinking[71].0), None);
    }
}
