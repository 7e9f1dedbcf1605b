//! The mail server and the webhook receiver keep what they are given, and fail when told to.

#[path = "support/tls.rs"]
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use simulator::{SmtpFault, SmtpOptions, SmtpSink, WebhookFault, WebhookSink};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const SOON: Duration = Duration::from_secs(5);

/// A dialogue, one command at a time.
struct Client<S = TcpStream>(BufReader<S>);

impl Client {
    async fn connect(addr: SocketAddr) -> Self {
        let mut client = Self(BufReader::new(
            TcpStream::connect(addr).await.expect("connects"),
        ));
        assert!(client.answer().await.starts_with("220 "));
        client
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Sends a line and returns the last line of the answer; nothing when the server closed.
    async fn say(&mut self, line: &str) -> String {
        self.0
            .get_mut()
            .write_all(format!("{line}\r\n").as_bytes())
            .await
            .expect("sent");
        self.answer().await
    }

    async fn answer(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.expect("a line");
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }

    /// Hands over one message up to the answer to its end.
    async fn send(&mut self, body: &str) -> String {
        assert!(self.say("EHLO client").await.starts_with("250 "));
        let answer = self.say("MAIL FROM:<a@lab> SIZE=100").await;
        if !answer.starts_with("250") {
            return answer;
        }
        assert!(self.say("RCPT TO:<b@lab>").await.starts_with("250"));
        assert!(self.say("DATA").await.starts_with("354"));
        self.say(&format!("{body}\r\n.")).await
    }
}

#[tokio::test]
async fn mail_is_kept_as_it_was_written() {
    let sink = SmtpSink::start(SmtpOptions::default())
        .await
        .expect("starts");
    let mut client = Client::connect(sink.addr()).await;
    assert!(
        client
            .send("Subject: hot\r\n\r\n..dot")
            .await
            .starts_with("250")
    );
    let mails = sink.wait_for(1, SOON).await.expect("a mail");
    assert_eq!(
        (mails[0].from.as_str(), mails[0].to.as_slice()),
        ("a@lab", &["b@lab".to_owned()][..])
    );
    assert_eq!(
        (
            mails[0].header("subject").as_deref(),
            mails[0].body().as_str()
        ),
        (Some("hot"), ".dot\r\n")
    );
    assert!(client.say("RSET").await.starts_with("250"));
    assert!(client.say("DATA").await.starts_with("503"));
    assert!(client.say("QUIT").await.starts_with("221"));
}

#[tokio::test]
async fn mail_needs_the_login_that_was_asked_for() {
    let options = SmtpOptions {
        require_auth: Some(("user".to_owned(), "pass".to_owned())),
        ..SmtpOptions::default()
    };
    let sink = SmtpSink::start(options).await.expect("starts");
    let mut client = Client::connect(sink.addr()).await;
    assert!(client.send("x").await.starts_with("530"));
    assert!(
        client
            .say("AUTH PLAIN AHVzZXIAd3Jvbmc=")
            .await
            .starts_with("535")
    );
    assert!(client.say("AUTH LOGIN").await.starts_with("334"));
    assert!(client.say("dXNlcg==").await.starts_with("334"));
    assert!(client.say("cGFzcw==").await.starts_with("235"));
    assert!(client.send("x: y\r\n\r\nz").await.starts_with("250"));
    assert_eq!(sink.mails()[0].user.as_deref(), Some("user"));
}

#[tokio::test]
async fn passwords_are_not_taken_in_the_clear_where_tls_is_offered() {
    let options = SmtpOptions {
        starttls: true,
        require_auth: Some(("user".to_owned(), "pass".to_owned())),
        ..SmtpOptions::default()
    };
    let sink = SmtpSink::start(options).await.expect("starts");
    let mut client = Client::connect(sink.addr()).await;
    assert!(client.say("EHLO client").await.contains("STARTTLS"));
    assert!(
        client
            .say("AUTH PLAIN AHVzZXIAcGFzcw==")
            .await
            .starts_with("538")
    );
    assert!(client.say("STARTTLS").await.starts_with("220"));
    let pem = &sink.certificate().expect("a certificate").pem;
    let encrypted = tls::handshake(client.0.into_inner(), pem)
        .await
        .expect("a handshake");
    let mut client = Client(BufReader::new(encrypted));
    assert!(client.say("EHLO client").await.contains("AUTH PLAIN LOGIN"));
    assert!(
        client
            .say("AUTH PLAIN AHVzZXIAcGFzcw==")
            .await
            .starts_with("235")
    );
    assert!(client.send("x: y\r\n\r\nz").await.starts_with("250"));
    assert!(sink.mails()[0].encrypted);
}

#[tokio::test]
async fn mail_fails_as_told() {
    let sink = SmtpSink::start(SmtpOptions::default())
        .await
        .expect("starts");
    for (fault, expected) in [
        (SmtpFault::Temporary, "451"),
        (SmtpFault::Permanent, "550"),
        (SmtpFault::TemporaryAfterData, "451"),
        (SmtpFault::PermanentAfterData, "554"),
        (SmtpFault::CutAfterData, ""),
    ] {
        sink.set_fault(Some(fault.clone()));
        let answer = Client::connect(sink.addr())
            .await
            .send("x: y\r\n\r\nz")
            .await;
        assert!(
            answer.starts_with(expected) && (!expected.is_empty() || answer.is_empty()),
            "{fault:?}: {answer}"
        );
    }
    sink.set_fault(Some(SmtpFault::Refuse));
    let mut refused = TcpStream::connect(sink.addr()).await.expect("connects");
    let mut greeting = Vec::new();
    let _ = refused.read_to_end(&mut greeting).await;
    assert!(greeting.is_empty());
    assert!(sink.mails().is_empty());
    sink.set_fault(None);
    assert!(
        Client::connect(sink.addr())
            .await
            .send("x: y\r\n\r\nz")
            .await
            .starts_with("250")
    );
    assert_eq!(sink.mails().len(), 1);
}

async fn post(sink: &WebhookSink, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(sink.addr()).await.expect("connects");
    let request = format!(
        "POST {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("read");
    answer
}

#[tokio::test]
async fn webhooks_are_kept_whatever_the_answer() {
    let sink = WebhookSink::start().await.expect("starts");
    for (fault, expected) in [
        (WebhookFault::None, "HTTP/1.1 204 "),
        (WebhookFault::Status(503), "HTTP/1.1 503 "),
        (
            WebhookFault::RetryAfter(7),
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n",
        ),
        (WebhookFault::Body("{}".to_owned()), "HTTP/1.1 200 OK"),
        (
            WebhookFault::Redirect("http://127.0.0.1:1/".to_owned()),
            "HTTP/1.1 302 ",
        ),
        (
            WebhookFault::Delay(Duration::from_millis(20)),
            "HTTP/1.1 204 ",
        ),
    ] {
        sink.set_fault(fault.clone());
        let answer = post(&sink, "/hook?x=1", r#"{"a":1}"#).await;
        assert!(answer.starts_with(expected), "{fault:?}: {answer}");
    }
    sink.set_fault(WebhookFault::Cut);
    assert_eq!(post(&sink, "/hook?x=1", r#"{"a":1}"#).await, "");
    let requests = sink.wait_for(7, SOON).await.expect("seven requests");
    assert!(
        requests
            .iter()
            .all(|request| request.method == "POST" && request.path == "/hook?x=1")
    );
    assert!(
        requests.iter().all(
            |request| request.json()["a"] == 1 && request.header("content-length") == Some("7")
        )
    );
}
