use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use simulator::{Mail, SmtpFault, SmtpOptions, SmtpSink};

use crate::model::alert::Alert;
use crate::model::time::{Timestamp, Window};
use crate::notify::message::Occasion;
use crate::notify::outbox::DeliveryState;
use crate::notify::tests::{
    HASTE, PATIENCE, Post, alert, all, another, catalogued, message, open, resolved, tools,
};
use crate::notify::{Figures, Notifier, NotifyError, Secrets, Series, Tools};

async fn sink(options: SmtpOptions) -> SmtpSink {
    SmtpSink::start(options).await.expect("a mail server")
}

fn config(sink: &SmtpSink, more: Value) -> Value {
    let mut config = json!({
        "host": "127.0.0.1",
        "port": sink.addr().port(),
        "security": "none",
        "from": "homepulse <pulse@example.org>",
        "to": ["ada@example.org", "Bob <bob@example.org>"],
    });
    if let (Value::Object(config), Value::Object(more)) = (&mut config, more) {
        config.extend(more);
    }
    config
}

fn notifier(config: &Value, password: Option<&str>) -> Box<dyn Notifier> {
    let password = password.map(Into::into);
    open("email", config, password).expect("a good configuration")
}

async fn deliver(config: &Value, password: Option<&str>) -> Result<String, NotifyError> {
    let notifier = notifier(config, password);
    let sent = notifier.deliver(&message(Occasion::Fired, alert())).await;
    sent.map(|receipt| receipt.text)
}

fn fingerprint(sink: &SmtpSink) -> String {
    let certificate = sink.certificate().expect("a certificate");
    certificate.fingerprint.clone()
}

fn header(mail: &Mail, name: &str) -> String {
    mail.header(name).unwrap_or_default()
}

#[tokio::test]
async fn a_mail_has_two_forms_and_headers_that_make_threads() {
    let sink = sink(SmtpOptions::default()).await;
    let receipt = deliver(&config(&sink, json!({})), None).await;
    assert_eq!(receipt.expect("it is taken"), "250 2.0.0 kept");
    let mail = sink.mails().remove(0);
    assert_eq!(mail.from, "pulse@example.org");
    assert_eq!(mail.to, ["ada@example.org", "bob@example.org"]);
    for (name, expected) in [
        ("Message-ID", "<dlv_two@example.org>"),
        ("In-Reply-To", "<dlv_one@example.org>"),
        ("References", "<dlv_one@example.org>"),
        ("Auto-Submitted", "auto-generated"),
        ("Date", "Sun, 22 Nov 2026 08:53:20 +0000"),
    ] {
        assert_eq!(header(&mail, name), expected, "{name}");
    }
    assert!(header(&mail, "Content-Type").starts_with("multipart/alternative"));
    assert!(mail.text().contains("text/plain") && mail.text().contains("text/html"));
    assert!(!mail.encrypted);
}

#[tokio::test]
async fn starttls_with_the_pinned_certificate_and_a_login() {
    let sink = sink(SmtpOptions {
        starttls: true,
        require_tls: true,
        require_auth: Some(("ada".into(), "sesame".into())),
        ..SmtpOptions::default()
    })
    .await;
    let more = json!({
        "security": "starttls",
        "fingerprint": fingerprint(&sink),
        "username": "ada",
    });
    let config = config(&sink, more);
    deliver(&config, Some("sesame")).await.expect("it is taken");
    let mail = sink.mails().remove(0);
    assert!(mail.encrypted);
    assert_eq!(mail.user.as_deref(), Some("ada"));

    let error = deliver(&config, Some("wrong")).await.expect_err("refused");
    assert!(error.is_permanent());
    let text = crate::notify::error::chain(&error);
    assert!(text.contains("log in") && text.contains("535"), "{text}");
    assert!(!text.contains("wrong\""), "{text}");
}

