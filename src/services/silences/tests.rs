use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::model::alert::Severity;
use crate::model::silence::Weekday;

const NOON: Timestamp = Timestamp(1_795_348_800_000);

async fn open(dir: &std::path::Path) -> Silences {
    let db = Db::open(&dir.join("test.db")).expect("a database");
    let vault = Vault::open(dir).expect("a vault");
    Silences::open(db, vault, NOON).await.expect("silences")
}

fn hours(hours: i64) -> Timestamp {
    Timestamp(NOON.millis() + hours * 3_600_000)
}

fn everything() -> Scope {
    Scope {
        everything: true,
        ..Scope::default()
    }
}

fn silence(scope: Scope, until: Timestamp) -> NewSilence {
    NewSilence {
        scope,
        from: None,
        until,
        note: Some("cleaning".into()),
    }
}

fn nightly() -> NewWindow {
    NewWindow {
        name: "backups".into(),
        scope: Scope {
            nodes: vec!["pve1".into()],
            ..Scope::default()
        },
        schedule: Schedule::Weekly {
            days: vec![Weekday::Monday],
            start: "02:00".into(),
            minutes: 60,
            zone: "Europe/Berlin".into(),
        },
        enabled: true,
    }
}

#[tokio::test]
async fn what_is_set_is_in_force_at_once_and_after_a_restart() {
    let dir = tempfile::tempdir().expect("a directory");
    let silences = open(dir.path()).await;
    let follow = silences.follow();
    let made = silences
        .add(silence(everything(), hours(1)), "ada", NOON)
        .await
        .expect("made");
    let window = silences.add_window(nightly(), NOON).await.expect("set up");
    assert_eq!(follow.borrow().silences, std::slice::from_ref(&made));
    assert_eq!(follow.borrow().windows, std::slice::from_ref(&window));

    silences.db.writer.stop();
    let again = open(dir.path()).await;
    assert_eq!(again.present().silences, std::slice::from_ref(&made));
    assert_eq!(again.present().windows, std::slice::from_ref(&window));

    again.remove(&made.id, NOON).await.expect("ended");
    again
        .remove_window(&window.id, NOON)
        .await
        .expect("removed");
    assert!(again.present().silences.is_empty() && again.present().windows.is_empty());
    let error = again.remove(&made.id, NOON).await.expect_err("it is gone");
    assert!(matches!(error, SilenceError::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn a_silence_can_end_earlier_or_later_but_never_not_at_all() {
    let dir = tempfile::tempdir().expect("a directory");
    let silences = open(dir.path()).await;
    let made = silences
        .add(silence(everything(), hours(1)), "ada", NOON)
        .await
        .expect("made");
    let longer = silences
        .extend(&made.id, hours(5), NOON)
        .await
        .expect("extended");
    assert_eq!(longer.until, hours(5));
    assert_eq!(silences.present().silences[0].until, hours(5));
    for until in [NOON, hours(24 * 400)] {
        let error = silences.extend(&made.id, until, NOON).await;
        assert!(matches!(
            error,
            Err(SilenceError::Invalid { field: "until", .. })
        ));
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_its_field() {
    let dir = tempfile::tempdir().expect("a directory");
    let silences = open(dir.path()).await;
    let of = |change: fn(&mut NewSilence)| {
        let mut new = silence(everything(), hours(1));
        change(&mut new);
        new
    };
    for (new, wrong) in [
        (of(|s| s.scope = Scope::default()), "scope"),
        (of(|s| s.scope.severities = vec![Severity::Info]), "scope"),
        (
            of(|s| {
                s.scope = Scope {
                    tags: vec![String::new()],
                    ..Scope::default()
                }
            }),
            "scope",
        ),
        (
            of(|s| {
                s.scope = Scope {
                    tags: vec!["x".into(); 201],
                    ..Scope::default()
                }
            }),
            "scope",
        ),
        (of(|s| s.until = NOON), "until"),
        (of(|s| s.from = Some(hours(2))), "until"),
        (of(|s| s.note = Some("x".repeat(501))), "note"),
    ] {
        match silences.add(new.clone(), "ada", NOON).await {
            Err(SilenceError::Invalid { field, .. }) => assert_eq!(field, wrong),
            other => panic!("{new:?}: {other:?}"),
        }
    }
    let mut unnamed = nightly();
    unnamed.name = " ".into();
    let error = silences.add_window(unnamed, NOON).await;
    assert!(matches!(
        error,
        Err(SilenceError::Invalid { field: "name", .. })
    ));
    silences.add_window(nightly(), NOON).await.expect("set up");
    let error = silences.add_window(nightly(), NOON).await;
    assert!(matches!(error, Err(SilenceError::NameTaken { .. })));
    assert_eq!(
        silences.windows().await.expect("a list").len(),
        1,
        "nothing half-done"
    );
}

/// A server that answers every request with `answer`.
async fn serve(answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    format!("http://{address}/private-0123456789/basic.ics")
}

fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn calendar(url: &str) -> NewCalendar {
    NewCalendar {
        name: "family".into(),
        url: SecretString::from(url),
        scope: everything(),
        zone: "Europe/Berlin".into(),
        enabled: true,
    }
}

fn at_daily(hour: u32) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Patch night\r\n\
         DTSTART:20200101T{hour:02}0000Z\r\nDURATION:PT2H\r\nRRULE:FREQ=DAILY\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[tokio::test]
async fn a_calendars_times_are_in_force_and_its_address_is_never_shown() {
    let dir = tempfile::tempdir().expect("a directory");
    let silences = open(dir.path()).await;
    let url = serve(http("200 OK", &at_daily(3))).await;
    let row = silences
        .add_calendar(calendar(&url), NOON)
        .await
        .expect("kept");
    assert_eq!(row.host, "127.0.0.1");
    silences.fetch(&row).await.expect("fetched");

    let present = silences.present();
    assert_eq!(present.calendars[0].last_error, None);
    assert!(!present.calendars[0].busy.is_empty());
    let range = Window {
        from: NOON,
        to: hours(72),
    };
    let marked = silences.upcoming(range, NOON).await.expect("a list");
    assert_eq!(marked.len(), 3);
    assert_eq!(marked[0].name, "family: Patch night");
    let kept = std::fs::read(dir.path().join("test.db")).expect("a file");
    let log = std::fs::read(dir.path().join("test.db-wal")).unwrap_or_default();
    for bytes in [kept, log] {
        let found = bytes.windows(18).any(|part| part == b"private-0123456789");
        assert!(!found, "the address is sealed");
    }
}

#[tokio::test]
async fn a_calendar_that_fails_keeps_its_latest_good_version_in_force() {
    let dir = tempfile::tempdir().expect("a directory");
    let silences = open(dir.path()).await;
    let good = serve(http("200 OK", &at_daily(3))).await;
    let row = silences
        .add_calendar(calendar(&good), NOON)
        .await
        .expect("kept");
    silences.fetch(&row).await.expect("fetched");
    let huge = "x".repeat(holds::ical::MOST_BYTES + 1);
    for (answer, problem) in [
        (http("503 Busy", ""), "answered 503"),
        (
            http("302 Found\r\nlocation: http://10.0.0.1/", ""),
            "answered 302",
        ),
        (http("200 OK", "<html>Sign in</html>"), "no calendar"),
        (http("200 OK", &huge), "larger than"),
    ] {
        let url = serve(answer).await;
        let id = row.id.clone();
        let sealed = SecretString::from(url);
        let place = crate::secret::Place::new("maintenance_calendars", "address", id.as_str());
        let sealed = silences.vault.seal(&place, &sealed).expect("sealed");
        let moved = row.clone();
        let body = silences.calendars().await.expect("a list")[0].body.clone();
        let moved = CalendarRow { body, ..moved };
        silences
            .change(NOON, move |tx| {
                table::put_calendar(tx, &moved, Some(&sealed))
            })
            .await
            .expect("moved");
        silences.fetch(&row).await.expect("noted");
        let known = silences.present().calendars[0].clone();
        let error = known.last_error.expect("it says why");
        assert!(error.contains(problem), "{error}");
        assert!(!known.busy.is_empty(), "what was known stays in force");
    }
}

#[tokio::test]
async fn addresses_that_lead_nowhere_good_are_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let silences = open(dir.path()).await;
    for url in [
        "ftp://example.org/a.ics",
        "file:///etc/passwd",
        "https://ada:secret@example.org/a.ics",
        "http://169.254.169.254/latest",
        "http://[fe80::1]/a.ics",
        "http://0.0.0.0/",
        "not an address",
    ] {
        let error = silences.add_calendar(calendar(url), NOON).await;
        assert!(
            matches!(error, Err(SilenceError::Invalid { field: "url", .. })),
            "{url}: {error:?}"
        );
    }
    let webcal = calendar("webcal://calendar.example.org/a.ics");
    let row = silences.add_calendar(webcal, NOON).await.expect("kept");
    assert_eq!(row.host, "calendar.example.org");
}
