//! Servers on loopback behind hosts that say whatever a test needs.

use std::time::Duration;

use simulator::{GameFault, GameProtocol, GameState};

use super::ask::Bounds;
use super::{QueryPlan, Runtime, RuntimeState, UNANSWERED, Watch};
use crate::model::id::TargetId;
use crate::model::known::{Gap, Known};
use crate::model::resource::{
    GameAnswer, GameRuntime, GameServer, GameStatus, PlayerTrust, Rates, Usage,
};
use crate::model::time::Timestamp;
use crate::sources::games::query::{Limits, Options, protocol};

const START: Timestamp = Timestamp(1_780_000_000_000);

fn at(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

fn plan(name: &str, port: u16) -> QueryPlan {
    QueryPlan {
        protocol: protocol(name).expect("a known protocol"),
        host: "127.0.0.1".to_owned(),
        port,
        options: Options::default(),
        min_interval: Duration::from_secs(30),
        wakes: false,
    }
}

fn runtime(local: &str, state: RuntimeState, query: Option<QueryPlan>) -> Runtime {
    Runtime {
        local: local.to_owned(),
        name: local.to_owned(),
        game: None,
        state,
        facts: Some(GameRuntime::default()),
        started_at: Some(START - Duration::from_secs(24 * 3600)),
        cpu: None,
        cpus: None,
        memory: Usage::default(),
        disk: Usage::default(),
        rates: Rates::default(),
        ports: Vec::new(),
        can: Vec::new(),
        guest: None,
        newer_version: None,
        query,
        reported: None,
        player_trust: PlayerTrust::Exact,
        start_timeout_s: 120,
    }
}

async fn mumble() -> simulator::GameServer {
    simulator::GameServer::start(GameProtocol::Mumble, GameState::default())
        .await
        .expect("starts")
}

fn watch() -> Watch {
    Watch::new(TargetId::random())
}

async fn look(watch: &mut Watch, runtime: &Runtime, seconds: u64) -> GameServer {
    let mut servers = watch.look(vec![runtime.clone()], at(seconds)).await;
    servers.pop().expect("one server")
}

/// A plan whose questions end at once without an answer: nothing listens there.
async fn closed() -> QueryPlan {
    let gone = mumble().await;
    let port = gone.address().port();
    drop(gone);
    plan("mumble", port)
}

#[tokio::test]
async fn what_answers_runs_and_its_players_are_known() {
    let server = mumble().await;
    let mut watch = watch();
    let runtime = runtime(
        "voice",
        RuntimeState::Running,
        Some(plan("mumble", server.address().port())),
    );
    let seen = look(&mut watch, &runtime, 0).await;
    assert_eq!(seen.status, GameStatus::Running);
    assert_eq!(seen.players(), Some(2));
    assert_eq!(
        seen.answer.value().and_then(|answer| answer.at),
        Some(at(0))
    );
    assert_eq!(seen.id.local(), "voice");
}

#[tokio::test]
async fn between_two_questions_the_last_answer_stands_with_its_age() {
    let server = mumble().await;
    let mut watch = watch();
    let runtime = runtime(
        "voice",
        RuntimeState::Running,
        Some(plan("mumble", server.address().port())),
    );
    for seconds in [0, 10, 20] {
        let seen = look(&mut watch, &runtime, seconds).await;
        assert_eq!(
            seen.answer.value().and_then(|answer| answer.at),
            Some(at(0)),
            "{seconds} s"
        );
    }
    assert_eq!(server.heard(), 1);
    look(&mut watch, &runtime, 30).await;
    assert_eq!(server.heard(), 2);
}

#[tokio::test]
async fn one_lost_question_is_nothing_and_three_are_unresponsive() {
    let server = mumble().await;
    let mut watch = watch();
    let mut runtime = runtime(
        "voice",
        RuntimeState::Running,
        Some(plan("mumble", server.address().port())),
    );
    look(&mut watch, &runtime, 0).await;
    runtime.query = Some(closed().await);
    for (seconds, expected, players) in [
        (30, GameStatus::Running, Some(2)),
        (60, GameStatus::Running, Some(2)),
        (90, GameStatus::Unresponsive, None),
    ] {
        let seen = look(&mut watch, &runtime, seconds).await;
        assert_eq!(
            (seen.status, seen.players()),
            (expected, players),
            "{seconds} s"
        );
        assert!(!seen.is_empty_for_certain());
    }
    runtime.query = Some(plan("mumble", server.address().port()));
    let seen = look(&mut watch, &runtime, 120).await;
    assert_eq!((seen.status, seen.silent_for), (GameStatus::Running, 0));
    assert_eq!(seen.problem, None);
}

#[tokio::test]
async fn silence_while_it_starts_is_no_bad_sign_until_its_time_is_over() {
    let mut watch = watch();
    let mut runtime = runtime("slow", RuntimeState::Running, Some(closed().await));
    runtime.started_at = Some(START);
    for (seconds, expected) in [
        (30, GameStatus::Starting),
        (60, GameStatus::Starting),
        (90, GameStatus::Starting),
        (120, GameStatus::Starting),
        (150, GameStatus::Unresponsive),
    ] {
        let seen = look(&mut watch, &runtime, seconds).await;
        assert_eq!(seen.status, expected, "{seconds} s");
    }
}

#[tokio::test]
async fn a_server_that_is_off_or_asleep_is_never_asked() {
    let server = mumble().await;
    let mut watch = watch();
    for (state, expected) in [
        (RuntimeState::Stopped, GameStatus::Stopped),
        (RuntimeState::Paused, GameStatus::Sleeping),
        (RuntimeState::Crashed, GameStatus::Crashed),
        (RuntimeState::Stopping, GameStatus::Stopping),
    ] {
        let runtime = runtime(
            "voice",
            state,
            Some(plan("mumble", server.address().port())),
        );
        let seen = look(&mut watch, &runtime, 0).await;
        assert_eq!(seen.status, expected);
        assert_eq!(seen.players(), None, "off is not empty");
    }
    assert_eq!(server.heard(), 0);
}

#[tokio::test]
async fn what_a_question_would_wake_is_left_alone_while_it_is_empty() {
    let state = GameState {
        players: Vec::new(),
        ..GameState::default()
    };
    let server = simulator::GameServer::start(GameProtocol::MinecraftJava, state)
        .await
        .expect("starts");
    let mut watch = watch();
    let mut runtime = runtime(
        "world",
        RuntimeState::Running,
        Some(QueryPlan {
            wakes: true,
            ..plan("minecraft_java", server.address().port())
        }),
    );
    for seconds in [0, 30, 60, 300] {
        let seen = look(&mut watch, &runtime, seconds).await;
        assert_eq!(seen.players(), Some(0), "{seconds} s");
    }
    assert_eq!(server.heard(), 1);
    look(&mut watch, &runtime, 600).await;
    assert_eq!(server.heard(), 2);
    // Nobody knows whether it sleeps.
    runtime.state = RuntimeState::Unknown;
    look(&mut watch, &runtime, 3600).await;
    assert_eq!(server.heard(), 2);
}

#[tokio::test]
async fn another_run_is_asked_anew() {
    let server = mumble().await;
    let mut watch = watch();
    let mut runtime = runtime(
        "voice",
        RuntimeState::Running,
        Some(plan("mumble", server.address().port())),
    );
    look(&mut watch, &runtime, 0).await;
    runtime.started_at = Some(at(35));
    runtime.query = Some(closed().await);
    let seen = look(&mut watch, &runtime, 40).await;
    assert_eq!((seen.status, seen.players()), (GameStatus::Starting, None));
}

#[tokio::test]
async fn nobody_says_how_a_server_is_that_is_only_asked() {
    let mut watch = watch();
    let runtime = Runtime {
        started_at: None,
        facts: None,
        ..runtime("rented", RuntimeState::Unasked, Some(closed().await))
    };
    let mut words = Vec::new();
    for seconds in [0, 30, 60] {
        words.push(look(&mut watch, &runtime, seconds).await.status);
    }
    assert_eq!(
        words,
        [
            GameStatus::Unknown,
            GameStatus::Unknown,
            GameStatus::Unresponsive
        ]
    );
}

#[tokio::test]
async fn a_question_that_cannot_be_asked_says_nothing_of_the_server() {
    let mut watch = watch();
    let runtime = runtime("pal", RuntimeState::Running, Some(plan("palworld", 9)));
    let mut last = None;
    for seconds in [0, 30, 60, 90] {
        last = Some(look(&mut watch, &runtime, seconds).await);
    }
    let seen = last.expect("a look");
    assert_eq!((seen.status, seen.silent_for), (GameStatus::Running, 0));
    assert!(
        seen.problem
            .as_deref()
            .is_some_and(|why| why.contains("password")),
        "{:?}",
        seen.problem
    );
    assert!(matches!(seen.answer, Known::Not(Gap::Failed { .. })));
}

#[tokio::test]
async fn what_the_host_itself_knows_fills_in_what_the_server_does_not_say() {
    let mut watch = watch();
    let mut runtime = runtime("world", RuntimeState::Running, None);
    runtime.reported = Some(GameAnswer {
        players: Some(3),
        ..GameAnswer::default()
    });
    let seen = look(&mut watch, &runtime, 0).await;
    assert_eq!(
        (seen.status, seen.players()),
        (GameStatus::Running, Some(3))
    );
    let server = mumble().await;
    runtime.query = Some(plan("mumble", server.address().port()));
    runtime.reported = Some(GameAnswer {
        players: Some(3),
        map: Some("attic".to_owned()),
        ..GameAnswer::default()
    });
    let seen = look(&mut watch, &runtime, 30).await;
    let answer = seen.answer.value().expect("an answer");
    assert_eq!(
        (answer.players, answer.map.as_deref()),
        (Some(2), Some("attic"))
    );
}

#[tokio::test]
async fn slow_servers_cost_the_others_nothing() {
    let good = mumble().await;
    let silent = mumble().await;
    silent.set_fault(GameFault::Silent);
    let mut watch = Watch {
        bounds: Bounds {
            at_once: 8,
            altogether: Duration::from_millis(2400),
            each: Limits {
                total: Duration::from_millis(600),
                ..Limits::default()
            },
        },
        ..watch()
    };
    let mut runtimes: Vec<_> = (0..40)
        .map(|index| {
            let plan = plan("mumble", silent.address().port());
            runtime(&format!("dead{index}"), RuntimeState::Running, Some(plan))
        })
        .collect();
    runtimes.push(runtime(
        "good",
        RuntimeState::Running,
        Some(plan("mumble", good.address().port())),
    ));
    // Who was silent before waits for the others, however many there are.
    watch.look(runtimes.clone(), at(0)).await;
    for turn in 1..=u64::from(UNANSWERED) {
        let seen = watch.look(runtimes.clone(), at(30 * turn)).await;
        let good = seen.last().expect("the good one");
        assert_eq!(
            good.answer.value().and_then(|answer| answer.at),
            Some(at(30 * turn))
        );
    }
}

#[tokio::test]
async fn of_two_servers_with_one_name_the_first_stays() {
    let mut watch = watch();
    let runtimes = vec![
        runtime("a b", RuntimeState::Running, None),
        runtime("a_b", RuntimeState::Stopped, None),
    ];
    let seen = watch.look(runtimes, at(0)).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].status, GameStatus::Running);
}
