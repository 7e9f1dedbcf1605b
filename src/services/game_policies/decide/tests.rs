use super::*;
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::known::Known;
use crate::model::resource::{GameAnswer, GameQuery, PlayerTrust};
use crate::model::shared::Shared;
use crate::model::silence::{Schedule, Weekday};

/// Noon of a Sunday.
const NOON: i64 = 1_795_348_800;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(NOON + second)
}

fn game(players: u32) -> GameServer {
    let target: TargetId = "tgt_lab".parse().expect("an id");
    let id = ResourceId::other(ResourceKind::Game, &target, "world");
    let mut game = GameServer::new(id, "world");
    game.status = GameStatus::Running;
    game.player_trust = PlayerTrust::Exact;
    game.started_at = Some(at(-40 * 3600));
    game.query = Some(Shared::new(GameQuery {
        protocol: "mumble".to_owned(),
        host: "127.0.0.1".to_owned(),
        port: 1,
    }));
    game.can = Shared::new(vec![GameAbility::Power, GameAbility::Update]);
    game.answer = Known::Is(GameAnswer {
        players: Some(players),
        ..GameAnswer::default()
    });
    game
}

/// Empty from noon until `seconds` later, by an answer every half minute.
fn empty_for(game: &GameServer, seconds: i64) -> Emptiness {
    let mut emptiness = Emptiness::default();
    for second in (0..=seconds).step_by(30) {
        let mut seen = game.clone();
        if let Known::Is(answer) = &mut seen.answer {
            answer.at = Some(at(second));
        }
        emptiness.note(&seen);
    }
    emptiness
}

fn stop_after(minutes: u32) -> Policy {
    Policy {
        stop_when_empty_minutes: Some(minutes),
        ..Policy::default()
    }
}

fn decided(policy: &Policy, game: &GameServer, seconds: i64) -> Decision {
    let emptiness = empty_for(game, seconds);
    decide(policy, game, &emptiness, Beside::default(), at(seconds))
}

fn order(decision: &Decision) -> Option<Order> {
    match decision {
        Decision::Now { order, .. } => Some(*order),
        Decision::Wait { .. } => None,
    }
}

#[test]
fn an_empty_server_is_stopped_once_it_has_been_so_for_long_enough() {
    let policy = stop_after(10);
    assert_eq!(order(&decided(&policy, &game(0), 540)), None);
    assert_eq!(order(&decided(&policy, &game(0), 600)), Some(Order::Stop));
    assert_eq!(order(&decided(&policy, &game(2), 6000)), None);
}

#[test]
fn nothing_is_done_where_the_number_of_players_proves_nothing() {
    let policy = stop_after(5);
    let mut doubtful = game(0);
    doubtful.player_trust = PlayerTrust::Unreliable;
    let mut silent = game(0);
    silent.silent_for = 1;
    let mut new = game(0);
    new.started_at = Some(at(0));
    let mut unable = game(0);
    unable.can = Shared::default();
    let mut hung = game(0);
    hung.status = GameStatus::Unresponsive;
    for game in [doubtful, silent, new, unable, hung] {
        assert_eq!(order(&decided(&policy, &game, 1200)), None, "{game:?}");
    }
    let emptiness = empty_for(&game(0), 1200);
    let busy = Beside {
        is_busy: true,
        ..Beside::default()
    };
    let decision = decide(&policy, &game(0), &emptiness, busy, at(1200));
    assert_eq!(order(&decision), None);
}

#[test]
fn a_server_is_kept_up_when_people_want_it_to_be() {
    let mut policy = stop_after(5);
    policy.keep_up = vec![Schedule::Weekly {
        days: vec![Weekday::Sunday],
        start: "10:00".to_owned(),
        minutes: 240,
        zone: "UTC".to_owned(),
    }];
    let decision = decided(&policy, &game(0), 600);
    assert!(
        matches!(&decision, Decision::Wait { why } if why.contains("kept up")),
        "{decision:?}"
    );
    assert_eq!(
        order(&decided(&policy, &game(0), 3 * 3600)),
        Some(Order::Stop)
    );
}

#[test]
fn updates_and_restarts_wait_for_the_last_player() {
    let policy = Policy {
        update_when_empty: true,
        restart_after_hours: Some(24),
        ..Policy::default()
    };
    let mut behind = game(0);
    behind.newer_version = Some("1.21.9".to_owned());
    assert_eq!(order(&decided(&policy, &behind, 90)), Some(Order::Update));
    assert_eq!(order(&decided(&policy, &game(0), 90)), Some(Order::Restart));
    assert_eq!(order(&decided(&policy, &game(1), 90)), None);
    let mut young = game(0);
    young.started_at = Some(at(-3600));
    assert_eq!(order(&decided(&policy, &young, 90)), None);
}

#[test]
fn a_leak_is_a_reason_only_when_its_end_is_near() {
    let policy = Policy {
        restart_on_leak: true,
        ..Policy::default()
    };
    let emptiness = empty_for(&game(0), 90);
    for (hours, expected) in [(6, Some(Order::Restart)), (48, None)] {
        let beside = Beside {
            memory_full_at: Some(at(hours * 3600)),
            ..Beside::default()
        };
        let decision = decide(&policy, &game(0), &emptiness, beside, at(90));
        assert_eq!(order(&decision), expected, "{hours} h");
    }
}
