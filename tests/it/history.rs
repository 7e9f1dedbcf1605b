//! History against `kill -9`: a child process records and is killed, again and again, and nothing
//! that it had reported as committed is ever missing or different.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use homepulse::db::Db;
use homepulse::history::{Export, Format, History, Selection, Settings};
use homepulse::model::id::{ResourceId, TargetId};
use homepulse::model::metric::MetricKey;
use homepulse::model::observation::Sample;
use homepulse::model::time::{Timestamp, Window};

/// Names the directory in which a child records; set by the test that starts it.
const CHILD: &str = "HOMEPULSE_TEST_HISTORY_CHILD";
const ROUNDS: u64 = 200;
const GUESTS: u32 = 5;
/// Cycles between two commits: an hour is over every tenth commit.
const CYCLES: u64 = 36;
const START: Timestamp = Timestamp::from_seconds(1_795_341_600);

fn moment(cycle: u64) -> Timestamp {
    START + Duration::from_secs(10 * cycle)
}

/// What a guest's processor does in a cycle; any other value is a wrong one.
fn figure(guest: u32, cycle: u64) -> f64 {
    let noise = (u64::from(guest) << 40 | cycle).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (noise >> 54) as f64 / 1000.0
}

fn look(cycle: u64) -> Vec<Sample> {
    let target: TargetId = "tgt_home".parse().expect("an id");
    (0..GUESTS)
        .map(|guest| Sample {
            resource: ResourceId::guest(&target, guest),
            metric: MetricKey::known("cpu"),
            at: moment(cycle),
            value: figure(guest, cycle),
        })
        .collect()
}

async fn open(dir: &Path, now: Timestamp) -> (Db, History) {
    let db = Db::open(&dir.join("history.db")).expect("the database opens");
    let history = History::open(db.clone(), Settings::default(), now).await;
    (db, history.expect("history opens"))
}

/// Not a test by itself: records until it is killed when [`the_one_below`] starts it.
///
/// [`the_one_below`]: nothing_committed_is_lost_however_often_the_process_is_killed
#[tokio::test]
async fn a_child_records_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD).map(PathBuf::from) else {
        return;
    };
    let mut cycle = std::fs::read_to_string(dir.join("next"))
        .expect("where to go on")
        .parse()
        .expect("a number");
    let (_db, history) = open(&dir, moment(cycle)).await;
    loop {
        for _ in 0..CYCLES {
            history.append(&look(cycle), moment(cycle));
            cycle += 1;
        }
        history.flush().await.expect("it commits");
        history.keep_house().await.expect("the house is kept");
        // The parent may be gone, and then there is nobody to tell.
        if writeln!(std::io::stdout(), "committed {cycle}").is_err() {
            return;
        }
    }
}

fn start_child(dir: &Path, next: u64) -> Child {
    std::fs::write(dir.join("next"), next.to_string()).expect("a file");
    Command::new(std::env::current_exe().expect("this program"))
        .args([
            "history::a_child_records_until_it_is_killed",
            "--exact",
            "--nocapture",
        ])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts")
}

/// Kills a child after it has reported `commits` commits and a little; gives back the cycle up to
/// which it reported that everything is committed.
fn record_and_kill(dir: &Path, next: u64, commits: u64) -> u64 {
    let mut child = start_child(dir, next);
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut committed = next;
    let mut seen = 0;
    for line in lines {
        let line = line.expect("a line");
        // The first report stands behind the test runner's own words.
        if let Some((_, cycle)) = line.split_once("committed ") {
            committed = cycle.parse().expect("a number");
            seen += 1;
            if seen == commits {
                child.kill().expect("it is killed");
            }
        }
    }
    child.wait().expect("it has ended");
    assert!(committed > next, "the child committed something");
    committed
}

/// Reads everything from `from` on: every sample has to be right, every cycle whole, none missing.
/// Gives back the cycle after the last.
async fn check(dir: &Path, from: u64, committed: u64) -> u64 {
    let (db, history) = open(dir, moment(committed)).await;
    let window = Window {
        from: moment(from),
        to: moment(committed + 10_000),
    };
    let mut found = vec![from; GUESTS as usize];
    let mut export: Export = history.export(&Selection::default(), window, Format::Csv);
    while let Some(piece) = export.next().await.expect("it is read") {
        for line in String::from_utf8(piece).expect("it is text").lines() {
            let fields: Vec<&str> = line.split(',').collect();
            let Ok(at) = fields[3].parse::<i64>() else {
                continue;
            };
            let guest: u32 = fields[0]
                .rsplit(':')
                .next()
                .expect("a number")
                .parse()
                .expect("a number");
            let cycle = &mut found[guest as usize];
            assert_eq!(at, moment(*cycle).millis(), "guest {guest} misses no cycle");
            let value: f64 = fields[4].parse().expect("a figure");
            assert!(
                (value - figure(guest, *cycle)).abs() < 0.000_6,
                "cycle {cycle}"
            );
            *cycle += 1;
        }
    }
    assert!(
        found.iter().all(|cycle| *cycle == found[0]),
        "commits are whole: {found:?}"
    );
    assert!(
        found[0] >= committed,
        "{} of {committed} are there",
        found[0]
    );
    assert_eq!(history.stats().counters.damaged, 0);
    db.writer.stop();
    found[0]
}

#[tokio::test]
async fn nothing_committed_is_lost_however_often_the_process_is_killed() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut next = 0;
    for round in 0..ROUNDS {
        let begun = next;
        // Between one and five commits: killed before, in and after the making of blocks.
        let committed = record_and_kill(dir.path(), next, 1 + round * 7 % 5);
        let is_last = round + 1 == ROUNDS;
        let from = if is_last || round % 50 == 49 {
            0
        } else {
            begun
        };
        next = check(dir.path(), from, committed).await;
    }
    assert!(next > ROUNDS * CYCLES);
}
