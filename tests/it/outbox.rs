//! The outbox against `kill -9`: a child process lets alerts happen and tells of them, and is
//! killed at any moment, again and again. Every alert that was entered is told to every channel.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use homepulse::alerts::{self, AlertError};
use homepulse::db::{Db, DbError};
use homepulse::http::{Guard, Limits, Outgoing, Trust};
use homepulse::model::alert::{Finding, Severity, Transition};
use homepulse::model::id::{ResourceId, TargetId};
use homepulse::model::time::Timestamp;
use homepulse::notify::outbox::{self, Breaker, DeliveryState, OutboxError};
use homepulse::notify::{Catalogue, Channels, Dispatcher, Pace, Tools};
use homepulse::secret::Vault;
use homepulse::telemetry::clock;
use simulator::{WebhookFault, WebhookRequest, WebhookSink};
use tokio_util::sync::CancellationToken;

use crate::appliance::PATIENCE;

/// Names the directory of a child; set by the test that starts it.
const CHILD: &str = "HOMEPULSE_TEST_OUTBOX_CHILD";
const ROUNDS: u32 = 200;

/// Attempts that follow each other within milliseconds.
const HASTE: Pace = Pace {
    first: Duration::from_millis(10),
    factor: 1.0,
    longest: Duration::from_millis(10),
    attempts: 100_000,
    breaker: Breaker {
        failures: 5,
        first: Duration::from_millis(10),
        longest: Duration::from_millis(10),
    },
};

#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Ledger(#[from] AlertError),
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

async fn open(dir: &Path) -> (Db, Channels) {
    let db = Db::open(&dir.join("outbox.db")).expect("the database opens");
    let vault = Vault::open(dir).expect("the vault opens");
    let tools = Tools {
        outgoing: Outgoing::new(&Trust::Anyone, Limits::default(), Guard::default())
            .expect("a client"),
        catalogue: Catalogue::ours(),
        figures: None,
        instance: "crashing".into(),
    };
    let channels = Channels::open(db.clone(), vault, tools).await;
    (db, channels.expect("the channels are read"))
}

/// One channel that is told of everything by itself, and one that gathers.
async fn set_up(dir: &Path, hasty: &WebhookSink, calm: &WebhookSink) {
    let (db, _) = open(dir).await;
    let rows = [("chn_hasty", hasty), ("chn_calm", calm)];
    let rows = rows.map(|(id, sink)| {
        let config = serde_json::json!({"url": sink.url("/hook")});
        (id, config.to_string())
    });
    let routing = serde_json::json!({"routes": [
        {"name": "a", "continue": true, "tell": {"channels": ["chn_hasty"], "group_seconds": 0}},
        {"name": "b", "tell": {"channels": ["chn_calm"], "group_seconds": 1}},
    ]});
    let written = db.writer.run(move |tx| -> Result<(), WriteError> {
        for (id, config) in rows {
            tx.execute(
                "INSERT INTO channels (id, kind, name, config, enabled, created_at)
                 VALUES (?1, 'webhook', ?1, ?2, 1, 0)",
                (id, config),
            )?;
        }
        tx.execute(
            "INSERT INTO settings (key, value) VALUES ('routing', ?1)",
            [routing.to_string()],
        )?;
        Ok(())
    });
    written.await.expect("it is set up");
    db.writer.stop();
}

fn finding(number: u32, now: Timestamp) -> Finding {
    let target: TargetId = "tgt_home".parse().expect("an id");
    Finding {
        rule: "threshold",
        subject: "cpu".into(),
        resource: ResourceId::guest(&target, number),
        resource_name: format!("guest{number}"),
        tags: Vec::new(),
        node: None,
        severity: Severity::Warning,
        message: format!("guest{number} is busy"),
        value: None,
        limit: None,
        since: now,
        at: now,
    }
}

/// Enters that something began, and that what began some time ago is over; tells both.
async fn enter(db: &Db, channels: &Channels, number: u32) {
    let now = clock::now();
    let mut transitions = vec![Transition::Fire(finding(number, now))];
    if let Some(over) = number.checked_sub(3) {
        let begun = finding(over, now);
        transitions.push(Transition::Clear {
            rule: begun.rule,
            subject: begun.subject,
            resource: begun.resource,
            value: None,
            at: now,
            message: format!("guest{over} is calm"),
        });
    }
    let audience = channels.enabled();
    let entered = db.writer.run(move |tx| -> Result<(), WriteError> {
        let events = alerts::apply(tx, &transitions)?;
        outbox::enqueue(tx, events.iter().map(|event| &event.alert), &audience, now)?;
        Ok(())
    });
    entered.await.expect("it is entered");
    channels.bell().ring();
}

