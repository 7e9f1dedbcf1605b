//! What hosts send by themselves, to the real binary: each door answers as its sender expects, and
//! what is refused leaves nothing behind.

use reqwest::Method;
use serde_json::{Value, json};
use simulator::{Role, push};

use crate::appliance::{Appliance, Lab, TOKEN};

struct Doors {
    appliance: Appliance,
    target: String,
    token: String,
}

impl Doors {
    async fn open(lab: &Lab) -> Self {
        let config = lab.config(&[lab.target("lab", Role::Auditor)]);
        let appliance = Appliance::start(&config, &lab.data_dir());
        let target = appliance
            .wait_for("/api/hp/targets", |all| {
                let target = &all["targets"][0];
                let is_seen = target["state"] == "online";
                is_seen.then(|| target["id"].as_str().map(str::to_owned))?
            })
            .await;
        let (status, setup) = appliance
            .get(&format!("/api/hp/targets/{target}/push-setup"))
            .await;
        assert_eq!(status, 200, "{setup}");
        let token = setup["token"].as_str().expect("a token").to_owned();
        Self {
            appliance,
            target,
            token,
        }
    }

    /// Posts a body with a push token in the header that a sender uses.
    async fn post(&self, path: &str, scheme: &str, token: &str, body: String) -> (u16, Value) {
        // Of the connection's own, as hosts have no token of ours.
        let url = format!("{}{}", self.appliance.url, path.trim_start_matches('/'));
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(crate::appliance::tls())
            .build()
            .expect("a client");
        let answer = client
            .post(url)
            .header("authorization", format!("{scheme} {token}"))
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        let json = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (status, json)
    }

    async fn status(&self) -> Value {
        let path = format!("/api/hp/targets/{}/push-setup", self.target);
        self.appliance.get(&path).await.1["status"].clone()
    }

    async fn events(&self) -> Vec<Value> {
        let (_, all) = self.appliance.get("/api/hp/push/events").await;
        all["events"].as_array().expect("events").clone()
    }
}

/// One byte more than is taken: the last one is read, so that the connection ends in order.
const LARGE: usize = (2 << 20) + 1;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_sends_is_taken_by_every_door() {
    let lab = Lab::start(1, 2).await;
    let world = lab.pve.world();
    let doors = Doors::open(&lab).await;

    let lines = push::lines(world, "pve1");
    let write = "/api/v2/write?org=home&bucket=lab&precision=ns";
    let taken = doors.post(write, "Token", &doors.token, lines).await;
    assert_eq!(taken.0, 204, "{}", taken.1);
    let otlp = push::otlp(world, "pve1").to_string();
    let taken = doors
        .post("/v1/metrics", "Bearer", &doors.token, otlp)
        .await;
    assert_eq!(taken, (200, json!({"partialSuccess": {}})));
    let own = "sensors,host=pve1,object=nodes temperature=41.5\n".to_owned();
    assert_eq!(doors.post(write, "Token", &doors.token, own).await.0, 204);
    let status = doors.status().await;
    assert_eq!(status["bodies"], 3, "{status}");
    assert!(status["recorded"].as_u64() > Some(0), "{status}");
    assert!(
        status["series"].to_string().contains("temperature"),
        "{status}"
    );

    let vmid = world.guests()[0].vmid;
    let note = push::notification(world, "pve1", vmid, false).to_string();
    let door = format!("/api/hp/push/pve/{}", doors.target);
    let taken = doors.post(&door, "Bearer", &doors.token, note).await;
    assert_eq!(taken.0, 204, "{}", taken.1);
    let events = doors.events().await;
    assert_eq!(events[0]["severity"], "error", "{events:?}");
    doors
        .appliance
        .wait_for("/api/hp/alerts?state=firing", |all| {
            let mut alerts = all["alerts"].as_array()?.iter();
            alerts.find(|alert| alert["rule"] == "posted").map(drop)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_refused_clearly_and_leaves_nothing_behind() {
    let lab = Lab::start(1, 2).await;
    let doors = Doors::open(&lab).await;
    let line = "sensors,host=pve1,object=nodes temperature=41.5\n";
    let note = push::notification(lab.pve.world(), "pve1", 100, false).to_string();
    let write = "/api/v2/write?precision=ns";
    let door = format!("/api/hp/push/pve/{}", doors.target);

    // A token that is nobody's, and one that opens the rest of the product but no door.
    for token in ["hpp_wrong", TOKEN] {
        let (status, said) = doors.post(write, "Token", token, line.into()).await;
        assert_eq!((status, &said["code"]), (401, &json!("unauthorized")));
        let (status, said) = doors
            .post("/v1/metrics", "Bearer", token, "{}".into())
            .await;
        assert_eq!((status, &said["code"]), (401, &json!(16)));
        let (status, said) = doors.post(&door, "Bearer", token, note.clone()).await;
        assert_eq!(
            (status, &said["error"]["code"]),
            (401, &json!("push_token_wrong"))
        );
    }
    let other = "/api/hp/push/pve/tgt_another";
    let (status, _) = doors.post(other, "Bearer", &doors.token, note).await;
    assert_eq!(status, 401, "a token opens its own target's door only");

    for (path, scheme, code) in [
        (write, "Token", &["code"][..]),
        ("/v1/metrics", "Bearer", &["code"]),
        (door.as_str(), "Bearer", &["error", "code"]),
    ] {
        let large = "#".repeat(LARGE);
        let (status, said) = doors.post(path, scheme, &doors.token, large).await;
        assert_eq!(status, 413, "{path}: {said}");
        let code = code.iter().fold(&said, |at, key| &at[*key]);
        assert!(!code.is_null(), "{path}: {said}");
    }
    let (status, said) = doors
        .post(write, "Token", &doors.token, "\u{1}garbage\u{2}".into())
        .await;
    assert_eq!(status, 400);
    let text = said["message"].as_str().expect("a text");
    assert!(text.contains("line 1"), "{text}");
    let (status, said) = doors
        .post(
            "/v1/metrics",
            "Bearer",
            &doors.token,
            "{\"resourceMetrics\": 7".into(),
        )
        .await;
    assert_eq!((status, &said["code"]), (400, &json!(3)), "{said}");
    let deep = "[".repeat(100_000);
    let (status, said) = doors
        .post("/v1/metrics", "Bearer", &doors.token, deep)
        .await;
    assert_eq!(status, 400, "{said}");
    let (status, said) = doors
        .post(&door, "Bearer", &doors.token, "{\"severity\": ".into())
        .await;
    assert_eq!(status, 400, "{said}");

    let status = doors.status().await;
    assert_eq!(status["recorded"], 0, "{status}");
    assert_eq!(status["series"], json!([]), "{status}");
    assert_eq!(doors.events().await, Vec::<Value>::new());
    let path = format!("/api/hp/targets/{}/push-setup", doors.target);
    let closed = doors.appliance.request(Method::DELETE, &path).send().await;
    assert!(closed.expect("an answer").status().is_success());
    let (status, _) = doors.post(write, "Token", &doors.token, line.into()).await;
    assert_eq!(status, 401, "the door is shut");
}
