use serde_json::json;
use simulator::WebhookSink;

use crate::notify::message::Occasion;
use crate::notify::tests::{alert, message, tools};

#[tokio::test]
async fn a_message_arrives_signed_and_with_its_id() {
    let sink = WebhookSink::start().await.expect("a sink");
    let config = json!({"url": sink.url("/hook?token=x")});
    let secret = Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into());
    let notifier = (super::KIND.open)(&config, secret, &tools()).expect("a notifier");
    let sent = notifier.deliver(&message(Occasion::Fired, alert())).await;
    sent.expect("it is taken");
    let requests = sink.requests();
    let [request] = &requests[..] else {
        panic!("one request expected: {requests:?}");
    };
    assert_eq!(request.method, "POST");
    assert_eq!(request.path, "/hook?token=x");
    assert_eq!(request.header("webhook-id"), Some("dlv_two"));
    assert_eq!(request.header("idempotency-key"), Some("dlv_two"));
    let signer = super::sign::Signer::new(&"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into());
    let signer = signer.expect("a good secret");
    let seconds = request.header("webhook-timestamp").expect("a time");
    let seconds = seconds.parse().expect("seconds");
    let standard = signer.standard("dlv_two", seconds, &request.body);
    let plain = signer.plain(&request.body);
    assert_eq!(request.header("webhook-signature"), Some(&*standard));
    assert_eq!(request.header("x-webhook-signature"), Some(&*plain));
    insta::assert_json_snapshot!(request.json());
}

#[tokio::test]
async fn an_error_does_not_show_the_token_in_the_address() {
    let config = json!({"url": "http://127.0.0.1:9/planted-token"});
    let notifier = (super::KIND.open)(&config, None, &tools()).expect("a notifier");
    let sent = notifier.deliver(&message(Occasion::Fired, alert())).await;
    let error = sent.expect_err("nobody is there");
    let text = crate::notify::error::chain(&error);
    assert!(text.contains("127.0.0.1:9"), "{text}");
    assert!(!text.contains("planted"), "{text}");
}
