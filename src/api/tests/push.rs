//! What hosts send by themselves, through doors that answer as they expect.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use simulator::{World, WorldConfig, push};

use super::*;

fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn world() -> World {
    World::new(WorldConfig {
        nodes: 2,
        guests: 4,
        ..WorldConfig::default()
    })
}

/// A house whose only target has a door, and its token.
async fn house() -> (House, String) {
    let house = House::locked().await;
    house.present(fleet());
    let setup = house
        .ask(get("/api/hp/targets/tgt_home/push-setup").insert_header(("x-api-token", "right")))
        .await;
    assert_eq!(setup.status, 200, "{}", setup.body);
    let token = setup.body["token"].as_str().unwrap().to_owned();
    (house, token)
}

async fn status(house: &House) -> Value {
    let setup = get("/api/hp/targets/tgt_home/push-setup?address=http://192.0.2.5:7655");
    let answered = house
        .ask(setup.insert_header(("x-api-token", "right")))
        .await;
    answered.body
}

#[actix_web::test]
async fn lines_of_influxdb_are_taken_with_the_targets_token_only() {
    let (house, token) = house().await;
    let body = push::lines(&world(), "pve1");
    let write = |token: &str| {
        post("/api/v2/write?org=homepulse&bucket=tgt_home&precision=ns")
            .insert_header(("authorization", format!("Token {token}")))
            .set_payload(body.clone())
    };
    for wrong in ["right", "hpp_wrong", ""] {
        let answered = house.ask(write(wrong)).await;
        assert_eq!(answered.status, 401, "{wrong}");
        assert_eq!(answered.body["code"], "unauthorized");
    }
    assert_eq!(house.ask(write(&token)).await.status, 204);
    let gzip = write(&token)
        .insert_header(("content-encoding", "gzip"))
        .set_payload(packed(body.as_bytes()));
    assert_eq!(house.ask(gzip).await.status, 204);
    let status = status(&house).await;
    assert_eq!(status["status"]["bodies"], 2);
    // The node's load and I/O wait are told by nobody else here.
    let recorded = status["status"]["recorded"].as_u64().unwrap();
    assert!(recorded > 4, "{status}");
}

#[actix_web::test]
async fn what_is_wrong_with_a_body_is_told_as_influxdb_tells_it() {
    let (house, token) = house().await;
    let write = |query: &str, body: Vec<u8>| {
        post(&format!("/api/v2/write?{query}"))
            .insert_header(("authorization", format!("Token {token}")))
            .set_payload(body)
    };
    let partly = house.ask(write("", b"a b=1\nnonsense\n".to_vec())).await;
    assert_eq!(partly.status, 400);
    let text = partly.body["message"].as_str().unwrap();
    assert!(
        text.starts_with("partial write: 1 bad lines; line 2:"),
        "{text}"
    );
    let precision = house.ask(write("precision=h", Vec::new())).await;
    assert_eq!(precision.status, 400);
    let large = house.ask(write("", vec![b'#'; 3 << 20])).await;
    assert_eq!(large.status, 413);
    let bomb = write("", packed(&vec![b'#'; 64 << 20])).insert_header(("content-encoding", "gzip"));
    assert_eq!(house.ask(bomb).await.status, 413);
    let odd = write("", Vec::new()).insert_header(("content-encoding", "br"));
    assert_eq!(house.ask(odd).await.status, 400);
}

#[actix_web::test]
async fn a_metric_server_that_is_tested_answers_as_influxdb() {
    let (house, token) = house().await;
    let health = house.ask(get("/health")).await;
    assert_eq!(
        (health.status.as_u16(), &health.body["status"]),
        (200, &"pass".into())
    );
    let ping = house.ask(get("/ping")).await;
    assert_eq!(ping.status, 204);
    assert!(!ping.header("x-influxdb-version").is_empty());
    for (token, expected) in [(token.as_str(), 200), ("hpp_wrong", 401)] {
        let asked = get("/health").insert_header(("authorization", format!("Token {token}")));
        assert_eq!(house.ask(asked).await.status, expected);
    }
}