#[tokio::test]
async fn another_certificate_than_the_pinned_one_gets_nothing() {
    let sink = sink(SmtpOptions {
        starttls: true,
        ..SmtpOptions::default()
    })
    .await;
    let more = json!({"security": "starttls", "fingerprint": "00".repeat(32)});
    let error = deliver(&config(&sink, more), None).await;
    let text = crate::notify::error::chain(&error.expect_err("not believed"));
    assert!(text.contains("fingerprint"), "{text}");
    let unpinned = config(&sink, json!({"security": "starttls"}));
    deliver(&unpinned, None).await.expect_err("self-signed");
    assert!(sink.mails().is_empty());
}

#[tokio::test]
async fn a_certificate_of_an_own_authority_is_believed() {
    let sink = sink(SmtpOptions {
        starttls: true,
        ..SmtpOptions::default()
    })
    .await;
    let pem = &sink.certificate().expect("a certificate").pem;
    let more = json!({"security": "starttls", "ca_pem": pem});
    deliver(&config(&sink, more), None)
        .await
        .expect("it is taken");
    assert!(sink.mails()[0].encrypted);
}

#[tokio::test]
async fn a_server_without_starttls_is_not_used_in_plain() {
    let sink = sink(SmtpOptions::default()).await;
    let more = json!({"security": "starttls"});
    deliver(&config(&sink, more), None)
        .await
        .expect_err("refused");
    assert!(sink.mails().is_empty());
}

#[tokio::test]
async fn one_recipient_that_is_gone_does_not_keep_the_others_from_being_told() {
    let sink = sink(SmtpOptions::default()).await;
    let gone = SmtpFault::UnknownRecipient("ada@example.org".into());
    sink.set_fault(Some(gone));
    let receipt = deliver(&config(&sink, json!({})), None).await;
    let receipt = receipt.expect("it is taken for the other");
    assert!(receipt.contains("refused ada@example.org"), "{receipt}");
    assert_eq!(sink.mails()[0].to, ["bob@example.org"]);

    let only = config(&sink, json!({"to": "ada@example.org"}));
    let error = deliver(&only, None).await.expect_err("nobody is left");
    assert!(error.is_permanent());
}

#[tokio::test]
async fn a_server_that_does_not_answer_in_time_is_tried_later() {
    let sink = sink(SmtpOptions::default()).await;
    sink.set_fault(Some(SmtpFault::Slow(PATIENCE)));
    let error = deliver(&config(&sink, json!({"timeout_seconds": 1})), None).await;
    assert!(!error.expect_err("too slow").is_permanent());
}

#[tokio::test]
async fn a_hostile_name_adds_no_header_and_no_recipient() {
    let sink = sink(SmtpOptions::default()).await;
    let mut hostile = alert();
    hostile.resource_name = "x\r\nBcc: eve@example.org\r\n\r\nhello".into();
    hostile.message = "x\r\n.\r\nMAIL FROM:<eve@example.org>\r\n".into();
    let notifier = notifier(&config(&sink, json!({})), None);
    let sent = notifier.deliver(&message(Occasion::Fired, hostile)).await;
    sent.expect("it is taken");
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to.len(), 2);
    assert_eq!(mails[0].header("Bcc"), None);
}

#[tokio::test]
async fn the_end_of_an_alert_is_in_the_thread_of_its_beginning() {
    let sink = sink(SmtpOptions::default()).await;
    let post = Post::new().await;
    post.add("email", config(&sink, json!({})), None).await;
    let running = post.dispatch(HASTE);
    post.tell(alert()).await;
    sink.wait_for(1, PATIENCE).await.expect("the beginning");
    post.tell(resolved(alert())).await;
    let mails = sink.wait_for(2, PATIENCE).await.expect("the end");
    running.stop().await;
    assert_eq!(
        header(&mails[1], "References"),
        header(&mails[0], "Message-ID")
    );
    assert_ne!(
        header(&mails[1], "Message-ID"),
        header(&mails[0], "Message-ID")
    );
    assert_eq!(mails[0].header("References"), None);
    assert!(mails[1].text().contains("Resolved"));
}

