//! Bytes that no well-meaning client sends, over a raw connection to the built binary.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::appliance::{Appliance, PATIENCE, TOKEN};

pub(crate) fn start(folder: &tempfile::TempDir) -> Appliance {
    let state = folder.path().join("state");
    Appliance::command(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        state.to_str().expect("a path"),
    ])
}

/// Sends `bytes` as they are and reads until the server ends the connection.
pub(crate) fn raw(appliance: &Appliance, bytes: &[u8]) -> String {
    let place = appliance.url.trim_start_matches("http://");
    let place = place.trim_end_matches('/');
    let mut stream = TcpStream::connect(place).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    // The server may refuse and close before it has read everything.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

pub(crate) fn is_alive(appliance: &Appliance) -> bool {
    let request = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    status(&raw(appliance, request)) == "200"
}

#[test]
fn requests_with_two_lengths_or_broken_heads_are_refused_whole() {
    let folder = tempfile::tempdir().expect("a directory");
    let appliance = start(&folder);
    let hidden = "GET /api/hp/fleet HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let shapes = [
        (
            "two different lengths",
            format!("POST /api/hp/silences HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: 40\r\n\r\n{hidden}"),
        ),
        (
            "a length beside chunks",
            format!("POST /api/hp/silences HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"),
        ),
        (
            "an unknown transfer encoding",
            format!("POST /api/hp/silences HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n{hidden}"),
        ),
        (
            "a space before the colon",
            "GET /livez HTTP/1.1\r\nHost : localhost\r\n\r\n".into(),
        ),
        (
            "a negative length",
            "POST /api/hp/silences HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n".into(),
        ),
        (
            "a length with a plus",
            "POST /api/hp/silences HTTP/1.1\r\nHost: localhost\r\nContent-Length: +4\r\n\r\nabcd".into(),
        ),
        (
            "a zero byte in a header",
            "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: a\0b\r\n\r\n".into(),
        ),
        ("no host", "GET /livez HTTP/1.1\r\n\r\n".into()),
        (
            "two hosts",
            "GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n".into(),
        ),
        (
            "another host in the address",
            "GET http://evil.example/livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                .into(),
        ),
        (
            "a folded header",
            "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: a\r\n b\r\nConnection: close\r\n\r\n".into(),
        ),
        ("another protocol", "\x16\x03\x01\x02\x00\x01\x00\x01".into()),
    ];
    for (shape, bytes) in shapes {
        let answer = raw(&appliance, bytes.as_bytes());
        assert!(
            matches!(status(&answer), "400" | "401" | "421" | "501" | "none"),
            "{shape}: {answer}"
        );
        // Nothing of what was hidden behind it may have been answered.
        assert!(
            answer.matches("HTTP/1.1 ").count() <= 1,
            "{shape}: {answer}"
        );
    }
    assert!(is_alive(&appliance));
}

#[tokio::test]
async fn who_hangs_up_half_way_is_in_the_audit_all_the_same() {
    let folder = tempfile::tempdir().expect("a directory");
    let appliance = start(&folder);
    let place = appliance.url.trim_start_matches("http://");
    let place = place.trim_end_matches('/');
    let (_, health) = appliance.get("/api/health").await;
    let until = (health["timestamp"].as_i64().expect("seconds") + 3600) * 1000;
    for n in 0..100 {
        let body = format!(
            "{{\"scope\":{{\"everything\":true}},\"from\":null,\"note\":\"{n}\",\"until\":{until}}}"
        );
        let mut stream = TcpStream::connect(place).expect("it listens");
        let request = format!(
            "POST /api/hp/silences HTTP/1.1\r\nHost: localhost\r\nX-API-Token: {TOKEN}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        // Sooner with some and later with others, so that it meets every stage of the work.
        (0..100 * (n % 30)).for_each(|_| std::thread::yield_now());
        let hard = rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO));
        hard.expect("it can be cut off");
    }
    let began = Instant::now();
    loop {
        let (_, silences) = appliance.get("/api/hp/silences").await;
        let (_, audit) = appliance.get("/api/hp/audit?limit=1000").await;
        let made = silences["silences"].as_array().expect("a list").len();
        let entries = audit["entries"].as_array().expect("a list");
        let entered = entries.iter().filter(|entry| {
            entry["action"] == "POST /api/hp/silences" && entry["message"] == "status 201"
        });
        let entered: Vec<_> = entered.collect();
        assert!(
            entered.iter().all(|entry| entry["peer"] == "127.0.0.1"),
            "{entered:?}"
        );
        if made > 0 && made == entered.len() {
            break;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{made} silences, of which the audit knows {}",
            entered.len()
        );
    }
}