#[actix_web::test]
async fn otlp_is_taken_packed_and_refused_with_the_protocols_codes() {
    let (house, token) = house().await;
    let send = |body: Vec<u8>| {
        post("/v1/metrics")
            .insert_header(("authorization", format!("Bearer {token}")))
            .insert_header(("content-type", "application/json"))
            .set_payload(body)
    };
    let body = push::otlp(&world(), "pve1").to_string();
    let gzip = send(packed(body.as_bytes())).insert_header(("content-encoding", "gzip"));
    let taken = house.ask(gzip).await;
    assert_eq!(taken.status, 200);
    assert_eq!(taken.body, serde_json::json!({ "partialSuccess": {} }));
    // What Proxmox VE sends to test a connection.
    let empty = r#"{"resourceMetrics":[{"resource":{"attributes":[]},"scopeMetrics":[{"scope":{},"metrics":[]}]}]}"#;
    assert_eq!(house.ask(send(empty.into())).await.status, 200);
    let broken = house.ask(send(b"{".to_vec())).await;
    assert_eq!(
        (broken.status.as_u16(), &broken.body["code"]),
        (400, &3.into())
    );
    let binary = send(Vec::new()).insert_header(("content-type", "application/x-protobuf"));
    assert_eq!(house.ask(binary).await.status, 415);
    let stranger = post("/v1/metrics").set_payload("{}");
    let refused = house.ask(stranger).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["code"]),
        (401, &16.into())
    );
    let status = status(&house).await;
    assert!(
        status["status"]["recorded"].as_u64().unwrap() > 4,
        "{status}"
    );
}

#[actix_web::test]
async fn what_a_host_announces_is_listed() {
    let (house, token) = house().await;
    let body = push::notification(&world(), "pve1", 100, false);
    let hook = |target: &str, body: String| {
        post(&format!("/api/hp/push/pve/{target}"))
            .insert_header(("authorization", format!("Bearer {token}")))
            .set_payload(body)
    };
    let taken = house.ask(hook("tgt_home", body.to_string())).await;
    assert_eq!(taken.status, 204, "{}", taken.body);
    let text = house.ask(hook("tgt_home", "fan failed\n".into())).await;
    assert_eq!(text.status, 204);
    let other = house.ask(hook("tgt_other", "x".into())).await;
    assert_eq!(other.body["error"]["code"], "push_token_wrong");
    let broken = house.ask(hook("tgt_home", "{".into())).await;
    assert_eq!(broken.body["error"]["code"], "invalid_body");
    let list = get("/api/hp/push/events").insert_header(("x-api-token", "right"));
    let events = house.ask(list).await.body;
    assert_eq!(events["events"][0]["title"], "fan failed");
    assert_eq!(events["events"][1]["kind"], "vzdump");
    assert_eq!(events["events"][1]["fields"]["hostname"], "pve1");
    assert_eq!(events["next"], Value::Null);
}

#[actix_web::test]
async fn the_commands_name_the_address_and_refuse_an_odd_one() {
    let (house, token) = house().await;
    let setup = status(&house).await;
    assert_eq!(setup["address"], "http://192.0.2.5:7655/");
    let influx = setup["ways"][1]["commands"][0].as_str().unwrap();
    assert!(
        influx.contains("--server 192.0.2.5 --port 7655"),
        "{influx}"
    );
    assert!(influx.contains(&token));
    for odd in [
        "ftp://x",
        "http://a:b@c",
        "http://x/$(reboot)",
        "http://x/'y",
        "no",
    ] {
        let path = format!(
            "/api/hp/targets/tgt_home/push-setup?address={}",
            url::form_urlencoded::byte_serialize(odd.as_bytes()).collect::<String>()
        );
        let answered = house
            .ask(get(&path).insert_header(("x-api-token", "right")))
            .await;
        assert_eq!(answered.status, 400, "{odd}");
        assert_eq!(answered.body["error"]["field"], "address");
    }
    let missing =
        get("/api/hp/targets/tgt_none/push-setup").insert_header(("x-api-token", "right"));
    assert_eq!(house.ask(missing).await.status, 404);
    let close = TestRequest::delete()
        .uri("/api/hp/targets/tgt_home/push-setup")
        .peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap())
        .insert_header(("x-api-token", "right"));
    assert_eq!(house.ask(close).await.status, 204);
    let closed = post("/v1/metrics").insert_header(("authorization", format!("Bearer {token}")));
    assert_eq!(house.ask(closed).await.status, 401);
}