/// Not a test by itself: lets alerts happen until it is killed when [`the_one_below`] starts it.
///
/// [`the_one_below`]: every_alert_is_told_however_often_the_process_is_killed
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_tells_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD).map(PathBuf::from) else {
        return;
    };
    let next = std::fs::read_to_string(dir.join("next")).expect("where to go on");
    let mut number: u32 = next.parse().expect("a number");
    let (db, channels) = open(&dir).await;
    let dispatcher = Dispatcher::new(channels.clone(), clock::now).with_pace(HASTE);
    tokio::spawn(dispatcher.run(CancellationToken::new()));
    loop {
        enter(&db, &channels, number).await;
        number += 1;
        // The parent may be gone, and then there is nobody to tell.
        if writeln!(std::io::stdout(), "entered {number}").is_err() {
            return;
        }
    }
}

fn start_child(dir: &Path, next: u32) -> Child {
    std::fs::write(dir.join("next"), next.to_string()).expect("a file");
    Command::new(std::env::current_exe().expect("this program"))
        .args([
            "outbox::a_child_tells_until_it_is_killed",
            "--exact",
            "--nocapture",
        ])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts")
}

/// Kills a child after it has reported `commits` commits, or in the middle of sending what a sink
/// has just received; gives back the number that it reported last.
fn tell_and_kill(dir: &Path, next: u32, commits: u32) -> u32 {
    let mut child = start_child(dir, next);
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut entered = next;
    for line in lines {
        let line = line.expect("a line");
        // The first report stands behind the test runner's own words.
        if let Some((_, number)) = line.split_once("entered ") {
            entered = number.parse().expect("a number");
            if entered == next + commits {
                child.kill().expect("it is killed");
            }
        }
    }
    child.wait().expect("it has ended");
    assert!(entered > next, "the child entered something");
    entered
}

/// What a request tells: names of guests with what happened to them.
fn told(request: &WebhookRequest) -> Vec<(String, String)> {
    let body = request.json();
    let of = |kind: &serde_json::Value, name: &serde_json::Value| {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        (text(name), text(kind))
    };
    let mut told = vec![of(&body["type"], &body["alert"]["resource_name"])];
    for other in body["others"].as_array().into_iter().flatten() {
        told.push(of(&other["type"], &other["resource_name"]));
    }
    told
}

fn check(requests: &[WebhookRequest], alerts: u32) {
    let mut bodies: BTreeMap<String, &[u8]> = BTreeMap::new();
    let mut seen: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for request in requests {
        let id = request.header("idempotency-key").expect("an id").to_owned();
        let first = bodies.entry(id.clone()).or_insert(&request.body);
        assert_eq!(*first, request.body, "one id, one content: {id}");
        for news in told(request) {
            seen.entry(news).or_default().insert(id.clone());
        }
    }
    for number in 0..alerts {
        let guest = format!("guest{number}");
        let of = |kind: &str| seen.get(&(guest.clone(), kind.to_owned()));
        let begun = of("alert.fired").map_or(0, BTreeSet::len);
        assert_eq!(begun, 1, "the beginning of {guest} under one id");
        if number + 3 < alerts {
            let ended = of("alert.resolved").map_or(0, BTreeSet::len);
            assert_eq!(ended, 1, "the end of {guest} under one id");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_alert_is_told_however_often_the_process_is_killed() {
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let (hasty, calm) = (WebhookSink::start().await, WebhookSink::start().await);
    let (hasty, calm) = (hasty.expect("a sink"), calm.expect("a sink"));
    set_up(dir.path(), &hasty, &calm).await;
    let mut next = 0;
    for round in 0..ROUNDS {
        // Sinks that take a message and break off leave the child in doubt; it says so again.
        let fault = match round % 4 {
            1 => WebhookFault::Cut,
            2 => WebhookFault::Status(503),
            _ => WebhookFault::None,
        };
        hasty.set_fault(fault.clone());
        calm.set_fault(fault);
        let path = dir.path().to_owned();
        let commits = 1 + round * 7 % 9;
        let killed = tokio::task::spawn_blocking(move || tell_and_kill(&path, next, commits));
        next = killed.await.expect("it is killed");
    }
    hasty.set_fault(WebhookFault::None);
    calm.set_fault(WebhookFault::None);

    // What was committed but not reported counts, too.
    let (db, channels) = open(dir.path()).await;
    let alerts = db.reader.run(|connection| -> Result<u32, WriteError> {
        let sql = "SELECT COUNT(*) FROM alerts";
        Ok(connection.query_row(sql, [], |row| row.get(0))?)
    });
    let alerts = alerts.await.expect("a count");
    assert!(alerts >= next, "{alerts} of {next} are there");
    let stop = CancellationToken::new();
    let dispatcher = Dispatcher::new(channels, clock::now).with_pace(HASTE);
    let running = tokio::spawn(dispatcher.run(stop.clone()));
    let began = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    loop {
        looks.tick().await;
        let due = outbox::LogFilter {
            state: Some(DeliveryState::Due),
            ..outbox::LogFilter::default()
        };
        let due = outbox::log(&db, due, 10).await.expect("a log");
        if due.is_empty() {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "still due: {due:#?}");
    }
    stop.cancel();
    running.await.expect("it ends in order");
    check(&hasty.requests(), alerts);
    check(&calm.requests(), alerts);
    db.writer.stop();
}
