//! What seed 001 documents of files and of the environment: its `webhooks` block, its
//! `api_tokens.json` and its `PEON_API_TOKEN`, read by the built binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::{Value, json};
use simulator::WebhookSink;

use crate::appliance::Appliance;

/// How long a slow machine may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The seed's block, its events being what the test can bring about.
fn block(url: &str) -> Value {
    json!({ "webhooks": { "server_events": {
        "url": url,
        "events": ["server.created", "server.started", "server.stopped", "system.maintenance"],
        "secret": "webhook_secret_key",
    }}})
}

fn written(folder: &Path, name: &str, value: &Value) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, value.to_string()).expect("a file");
    path
}

fn check(config: &Path) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_homepulse"))
        .args(["check-config", "--config", config.to_str().expect("a path")])
        .output()
        .expect("the binary runs");
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    (output, String::from_utf8(said).expect("text"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "what the binary is told is a moment of this machine"
)]
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_millis()).expect("before the year 292 million")
}

#[tokio::test]
async fn a_webhook_of_the_file_hears_of_maintenance_signed_and_cannot_be_changed_elsewhere() {
    let sink = WebhookSink::start().await.expect("a sink");
    let folder = tempfile::tempdir().expect("a folder");
    let config = written(
        folder.path(),
        "peon.json",
        &block(&sink.url("/peon-webhook")),
    );
    let appliance = Appliance::start(&config, &folder.path().join("state"));
    let (_, channels) = appliance.get("/api/hp/channels").await;
    let channel = &channels["channels"][0];
    assert_eq!(
        (
            &channel["name"],
            &channel["kind"],
            &channel["owned_by_file"]
        ),
        (&json!("server_events"), &json!("webhook"), &json!(true))
    );
    let path = format!(
        "/api/hp/channels/{}",
        channel["id"].as_str().expect("an id")
    );
    for (method, path) in [(Method::PATCH, path.clone()), (Method::DELETE, path)] {
        let answer = appliance
            .request(method, &path)
            .json(&json!({ "enabled": false }))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 409);
        let body = answer.text().await.expect("a body");
        assert!(body.contains("owned_by_file"), "{body}");
    }
    let silence = json!({
        "scope": { "nodes": ["pve1"] },
        "until": now_ms() + 3_600_000,
        "note": "new memory",
    });
    let answer = appliance
        .request(Method::POST, "/api/hp/silences")
        .json(&silence)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 201);
    let silence: Value = answer.json().await.expect("JSON");
    let requests = sink.wait_for(1, PATIENCE).await.expect("it begins");
    let ended = format!(
        "/api/hp/silences/{}",
        silence["id"].as_str().expect("an id")
    );
    let answer = appliance.request(Method::DELETE, &ended).send().await;
    assert!(answer.expect("an answer").status().is_success());
    let told = sink.wait_for(2, PATIENCE).await.expect("it ends");
    for (request, state) in told.iter().zip(["started", "ended"]) {
        let body = request.json();
        assert_eq!(body["event"], "system.maintenance");
        assert_eq!(body["data"]["state"], state);
        assert_eq!(body["data"]["name"], "new memory");
        assert_eq!(body["data"]["scope"]["nodes"], json!(["pve1"]));
    }
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"webhook_secret_key");
    let expected: String = ring::hmac::sign(&key, &requests[0].body)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let signature = requests[0].header("x-webhook-signature");
    assert_eq!(signature, Some(&*format!("sha256={expected}")));
}

#[test]
fn a_wrong_block_is_named_by_its_fields_and_is_not_started_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = block("peon-webhook");
    wrong["webhooks"]["other"] = json!({
        "url": "https://your-app.com/",
        "events": ["server.exploded"],
    });
    let config = written(folder.path(), "peon.json", &wrong);
    let (output, said) = check(&config);
    assert_eq!(output.status.code(), Some(78), "{said}");
    for key in [
        "webhooks.server_events.url",
        "webhooks.other.events",
        "server.exploded",
    ] {
        assert!(said.contains(key), "{key} is not in:\n{said}");
    }
    assert!(!said.contains("webhook_secret_key"), "{said}");
    written(
        folder.path(),
        "peon.json",
        &block("https://your-app.com/peon-webhook"),
    );
    let token = json!({ "tokens": [{ "name": "bot", "token": "0123456789", "scopes": ["rule"] }] });
    written(folder.path(), "api_tokens.json", &token);
    let (output, said) = check(&config);
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert!(said.contains("bot") && said.contains("'rule'"), "{said}");
    let token = json!({ "tokens": [{ "name": "bot", "token": "0123456789", "scopes": ["read"] }] });
    written(folder.path(), "api_tokens.json", &token);
    let (output, said) = check(&config);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("channel server_events (webhook)"), "{said}");
    assert!(said.contains("tokens in api_tokens.json: 1"), "{said}");
}

#[tokio::test]
async fn tokens_of_the_file_do_what_their_scopes_say_beside_that_of_the_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = written(folder.path(), "peon.json", &json!({}));
    let tokens = json!({ "tokens": [
        { "name": "viewer", "token": "token-that-reads", "scopes": ["read"] },
        { "name": "bot", "token": "token-that-writes", "scopes": ["write"] },
    ]});
    written(folder.path(), "api_tokens.json", &tokens);
    let appliance = Appliance::start(&config, &folder.path().join("state"));
    let ask = |method: Method, token: &str| {
        let url = format!("{}api/v1/servers", appliance.url);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(crate::appliance::tls())
            .build()
            .expect("a client");
        let asked = client.request(method, url).bearer_auth(token);
        let asked = asked.json(&json!({ "name": "A", "game": "no such game", "config": {} }));
        async move { asked.send().await.expect("an answer").status().as_u16() }
    };
    assert_eq!(ask(Method::GET, "token-that-reads").await, 200);
    assert_eq!(ask(Method::GET, "token-that-writes").await, 200);
    assert_eq!(ask(Method::GET, crate::appliance::TOKEN).await, 200);
    assert_eq!(ask(Method::GET, "token-that-guesses").await, 401);
    assert_eq!(ask(Method::POST, "token-that-reads").await, 403);
    let told = ask(Method::POST, "token-that-writes").await;
    assert!(
        [400, 422].contains(&told),
        "let in, and no such game: {told}"
    );
}

#[test]
fn the_seeds_variable_holds_the_token_where_ours_does_not() {
    let shown = |variables: &[(&str, &str)]| {
        let output = Command::new(env!("CARGO_BIN_EXE_homepulse"))
            .args(["config", "show", "--json"])
            .env_remove("API_TOKEN")
            .envs(variables.iter().copied())
            .output()
            .expect("the binary runs");
        let shown: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        shown["api_token"]["origin"].clone()
    };
    let seed = ("PEON_API_TOKEN", "peon-token-0123");
    assert_eq!(shown(&[seed]), "environment PEON_API_TOKEN");
    assert_eq!(
        shown(&[seed, ("API_TOKEN", "our-token-0123")]),
        "environment API_TOKEN"
    );
}
