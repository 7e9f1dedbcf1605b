//! What each of the last days brought a guest.

use std::time::Duration;

use crate::model::backup::Verification;
use crate::model::resource::Guest;
use crate::model::time::Timestamp;
use crate::state::TargetView;

use super::copies::Copy;

const DAY_MS: i64 = 86_400_000;

/// The days that are shown: whole ones of a place on earth, the last one holding "now".
#[derive(Clone, Debug)]
pub struct Calendar {
    /// When the first day begins.
    pub from: Timestamp,
    /// How many there are.
    pub count: usize,
}

impl Calendar {
    /// The last `count` days up to the one that holds `now`, where clocks are `offset_minutes`
    /// ahead of UTC.
    #[must_use]
    pub fn ending_at(now: Timestamp, count: usize, offset_minutes: i32) -> Self {
        let offset = i64::from(offset_minutes) * 60_000;
        let today = (now.millis() + offset).div_euclid(DAY_MS);
        let first = today - i64::try_from(count).unwrap_or(0) + 1;
        Self {
            from: Timestamp(first * DAY_MS - offset),
            count,
        }
    }

    /// When each day begins.
    pub fn starts(&self) -> impl Iterator<Item = Timestamp> {
        let from = self.from;
        (0..self.count).map(move |day| {
            from + Duration::from_secs(86_400) * u32::try_from(day).unwrap_or(u32::MAX)
        })
    }

    fn index(&self, at: Timestamp) -> Option<usize> {
        let day = (at.millis() - self.from.millis()).div_euclid(DAY_MS);
        usize::try_from(day).ok().filter(|day| *day < self.count)
    }

    /// What each day brought, from the backups there still are and the moments at which one failed.
    pub(super) fn days(&self, copies: &[Copy<'_>], failures: &[Timestamp]) -> Vec<Day> {
        let mut days = vec![Day::default(); self.count];
        for failed in failures.iter().filter_map(|at| self.index(*at)) {
            days[failed].state = DayState::Failed;
        }
        for copy in copies {
            let Some(day) = self.index(copy.at()).map(|index| &mut days[index]) else {
                continue;
            };
            day.count += 1;
            day.state = match (day.state, copy.verification()) {
                (_, Some(Verification::Failed)) => DayState::Failed,
                (_, Some(Verification::Ok)) | (DayState::Ok, _) => DayState::Ok,
                (_, Some(Verification::Other(_)) | None) => DayState::Unverified,
            };
        }
        days
    }
}

/// How a guest's backups of one day are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DayState {
    /// There is none.
    #[default]
    None,
    /// There is one that was read again and found whole.
    Ok,
    /// There is one, but nobody read it again.
    Unverified,
    /// One failed, or was found broken.
    Failed,
}

impl DayState {
    /// The state as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ok => "ok",
            Self::Unverified => "unverified",
            Self::Failed => "failed",
        }
    }
}

/// What one day brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// How the backups are.
    pub state: DayState,
    /// How many there are.
    pub count: u32,
}

/// When a backup of `guest` alone failed, by the recent tasks. A job that takes several names none
/// of them.
pub(super) fn failures(view: &TargetView, guest: &Guest) -> Vec<Timestamp> {
    let vmid = guest.vmid.to_string();
    let tasks = view.facts.tasks.value();
    tasks
        .into_iter()
        .flat_map(|tasks| tasks.iter())
        .filter(|task| task.kind == "vzdump" && task.outcome.is_failed())
        .filter(|task| task.subject.as_deref() == Some(vmid.as_str()))
        .map(|task| task.began_at)
        .collect()
}
