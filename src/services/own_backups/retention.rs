//! Which backups are no longer needed.

use super::name::{BackupName, Reason};

/// Backups of each reason that come by themselves and are kept beside the scheduled ones.
const KEPT_BEFORE: usize = 3;

/// A backup, as far as keeping it goes.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// Its name.
    pub(super) name: BackupName,
    /// Whether it can be restored, as far as is known.
    pub(super) good: bool,
}

/// The backups that may go: those that came by themselves and are older than the `keep` newest
/// good ones of their reason. One that cannot be restored never counts, so that the last good one
/// is never among them; what people asked for stays until people remove it.
pub(super) fn surplus(all: &[Kept], keep: usize) -> Vec<BackupName> {
    let mut going = Vec::new();
    for (reason, keep) in [
        (Reason::Scheduled, keep.max(1)),
        (Reason::BeforeRestore, KEPT_BEFORE),
        (Reason::BeforeUpdate, KEPT_BEFORE),
    ] {
        let mut of_it: Vec<&Kept> = all.iter().filter(|it| it.name.reason == reason).collect();
        of_it.sort_by_key(|it| std::cmp::Reverse(it.name.made_at));
        let mut good = 0;
        for it in of_it {
            if good >= keep {
                going.push(it.name.clone());
            }
            good += usize::from(it.good);
        }
    }
    going
}

/// Whether `name` is the only good one there is.
pub(super) fn is_last_good(all: &[Kept], name: &BackupName) -> bool {
    let mut good = all.iter().filter(|it| it.good);
    good.next().is_some_and(|it| it.name == *name) && good.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Timestamp;

    fn kept(seconds: i64, reason: Reason, good: bool) -> Kept {
        Kept {
            name: BackupName::new(Timestamp::from_seconds(seconds), reason),
            good,
        }
    }

    fn seconds(names: &[BackupName]) -> Vec<i64> {
        names.iter().map(|name| name.made_at.seconds()).collect()
    }

    #[test]
    fn the_oldest_go_when_there_are_more_than_are_kept() {
        let all: Vec<Kept> = (1..=5)
            .map(|at| kept(at, Reason::Scheduled, true))
            .collect();
        assert_eq!(seconds(&surplus(&all, 3)), [2, 1]);
        assert_eq!(seconds(&surplus(&all, 5)), [] as [i64; 0]);
    }

    #[test]
    fn the_last_good_one_stays_however_many_bad_ones_came_after_it() {
        let mut all = vec![kept(1, Reason::Scheduled, true)];
        all.extend((2..=9).map(|at| kept(at, Reason::Scheduled, false)));
        for keep in 0..4 {
            assert_eq!(seconds(&surplus(&all, keep)), [] as [i64; 0], "{keep}");
        }
        all.push(kept(0, Reason::Scheduled, true));
        assert_eq!(seconds(&surplus(&all, 1)), [0]);
    }

    #[test]
    fn what_somebody_asked_for_stays_and_counts_for_nothing() {
        let mut all: Vec<Kept> = (1..=9).map(|at| kept(at, Reason::Manual, true)).collect();
        all.push(kept(20, Reason::Scheduled, true));
        all.push(kept(10, Reason::Scheduled, true));
        assert_eq!(seconds(&surplus(&all, 1)), [10]);
    }

    #[test]
    fn the_last_good_one_is_known_among_bad_ones() {
        let all = [
            kept(1, Reason::Manual, true),
            kept(2, Reason::Scheduled, false),
        ];
        assert!(is_last_good(&all, &all[0].name));
        assert!(!is_last_good(&all, &all[1].name));
        let both = [kept(1, Reason::Manual, true), kept(2, Reason::Manual, true)];
        assert!(!is_last_good(&both, &both[0].name));
    }
}
