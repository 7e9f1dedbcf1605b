//! What changed, and the fleet as it was.

use serde_json::json;

use super::*;
use crate::changes::{self, ABSENT, Attribute, Change, EndedTask, HERE};
use crate::db::DbError;
use crate::model::alert::Finding;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::task::{Task, TaskOutcome};

fn minutes(minutes: i64) -> Timestamp {
    Timestamp(NOON.millis() + minutes * 60_000)
}

fn change(
    at: Timestamp,
    resource: ResourceId,
    attribute: Attribute,
    before: Option<&str>,
    after: &str,
) -> Change {
    Change {
        at,
        resource,
        attribute,
        before: before.map(str::to_owned),
        after: after.to_owned(),
    }
}

fn guest_id(vmid: u32) -> ResourceId {
    ResourceId::guest(&lab::target(), vmid)
}

/// A house that has recorded an afternoon.
async fn recorded() -> House {
    let house = House::open().await;
    house.present(fleet());
    let node = ResourceId::node(&lab::target(), "pve1");
    let rows = vec![
        change(minutes(0), guest_id(100), Attribute::Presence, None, HERE),
        change(minutes(0), guest_id(100), Attribute::Name, None, "old-name"),
        change(minutes(0), guest_id(100), Attribute::Node, None, "pve1"),
        change(minutes(0), guest_id(100), Attribute::Form, None, "vm"),
        change(
            minutes(0),
            guest_id(100),
            Attribute::Status,
            None,
            "stopped",
        ),
        change(
            minutes(9),
            guest_id(100),
            Attribute::Status,
            Some("stopped"),
            "running",
        ),
        change(
            minutes(9),
            guest_id(100),
            Attribute::Boot,
            Some("1"),
            &minutes(9).millis().to_string(),
        ),
        change(
            minutes(20),
            guest_id(100),
            Attribute::Config,
            Some("aa"),
            "bb",
        ),
        change(
            minutes(30),
            guest_id(100),
            Attribute::Name,
            Some("old-name"),
            "<b>new</b>",
        ),
        change(
            minutes(40),
            guest_id(100),
            Attribute::Presence,
            Some(HERE),
            ABSENT,
        ),
        change(
            minutes(10),
            node.clone(),
            Attribute::Boot,
            Some("1"),
            &minutes(9).millis().to_string(),
        ),
        change(minutes(10), node, Attribute::Kernel, Some("6.14"), "6.17"),
    ];
    let task = EndedTask {
        target: lab::target(),
        task: Task {
            id: "UPID:1".into(),
            node: Some("pve1".into()),
            kind: "qmstart".into(),
            subject: Some("100".into()),
            user: Some("root@pam".into()),
            began_at: minutes(8),
            ended_at: Some(minutes(9)),
            outcome: TaskOutcome::Failed("no room".into()),
        },
    };
    let written = house.db.writer.run(move |tx| -> Result<(), DbError> {
        changes::note(tx, &rows)?;
        changes::keep(tx, &[task])
    });
    written.await.unwrap();
    let alert = [Transition::Fire(Finding {
        since: minutes(10),
        at: minutes(11),
        ..finding()
    })];
    let entered: Result<_, AlertError> = house
        .db
        .writer
        .run(move |tx| alerts::apply(tx, &alert))
        .await;
    entered.unwrap();
    house
}

fn kinds(body: &Value) -> Vec<(&str, i64)> {
    let changes = body["changes"].as_array().unwrap().iter();
    let told = changes.map(|one| {
        let at = (one["at"].as_i64().unwrap() - NOON.millis()) / 60_000;
        (one["kind"].as_str().unwrap(), at)
    });
    told.collect()
}

#[actix_web::test]
async fn everything_that_happened_stands_in_one_list() {
    let house = recorded().await;
    let span = format!("from={}&to={}", minutes(0).millis(), minutes(60).millis());
    let body = house
        .ask(get(&format!("/api/hp/changes?{span}")))
        .await
        .body;
    assert_eq!(
        kinds(&body),
        [
            ("gone", 40),
            ("renamed", 30),
            ("config", 20),
            ("alert_began", 10),
            ("updated", 10),
            ("state", 9),
            ("rebooted", 9),
            ("task", 8),
        ]
    );
    let task = &body["changes"][7];
    assert_eq!(task["what"], "qmstart");
    assert_eq!(task["failed"], true);
    assert_eq!(task["after"], "no room");
    assert_eq!(task["resource"], guest_id(100).as_str());
    assert_eq!(task["resource_name"], "guest-100");
    let config = &body["changes"][2];
    assert_eq!(
        (&config["before"], &config["after"]),
        (&json!(null), &json!(null))
    );

    let path = format!("/api/hp/changes?{span}&resource=home-pve1&limit=1");
    let body = house.ask(get(&path)).await.body;
    assert_eq!(kinds(&body), [("updated", 10)]);
    for (query, field) in [
        ("limit=0", "limit"),
        ("from=9&to=5", "from"),
        ("resource=nobody", "resource"),
    ] {
        let answered = house.ask(get(&format!("/api/hp/changes?{query}"))).await;
        assert!(answered.status == 400 || answered.status == 404, "{query}");
        assert_eq!(answered.body["error"]["field"], field);
    }
}

