//! Since when the backup of each server with a plan is due, for the rule that watches over that.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::super::{Games, GamesError};
use super::schedule::schedule_of;
use super::table::{self, Planned};
use crate::holds as schedule;
use crate::model::id::ResourceId;
use crate::model::time::{Timestamp, Window};
use crate::rules::{BackupDue, Forecasts};

/// How far ahead the next time is looked for; a plan has at least one day of the week.
const AHEAD: Duration = Duration::from_secs(8 * 86_400);

/// When backups are due, of every server whose plan is on.
pub(super) type Dues = HashMap<ResourceId, BackupDue>;

impl Games {
    /// When the next good backup of each server with a plan is due, or was.
    pub(super) async fn dues(&self, now: Timestamp) -> Result<Dues, GamesError> {
        let plans = self.db.reader.run(table::plans).await?;
        if plans.iter().all(|planned| !planned.plan.enabled) {
            return Ok(Dues::new());
        }
        let all = self.all_backups().await?;
        let good = |server: &ResourceId| {
            let good = all
                .iter()
                .find(|one| one.server == *server && one.is_good());
            good.map(|backup| backup.made_at)
        };
        let dues = plans.into_iter().filter_map(|planned| {
            let good = good(&planned.server).max(planned.host_made_at);
            let due = due(&planned, good, now)?;
            Some((planned.server, due))
        });
        Ok(dues.collect())
    }
}

/// When a plan wants the next good backup after the last one; nothing where it is off. Pure.
fn due(planned: &Planned, last_good: Option<Timestamp>, now: Timestamp) -> Option<BackupDue> {
    if !planned.plan.enabled {
        return None;
    }
    let covered = last_good.map_or(planned.set_at, |good| good.max(planned.set_at));
    // What is long overdue stays so: later times do not matter.
    let range = Window {
        from: covered,
        to: now.max(covered) + AHEAD,
    };
    let times = schedule::occurrences(&schedule_of(&planned.plan), range);
    let times = times.into_iter().map(|span| span.from);
    let due_at = times.filter(|time| *time > covered).min()?;
    Some(BackupDue { due_at, last_good })
}

/// Hands on what is due, where that is news.
pub(super) fn tell(out: &watch::Sender<Arc<Forecasts>>, dues: Dues) {
    out.send_if_modified(|known| {
        if known.backups.as_ref() == Some(&dues) {
            return false;
        }
        let mut next = (**known).clone();
        next.backups = Some(dues);
        *known = Arc::new(next);
        true
    });
}

#[cfg(test)]
mod tests {
    use super::super::types::Plan;
    use super::*;
    use crate::model::id::{ResourceKind, TargetId};

    fn at(text: &str) -> Timestamp {
        let moment: jiff::Timestamp = text.parse().expect("a moment");
        Timestamp(moment.as_millisecond())
    }

    fn nightly(set_at: &str) -> Planned {
        let target: TargetId = "tgt_games".parse().expect("an id");
        Planned {
            server: ResourceId::other(ResourceKind::Game, &target, "survival"),
            plan: Plan {
                enabled: true,
                start: "04:30".to_owned(),
                zone: "UTC".to_owned(),
                ..Plan::default()
            },
            set_at: at(set_at),
            begun_at: None,
            host_made_at: None,
        }
    }

    #[test]
    fn the_first_time_after_the_last_good_one_is_when_it_is_due() {
        let plan = nightly("2026-01-01T12:00:00Z");
        let now = at("2026-01-10T12:00:00Z");
        for (good, due_at) in [
            (Some("2026-01-10T04:31:00Z"), "2026-01-11T04:30:00Z"),
            (Some("2026-01-08T04:31:00Z"), "2026-01-09T04:30:00Z"),
            // One made by hand in the evening does not take the place of the night's.
            (Some("2026-01-09T20:00:00Z"), "2026-01-10T04:30:00Z"),
            (None, "2026-01-02T04:30:00Z"),
        ] {
            let due = due(&plan, good.map(at), now).expect("a plan");
            assert_eq!(due.due_at, at(due_at), "{good:?}");
        }
    }

    #[test]
    fn a_plan_asks_nothing_of_the_time_before_it_was_set_nor_while_it_is_off() {
        let now = at("2026-01-10T12:00:00Z");
        let mut plan = nightly("2026-01-10T11:00:00Z");
        let old = Some(at("2025-12-01T04:31:00Z"));
        let found = due(&plan, old, now).expect("a plan");
        assert_eq!(found.due_at, at("2026-01-11T04:30:00Z"));
        assert_eq!(found.last_good, old);
        plan.plan.enabled = false;
        assert_eq!(due(&plan, old, now), None);
    }
}
