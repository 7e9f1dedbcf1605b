//! Which backups are let go: the oldest beyond what is kept, but never the last that can be relied
//! on, however many were made of a dead server since. Pure.

use super::types::{GameBackup, Reason};
use crate::model::id::GameBackupId;

/// Safety copies that are kept beside the others.
const SAFETY_COPIES: usize = 3;

/// The ids of those that may go. `all` is one server's, newest first.
pub(super) fn outdated(all: &[GameBackup], keep: u32) -> Vec<GameBackupId> {
    let keep = usize::try_from(keep.max(1)).unwrap_or(usize::MAX);
    let last_good = last_good(all);
    let (safety, others): (Vec<_>, Vec<_>) = all
        .iter()
        .partition(|backup| backup.reason == Reason::Safety);
    let surplus = others.into_iter().skip(keep);
    let surplus = surplus.chain(safety.into_iter().skip(SAFETY_COPIES));
    surplus
        .filter(|backup| Some(&backup.id) != last_good)
        .map(|backup| backup.id.clone())
        .collect()
}

/// The newest that can be relied on.
pub(super) fn last_good(all: &[GameBackup]) -> Option<&GameBackupId> {
    let newest = all.iter().find(|backup| backup.is_good());
    newest.map(|backup| &backup.id)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::id::{ResourceId, ResourceKind, TargetId};
    use crate::model::time::Timestamp;

    const NOW: Timestamp = Timestamp(1_795_350_000_000);

    fn backup(age: u64, healthy: bool, verified: bool, reason: Reason) -> GameBackup {
        let at = NOW - Duration::from_secs(age * 86_400);
        GameBackup {
            id: GameBackupId::random(),
            server: ResourceId::other(ResourceKind::Game, &TargetId::random(), "survival"),
            server_name: "survival".into(),
            game: "minecraft-java".into(),
            path: "/backups/one".into(),
            bytes: 1,
            files: 1,
            sha256: String::new(),
            encrypted: false,
            healthy,
            reason,
            made_at: at,
            made_by: "anna".into(),
            verified_at: verified.then_some(at),
            damage: None,
        }
    }

    /// How old those are that may go.
    fn gone(all: &[GameBackup], keep: u32) -> Vec<u64> {
        let outdated = outdated(all, keep);
        all.iter()
            .filter(|one| outdated.contains(&one.id))
            .map(|one| NOW.since(one.made_at).as_secs() / 86_400)
            .collect()
    }

    #[test]
    fn the_oldest_beyond_what_is_kept_may_go() {
        let all: Vec<_> = (0..5)
            .map(|age| backup(age, true, true, Reason::Planned))
            .collect();
        assert_eq!(gone(&all, 3), [3, 4]);
        assert_eq!(gone(&all, 0), [1, 2, 3, 4], "one is always kept");
        assert_eq!(gone(&all, 9), Vec::<u64>::new());
    }

    #[test]
    fn the_last_good_one_outlives_any_number_of_a_dead_servers() {
        let mut all: Vec<_> = (0..5)
            .map(|age| backup(age, false, true, Reason::Planned))
            .collect();
        all.push(backup(5, true, true, Reason::Planned));
        all.push(backup(6, true, true, Reason::Planned));
        assert_eq!(gone(&all, 2), [2, 3, 4, 6]);
        // What nobody has read through is not relied on either.
        all[0] = backup(0, true, false, Reason::Planned);
        assert_eq!(gone(&all, 2), [2, 3, 4, 6]);
        all[0].verified_at = Some(NOW);
        assert_eq!(gone(&all, 2), [2, 3, 4, 5, 6]);
        all[0].damage = Some("bit rot".into());
        assert_eq!(gone(&all, 2), [2, 3, 4, 6]);
    }

    #[test]
    fn safety_copies_do_not_drive_out_the_others() {
        let mut all: Vec<_> = (0..6)
            .map(|age| backup(age, true, true, Reason::Safety))
            .collect();
        all.push(backup(7, true, true, Reason::Asked));
        assert_eq!(gone(&all, 1), [3, 4, 5]);
    }
}
