use super::*;
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::known::{Gap, Known};
use crate::model::resource::GameAnswer;

fn game(second: i64, players: Option<u32>) -> GameServer {
    let target: TargetId = "tgt_lab".parse().expect("an id");
    let id = ResourceId::other(ResourceKind::Game, &target, "world");
    let mut game = GameServer::new(id, "world");
    game.status = GameStatus::Running;
    game.player_trust = PlayerTrust::Exact;
    game.answer = Known::Is(GameAnswer {
        at: Some(Timestamp::from_seconds(second)),
        players,
        ..GameAnswer::default()
    });
    game
}

fn after(seen: &[GameServer]) -> Emptiness {
    let mut emptiness = Emptiness::default();
    for game in seen {
        emptiness.note(game);
    }
    emptiness
}

fn three() -> Vec<GameServer> {
    [100, 130, 160].map(|second| game(second, Some(0))).to_vec()
}

#[test]
fn three_answers_in_a_row_prove_it_since_the_first_of_them() {
    let now = Timestamp::from_seconds(165);
    assert_eq!(after(&three()[..2]).since(now), None);
    assert_eq!(
        after(&three()).since(now),
        Some(Timestamp::from_seconds(100))
    );
    let stale = Timestamp::from_seconds(160 + 121);
    assert_eq!(after(&three()).since(stale), None);
}

#[test]
fn one_answer_that_is_shown_by_three_looks_is_one_answer() {
    let seen = [game(100, Some(0)), game(100, Some(0)), game(100, Some(0))];
    assert_eq!(after(&seen).since(Timestamp::from_seconds(110)), None);
}

#[test]
fn whatever_is_not_certain_begins_the_count_anew() {
    let mut silent = game(130, Some(0));
    silent.silent_for = 1;
    let mut unanswered = game(130, None);
    unanswered.answer = Known::Not(Gap::NotAskedYet);
    let mut doubtful = game(130, Some(0));
    doubtful.player_trust = PlayerTrust::Unreliable;
    let mut restarted = game(130, Some(0));
    restarted.started_at = Some(Timestamp::from_seconds(120));
    let mut starting = game(130, Some(0));
    starting.status = GameStatus::Starting;
    for spoiler in [
        game(130, Some(1)),
        game(130, None),
        silent,
        unanswered,
        doubtful,
        starting,
    ] {
        let seen = [
            game(100, Some(0)),
            game(115, Some(0)),
            spoiler,
            game(160, Some(0)),
        ];
        let since = after(&seen).since(Timestamp::from_seconds(160));
        assert_eq!(since, None, "{:?}", seen[2]);
    }
    let mut seen = three();
    for game in &mut seen {
        game.started_at = Some(Timestamp::from_seconds(50));
    }
    seen.push(restarted);
    assert_eq!(after(&seen).since(Timestamp::from_seconds(160)), None);
}