#[tokio::test]
async fn a_mail_waits_for_a_server_that_is_down() {
    let sink = sink(SmtpOptions::default()).await;
    let post = Post::new().await;
    post.add("email", config(&sink, json!({})), None).await;
    for fault in [
        SmtpFault::Refuse,
        SmtpFault::Temporary,
        SmtpFault::TemporaryAfterData,
    ] {
        let before = post.log().await.len();
        sink.clear();
        sink.set_fault(Some(fault.clone()));
        let running = post.dispatch(HASTE);
        let number = u32::try_from(before).expect("a small number");
        post.tell(another(number)).await;
        post.wait_for(|log| log.last().is_some_and(|row| row.attempts >= 3))
            .await;
        assert!(sink.mails().is_empty(), "{fault:?}");
        sink.set_fault(None);
        post.wait_for(all(DeliveryState::Sent)).await;
        running.stop().await;
        assert_eq!(sink.mails().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_given_up() {
    let sink = sink(SmtpOptions::default()).await;
    let post = Post::new().await;
    post.add("email", config(&sink, json!({})), None).await;
    let running = post.dispatch(HASTE);
    sink.set_fault(Some(SmtpFault::Permanent));
    post.tell(alert()).await;
    let log = post.wait_for(all(DeliveryState::Dead)).await;
    running.stop().await;
    assert_eq!(log[0].attempts, 1);
    let error = log[0].last_error.as_deref().expect("why");
    assert!(error.contains("550"), "{error}");
}

#[tokio::test]
async fn a_mail_cut_off_after_its_data_is_sent_again_under_the_same_id() {
    let sink = sink(SmtpOptions::default()).await;
    let post = Post::new().await;
    post.add("email", config(&sink, json!({})), None).await;
    let running = post.dispatch(HASTE);
    sink.set_fault(Some(SmtpFault::CutAfterData));
    post.tell(alert()).await;
    post.wait_for(|log| log[0].attempts >= 2).await;
    sink.set_fault(None);
    let log = post.wait_for(all(DeliveryState::Sent)).await;
    running.stop().await;
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    let expected = format!("<{}@example.org>", log[0].id);
    assert_eq!(header(&mails[0], "Message-ID"), expected);
}

#[test]
fn every_mistake_names_its_field() {
    let good =
        || json!({"host": "mail.example.org", "from": "a@example.org", "to": ["b@example.org"]});
    for (name, value, field) in [
        ("host", json!("https://mail.example.org"), "host"),
        ("port", json!(70_000), "port"),
        ("security", json!("ssl"), "security"),
        ("from", json!("a@example.org\r\nBcc: b@example.org"), "from"),
        ("to", json!([]), "to"),
        ("to", json!(["nobody"]), "to"),
        ("username", json!("ada"), "password"),
        ("fingerprint", json!("12:34"), "fingerprint"),
        ("ca_pem", json!("not a certificate"), "ca_pem"),
        ("timeout_seconds", json!(0), "timeout_seconds"),
        ("pasword", json!("x"), "pasword"),
    ] {
        let mut config = good();
        config[name] = value;
        let error = open("email", &config, None).err();
        let error = error.unwrap_or_else(|| panic!("{name} should be refused"));
        assert_eq!(error.field, field, "{error}");
    }
    let mut config = good();
    config["security"] = json!("none");
    config["username"] = json!("ada");
    let error = open("email", &config, Some("x".into())).err();
    assert_eq!(error.expect("in plain").field, "security");
    assert!(open("email", &good(), None).is_ok());
}

#[tokio::test]
async fn a_provider_fills_in_what_is_not_given() {
    let sink = sink(SmtpOptions::default()).await;
    // The local relay is on this machine, without a login; only its port is another one.
    let config = json!({
        "provider": "local", "port": sink.addr().port(),
        "from": "pulse@example.org", "to": "ada@example.org",
    });
    deliver(&config, None).await.expect("it is taken");
    let login = json!({
        "provider": "gmail", "username": "ada", "from": "a@example.org", "to": "b@example.org",
    });
    let error = open("email", &login, None).err();
    assert_eq!(error.expect("gmail wants one").field, "password");
    assert!(open("email", &login, Some("x".into())).is_ok());
    let other = json!({"provider": "carrier", "from": "a@example.org", "to": "b@example.org"});
    let error = open("email", &other, None).err();
    assert_eq!(error.expect("unknown").field, "provider");
}

#[tokio::test]
async fn own_words_are_mailed_in_both_forms_and_stay_text() {
    let sink = sink(SmtpOptions::default()).await;
    let more =
        json!({"title_template": "{{ word }} at {{ name }}", "text_template": "<b>{{ name }}</b>"});
    let notifier = notifier(&config(&sink, more), None);
    let mut hostile = alert();
    hostile.resource_name = "x\r\nBcc: eve@example.org".into();
    let sent = notifier.deliver(&message(Occasion::Fired, hostile)).await;
    sent.expect("it is taken");
    let mail = sink.mails().remove(0);
    assert_eq!(
        header(&mail, "Subject"),
        "Warning at x Bcc: eve@example.org"
    );
    assert_eq!(mail.header("Bcc"), None);
    let text = mail.text();
    assert!(
        text.contains("<b>x") && text.contains("&lt;b&gt;x"),
        "{text}"
    );
    for (template, field) in [
        ("{{", "title_template"),
        ("{% set x = 1 %}", "text_template"),
    ] {
        let config = config_with(&sink, field, template);
        let error = open("email", &config, None).err();
        assert_eq!(error.expect("it is refused").field, field);
    }
}

fn config_with(sink: &SmtpSink, field: &str, value: &str) -> Value {
    config(sink, json!({field: value}))
}

/// Figures that rise until an alert begins.
struct Rising;

impl Figures for Rising {
    fn around<'a>(&'a self, alert: &'a Alert, now: Timestamp) -> BoxFuture<'a, Option<Series>> {
        let hour = Duration::from_secs(3600);
        let window = Window::ending_at(now, hour);
        let point = |minute: u32| {
            let at = window.from + Duration::from_secs(60) * minute;
            (at, Some(f64::from(minute) / 60.0))
        };
        let points = (0..60).map(point).collect();
        let is_known = alert.subject == "cpu";
        async move { is_known.then_some(Series { window, points }) }.boxed()
    }
}

#[tokio::test]
async fn a_mail_shows_what_the_metric_did_where_that_is_known() {
    let sink = sink(SmtpOptions::default()).await;
    let tools = Tools {
        figures: Some(Arc::new(Rising)),
        ..tools()
    };
    let kind = catalogued("email");
    let config = config(&sink, json!({}));
    let notifier = super::open(kind, &config, &Secrets::new(), &tools).expect("a notifier");
    let mut other = alert();
    other.subject = "node_offline".into();
    for alert in [alert(), other] {
        let sent = notifier.deliver(&message(Occasion::Fired, alert)).await;
        sent.expect("it is taken");
    }
    let mails = sink.mails();
    let with = mails[0].text();
    for expected in [
        "multipart/related",
        "image/png",
        "Content-ID: <chart>",
        "cid:chart",
        "iVBORw0KGgo",
    ] {
        assert!(with.contains(expected), "{expected}");
    }
    let without = mails[1].text();
    assert!(!without.contains("image/png") && !without.contains("cid:chart"));
    assert_eq!(header(&mails[0], "List-Id"), "<homepulse.example.org>");
    let leave = header(&mails[0], "List-Unsubscribe");
    assert_eq!(leave, "<mailto:pulse@example.org?subject=unsubscribe>");
}

#[tokio::test]
async fn a_mail_server_among_the_forbidden_addresses_is_not_connected_to() {
    let config = json!({
        "host": "169.254.169.254", "security": "none",
        "from": "a@example.org", "to": "b@example.org",
    });
    let error = deliver(&config, None).await.expect_err("refused");
    let text = crate::notify::error::chain(&error);
    assert!(text.contains("is not sent to"), "{text}");
}
