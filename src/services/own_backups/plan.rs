//! When backups are made by themselves.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::BackupError;
use crate::holds as schedule;
use crate::model::silence::{Schedule, Weekday};
use crate::model::time::{Timestamp, Window};

/// How long to wait after a failure, where the next time is further away.
const RETRY: Duration = Duration::from_secs(3600);

/// The most scheduled backups that can be kept.
pub const MOST_KEPT: u32 = 365;

/// When backups are made by themselves, and what becomes of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupPlan {
    /// Whether any are.
    pub enabled: bool,
    /// The days on which one is made.
    pub days: Vec<Weekday>,
    /// When, on the clock of `zone`, such as `03:30`.
    pub start: String,
    /// The time zone's name, such as `Europe/Berlin`.
    pub zone: String,
    /// How many are kept, 1 to 365.
    pub keep: u32,
    /// Whether the key of the secrets goes in.
    pub include_key: bool,
}

impl Default for BackupPlan {
    /// Weekly, on this machine's clock: a copy of a year's history every night would write more
    /// to the disk than recording it does.
    fn default() -> Self {
        let zone = jiff::tz::TimeZone::system();
        Self {
            enabled: true,
            days: vec![Weekday::Sunday],
            start: "03:30".into(),
            zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            keep: 3,
            include_key: true,
        }
    }
}

impl BackupPlan {
    /// Whether it makes sense.
    ///
    /// # Errors
    /// The setting that does not.
    pub fn check(&self) -> Result<(), BackupError> {
        schedule::check(&self.schedule())?;
        if !(1..=MOST_KEPT).contains(&self.keep) {
            return Err(BackupError::Setting {
                field: "keep",
                problem: format!("give 1 to {MOST_KEPT}"),
            });
        }
        Ok(())
    }

    fn schedule(&self) -> Schedule {
        Schedule::moments(&self.days, &self.start, &self.zone)
    }

    /// The first time after `moment`; `None` where there is none.
    #[must_use]
    pub fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        if !self.enabled {
            return None;
        }
        // A week and a day holds every day of the week, also where the clock is shifted.
        let range = Window {
            from: moment,
            to: moment + Duration::from_secs(8 * 86_400),
        };
        let starts = schedule::occurrences(&self.schedule(), range);
        starts
            .into_iter()
            .map(|span| span.from)
            .find(|at| *at > moment)
    }
}

/// How the latest scheduled backup came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRun {
    /// When it was attempted, or since when the plan is followed.
    pub at: Timestamp,
    /// Why it failed; `None` where it did not.
    pub problem: Option<String>,
}

/// When the next scheduled backup is due; a moment in the past means now, as after a night in
/// which the machine was off.
#[must_use]
pub fn due(plan: &BackupPlan, last: &LastRun) -> Option<Timestamp> {
    let next = plan.next_after(last.at)?;
    Some(match &last.problem {
        Some(_) => next.min(last.at + RETRY),
        None => next,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let moment: jiff::Timestamp = text.parse().expect("a moment");
        Timestamp(moment.as_millisecond())
    }

    fn nightly() -> BackupPlan {
        BackupPlan {
            enabled: true,
            days: vec![
                Weekday::Monday,
                Weekday::Tuesday,
                Weekday::Wednesday,
                Weekday::Thursday,
                Weekday::Friday,
                Weekday::Saturday,
                Weekday::Sunday,
            ],
            start: "02:30".into(),
            zone: "Europe/Berlin".into(),
            keep: 3,
            include_key: true,
        }
    }

    #[test]
    fn the_time_is_that_of_the_wall_also_when_the_clock_is_shifted() {
        let plan = nightly();
        for (moment, next) in [
            ("2026-11-22T00:00:00Z", "2026-11-22T01:30:00Z"),
            ("2026-11-22T01:30:00Z", "2026-11-23T01:30:00Z"),
            ("2026-07-01T12:00:00Z", "2026-07-02T00:30:00Z"),
            // The night without a half past two: an hour later by the clock, once.
            ("2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),
            // The night with two of them: the first.
            ("2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
            ("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        ] {
            assert_eq!(plan.next_after(at(moment)), Some(at(next)), "{moment}");
        }
    }

    #[test]
    fn a_weekly_plan_waits_for_its_day() {
        let plan = BackupPlan {
            days: vec![Weekday::Sunday],
            ..nightly()
        };
        let next = plan.next_after(at("2026-11-22T02:00:00Z"));
        assert_eq!(next, Some(at("2026-11-29T01:30:00Z")));
    }

    #[test]
    fn a_failed_one_is_tried_again_within_the_hour_and_a_missed_one_at_once() {
        let plan = nightly();
        let last = LastRun {
            at: at("2026-11-22T01:30:00Z"),
            problem: Some("the disk is full".into()),
        };
        assert_eq!(due(&plan, &last), Some(at("2026-11-22T02:30:00Z")));
        let last = LastRun {
            problem: None,
            ..last
        };
        assert_eq!(due(&plan, &last), Some(at("2026-11-23T01:30:00Z")));
        let off = BackupPlan {
            enabled: false,
            ..plan
        };
        assert_eq!(due(&off, &last), None);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_field() {
        for (plan, field) in [
            (
                BackupPlan {
                    keep: 0,
                    ..nightly()
                },
                "keep",
            ),
            (
                BackupPlan {
                    days: Vec::new(),
                    ..nightly()
                },
                "days",
            ),
            (
                BackupPlan {
                    start: "25:00".into(),
                    ..nightly()
                },
                "start",
            ),
            (
                BackupPlan {
                    zone: "Mars/Base".into(),
                    ..nightly()
                },
                "zone",
            ),
        ] {
            let error = plan.check().expect_err("refused");
            assert!(error.to_string().starts_with(field), "{error}");
        }
        nightly().check().expect("it makes sense");
        BackupPlan::default().check().expect("so does the default");
    }
}
