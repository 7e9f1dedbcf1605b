//! Policies over a real database and a present that tests play, with orders written down.

use std::sync::Mutex;

use super::*;
use crate::model::id::{ResourceKind, TargetId};
use crate::model::known::Known;
use crate::model::observation::{Coverage, Observation, Outcome};
use crate::model::resource::{
    GameAbility, GameAnswer, GameQuery, GameServer, GameStatus, PlayerTrust, Resource,
};
use crate::model::shared::Shared;
use crate::model::target::TargetSummary;
use crate::state::{Change, Fleet, LiveWriter};

const NOON: i64 = 1_795_348_800;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(NOON + second)
}

fn target() -> TargetId {
    "tgt_lab".parse().expect("a target id")
}

fn world() -> ResourceId {
    ResourceId::other(ResourceKind::Game, &target(), "world")
}

/// Writes down what it is told.
#[derive(Default)]
struct Book {
    told: Mutex<Vec<(ResourceId, Errand)>>,
    refuses: bool,
}

impl Orders for Book {
    fn carry_out(
        &self,
        server: ResourceId,
        errand: Errand,
        _: String,
    ) -> BoxFuture<'_, Result<(), String>> {
        self.told.lock().expect("no panic").push((server, errand));
        let refused = Err("somebody plays".to_owned());
        Box::pin(std::future::ready(if self.refuses {
            refused
        } else {
            Ok(())
        }))
    }

    fn is_busy(&self, _: &ResourceId) -> bool {
        false
    }
}

struct Lab {
    policies: GamePolicies,
    book: Arc<Book>,
    live: LiveWriter,
    fleet: Fleet,
    _forecasts: watch::Sender<Arc<Forecasts>>,
    dir: tempfile::TempDir,
}

async fn lab(book: Book) -> Lab {
    let dir = tempfile::tempdir().expect("a folder");
    let (live, reader) = Live::new();
    let (forecasts, receiver) = watch::channel(Arc::default());
    let book = Arc::new(book);
    let policies = open(dir.path(), reader, receiver, &book).await;
    let mut lab = Lab {
        policies,
        book,
        live,
        fleet: Fleet::default(),
        _forecasts: forecasts,
        dir,
    };
    let address = String::new();
    let summary = TargetSummary::configured(target(), "lab".into(), "game", address, true);
    lab.observe(
        0,
        Outcome::Configured {
            summary: Box::new(summary),
        },
    );
    lab
}

async fn open(
    dir: &std::path::Path,
    live: Live,
    forecasts: watch::Receiver<Arc<Forecasts>>,
    book: &Arc<Book>,
) -> GamePolicies {
    let db = Db::open(&dir.join("test.db")).expect("a database");
    let history = History::open(db.clone(), crate::history::Settings::default(), at(0)).await;
    let parts = PolicyParts {
        settings: Settings::new(db.clone()),
        history: history.expect("a history"),
        live,
        forecasts,
        orders: Arc::clone(book) as Arc<dyn Orders>,
        db,
    };
    GamePolicies::open(parts).await.expect("policies")
}

impl Lab {
    fn observe(&mut self, second: i64, outcome: Outcome) {
        let observation = Observation {
            target: target(),
            at: at(second),
            took: Duration::ZERO,
            outcome,
        };
        let (fleet, diff) = self.fleet.merge(observation, at(second));
        self.fleet = fleet.clone();
        self.live.publish(Change {
            fleet: Arc::new(fleet),
            diff,
            alerts: Vec::new(),
        });
    }

    /// Shows the server with so many players, and what is due by the policy.
    fn see(&mut self, second: i64, status: GameStatus, players: u32) -> Vec<Errand> {
        let mut game = GameServer::new(world(), "world");
        game.status = status;
        game.player_trust = PlayerTrust::Exact;
        game.started_at = Some(at(-7200));
        game.can = Shared::new(vec![GameAbility::Power]);
        game.query = Some(Shared::new(GameQuery {
            protocol: "mumble".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: 1,
        }));
        if status == GameStatus::Running {
            game.answer = Known::Is(GameAnswer {
                at: Some(at(second)),
                players: Some(players),
                ..GameAnswer::default()
            });
        }
        let summary =
            TargetSummary::configured(target(), "lab".into(), "game", String::new(), true);
        self.observe(
            second,
            Outcome::Seen {
                summary: Box::new(summary),
                coverage: Coverage::Complete,
                resources: vec![Resource::Game(game)],
                samples: Vec::new(),
                facts: Box::default(),
                past: Vec::new(),
            },
        );
        let due = self.policies.look(&self.fleet, None, at(second));
        due.into_iter().map(|(_, errand, _)| errand).collect()
    }
}

