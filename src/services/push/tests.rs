use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::*;
use crate::model::id::ResourceId;
use crate::model::metric::MetricKey;
use crate::model::observation::{Coverage, Sample};
use crate::model::resource::{Node, Resource};
use crate::model::target::TargetSummary;
use crate::sources::poller::Pace;
use crate::sources::push::Object;
use crate::state::{Change, Diff, Fleet, LiveWriter};

const NOON: Timestamp = Timestamp(1_795_348_800_000);

struct House {
    push: Push,
    inbox: mpsc::Receiver<Observation>,
    target: TargetId,
    writer: LiveWriter,
    fleet: Fleet,
    dir: tempfile::TempDir,
}

fn node(target: &TargetId, cpu: Option<f64>) -> Resource {
    Resource::Node(Node {
        cpu,
        ..Node::bare(target, "pve1")
    })
}

async fn open(dir: &std::path::Path, live: Live) -> (Push, mpsc::Receiver<Observation>) {
    let db = Db::open(&dir.join("homepulse.db")).expect("a database");
    let vault = Vault::open(dir).expect("a vault");
    let (inbox, observations) = mpsc::channel(64);
    let pace = Pace {
        interval: Duration::from_secs(3600),
        places: Arc::new(Semaphore::new(1)),
    };
    let targets = Targets::new(
        db.clone(),
        vault.clone(),
        pace,
        inbox.clone(),
        CancellationToken::new(),
    );
    let push = Push::open(db, vault, live, targets, inbox).await;
    (push.expect("opened"), observations)
}

impl House {
    /// A target with one node, whose CPU a look told at noon.
    async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let (writer, live) = Live::new();
        let (push, inbox) = open(dir.path(), live).await;
        let target: TargetId = "tgt_lab".parse().expect("an id");
        let mut house = Self {
            push,
            inbox,
            target,
            writer,
            fleet: Fleet::default(),
            dir,
        };
        let summary = || {
            let name = "lab".to_owned();
            Box::new(TargetSummary::configured(
                house.target.clone(),
                name,
                "pve",
                String::new(),
                true,
            ))
        };
        let configured = Outcome::Configured { summary: summary() };
        let seen = Outcome::Seen {
            summary: summary(),
            coverage: Coverage::Complete,
            resources: vec![node(&house.target, Some(0.5))],
            samples: Vec::new(),
            facts: Box::default(),
            past: Vec::new(),
        };
        house.show(configured);
        house.show(seen);
        house
    }

    fn show(&mut self, outcome: Outcome) {
        let observation = Observation {
            target: self.target.clone(),
            at: NOON,
            took: Duration::ZERO,
            outcome,
        };
        self.fleet = self.fleet.merge(observation, NOON).0;
        self.writer.publish(Change {
            fleet: Arc::new(self.fleet.clone()),
            diff: Diff::default(),
            alerts: Vec::new(),
        });
    }

    async fn take(&mut self, points: Vec<Point>, now: Timestamp) -> (Taken, Vec<Sample>) {
        self.push.token(&self.target, NOON).await.expect("a token");
        let taken = self.push.take_points(&self.target, points, now).await;
        let samples = match self.inbox.try_recv().map(|seen| seen.outcome) {
            Ok(Outcome::Pushed { samples }) => samples,
            _ => Vec::new(),
        };
        (taken, samples)
    }
}

fn point(measurement: &str, key: &str, value: f64, at: Timestamp) -> Point {
    Point {
        object: Object::Node("pve1".into()),
        measurement: measurement.into(),
        instance: (measurement == "nics").then(|| "eno1".into()),
        key: key.into(),
        value,
        at: Some(at),
    }
}

#[tokio::test]
async fn a_token_opens_one_targets_door_and_survives_a_restart() {
    let house = House::new().await;
    let token = house
        .push
        .token(&house.target, NOON)
        .await
        .expect("a token");
    let again = house
        .push
        .token(&house.target, NOON)
        .await
        .expect("a token");
    assert_eq!(token.expose_secret(), again.expose_secret());
    assert_eq!(
        house.push.admit(token.expose_secret()),
        Some(house.target.clone())
    );
    assert_eq!(house.push.admit("hpp_wrong"), None);
    let stranger: TargetId = "tgt_none".parse().expect("an id");
    let refused = house.push.token(&stranger, NOON).await;
    assert!(matches!(refused, Err(DoorError::NoTarget { .. })));
    let (reopened, _inbox) = open(house.dir.path(), Live::new().1).await;
    assert_eq!(
        reopened.admit(token.expose_secret()),
        Some(house.target.clone())
    );
    reopened.close(&house.target).await.expect("closed");
    assert_eq!(reopened.admit(token.expose_secret()), None);
    let (closed, _inbox) = open(house.dir.path(), Live::new().1).await;
    assert_eq!(closed.admit(token.expose_secret()), None);
}

