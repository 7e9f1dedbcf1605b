//! Pulse's configured nodes, against a simulated cluster.

use secrecy::ExposeSecret;
use serde_json::json;
use simulator::{PveOptions, PveServer, Role, World, WorldConfig};

use crate::services::targets::Monitor;

use super::*;

async fn cluster() -> PveServer {
    let world = World::new(WorldConfig {
        nodes: 2,
        guests: 6,
        ..WorldConfig::default()
    });
    PveServer::start(world, PveOptions::quick()).await.unwrap()
}

/// The body of a request for the cluster, by its auditor's token.
fn node(cluster: &PveServer) -> Value {
    let token = cluster.token(Role::Auditor);
    json!({
        "type": "pve",
        "name": "My PVE Node",
        "host": cluster.url(),
        "tokenName": token.id,
        "tokenValue": token.secret,
    })
}

fn with(mut body: Value, changes: &Value) -> Value {
    for (key, value) in changes.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

impl House {
    async fn nodes(&self) -> Value {
        self.ask(get("/api/config/nodes")).await.body
    }
}

#[actix_web::test]
async fn the_documents_own_example_with_user_and_password_works() {
    let (house, cluster) = (House::open().await, cluster().await);
    let user = &cluster.users()[1];
    let body = json!({
        "type": "pve",
        "name": "My PVE Node",
        "host": cluster.url(),
        "user": user.name,
        "password": user.password,
        "verifySSL": false,
    });
    let tried = house
        .ask(post("/api/config/nodes/test-connection").set_json(&body))
        .await;
    assert_eq!(tried.status, 200, "{}", tried.body);
    assert_eq!(tried.body["nodeCount"], 2);
    assert_eq!(tried.body["isCluster"], true);
    let added = house.ask(post("/api/config/nodes").set_json(&body)).await;
    assert_eq!(added.status, 201, "{}", added.body);
    assert_eq!(added.body["status"], "success");
    let nodes = house.nodes().await;
    assert_eq!(nodes[0]["name"], "My PVE Node");
    assert_eq!(nodes[0]["hasPassword"], true);
    assert_eq!(nodes[0]["verifySSL"], false);
    assert!(!nodes.to_string().contains(&user.password));
}

#[actix_web::test]
async fn kinds_that_pulse_does_not_know_are_not_listed_among_its_nodes() {
    let house = House::open().await;
    let game = json!({
        "kind": "game", "name": "den",
        "config": { "servers": [{ "name": "table", "host": "127.0.0.1", "protocol": "a2s", "port": 9 }] },
    });
    let added = house.ask(post("/api/hp/targets").set_json(&game)).await;
    assert!(added.status.is_success(), "{}", added.body);
    let listed = house.ask(get("/api/hp/targets")).await;
    assert_eq!(listed.body["targets"][0]["name"], "den");
    assert_eq!(house.nodes().await, json!([]));
}

#[actix_web::test]
async fn what_is_left_out_is_watched_and_the_certificate_shown_is_pinned() {
    let (house, cluster) = (House::open().await, cluster().await);
    let request = post("/api/config/nodes").set_json(node(&cluster));
    assert_eq!(house.ask(request).await.status, 201);
    let nodes = house.nodes().await;
    assert_eq!(nodes[0]["fingerprint"], cluster.fingerprint());
    assert_eq!(nodes[0]["verifySSL"], true);
    for flag in [
        "monitorVMs",
        "monitorContainers",
        "monitorStorage",
        "monitorBackups",
    ] {
        assert_eq!(nodes[0][flag], true, "{flag}");
    }
    assert_eq!(nodes[0].get("monitorPruneJobs"), None, "not of this type");
}

#[actix_web::test]
async fn a_part_that_is_switched_off_is_not_shown() {
    let (mut house, cluster) = (House::open().await, cluster().await);
    let body = with(
        node(&cluster),
        &json!({"monitorVMs": false, "monitorStorage": false}),
    );
    let request = post("/api/config/nodes").set_json(body);
    assert_eq!(house.ask(request).await.status, 201);
    let seen = loop {
        let observation = house._inbox.recv().await.unwrap();
        if let crate::model::observation::Outcome::Seen { resources, .. } = observation.outcome {
            break resources;
        }
    };
    use crate::model::resource::GuestKind;
    assert!(seen.iter().any(|found| matches!(
        found,
        Resource::Guest(guest) if guest.kind == GuestKind::Container
    )));
    assert!(!seen.iter().any(|found| match found {
        Resource::Guest(guest) => guest.kind == GuestKind::Vm,
        Resource::Storage(_) => true,
        _ => false,
    }));
}

#[actix_web::test]
async fn a_change_keeps_what_it_leaves_out_even_the_secret() {
    let (house, cluster) = (House::open().await, cluster().await);
    let request = post("/api/config/nodes").set_json(node(&cluster));
    house.ask(request).await;
    let change = json!({"name": "Lab", "monitorBackups": false, "password": "", "tokenValue": ""});
    let changed = house.ask(put("/api/config/nodes/pve-0").set_json(&change));
    let changed = changed.await;
    assert_eq!(changed.body, json!({"status": "success"}));
    let nodes = house.nodes().await;
    assert_eq!(nodes[0]["name"], "Lab");
    assert_eq!(nodes[0]["monitorBackups"], false);
    assert_eq!(nodes[0]["monitorVMs"], true);
    let tested = house.ask(post("/api/config/nodes/Lab/test")).await.body;
    assert_eq!(tested["status"], "success", "{tested}");
    let rows = house.shared.parts.targets.list().await.unwrap();
    assert!(!Monitor::of(&rows[0].config).backups);
    let targets = &house.shared.parts.targets;
    let kept = targets.changed(&rows[0], &Default::default()).await;
    let secret = kept.unwrap().secret;
    assert_eq!(secret.expose_secret(), cluster.token(Role::Auditor).secret);
    let id = nodes[0]["id"].as_str().unwrap();
    let removed = house.ask(delete(&format!("/api/config/nodes/{id}"))).await;
    assert_eq!(removed.body, json!({"status": "success"}));
    assert_eq!(house.nodes().await, json!([]));
}

#[actix_web::test]
async fn bad_input_is_refused_by_name_and_changes_nothing() {
    let (house, cluster) = (House::open().await, cluster().await);
    let good = node(&cluster);
    let request = post("/api/config/nodes").set_json(&good);
    assert_eq!(house.ask(request).await.status, 201);
    let before = house.nodes().await;
    let cases = [
        (
            json!({"host": "ftp://192.0.2.1"}),
            400,
            "must begin with https://",
        ),
        (
            json!({"host": "http://192.0.2.1:8006"}),
            400,
            "must begin with https://",
        ),
        (json!({"host": ""}), 400, "host: is missing"),
        (json!({"type": "esxi"}), 400, "give pve or pbs"),
        (json!({"type": null}), 400, "give pve or pbs"),
        (json!({"verifySSL": "no"}), 400, "cannot be read"),
        (json!({"name": "Other"}), 409, "looks at"),
        (
            json!({"host": "https://127.0.0.1:9"}),
            409,
            "already a target called",
        ),
        (
            json!({"name": "Other", "host": "127.0.0.1:9"}),
            400,
            "cannot connect",
        ),
        (
            json!({"name": "Other", "host": "nowhere.invalid"}),
            400,
            "nowhere.invalid",
        ),
        (
            json!({"name": "Other", "host": "https://h/path"}),
            400,
            "must end after the port",
        ),
        (
            json!({"name": "Other", "tokenValue": ""}),
            400,
            "tokenValue: is missing",
        ),
        (
            json!({"name": "Other", "tokenName": "monitor"}),
            400,
            "beside user",
        ),
    ];
    for (changes, status, text) in cases {
        let body = with(good.clone(), &changes);
        let answered = house.ask(post("/api/config/nodes").set_json(&body)).await;
        let error = answered.body["error"].as_str().unwrap_or_default();
        assert_eq!(answered.status, status, "{changes}: {error}");
        assert!(error.contains(text), "{changes}: {error}");
    }
    let wrong = with(
        good,
        &json!({"tokenValue": "00000000-0000-4000-8000-000000000000"}),
    );
    let refused = post("/api/config/nodes/pve-0").set_json(&wrong);
    assert_eq!(house.ask(refused).await.status, 405);
    let refused = house
        .ask(put("/api/config/nodes/pve-0").set_json(&wrong))
        .await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let huge = json!({"name": "x".repeat(2 << 20)});
    let refused = house.ask(post("/api/config/nodes").set_json(&huge)).await;
    assert_eq!(refused.status, 413);
    let missing = house.ask(delete("/api/config/nodes/pve-7")).await;
    assert_eq!(missing.status, 404);
    assert_eq!(house.nodes().await, before);
}

#[actix_web::test]
async fn a_host_without_a_port_is_the_same_as_with_the_usual_one() {
    let house = House::open().await;
    for host in ["192.0.2.1", "https://192.0.2.1", "https://192.0.2.1:8006/"] {
        let new = crate::services::targets::NewTarget::pve(
            host,
            host,
            "homepulse@pve!monitor",
            SecretString::from("secret"),
        );
        let targets = &house.shared.parts.targets;
        let known = targets.add(new).await;
        assert_eq!(known.is_ok(), host == "192.0.2.1", "{host}: {known:?}");
    }
}