fn stop_after(minutes: u32) -> Policy {
    Policy {
        stop_when_empty_minutes: Some(minutes),
        wake_addresses: vec!["mc.example.org".to_owned()],
        ..Policy::default()
    }
}

#[tokio::test]
async fn a_policy_is_kept_over_a_restart_and_a_wrong_one_changes_nothing() {
    let lab = lab(Book::default()).await;
    let policies = &lab.policies;
    assert!(!policies.standing(&world(), at(0)).is_set);
    let set = policies.set(&world(), stop_after(30), at(0)).await;
    set.expect("kept");
    let refused = policies.set(&world(), stop_after(1), at(0)).await;
    assert!(matches!(refused, Err(PolicyError::Invalid { .. })));
    let (_, reader) = Live::new();
    let (_sender, receiver) = watch::channel(Arc::default());
    let again = open(lab.dir.path(), reader, receiver, &lab.book).await;
    assert_eq!(again.standing(&world(), at(0)).policy, stop_after(30));
    assert!(again.clear(&world()).await.expect("forgotten"));
    assert!(!again.standing(&world(), at(0)).is_set);
}

#[tokio::test]
async fn what_is_due_is_told_once_and_then_there_is_rest() {
    let mut lab = lab(Book::default()).await;
    let set = lab.policies.set(&world(), stop_after(10), at(0)).await;
    set.expect("kept");
    let mut told = Vec::new();
    for second in (0..1200).step_by(30) {
        for errand in lab.see(second, GameStatus::Running, 0) {
            told.push((second, errand));
        }
    }
    assert_eq!(told, [(600, Errand::Due(Order::Stop))]);
    let standing = lab.policies.standing(&world(), at(1180));
    assert_eq!(standing.empty_since, Some(at(0)));
    assert_eq!(standing.ordered_at, Some(at(600)));
}

#[tokio::test]
async fn without_a_policy_nothing_is_done() {
    let mut lab = lab(Book::default()).await;
    for second in (0..3600).step_by(30) {
        assert_eq!(lab.see(second, GameStatus::Running, 0), []);
    }
}

#[tokio::test]
async fn somebody_who_comes_starts_the_server_that_is_off() {
    let mut lab = lab(Book::default()).await;
    let policies = lab.policies.clone();
    let set = policies.set(&world(), stop_after(10), at(0)).await;
    set.expect("kept");
    let call = |action: &str, address: &str| Call {
        action: action.to_owned(),
        server_address: address.to_owned(),
    };
    let up = call("up", "MC.example.org:25565");
    lab.see(0, GameStatus::Stopped, 0);
    assert!(matches!(
        policies.answer_call("anything", &up).await,
        Err(PolicyError::Stranger)
    ));
    let token = policies.open_door().await.expect("a token");
    assert!(matches!(
        policies.answer_call("wake_0", &up).await,
        Err(PolicyError::Stranger)
    ));
    let woken = policies.answer_call(&token, &up).await;
    assert_eq!(woken.expect("started"), Woken::Started(world()));
    let down = call("down", "mc.example.org");
    let noted = policies.answer_call(&token, &down).await;
    assert_eq!(noted.expect("noted"), Woken::Noted);
    let other = policies
        .answer_call(&token, &call("up", "other.example.org"))
        .await;
    assert!(matches!(other, Err(PolicyError::NobodyThere(_))));
    lab.see(30, GameStatus::Running, 1);
    let woken = policies.answer_call(&token, &up).await;
    assert_eq!(woken.expect("up"), Woken::Up(world()));
    let told = lab.book.told.lock().expect("no panic").clone();
    assert_eq!(told, [(world(), Errand::Start)]);
    policies.close_door().await.expect("closed");
    assert!(policies.answer_call(&token, &up).await.is_err());
}

#[tokio::test]
async fn a_host_that_refuses_is_shown() {
    let mut lab = lab(Book {
        refuses: true,
        ..Book::default()
    })
    .await;
    let policies = lab.policies.clone();
    let set = policies.set(&world(), stop_after(10), at(0)).await;
    set.expect("kept");
    lab.see(0, GameStatus::Stopped, 0);
    let token = policies.open_door().await.expect("a token");
    let call = Call {
        action: "up".to_owned(),
        server_address: "mc.example.org".to_owned(),
    };
    let refused = policies.answer_call(&token, &call).await;
    assert!(
        matches!(&refused, Err(PolicyError::NotStarted(why)) if why.contains("plays")),
        "{refused:?}"
    );
}
