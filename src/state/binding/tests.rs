use super::super::Fleet;
use super::super::fleet::tests::{at, guest, seen, summary};
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::known::{Gap, Known};
use crate::model::observation::{Coverage, Outcome};
use crate::model::resource::{
    GameAbility, GameServer, GameStatus, GuestStatus, Resource, SharedResource,
};
use crate::model::target::{Failure, FailureKind};
use crate::model::time::Timestamp;

struct Lab {
    fleet: Fleet,
    cluster: TargetId,
    games: TargetId,
}

/// A cluster with one guest, and a target of games.
fn lab(status: GuestStatus, started_at: Option<i64>) -> Lab {
    let (cluster, games) = (TargetId::random(), TargetId::random());
    let mut home = guest(&cluster, 104, "world", 0.1);
    if let Resource::Guest(guest) = &mut home {
        guest.status = status;
        guest.started_at = started_at.map(Timestamp::from_seconds);
    }
    let mut lab = Lab {
        fleet: Fleet::default(),
        cluster: cluster.clone(),
        games: games.clone(),
    };
    for target in [&cluster, &games] {
        let outcome = Outcome::Configured {
            summary: Box::new(summary(target)),
        };
        lab.take(target.clone(), 0, outcome);
    }
    lab.take(
        cluster.clone(),
        1000,
        seen(&cluster, Coverage::Complete, vec![home]),
    );
    lab
}

impl Lab {
    fn take(&mut self, target: TargetId, second: i64, outcome: Outcome) {
        let observation = at(second, &target, outcome);
        self.fleet = self
            .fleet
            .merge(observation, Timestamp::from_seconds(second))
            .0;
    }

    /// Has the game looked at, silent for `silent_for` questions.
    fn look(&mut self, silent_for: u32) -> GameServer {
        let mut game = GameServer::new(
            ResourceId::other(ResourceKind::Game, &self.games, "world"),
            "world",
        );
        game.guest = Some(ResourceId::guest(&self.cluster, 104));
        game.silent_for = silent_for;
        game.status = GameStatus::Unresponsive;
        let id = game.id.clone();
        let outcome = seen(
            &self.games.clone(),
            Coverage::Complete,
            vec![Resource::Game(game)],
        );
        self.take(self.games.clone(), 1010, outcome);
        let found: &SharedResource = self.fleet.resource(&id).expect("it is there");
        match &**found {
            Resource::Game(game) => game.clone(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_silent_server_in_a_guest_that_is_off_is_off() {
    let seen = lab(GuestStatus::Stopped, None).look(40);
    assert_eq!((seen.status, seen.silent_for), (GameStatus::Stopped, 0));
    assert_eq!(seen.answer, Known::Not(Gap::NotRunning));
    assert_eq!(
        seen.runtime.map(|runtime| runtime.kind.clone()).as_deref(),
        Some("guest")
    );
    assert!(seen.can.contains(&GameAbility::Power));
}

#[test]
fn a_silent_server_in_a_guest_that_runs_is_hung_once_it_had_time_to_start() {
    let seen = lab(GuestStatus::Running, Some(100)).look(3);
    assert_eq!(seen.status, GameStatus::Unresponsive);
    assert_eq!(seen.started_at, Some(Timestamp::from_seconds(100)));
    let seen = lab(GuestStatus::Running, Some(900)).look(3);
    assert_eq!(seen.status, GameStatus::Starting);
}

#[test]
fn what_a_guest_was_before_its_host_was_lost_says_nothing() {
    let mut lab = lab(GuestStatus::Stopped, None);
    let failure = Failure {
        kind: FailureKind::Timeout,
        message: "gone".to_owned(),
        fix: None,
    };
    lab.take(lab.cluster.clone(), 1005, Outcome::Failed { failure });
    let seen = lab.look(3);
    assert_eq!(seen.status, GameStatus::Unresponsive);
    assert_eq!(seen.runtime, None);
}