#[actix_web::test]
async fn an_alert_names_what_changed_nearest_to_it() {
    let house = recorded().await;
    let list = house.ask(get("/api/hp/alerts")).await.body;
    let id = list["alerts"][0]["id"].as_str().unwrap();
    let body = house.ask(get(&format!("/api/hp/alerts/{id}"))).await.body;
    assert_eq!(
        kinds(&body),
        [("updated", 10), ("state", 9), ("rebooted", 9), ("task", 8)]
    );
}

#[actix_web::test]
async fn the_fleet_is_shown_as_it_was() {
    let house = recorded().await;
    let cpu: Vec<(Timestamp, f64)> = (0_u8..30)
        .map(|minute| (minutes(minute.into()), 0.01 * f64::from(minute)))
        .collect();
    let history = &house.shared.parts.history;
    let step = Duration::from_secs(60);
    let (id, key) = (guest_id(100), MetricKey::known("cpu"));
    history.import(&id, &key, step, &cpu).await.unwrap();
    let at = async |minute: i64| {
        let path = format!("/api/hp/fleet/past?at={}", minutes(minute).millis());
        house.ask(get(&path)).await.body
    };
    let before = at(5).await;
    let guest = &before["fleet"]["guests"][0];
    assert_eq!(guest["name"], "old-name");
    assert_eq!(guest["status"], "stopped");
    assert_eq!(guest["cpu"], 0.05);
    assert_eq!(guest["cpus"], json!(null), "it is not recorded");
    assert_eq!(guest["memory"]["used"], json!(null));
    assert_eq!(before["fleet"]["alerts"], json!([]));
    assert_eq!(before["changes_since"], NOON.millis());

    let middle = at(15).await;
    let guest = &middle["fleet"]["guests"][0];
    assert_eq!(guest["status"], "running");
    assert_eq!(guest["started_at"], minutes(9).millis());
    assert_eq!(middle["fleet"]["alerts"][0]["value"], json!(null));
    assert_eq!(middle["fleet"]["alerts"][0]["state"], "firing");

    let after = at(45).await;
    assert_eq!(after["fleet"]["guests"], json!([]), "it was gone");
    for bad in [-1, clock::now().millis() + 60_000] {
        let answered = house
            .ask(get(&format!("/api/hp/fleet/past?at={bad}")))
            .await;
        assert_eq!(answered.status, 400);
        assert_eq!(answered.body["error"]["field"], "at");
    }
}

#[actix_web::test]
async fn game_servers_are_shown_as_they_were() {
    let house = House::open().await;
    house.present(fleet());
    let id = ResourceId::other(ResourceKind::Game, &lab::target(), "survival");
    let set = |minute, attribute, before, after| {
        change(minutes(minute), id.clone(), attribute, before, after)
    };
    let rows = vec![
        set(0, Attribute::Presence, None, HERE),
        set(0, Attribute::Name, None, "<b>Survival</b>"),
        set(0, Attribute::Status, None, "running"),
        set(0, Attribute::Version, None, "1.21.4"),
        set(20, Attribute::Status, Some("running"), "stopped"),
    ];
    let written = house
        .db
        .writer
        .run(move |tx| -> Result<(), DbError> { changes::note(tx, &rows) });
    written.await.unwrap();
    let figures = [
        ("players", 7.0),
        ("players_max", 20.0),
        ("latency", 12.5),
        ("up", 1.0),
        ("cpu", 0.25),
    ];
    for (metric, value) in figures {
        let samples = (0..10).map(|minute| Sample {
            resource: id.clone(),
            metric: MetricKey::known(metric),
            at: minutes(minute),
            value,
        });
        let samples: Vec<Sample> = samples.collect();
        house.shared.parts.history.append(&samples, minutes(10));
    }
    let at = async |minute: i64| {
        let path = format!("/api/hp/fleet/past?at={}", minutes(minute).millis());
        house.ask(get(&path)).await.body["fleet"]["games"].clone()
    };
    let then = at(9).await;
    let game = &then[0];
    assert_eq!(game["name"], "<b>Survival</b>");
    assert_eq!(game["status"], "running");
    assert_eq!(
        (&game["players"], &game["players_max"]),
        (&json!(7), &json!(20))
    );
    assert_eq!(game["latency_ms"], 12.5);
    assert_eq!(game["cpu"], 0.25);
    assert_eq!(game["version"], "1.21.4");
    assert_eq!(game["names"], json!(null), "who was on it is not recorded");
    assert_eq!(game["can"], json!([]), "the past cannot be changed");

    let later = at(30).await;
    assert_eq!(later[0]["status"], "stopped");
    assert_eq!(later[0]["players"], json!(null), "unknown is not none");
}
