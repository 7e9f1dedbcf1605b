//! Where the product listens: TLS with files of one's own, a socket in the file system, and sockets
//! that the supervisor opened.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::appliance::{Appliance, TOKEN};

/// Writes a certificate for loopback and its key; answers the certificate.
fn certificate(folder: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).expect("a file");
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).expect("a file");
    made.cert.pem()
}

fn config(folder: &Path, lines: &str) -> std::path::PathBuf {
    let path = folder.join("homepulse.toml");
    std::fs::write(&path, lines).expect("a file");
    path
}

/// One request through a socket in the file system; the whole answer.
fn ask(socket: &Path, request: &str) -> String {
    let mut stream = UnixStream::connect(socket).expect("it listens");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[tokio::test]
async fn with_a_certificate_it_speaks_tls_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a directory");
    let pem = certificate(folder.path());
    let files = folder.path().display();
    let lines = format!("[tls]\ncert_file = '{files}/cert.pem'\nkey_file = '{files}/key.pem'\n");
    let config = config(folder.path(), &lines);
    let appliance = Appliance::start(&config, &folder.path().join("state"));
    assert!(
        appliance.url.starts_with("https://127.0.0.1:"),
        "{}",
        appliance.url
    );

    let root = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(root).expect("a root");
    let tls = rustls::ClientConfig::builder_with_provider(
        rustls::crypto::ring::default_provider().into(),
    )
    .with_safe_default_protocol_versions()
    .expect("protocol versions")
    .with_root_certificates(roots)
    .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .build()
        .expect("a client");
    let answer = client
        .get(format!("{}api/version", appliance.url))
        .send()
        .await
        .expect("a trusted answer");
    assert_eq!(answer.status(), 200);
    let set_up = client
        .post(format!("{}api/hp/setup", appliance.url))
        .header("X-API-Token", TOKEN)
        .json(&serde_json::json!({ "name": "ada", "password": "correct horse battery" }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(set_up.status(), 200);
    let cookie = set_up.headers()["set-cookie"].to_str().expect("text");
    for flag in ["Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(flag), "no {flag}: {cookie}");
    }

    let plain = appliance.url.replace("https://", "http://");
    let refused = reqwest::Client::builder()
        .tls_backend_preconfigured(crate::appliance::tls())
        .build()
        .expect("a client")
        .get(plain)
        .send()
        .await;
    assert!(refused.is_err(), "plain HTTP was answered: {refused:?}");
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_by_its_file() {
    let folder = tempfile::tempdir().expect("a directory");
    std::fs::write(folder.path().join("cert.pem"), "nothing").expect("a file");
    std::fs::write(folder.path().join("key.pem"), "nothing").expect("a file");
    let files = folder.path().display();
    let lines = format!("[tls]\ncert_file = '{files}/cert.pem'\nkey_file = '{files}/key.pem'\n");
    let config = config(folder.path(), &lines);
    let ended = Command::new(env!("CARGO_BIN_EXE_homepulse"))
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(&config)
        .arg("--data-dir")
        .arg(folder.path().join("state"))
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success());
    assert!(said.contains("cert.pem"), "{said}");
}

#[test]
fn a_socket_in_the_file_system_serves_its_group_and_goes_with_the_process() {
    let folder = tempfile::tempdir().expect("a directory");
    let socket = folder.path().join("web.sock");
    // What a crash leaves behind.
    drop(std::os::unix::net::UnixListener::bind(&socket).expect("a socket"));
    let place = format!("unix:{}", socket.display());
    let state = folder.path().join("state");
    let appliance = Appliance::command(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--listen",
        &place,
        "--data-dir",
        state.to_str().expect("a path"),
    ]);
    let found = std::fs::metadata(&socket).expect("a socket");
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o660);

    let head = "GET /api/hp/fleet HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    let without = ask(&socket, &format!("{head}\r\n"));
    assert!(without.starts_with("HTTP/1.1 401"), "{without}");
    let with = ask(&socket, &format!("{head}X-API-Token: {TOKEN}\r\n\r\n"));
    assert!(with.starts_with("HTTP/1.1 200"), "{with}");

    assert!(appliance.stop(), "it ends well");
    assert!(!socket.exists(), "the socket is left behind");
}

#[test]
fn sockets_that_the_supervisor_opened_are_used() {
    let activate = Command::new("systemd-socket-activate")
        .arg("--version")
        .output();
    if activate.is_err() {
        eprintln!("SKIPPED: systemd-socket-activate is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("a directory");
    let socket = folder.path().join("handed.sock");
    let mut child = Command::new("systemd-socket-activate")
        .arg("--listen")
        .arg(&socket)
        .arg("--setenv=API_TOKEN=test-token-0123456789")
        .arg(env!("CARGO_BIN_EXE_homepulse"))
        // This address would be refused if it were bound.
        .args(["serve", "--listen", "192.0.2.1:1", "--data-dir"])
        .arg(folder.path().join("state"))
        .spawn()
        .expect("it starts");
    let began = std::time::Instant::now();
    while !socket.exists() && began.elapsed() < crate::appliance::PATIENCE {
        std::thread::yield_now();
    }
    let answer = ask(
        &socket,
        "GET /api/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    );
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
