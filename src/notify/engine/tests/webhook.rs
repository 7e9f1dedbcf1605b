//! The webhook, of which everything can be chosen.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::super::sign::Signer;
use super::{fired, sink};
use crate::notify::catalogue::Catalogue;
use crate::notify::tests::{open as open_ours, tools};
use crate::notify::{NotifyError, open};

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
    let signer = Signer::new("signing_secret", &secret.into()).expect("a secret");
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
    let notifier = open_ours("webhook", &config, None).expect("a notifier");
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
        let opened = open_ours("webhook", &json!({"url": url}), None);
        let error = opened
            .err()
            .unwrap_or_else(|| panic!("{url} should be refused"));
        assert_eq!(error.field, "url", "{url}");
    }
}
