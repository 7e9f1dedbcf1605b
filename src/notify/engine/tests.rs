//! The exact requests of every kind, against a sink that records them.

mod answers;
mod hostile;
mod limits;
mod webhook;
mod words;

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Value, json};
use simulator::{WebhookRequest, WebhookSink};

use crate::model::alert::Severity;
use crate::notify::catalogue::{Catalogue, FieldKind, Kind, Role, Secrets, Transport};
use crate::notify::message::{Links, Message, Occasion};
use crate::notify::tests::{NOW, alert, message, resolved, tools};
use crate::notify::{Notifier, open};

async fn sink() -> WebhookSink {
    WebhookSink::start().await.expect("a sink")
}

/// Something fitting in every field that has no default; addresses lead to the sink.
fn fill(kind: &Kind, sink: &WebhookSink) -> (Value, Secrets) {
    let mut config = serde_json::Map::new();
    let mut secrets = Secrets::new();
    for field in &kind.fields {
        let is_optional = !field.required && field.kind != FieldKind::Url && !field.is_secret();
        if is_optional || kind.name == "homeassistant" && field.name == "webhook_id" {
            continue;
        }
        let start = field.starts_with.first().map_or("", String::as_str);
        let text = match (field.kind, field.name.as_str()) {
            (FieldKind::Url, "server") => sink.url(""),
            (FieldKind::Url, _) => sink.url("/base/path?given=1"),
            (_, "number") => "+4917012345".into(),
            (_, "recipients") => "+4917099999".into(),
            (_, "room") => "!room:example.org".into(),
            (_, "email") => "bot@example.org".into(),
            (_, name) => format!("{start}the{}", name.replace('_', "")),
        };
        if field.is_secret() {
            secrets.insert(field.name.clone(), SecretString::from(text));
        } else {
            config.insert(field.name.clone(), text.into());
        }
    }
    (Value::Object(config), secrets)
}

fn http_kinds() -> Vec<std::sync::Arc<Kind>> {
    let ours = Catalogue::ours();
    let kinds = ours
        .kinds()
        .filter(|kind| kind.transport == Transport::Http);
    kinds.cloned().collect()
}

fn told_kinds() -> Vec<std::sync::Arc<Kind>> {
    let mut kinds = http_kinds();
    kinds.retain(|kind| kind.role == Role::Messages);
    kinds
}

fn notifier(kind: &std::sync::Arc<Kind>, sink: &WebhookSink) -> Box<dyn Notifier> {
    let (config, secrets) = fill(kind, sink);
    open(kind, &config, &secrets, &tools()).unwrap_or_else(|error| panic!("{}: {error}", kind.name))
}

/// A request without what differs from run to run.
fn shown(request: &WebhookRequest, sink: &WebhookSink) -> Value {
    let usual = [
        "host",
        "user-agent",
        "accept",
        "accept-encoding",
        "content-length",
    ];
    let headers: BTreeMap<String, String> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.clone()))
        .filter(|(name, _)| !usual.contains(&name.as_str()))
        .collect();
    let body = match request.json() {
        Value::Null => String::from_utf8_lossy(&request.body).into_owned().into(),
        json => json,
    };
    let shown = json!({
        "request": format!("{} {}", request.method, request.path),
        "headers": headers,
        "body": body,
    });
    let text = shown.to_string().replace(&sink.addr().to_string(), "SINK");
    serde_json::from_str(&text).expect("JSON")
}

fn links() -> Links {
    Links {
        open: Some("https://pulse.example.org/alerts/alt_one".into()),
        acknowledge: Some("https://pulse.example.org/a/token".into()),
        snooze: None,
    }
}

fn fired() -> Message {
    let mut fired = message(Occasion::Fired, alert());
    fired.links = links();
    fired.affected = vec!["db1".into(), "db2".into()];
    fired
}

fn over() -> Message {
    let mut over = message(Occasion::Resolved, resolved(alert()));
    over.links = links();
    over.remote = Some("4711".into());
    over
}

#[tokio::test]
async fn each_kind_sends_exactly_this() {
    for kind in told_kinds() {
        let sink = sink().await;
        let notifier = notifier(&kind, &sink);
        for message in [fired(), over()] {
            let sent = notifier.deliver(&message).await;
            sent.unwrap_or_else(|error| panic!("{}: {error}", kind.name));
        }
        let requests = sink.requests();
        assert_eq!(requests.len(), 2, "{}", kind.name);
        let requests = json!({
            "fired": shown(&requests[0], &sink),
            "resolved": shown(&requests[1], &sink),
        });
        insta::assert_json_snapshot!(format!("kind_{}", kind.name), requests);
    }
}

#[tokio::test]
async fn a_heartbeat_says_that_all_is_well_or_not() {
    for kind in http_kinds() {
        if kind.role == Role::Heartbeat {
            let sink = sink().await;
            let notifier = notifier(&kind, &sink);
            notifier.ping(true, NOW).await.expect("it is taken");
            notifier.ping(false, NOW).await.expect("it is taken");
            let paths: Vec<String> = sink.requests().into_iter().map(|one| one.path).collect();
            assert_eq!(paths, ["/base/path?given=1", "/base/path/fail?given=1"]);
        }
    }
}

#[test]
fn severities_have_their_own_priorities() {
    let ours = Catalogue::ours();
    for (kind, expected) in [
        ("ntfy", json!([2, 4, 5])),
        ("pagerduty", json!(["info", "warning", "critical"])),
        ("opsgenie", json!(["P5", "P3", "P1"])),
    ] {
        let kind = ours.kind(kind).expect("a kind");
        let all = Severity::ALL;
        let found: Value = all.iter().map(|one| kind.priority_of(one.word())).collect();
        assert_eq!(found, expected, "{}", kind.name);
    }
}

fn custom(kind: &str, sink: &WebhookSink, more: Value) -> Result<Box<dyn Notifier>, String> {
    let ours = Catalogue::ours();
    let kind = ours.kind(kind).expect("a kind");
    let (mut config, secrets) = fill(kind, sink);
    for (name, value) in more.as_object().expect("fields") {
        config[name] = value.clone();
    }
    open(kind, &config, &secrets, &tools()).map_err(|error| error.to_string())
}

fn decoded(request: &WebhookRequest) -> Value {
    match request.json() {
        Value::Null => url::form_urlencoded::parse(&request.body)
            .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        json => json,
    }
}
