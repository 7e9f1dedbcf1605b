//! Bytes that no well-meaning client sends, over a raw connection to the built binary.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::appliance::{Appliance, PATIENCE, TOKEN};

fn start(folder: &tempfile::TempDir) -> Appliance {
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
fn raw(appliance: &Appliance, bytes: &[u8]) -> String {
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

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

fn is_alive(appliance: &Appliance) -> bool {
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

#[test]
fn heads_and_bodies_beyond_their_limits_are_cut_off() {
    let folder = tempfile::tempdir().expect("a directory");
    let appliance = start(&folder);
    let long = "a".repeat(1 << 20);
    let answer = raw(
        &appliance,
        format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes(),
    );
    assert!(
        matches!(status(&answer), "400" | "414" | "431" | "none"),
        "{answer}"
    );
    let many: String = (0..500).map(|n| format!("X-{n}: a\r\n")).collect();
    let answer = raw(
        &appliance,
        format!("GET /livez HTTP/1.1\r\nHost: localhost\r\n{many}\r\n").as_bytes(),
    );
    assert!(
        matches!(status(&answer), "400" | "431" | "none"),
        "{answer}"
    );

    let head = format!(
        "POST /api/hp/silences HTTP/1.1\r\nHost: localhost\r\nX-API-Token: {TOKEN}\r\n\
         Content-Type: application/json\r\nConnection: close\r\n"
    );
    let body = format!("{{\"comment\":\"{}\"}}", "a".repeat(8 << 20));
    let answer = raw(
        &appliance,
        format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes(),
    );
    assert!(
        matches!(status(&answer), "413" | "none"),
        "{}",
        &answer[..answer.len().min(400)]
    );
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = raw(
        &appliance,
        format!("{head}Content-Length: {}\r\n\r\n{deep}", deep.len()).as_bytes(),
    );
    assert!(matches!(status(&answer), "400" | "413" | "422"), "{answer}");
    assert!(is_alive(&appliance));
}

#[test]
fn clients_that_never_finish_do_not_keep_others_out() {
    let folder = tempfile::tempdir().expect("a directory");
    let appliance = start(&folder);
    let place = appliance.url.trim_start_matches("http://");
    let place = place.trim_end_matches('/');
    let slow: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(place).expect("it listens");
            stream
                .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
                .expect("it reads");
            stream
        })
        .collect();
    assert!(is_alive(&appliance), "slow clients keep others out");
    let mut first = slow.into_iter().next().expect("a client");
    first.set_read_timeout(Some(PATIENCE)).expect("a limit");
    let mut end = Vec::new();
    let ended = first.read_to_end(&mut end);
    assert!(
        ended.is_ok() || ended.is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock),
        "the server waits for ever"
    );
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