#[tokio::test]
async fn what_a_look_told_is_not_recorded_again_until_looks_fail() {
    let mut house = House::new().await;
    let soon = NOON + Duration::from_secs(10);
    let sent = |at| {
        vec![
            point("cpustat", "cpu", 0.7, at),
            point("cpustat", "wait", 0.1, at),
        ]
    };
    let (taken, samples) = house.take(sent(soon), soon).await;
    assert_eq!((taken.recorded, taken.known), (1, 1), "{samples:?}");
    assert_eq!(samples[0].metric, MetricKey::known("iowait"));
    // Nobody has looked for a minute.
    let later = NOON + Duration::from_secs(60);
    let (taken, samples) = house.take(sent(later), later).await;
    assert_eq!((taken.recorded, taken.known), (2, 0));
    assert_eq!(samples[0].value, 0.7);
    assert_eq!(samples[0].resource, ResourceId::node(&house.target, "pve1"));
}

#[tokio::test]
async fn counters_become_rates_and_odd_times_do_no_harm() {
    let mut house = House::new().await;
    let at = |seconds| NOON + Duration::from_secs(seconds);
    let receive = |value, when| vec![point("nics", "receive", value, when)];
    let (first, _) = house.take(receive(1000.0, at(60)), at(60)).await;
    assert_eq!(first.recorded, 0, "a counter alone says nothing");
    let (_, samples) = house.take(receive(3000.0, at(70)), at(70)).await;
    assert_eq!(samples[0].value, 200.0);
    // From the future: taken as of now. From yesterday: not taken.
    let ahead = vec![point("cpustat", "wait", 0.2, at(86_400))];
    let (_, samples) = house.take(ahead, at(80)).await;
    assert_eq!(samples[0].at, at(80));
    let old = vec![point("cpustat", "wait", 0.2, NOON)];
    let (taken, _) = house.take(old, at(86_400)).await;
    assert_eq!((taken.recorded, taken.dropped), (0, 1));
}

#[tokio::test]
async fn series_that_only_the_sender_knows_are_bounded() {
    let mut house = House::new().await;
    let points = (0..400)
        .map(|number| Point {
            object: Object::Other("room/1".into()),
            measurement: "sensor".into(),
            instance: None,
            key: format!("t{number}"),
            value: 21.5,
            at: None,
        })
        .collect();
    let (taken, samples) = house.take(points, NOON).await;
    assert_eq!((taken.recorded, taken.dropped), (256, 144));
    assert_eq!(samples[0].resource.as_str(), "pushed:tgt_lab:room_1");
    assert_eq!(samples[0].metric.as_str(), "sensor.t0");
    let status = house.push.status(&house.target).expect("a door");
    assert_eq!((status.series.len(), status.bodies), (256, 1));
    let unknown = Point {
        object: Object::Guest(4711),
        ..point("system", "cpu", 1.0, NOON)
    };
    let (taken, _) = house.take(vec![unknown], NOON).await;
    assert_eq!(taken.dropped, 1, "nobody knows such a guest");
}

#[tokio::test]
async fn what_a_host_announces_is_kept() {
    let house = House::new().await;
    house
        .push
        .token(&house.target, NOON)
        .await
        .expect("a token");
    for number in 0..3 {
        let announced = Notification {
            kind: "vzdump".into(),
            severity: "error".into(),
            title: format!("backup failed {number}"),
            message: "job errors".into(),
            at: None,
            fields: BTreeMap::from([("hostname".to_owned(), "pve1".to_owned())]),
        };
        let taken = house.push.take_notification(&house.target, announced, NOON);
        taken.await.expect("kept");
    }
    let all = house.push.announced(None, None, 2).await.expect("rows");
    assert_eq!(all[0].notification.title, "backup failed 2");
    assert_eq!(all[0].notification.fields["hostname"], "pve1");
    let page = house
        .push
        .announced(Some(house.target.clone()), Some(all[1].id), 10);
    assert_eq!(page.await.expect("rows").len(), 1);
}

#[test]
fn the_commands_say_all_that_the_host_needs() {
    let target: TargetId = "tgt_lab".parse().expect("an id");
    let address = Url::parse("https://pulse.lan/home/").expect("an address");
    let ways = setup::ways(&target, &address, "hpp_1");
    let all: Vec<&String> = ways.iter().flat_map(|way| &way.commands).collect();
    assert!(all[0].contains("--url 'https://pulse.lan/home/api/hp/push/pve/tgt_lab'"));
    assert!(all[0].contains(&base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        "hpp_1"
    )));
    let influx = all
        .iter()
        .find(|text| text.contains("influxdb "))
        .expect("one");
    assert!(influx.contains("--server pulse.lan --port 443 --influxdbproto https"));
    assert!(influx.contains("--api-path-prefix home"));
    assert!(
        all.iter()
            .any(|text| text.contains("--otel-path /home/v1/metrics"))
    );
    assert!(ways.iter().all(|way| !way.undo.is_empty()));
    // The body that the host is told to send is the body that is read here.
    let sent = json!({
        "severity": "info", "title": "t", "message": "m", "timestamp": 1, "fields": {"type": "test"},
    });
    let read = notification::read(sent.to_string().as_bytes()).expect("a notification");
    assert_eq!(read.kind, "test");
}
