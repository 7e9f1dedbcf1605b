//! Clients that want all there is: connections, memory, patience.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use crate::appliance::{PATIENCE, TOKEN};
use crate::attacks::{is_alive, raw, start, status};

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
fn nobody_alone_takes_every_connection() {
    let folder = tempfile::tempdir().expect("a directory");
    let appliance = start(&folder);
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let raised = rustix::process::Rlimit {
        current: limit.maximum.map(|most| most.min(8192)),
        ..limit
    };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Nofile, raised);
    let place: SocketAddr = appliance
        .url
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .parse()
        .expect("an address");
    // More than there are places; they are one client, and we are another.
    let mut held: Vec<TcpStream> = (0..1100)
        .map(|_| from_elsewhere(place).expect("a connection"))
        .collect();
    let began = Instant::now();
    while held.len() > 512 {
        held.retain_mut(|stream| !is_over(stream));
        assert!(
            began.elapsed() < PATIENCE,
            "{} connections are held",
            held.len()
        );
    }
    assert!(is_alive(&appliance));
}

/// A connection from another address of this machine than usual.
fn from_elsewhere(to: SocketAddr) -> std::io::Result<TcpStream> {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddr::from(([127, 0, 0, 2], 0)))?;
    connect(&socket, &to)?;
    let mut stream = TcpStream::from(socket);
    // One that was answered is kept for more than a minute. One that is refused may be over by now.
    let _ = stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.set_nonblocking(true)?;
    Ok(stream)
}

/// Whether the server has ended the connection.
fn is_over(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 4096]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    }
}

#[test]
fn nobody_is_heard_out_at_length_before_they_say_who_they_are() {
    let folder = tempfile::tempdir().expect("a directory");
    let appliance = start(&folder);
    for path in [
        "/api/hp/session",
        "/api/hp/setup",
        "/api/hp/game-door/calls",
        "/api/auto-register",
        "/api/hp/silences",
        "/api/v2/write",
    ] {
        // What was announced never comes: an answer means that it is not waited for.
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: 1000000\r\n\r\n{{"
        );
        let answer = raw(&appliance, request.as_bytes());
        assert!(matches!(status(&answer), "401" | "413"), "{path}: {answer}");
    }
}

#[test]
fn a_message_without_end_is_not_collected() {
    let folder = tempfile::tempdir().expect("a directory");
    let appliance = start(&folder);
    let place = appliance.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(place.trim_end_matches('/')).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    stream.set_write_timeout(Some(PATIENCE)).expect("a limit");
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nX-API-Token: {TOKEN}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 101");
    // A text of 4 EiB; nothing of it ever comes, and it is not waited for.
    let head = [0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4];
    stream.write_all(&head).expect("it reads");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("an end");
    let end = [0x88, 2, 0x03, 0xea];
    assert!(rest.ends_with(&end), "no error of the protocol: {rest:?}");
    assert!(is_alive(&appliance));
}
