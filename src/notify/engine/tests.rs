//! The exact requests of every kind, against a sink that records them.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Value, json};
use simulator::{WebhookFault, WebhookRequest, WebhookSink};

use crate::model::alert::Severity;
use crate::notify::catalogue::{Catalogue, FieldKind, Kind, Role, Secrets, Transport};
use crate::notify::message::{Links, Message, News, Occasion};
use crate::notify::tests::{NOW, alert, message, resolved, tools};
use crate::notify::{Notifier, NotifyError, open, sample};

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

const HOSTILE: [&str; 6] = [
    "</b><script>alert(1)</script>&lt;",
    "x\r\nX-Evil: 1\r\n\r\nbody",
    "@everyone @here <!channel> <@123> <users/all> @room @all",
    "**bold** [link](https://evil.example) `code` ~~s~~ ||spoiler|| {{ 7*7 }} {% x %}",
    "\u{202e}gnp.exe \u{2066}\u{200f}שלום 🚨👩‍🚒",
    "../../../x?y=z#a%2f\"}],\"content\":\"owned\\",
];

/// Everything that is text in a JSON value.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

/// What there is in a JSON value, without what it says.
fn shape(value: &Value) -> Value {
    match value {
        Value::String(_) => "text".into(),
        Value::Array(values) => values.iter().map(shape).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), shape(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Number(_) => "number".into(),
        other => other.clone(),
    }
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

#[tokio::test]
async fn hostile_names_are_nothing_but_text_in_every_kind() {
    for kind in told_kinds() {
        let sink = sink().await;
        let notifier = notifier(&kind, &sink);
        let mut plain = fired();
        plain.affected.clear();
        notifier.deliver(&plain).await.expect("it is taken");
        for hostile in HOSTILE {
            let mut message = plain.clone();
            message.alert.resource_name = hostile.into();
            message.alert.message = hostile.into();
            message.alert.node = Some(hostile.into());
            notifier.deliver(&message).await.expect("it is taken");
        }
        let requests = sink.requests();
        let honest = &requests[0];
        for (request, hostile) in requests[1..].iter().zip(HOSTILE) {
            let place = format!("{}: {hostile}", kind.name);
            assert_eq!(request.path, honest.path, "{place}");
            let names = |request: &WebhookRequest| -> Vec<String> {
                request
                    .headers
                    .iter()
                    .map(|(name, _)| name.clone())
                    .collect()
            };
            assert_eq!(names(request), names(honest), "{place}");
            let body = decoded(request);
            assert_eq!(shape(&body), shape(&decoded(honest)), "{place}");
            let mut all = Vec::new();
            // The event of our own form says things as they are; that is what JSON is for.
            if kind.name != "webhook" {
                texts(&body, &mut all);
            }
            for text in all {
                assert!(!text.contains('\u{202e}'), "{place}: {text}");
                assert!(!text.contains('\r'), "{place}: {text}");
                let is_markup = match kind.name.as_str() {
                    "telegram" | "matrix" | "googlechat" => {
                        text.contains("<b>") || text.contains("<br>") || text.contains("</")
                    }
                    _ => false,
                };
                if is_markup {
                    assert!(!text.contains("<script"), "{place}: {text}");
                }
                if ["discord", "mattermost", "rocketchat", "zulip"].contains(&kind.name.as_str()) {
                    assert!(
                        !text.contains("@everyone") && !text.contains("@all"),
                        "{place}: {text}"
                    );
                    assert!(
                        !text.contains("**bold") && !text.contains("](https://evil"),
                        "{place}: {text}"
                    );
                }
                if kind.name == "slack" {
                    let is_plain = text.contains('<') && !text.contains("&lt;");
                    let in_plain_block =
                        body["attachments"][0]["blocks"][0]["text"]["text"] == text;
                    assert!(!is_plain || in_plain_block, "{place}: {text}");
                }
            }
        }
    }
}

fn digest(length: usize) -> Message {
    let mut long = fired();
    long.alert.message = "grün 🚨 ".repeat(length);
    long.alert.resource_name = "ü".repeat(length);
    long.others = (0..80)
        .map(|_| News {
            occasion: Occasion::Fired,
            alert: long.alert.clone(),
        })
        .collect();
    long
}

#[tokio::test]
async fn over_long_messages_are_cut_to_each_kind_s_limits_and_keep_their_link() {
    for kind in told_kinds() {
        let sink = sink().await;
        let notifier = notifier(&kind, &sink);
        let preview = notifier.preview(&digest(2000)).expect("it is written");
        let measure = |text: &str| match kind.limits.bytes {
            true => text.len(),
            false => text.encode_utf16().count(),
        };
        assert!(
            measure(&preview.title) <= kind.limits.title,
            "{}",
            kind.name
        );
        assert!(measure(&preview.text) <= kind.limits.text, "{}", kind.name);
        notifier.deliver(&digest(2000)).await.expect("it is taken");
        let request = &sink.requests()[0];
        assert!(request.body.len() <= kind.limits.body, "{}", kind.name);
        let text = decoded(request).to_string();
        assert!(text.contains("/alerts/alt"), "{}: {text}", kind.name);
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

#[tokio::test]
async fn what_is_too_long_for_the_other_side_is_sent_once_more_in_short() {
    let sink = sink().await;
    let notifier = custom("discord", &sink, json!({})).expect("a notifier");
    for status in [413, 500] {
        sink.clear();
        sink.set_fault(WebhookFault::Status(status));
        let error = notifier.deliver(&digest(50)).await.expect_err("refused");
        assert_eq!(error.status(), Some(status));
        let requests = sink.requests();
        if status == 413 {
            assert_eq!(requests.len(), 2);
            assert!(requests[1].body.len() < requests[0].body.len());
        } else {
            assert_eq!(requests.len(), 1);
        }
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_changed_any_more_is_followed_by_another() {
    let sink = sink().await;
    let notifier = custom("discord", &sink, json!({})).expect("a notifier");
    sink.set_fault(WebhookFault::Status(404));
    notifier.deliver(&over()).await.expect_err("nobody there");
    let methods: Vec<String> = sink.requests().into_iter().map(|one| one.method).collect();
    assert_eq!(methods, ["PATCH", "POST"]);
    sink.clear();
    sink.set_fault(WebhookFault::Status(503));
    notifier.deliver(&over()).await.expect_err("later, perhaps");
    assert_eq!(sink.requests().len(), 1, "it is tried again as a whole");
    sink.clear();
    sink.set_fault(WebhookFault::None);
    let unwilling = custom("discord", &sink, json!({"edit": false})).expect("a notifier");
    unwilling.deliver(&over()).await.expect("it is taken");
    assert_eq!(sink.requests()[0].method, "POST");
}

#[tokio::test]
async fn the_id_of_a_message_is_read_off_the_answer() {
    for (kind, answer, id) in [
        ("discord", r#"{"id": "1234"}"#, Some("1234")),
        (
            "telegram",
            r#"{"ok": true, "result": {"message_id": 5}}"#,
            Some("5"),
        ),
        ("discord", "{}", None),
        ("discord", "no JSON", None),
    ] {
        let sink = sink().await;
        sink.set_fault(WebhookFault::Body(answer.into()));
        let notifier = custom(kind, &sink, json!({})).expect("a notifier");
        let receipt = notifier.deliver(&fired()).await.expect("it is taken");
        assert_eq!(receipt.remote.as_deref(), id, "{kind}");
        assert_eq!(receipt.status, Some(200));
    }
    let sink = sink().await;
    sink.set_fault(WebhookFault::Body(r#"{"event_id": "$second"}"#.into()));
    let notifier = custom("matrix", &sink, json!({})).expect("a notifier");
    let mut second = fired();
    second.remote = Some("$first".into());
    let receipt = notifier.deliver(&second).await.expect("it is taken");
    assert_eq!(
        receipt.remote.as_deref(),
        Some("$first"),
        "threads have one root"
    );
}

#[tokio::test]
async fn a_no_that_comes_with_200_is_a_no() {
    let sink = sink().await;
    sink.set_fault(WebhookFault::Body(
        r#"{"ok": false, "parameters": {"retry_after": 31}}"#.into(),
    ));
    let notifier = custom("telegram", &sink, json!({})).expect("a notifier");
    let error = notifier.deliver(&fired()).await.expect_err("refused");
    let wish = error.retry_after().map(|wish| wish.as_secs());
    assert_eq!(wish, Some(31));
}

#[tokio::test]
async fn own_templates_take_the_place_of_the_usual_words_and_are_tried_when_they_are_saved() {
    let sink = sink().await;
    let own = json!({"title_template": "{{ word | upper }} {{ name }}", "text_template": "<b>{{ name }}</b>"});
    let notifier = custom("telegram", &sink, own).expect("a notifier");
    let mut hostile = fired();
    hostile.alert.resource_name = "<i>".into();
    notifier.deliver(&hostile).await.expect("it is taken");
    let text = sink.requests()[0].json()["text"].clone();
    let expected = "<b>WARNING &lt;i&gt;</b>\n<b>&lt;i&gt;</b>\
                    \nOpen: https://pulse.example.org/alerts/alt_one\
                    \nTake it on: https://pulse.example.org/a/token";
    assert_eq!(text, expected);
    for (field, template) in [
        ("title_template", "{{ word"),
        ("text_template", "{{ 'a' * 99999 }}"),
        ("text_template", "{{ name | no_such_filter }}"),
    ] {
        let error = custom("telegram", &sink, json!({field: template})).err();
        let error = error.unwrap_or_else(|| panic!("{template} should be refused"));
        assert!(error.starts_with(field), "{error}");
    }
    for (template, is_fine) in [
        (r#"{"x": {{ sentence }}, "t": {{ alert.tags }}}"#, true),
        (r#"{"x": "{{ sentence }}"}"#, false),
    ] {
        let opened = custom("webhook", &sink, json!({"body_template": template}));
        let error = opened.err().unwrap_or_default();
        assert_eq!(error.is_empty(), is_fine, "{template}: {error}");
        assert!(is_fine || error.starts_with("body_template"), "{error}");
    }
}

#[tokio::test]
async fn a_test_says_its_code_whatever_somebody_s_own_words_are() {
    let sink = sink().await;
    let test = sample::test("phone", "4711", NOW);
    for kind in told_kinds() {
        let more = json!({"title_template": "hello", "text_template": "world"});
        let notifier = custom(&kind.name, &sink, more).expect("a notifier");
        sink.clear();
        notifier.deliver(&test).await.expect("it is taken");
        let text = decoded(&sink.requests()[0]).to_string();
        assert!(text.contains("4711"), "{}: {text}", kind.name);
    }
}

#[tokio::test]
async fn a_preview_shows_no_secret_and_sends_nothing() {
    for kind in told_kinds() {
        let sink = sink().await;
        let (config, _) = fill(&kind, &sink);
        let secrets: Secrets = kind
            .fields
            .iter()
            .filter(|field| field.is_secret())
            .map(|field| {
                let secret = match field.kind {
                    FieldKind::Url => sink.url("/planted?planted=planted"),
                    _ => "planted".into(),
                };
                (field.name.clone(), SecretString::from(secret))
            })
            .collect();
        let mut config = config;
        if kind.name == "webhook" {
            config["auth"] = json!("basic");
            config["username"] = json!("ada");
        }
        let notifier = open(&kind, &config, &secrets, &tools()).expect("a notifier");
        let preview = notifier.preview(&fired()).expect("it is written");
        let text = format!("{preview:?}");
        assert!(!text.contains("planted"), "{}: {text}", kind.name);
        assert!(sink.requests().is_empty());
    }
}

#[tokio::test]
async fn a_webhook_is_signed_authenticated_and_worded_as_told() {
    let sink = sink().await;
    let ours = Catalogue::ours();
    let kind = ours.kind("webhook").expect("a kind");
    let send = async |config: Value, secrets: &[(&str, &str)]| {
        let mut config = config;
        config["url"] = sink.url("/hook?token=x").into();
        let secrets = secrets
            .iter()
            .map(|(name, secret)| ((*name).to_owned(), SecretString::from(*secret)))
            .collect();
        sink.clear();
        let notifier = open(kind, &config, &secrets, &tools()).expect("a notifier");
        notifier.deliver(&fired()).await.expect("it is taken");
        sink.requests().remove(0)
    };
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let request = send(json!({}), &[("signing_secret", secret)]).await;
    assert_eq!(request.method, "POST");
    assert_eq!(request.path, "/hook?token=x");
    assert_eq!(request.header("webhook-id"), Some("dlv_two"));
    assert_eq!(request.header("idempotency-key"), Some("dlv_two"));
    let signer = super::sign::Signer::new("signing_secret", &secret.into()).expect("a secret");
    let seconds = request.header("webhook-timestamp").expect("a time");
    let seconds = seconds.parse().expect("seconds");
    let standard = signer.standard("dlv_two", seconds, &request.body);
    let plain = signer.plain(&request.body);
    assert_eq!(request.header("webhook-signature"), Some(&*standard));
    assert_eq!(request.header("x-webhook-signature"), Some(&*plain));
    assert_eq!(request.json()["alert"]["resolved_at"], Value::Null);

    let request = send(
        json!({"auth": "basic", "username": "ada", "headers": "X-One: 1\nX-Two: 2", "method": "PUT"}),
        &[("password", "sesame"), ("token", "unused")],
    )
    .await;
    assert_eq!(request.method, "PUT");
    assert_eq!(
        request.header("authorization"),
        Some("Basic YWRhOnNlc2FtZQ==")
    );
    assert_eq!(request.header("x-two"), Some("2"));
    assert_eq!(request.header("x-webhook-signature"), None);
    let request = send(json!({"auth": "bearer"}), &[("token", "tok")]).await;
    assert_eq!(request.header("authorization"), Some("Bearer tok"));
    let request = send(
        json!({
            "auth": "header", "header_name": "X-API-Key",
            "body_template": "{{ severity }}: {{ name }}", "content_type": "text/plain",
        }),
        &[("header_value", "key")],
    )
    .await;
    assert_eq!(request.header("x-api-key"), Some("key"));
    assert_eq!(request.body, b"warning: web1");
    assert_eq!(request.header("content-type"), Some("text/plain"));
}

#[tokio::test]
async fn errors_do_not_show_what_stands_in_an_address() {
    let config = json!({"url": "http://127.0.0.1:9/planted-token"});
    let notifier = crate::notify::tests::open("webhook", &config, None).expect("a notifier");
    let sent: Result<_, NotifyError> = notifier.deliver(&fired()).await;
    let text = crate::notify::error::chain(&sent.expect_err("nobody is there"));
    assert!(text.contains("127.0.0.1:9"), "{text}");
    assert!(!text.contains("planted"), "{text}");
}

#[tokio::test]
async fn an_address_that_is_not_sent_to_is_named_when_it_is_saved() {
    for url in [
        "http://169.254.169.254/latest",
        "http://[fe80::1]/",
        "http://2852039166/",
        "http://0.0.0.0/",
    ] {
        let opened = crate::notify::tests::open("webhook", &json!({"url": url}), None);
        let error = opened
            .err()
            .unwrap_or_else(|| panic!("{url} should be refused"));
        assert_eq!(error.field, "url", "{url}");
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
        let all = [Severity::Info, Severity::Warning, Severity::Critical];
        let found: Value = all.iter().map(|one| kind.priority_of(one.word())).collect();
        assert_eq!(found, expected, "{}", kind.name);
    }
}
