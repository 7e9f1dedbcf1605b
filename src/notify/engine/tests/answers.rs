//! What comes back, and what is done about it.

use serde_json::json;
use simulator::WebhookFault;

use super::limits::digest;
use super::{custom, fired, over, sink};

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
