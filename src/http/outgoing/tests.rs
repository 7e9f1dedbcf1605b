use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use simulator::{WebhookFault, WebhookSink};
use url::Url;

use super::{Ask, Outgoing, OutgoingError};
use crate::http::{Guard, HttpError, Limits, Trust};

fn outgoing(guard: Guard) -> Outgoing {
    let limits = Limits {
        body: 1000,
        ..Limits::default()
    };
    Outgoing::new(&Trust::Anyone, limits, guard).expect("a client")
}

fn ask(url: &str) -> Ask {
    Ask {
        method: Method::POST,
        url: Url::parse(url).expect("an address"),
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"hello"),
        timeout: Duration::from_secs(20),
    }
}

#[tokio::test]
async fn a_name_is_looked_up_checked_and_connected_to() {
    let sink = WebhookSink::start().await.expect("a sink");
    let port = sink.addr().port();
    let url = format!("http://localhost:{port}/x?y=z");
    let answer = outgoing(Guard::default()).send(ask(&url)).await;
    assert_eq!(answer.expect("an answer").status, 204);
    let request = sink.requests().remove(0);
    assert_eq!(request.path, "/x?y=z");
    assert_eq!(request.header("host"), Some(&*format!("localhost:{port}")));

    let guard = Guard::default();
    guard.keep_out_of([port]);
    let error = outgoing(guard).send(ask(&url)).await;
    assert!(matches!(error, Err(OutgoingError::Forbidden(_))));
    assert_eq!(sink.requests().len(), 1);
}

#[tokio::test]
async fn addresses_are_refused_before_anything_is_sent() {
    let client = outgoing(Guard::default());
    for url in [
        "ftp://192.168.1.1/",
        "file:///etc/passwd",
        "http://ada:secret@192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        // The same in decimal, octal, hexadecimal and short forms.
        "http://2852039166/",
        "http://0251.0376.0251.0376/",
        "http://0xa9fea9fe/",
        "http://169.16689662/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[fd00:ec2::254]/",
        "http://0/",
        "http://[::]/",
        "http://255.255.255.255/",
    ] {
        let error = client.send(ask(url)).await.err();
        let refused = matches!(
            error,
            Some(OutgoingError::Forbidden(_) | OutgoingError::Address(_))
        );
        assert!(refused, "{url}: {error:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_like_any_other() {
    let (sink, trap) = tokio::join!(WebhookSink::start(), WebhookSink::start());
    let (sink, trap) = (sink.expect("a sink"), trap.expect("another"));
    sink.set_fault(WebhookFault::Redirect(trap.url("/trap")));
    let answer = outgoing(Guard::default()).send(ask(&sink.url("/"))).await;
    assert_eq!(answer.expect("an answer").status, 302);
    assert!(trap.requests().is_empty());
}

#[tokio::test]
async fn an_answer_is_bounded_in_size_and_time() {
    let sink = WebhookSink::start().await.expect("a sink");
    sink.set_fault(WebhookFault::Body("x".repeat(100_000)));
    let client = outgoing(Guard::default());
    let answer = client.send(ask(&sink.url("/"))).await.expect("an answer");
    assert_eq!((answer.status, answer.body.len()), (200, 1000));

    sink.set_fault(WebhookFault::Delay(Duration::from_secs(20)));
    let hasty = Ask {
        timeout: Duration::from_millis(50),
        ..ask(&sink.url("/"))
    };
    let error = client.send(hasty).await;
    assert!(matches!(
        error,
        Err(OutgoingError::Http(HttpError::Timeout { .. }))
    ));
}
