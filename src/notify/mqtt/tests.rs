use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::notify::message::Occasion;
use crate::notify::tests::{alert, message, open, resolved};
use crate::notify::{Notifier, NotifyError};

/// Something that was published: topic, payload, whether it is retained.
type Published = (String, Vec<u8>, bool);

#[derive(Clone, Default)]
struct Seen {
    connect: Arc<Mutex<Vec<u8>>>,
    published: Arc<Mutex<Vec<Published>>>,
}

impl Seen {
    fn keep(&self, one: Published) {
        self.published.lock().expect("a lock").push(one);
    }
}

/// A broker that takes one connection after the other and answers CONNECT with `code`.
async fn broker(code: u8) -> (u16, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let seen = Seen::default();
    let shared = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            while let Some((first, body)) = packet(&mut stream).await {
                match first >> 4 {
                    1 => {
                        *shared.connect.lock().expect("a lock") = body;
                        let _ = stream.write_all(&[0x20, 2, 0, code]).await;
                    }
                    3 => {
                        let length = usize::from(u16::from_be_bytes([body[0], body[1]]));
                        let topic = String::from_utf8_lossy(&body[2..2 + length]).into_owned();
                        let id = [body[2 + length], body[3 + length]];
                        let payload = body[4 + length..].to_vec();
                        shared.keep((topic, payload, first & 1 == 1));
                        let _ = stream.write_all(&[0x40, 2, id[0], id[1]]).await;
                    }
                    _ => break,
                }
            }
        }
    });
    (port, seen)
}

async fn packet(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let first = stream.read_u8().await.ok()?;
    let (mut length, mut shift) = (0_usize, 0);
    loop {
        let digit = stream.read_u8().await.ok()?;
        length |= usize::from(digit & 0x7f) << shift;
        shift += 7;
        if digit & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((first, body))
}

fn notifier(port: u16, more: Value, password: Option<&str>) -> Box<dyn Notifier> {
    let mut config = json!({"host": "127.0.0.1", "port": port});
    for (name, value) in more.as_object().expect("fields") {
        config[name] = value.clone();
    }
    open("mqtt", &config, password.map(Into::into)).expect("a good configuration")
}

#[tokio::test]
async fn an_alert_is_an_event_and_is_retained_until_it_is_over() {
    let (port, seen) = broker(0).await;
    let notifier = notifier(port, json!({"topic": "/home/pulse/"}), None);
    for message in [
        message(Occasion::Fired, alert()),
        message(Occasion::Resolved, resolved(alert())),
    ] {
        notifier.deliver(&message).await.expect("it is taken");
    }
    let published = seen.published.lock().expect("a lock").clone();
    let shown: Vec<(&str, bool, bool)> = published
        .iter()
        .map(|(topic, payload, retain)| (topic.as_str(), *retain, payload.is_empty()))
        .collect();
    assert_eq!(
        shown,
        [
            ("home/pulse/events", false, false),
            ("home/pulse/alerts/alt_one", true, false),
            ("home/pulse/events", false, false),
            ("home/pulse/alerts/alt_one", true, true),
        ]
    );
    let event: Value = serde_json::from_slice(&published[2].1).expect("JSON");
    assert_eq!(event["type"], "alert.resolved");
}

#[tokio::test]
async fn it_logs_in_as_told() {
    let (port, seen) = broker(0).await;
    let more = json!({"username": "ada", "client_id": "lab"});
    let notifier = notifier(port, more, Some("sesame"));
    let sent = notifier.deliver(&message(Occasion::Test, alert())).await;
    sent.expect("it is taken");
    let connect = seen.connect.lock().expect("a lock").clone();
    assert_eq!(&connect[..10], b"\x00\x04MQTT\x04\xc2\x00\x1e");
    assert_eq!(&connect[10..], b"\x00\x03lab\x00\x03ada\x00\x06sesame");
    assert_eq!(seen.published.lock().expect("a lock").len(), 1);
}

#[tokio::test]
async fn a_broker_that_refuses_or_is_none_is_named() {
    let (port, seen) = broker(5).await;
    let error: NotifyError = notifier(port, json!({}), None)
        .deliver(&message(Occasion::Fired, alert()))
        .await
        .expect_err("refused");
    let text = crate::notify::error::chain(&error);
    assert!(text.contains("user name or password"), "{text}");
    assert!(seen.published.lock().expect("a lock").is_empty());

    let web = simulator::WebhookSink::start().await.expect("a sink");
    let more = json!({"timeout_seconds": 1});
    let error = notifier(web.addr().port(), more, None)
        .deliver(&message(Occasion::Fired, alert()))
        .await;
    assert!(!error.expect_err("no broker").is_permanent());
}

#[test]
fn every_mistake_names_its_field() {
    for (more, field) in [
        (json!({"host": ""}), "host"),
        (json!({"host": "a b"}), "host"),
        (json!({"topic": "a/+/b"}), "topic"),
        (json!({"topic": "///"}), "topic"),
        (json!({"port": 0}), "port"),
        (json!({"security": "ssl"}), "security"),
        (json!({"ca_pem": "x"}), "ca_pem"),
        (
            json!({"security": "tls", "fingerprint": "x"}),
            "fingerprint",
        ),
        (json!({"text_template": "{% set x = 1 %}"}), "text_template"),
    ] {
        let mut config = json!({"host": "broker.lan"});
        for (name, value) in more.as_object().expect("fields") {
            config[name] = value.clone();
        }
        let error = open("mqtt", &config, None).err();
        let error = error.unwrap_or_else(|| panic!("{more} should be refused"));
        assert_eq!(error.field, field, "{error}");
    }
}
