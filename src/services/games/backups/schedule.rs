//! When backups are due. Pure but for the loop at its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::super::{Asker, Games, GamesError};
use super::types::{Plan, Reason};
use super::{overdue, table};
use crate::holds as schedule;
use crate::model::silence::Schedule;
use crate::model::time::{Timestamp, Window};
use crate::rules::Forecasts;
use crate::telemetry::clock;

/// A backup whose time was missed by more than this waits for the next one.
const LATE: Duration = Duration::from_secs(6 * 3600);

/// How often is looked.
const EVERY: Duration = Duration::from_secs(30);

/// Most that are kept.
const MOST_KEPT: u32 = 1000;

/// What is wrong with a plan.
pub(super) fn check(plan: &Plan) -> Result<(), GamesError> {
    schedule::check(&schedule_of(plan))
        .map_err(|error| GamesError::invalid(error.field, error.problem))?;
    if !(1..=MOST_KEPT).contains(&plan.keep) {
        return Err(GamesError::invalid("keep", "must be 1 to 1000"));
    }
    match &plan.directory {
        Some(directory) if !directory.is_absolute() => Err(GamesError::invalid(
            "directory",
            "must be a path from the root",
        )),
        _ => Ok(()),
    }
}

pub(super) fn schedule_of(plan: &Plan) -> Schedule {
    Schedule::moments(&plan.days, &plan.start, &plan.zone)
}

/// Whether a backup is due that was not begun yet.
pub(super) fn is_due(plan: &Plan, begun: Option<Timestamp>, now: Timestamp) -> bool {
    let range = Window {
        from: now - LATE,
        to: now + Duration::from_secs(1),
    };
    let times = schedule::occurrences(&schedule_of(plan), range);
    let mut times = times.into_iter().map(|span| span.from);
    plan.enabled
        && times.any(|time| {
            time <= now && now.since(time) <= LATE && begun.is_none_or(|begun| begun < time)
        })
}

impl Games {
    /// Makes the backups that are due, until the program ends.
    ///
    /// Tells `dues` when each server's next one is due, for the rule that watches over that.
    pub async fn run(self, dues: watch::Sender<Arc<Forecasts>>) {
        let mut beat = tokio::time::interval(EVERY);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = beat.tick() => {}
            }
            if let Err(error) = self.begin_due(clock::now()).await {
                tracing::error!("cannot begin the backups that are due: {error}");
            }
            match self.dues(clock::now()).await {
                Ok(found) => overdue::tell(&dues, found),
                Err(error) => tracing::error!("cannot tell which backups are due: {error}"),
            }
        }
    }

    async fn begin_due(&self, now: Timestamp) -> Result<(), GamesError> {
        let plans = self.db.reader.run(table::plans).await?;
        for planned in plans {
            if !is_due(&planned.plan, planned.begun_at, now) {
                continue;
            }
            let server = planned.server;
            let id = server.clone();
            let entered = self
                .db
                .writer
                .run(move |tx| table::begun(tx, &id, now))
                .await;
            entered?;
            let by = Asker {
                name: "schedule".to_owned(),
                peer: String::new(),
            };
            let begun = self
                .begin_backup(server.as_str(), Reason::Planned, &by)
                .await;
            if let Err(error) = begun {
                tracing::warn!("the backup of {server} that is due was not begun: {error}");
                self.enter_failed_plan(&server, &error, &by).await;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::silence::Weekday;

    fn at(text: &str) -> Timestamp {
        let moment: jiff::Timestamp = text.parse().expect("a moment");
        Timestamp(moment.as_millisecond())
    }

    fn plan(start: &str, days: &[Weekday]) -> Plan {
        let mut plan = Plan {
            enabled: true,
            start: start.to_owned(),
            zone: "Europe/Berlin".to_owned(),
            ..Plan::default()
        };
        if !days.is_empty() {
            plan.days = days.to_vec();
        }
        plan
    }

    #[test]
    fn a_backup_is_due_once_at_its_time_of_day_in_its_zone() {
        let plan = plan("04:30", &[]);
        // Berlin is an hour ahead in winter and two in summer.
        for (now, begun, due) in [
            ("2026-01-10T03:29:00Z", "2026-01-09T16:00:00Z", false),
            ("2026-01-10T03:30:00Z", "2026-01-09T16:00:00Z", true),
            ("2026-01-10T03:40:00Z", "2026-01-10T03:30:05Z", false),
            ("2026-07-10T02:30:00Z", "2026-07-09T16:00:00Z", true),
            ("2026-07-10T02:29:00Z", "2026-07-09T16:00:00Z", false),
        ] {
            assert_eq!(is_due(&plan, Some(at(begun)), at(now)), due, "{now}");
        }
    }

    #[test]
    fn days_are_counted_where_the_server_is() {
        // 2026-11-22 is a Sunday; at 23:30Z it is Monday in Berlin.
        let monday = plan("00:15", &[Weekday::Monday]);
        let before = Some(at("2026-11-22T12:00:00Z"));
        assert!(is_due(&monday, before, at("2026-11-22T23:30:00Z")));
        let sunday = plan("00:15", &[Weekday::Sunday]);
        assert!(!is_due(&sunday, before, at("2026-11-22T23:30:00Z")));
    }

    #[test]
    fn what_was_missed_by_far_waits_and_what_is_off_never_comes() {
        let mut plan = plan("04:30", &[]);
        let begun = Some(at("2026-01-08T03:30:05Z"));
        assert!(is_due(&plan, begun, at("2026-01-10T09:00:00Z")));
        assert!(!is_due(&plan, begun, at("2026-01-10T12:00:00Z")));
        plan.enabled = false;
        assert!(!is_due(&plan, begun, at("2026-01-10T03:30:00Z")));
    }

    #[test]
    fn nonsense_is_refused_with_its_field() {
        assert!(check(&plan("04:30", &[])).is_ok());
        for (plan, field) in [
            (plan("24:00", &[]), "start"),
            (
                Plan {
                    zone: "Mars/Base".into(),
                    ..plan("04:30", &[])
                },
                "zone",
            ),
            (
                Plan {
                    keep: 0,
                    ..plan("04:30", &[])
                },
                "keep",
            ),
            (
                Plan {
                    directory: Some("here".into()),
                    ..plan("04:30", &[])
                },
                "directory",
            ),
        ] {
            let refused = check(&plan);
            assert!(
                matches!(&refused, Err(GamesError::Invalid { field: named, .. }) if named.contains(field)),
                "{field}: {refused:?}"
            );
        }
    }
}