#[tokio::test]
async fn without_its_key_it_still_watches() {
    let folder = tempfile::tempdir().expect("a directory");
    let appliance = start(&folder);
    let target = serde_json::json!({
        "name": "lab", "kind": "pve", "address": "https://127.0.0.1:1",
        "token_id": "a@pve!b", "token_secret": "secret", "verify": false,
    });
    let made = appliance.request(reqwest::Method::POST, "/api/hp/targets");
    let made = made.json(&target).send().await.expect("an answer");
    assert_eq!(made.status(), 201);
    drop(appliance);
    std::fs::remove_file(folder.path().join("state/secret.key")).expect("a key");
    let appliance = start(&folder);
    assert!(is_alive(&appliance));
    let (status, targets) = appliance.get("/api/hp/targets").await;
    assert_eq!(
        (status, &targets["targets"][0]["name"]),
        (200, &"lab".into())
    );
}

#[tokio::test]
async fn moments_at_the_edge_of_time_are_answered() {
    let folder = tempfile::tempdir().expect("a directory");
    let appliance = start(&folder);
    for (path, expected) in [
        ("/api/hp/history/all?metric=cpu&to=1&points=1", 200),
        ("/api/hp/history/all?metric=cpu&from=0&to=1&points=1", 200),
        ("/api/hp/changes?to=-9223372036854775808", 400),
        ("/api/hp/changes?to=9223372036854775807", 400),
    ] {
        let (status, answer) = appliance.get(path).await;
        assert_eq!(status, expected, "{path}: {answer}");
    }
}

#[test]
fn no_path_leads_out_of_the_pages() {
    let folder = tempfile::tempdir().expect("a directory");
    let appliance = start(&folder);
    for path in [
        "/../../../../etc/passwd",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%5c..%5cetc%5cpasswd",
        "/assets/%00/../../etc/passwd",
        "//etc/passwd",
        "/assets/....//....//etc/passwd",
        "/api/hp/../../etc/passwd",
    ] {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let answer = raw(&appliance, request.as_bytes());
        assert!(!answer.contains("root:"), "{path}: {answer}");
        assert!(
            matches!(status(&answer), "200" | "400" | "401" | "404"),
            "{path}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_planted_secret_is_in_no_answer_and_no_log() {
    const SECRET: &str = "planted-secret-7f3a9c";
    let folder = tempfile::tempdir().expect("a directory");
    let appliance = start(&folder);
    let target = serde_json::json!({
        "name": "lab", "kind": "pve", "address": "https://127.0.0.1:1",
        "token_id": "a@pve!b", "token_secret": SECRET, "verify": false,
    });
    let channel = serde_json::json!({
        "name": "mail", "kind": "email",
        "config": {
            "host": "127.0.0.1", "port": 1, "security": "none", "username": "ada",
            "from": "a@example.org", "to": ["b@example.org"],
        },
        "secrets": { "password": SECRET },
    });
    for (path, body) in [("/api/hp/targets", &target), ("/api/hp/channels", &channel)] {
        let answer = appliance
            .request(reqwest::Method::POST, path)
            .json(body)
            .send()
            .await
            .expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "{path}: {text}");
        assert!(!text.contains(SECRET), "{path}: {text}");
    }
    appliance
        .wait_for("/api/hp/fleet", |fleet| {
            (fleet["targets"][0]["reachability"] != "pending").then_some(())
        })
        .await;
    let (_, document) = appliance.get("/api/openapi.json").await;
    let paths = document["paths"].as_object().expect("paths");
    let mut asked = 0;
    for (path, ways) in paths {
        if ways.get("get").is_none() || path.contains('{') {
            continue;
        }
        let answer = tokio::time::timeout(
            Duration::from_secs(20),
            appliance.request(reqwest::Method::GET, path).send(),
        );
        let Ok(Ok(answer)) = answer.await else {
            continue;
        };
        asked += 1;
        // A live connection never ends; its first frames are among the other answers.
        if answer.status() == 101 {
            continue;
        }
        let text = answer.text().await.unwrap_or_default();
        assert!(!text.contains(SECRET), "{path} shows the secret");
    }
    assert!(asked > 30, "only {asked} paths were asked");
    assert!(
        !appliance.log().contains(SECRET),
        "the log shows the secret"
    );
    assert!(!appliance.log().contains(TOKEN), "the log shows the token");
}
