//! What keeps people from being told, with the real binary: one mail for one incident, a silence
//! that ends, and a power cut in the middle of both.

use serde_json::json;
use simulator::{GuestKind, GuestSpec, Metric, Role};

use crate::appliance::{Appliance, Lab, PATIENCE, QUICK_CPU};

/// How long a node has to be offline in tests: long enough for others to complain before.
const NODE_RULE: &str = "[rules.kinds.node.rules.node_offline]\ndwell_seconds = 8\n";

const GUESTS: usize = 30;

fn count(answer: &serde_json::Value, wanted: impl Fn(&serde_json::Value) -> bool) -> Option<usize> {
    let alerts = answer["alerts"].as_array()?;
    Some(alerts.iter().filter(|alert| wanted(alert)).count())
}

#[tokio::test]
async fn a_lost_node_with_thirty_guests_is_one_mail_whatever_happens_meanwhile() {
    let lab = Lab::start(3, 3).await;
    let world = lab.pve.world();
    let node = world.nodes().last().expect("a node").name.clone();
    let guests: Vec<u32> = (0..GUESTS)
        .map(|number| {
            let name = format!("app{number}");
            world.add_guest(GuestSpec::new(&name, GuestKind::Container, &node))
        })
        .collect();
    let config = lab.config(&[
        NODE_RULE.into(),
        lab.target("lab", Role::Auditor),
        lab.mail(),
    ]);
    let first = Appliance::start(&config, &lab.data_dir());
    let resources = first
        .wait_for("/api/hp/fleet", |fleet| {
            let ids = fleet["guests"].as_array()?.iter().filter_map(|guest| {
                let vmid = u32::try_from(guest["vmid"].as_u64()?).ok()?;
                guests.contains(&vmid).then(|| guest["id"].clone())
            });
            let ids: Vec<serde_json::Value> = ids.collect();
            (ids.len() == GUESTS).then_some(ids)
        })
        .await;

    // The node is lost, and a check of its own says so of every guest before the node's alert may.
    world.set_node_online(&node, false);
    first
        .wait_for("/api/hp/fleet", |fleet| {
            let nodes = fleet["nodes"].as_array()?;
            let found = nodes.iter().find(|found| found["name"] == node.as_str())?;
            (found["status"] == "offline").then_some(())
        })
        .await;
    let mut posted = Vec::new();
    for resource in &resources {
        let alert = json!({
            "resource": resource, "subject": "ping", "severity": "critical",
            "message": "It does not answer."
        });
        let answer = first
            .request(reqwest::Method::POST, "/api/hp/alerts")
            .json(&alert);
        let answer = answer.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let alert: serde_json::Value = answer.json().await.expect("an alert");
        posted.push(alert["id"].as_str().expect("an id").to_owned());
    }

    let cause = first
        .wait_for("/api/hp/alerts?rule=node_offline", |answer| {
            answer["alerts"].as_array()?.first().cloned()
        })
        .await;
    let id = cause["id"].as_str().expect("an id").to_owned();
    let explained = |answer: &serde_json::Value| {
        let count = count(answer, |alert| alert["hold"]["by"] == id.as_str())?;
        (count == GUESTS).then_some(())
    };
    let held = "/api/hp/alerts?hold=inhibited&rule=posted";
    first.wait_for(held, explained).await;
    let (_, details) = first.get(&format!("/api/hp/alerts/{id}")).await;
    assert_eq!(details["affected"].as_array().map(Vec::len), Some(GUESTS));
    lab.smtp.wait_for(1, PATIENCE).await.expect("a mail");
    first.kill();

    let second = Appliance::start(&config, &lab.data_dir());
    second
        .wait_for("/api/hp/targets", |answer| {
            (answer["targets"][0]["state"] == "online").then_some(())
        })
        .await;
    second.wait_for(held, explained).await;
    world.set_node_online(&node, true);
    lab.smtp
        .wait_for(2, PATIENCE)
        .await
        .expect("a resolve mail");
    for id in &posted {
        let path = format!("/api/hp/alerts/{id}/resolve");
        let answer = second.request(reqwest::Method::POST, &path).send().await;
        assert_eq!(answer.expect("an answer").status(), 200);
    }
    second
        .wait_for("/api/hp/alerts", |answer| {
            answer["alerts"].as_array()?.is_empty().then_some(())
        })
        .await;
    let mails = lab.smtp.wait_for(2, PATIENCE).await.expect("two mails");
    let (_, log) = second.get("/api/hp/deliveries").await;
    assert_eq!(log["deliveries"].as_array().map(Vec::len), Some(2), "{log}");
    assert!(mails.iter().all(|mail| {
        let subject = mail.header("Subject").unwrap_or_default();
        subject.contains(&node)
    }));
}

#[tokio::test]
async fn a_silence_outlives_a_power_cut_and_what_still_holds_is_told_when_it_ends() {
    let lab = Lab::start(2, 6).await;
    let config = lab.config(&[
        QUICK_CPU.into(),
        lab.target("lab", Role::Auditor),
        lab.mail(),
    ]);
    let first = Appliance::start(&config, &lab.data_dir());
    let now = first
        .wait_for("/api/hp/fleet", |fleet| {
            let online = fleet["targets"][0]["state"] == "online";
            online.then(|| fleet["at"].as_i64())?
        })
        .await;
    let until = now + 3_600_000;
    let made = first
        .request(reqwest::Method::POST, "/api/hp/silences")
        .json(&json!({ "scope": { "subjects": ["cpu"] }, "until": until }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(made.status(), 201);
    let silence: serde_json::Value = made.json().await.expect("a silence");

    let vmid = lab.pve.world().add_guest(GuestSpec::new(
        "web",
        GuestKind::Container,
        &lab.pve.world().nodes()[0].name,
    ));
    let world = lab.pve.world();
    world.set_guest_metric(vmid, Metric::Cpu, Some(0.99));
    let held = |answer: &serde_json::Value| {
        count(answer, |alert| alert["hold"]["by"] == silence["id"]).filter(|count| *count == 1)
    };
    first.wait_for("/api/hp/alerts?hold=silenced", held).await;
    first.kill();

    let second = Appliance::start(&config, &lab.data_dir());
    second.wait_for("/api/hp/alerts?hold=silenced", held).await;
    let (_, log) = second.get("/api/hp/deliveries").await;
    assert_eq!(log["deliveries"], json!([]), "nobody was told");
    let path = format!(
        "/api/hp/silences/{}",
        silence["id"].as_str().expect("an id")
    );
    let ended = second.request(reqwest::Method::DELETE, &path).send().await;
    assert_eq!(ended.expect("an answer").status(), 204);
    let mails = lab
        .smtp
        .wait_for(1, PATIENCE)
        .await
        .expect("the mail that was kept back");
    assert!(
        mails[0]
            .header("Subject")
            .is_some_and(|subject| subject.contains("web"))
    );
}
