//! Holds the backup server's answers to the shapes of recorded ones: same fields, same types, same
//! status lines, errors as plain text. Values are its own.

#[path = "support/answer.rs"]
mod answer;
#[path = "support/anyone.rs"]
mod anyone;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use answer::Answer;
use serde_json::Value;
use simulator::{Fault, PbsOptions, PbsRole, PbsServer, World, WorldConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Paths that nothing asks for, or on which the recorded host had nothing to show.
const NOT_COMPARED: &[(&str, &str)] = &[
    ("/access/roles", "nobody asks"),
    ("/access/acl", "nobody asks"),
    ("/config/datastore/main", "nobody asks"),
    ("/nodes/localhost/apt/versions", "nobody asks"),
    (
        "/nodes/localhost/subscription",
        "the recorded host had no key to make an id from",
    ),
    (
        "/admin/datastore/main/notes",
        "the recorded backup is not here",
    ),
];

/// Fields that may be there or not, or be of another type, and why.
const MAY_DIFFER: &[(&str, &str)] = &[
    (
        "/nodes/localhost/disks/list",
        "the recorded disk told nothing of itself",
    ),
    ("/nodes/localhost/services", "the recorded host listed none"),
    ("/nodes/localhost/network", "nobody asks what is in it"),
    ("/access/permissions", "another set of paths"),
    ("/admin/verify", "the recorded job had never run"),
    (
        "/admin/datastore/main/status?verbose",
        "no machine was backed up there",
    ),
];

async fn start() -> PbsServer {
    let world = World::new(WorldConfig {
        guests: 12,
        start: Some(1_795_348_800_000),
        ..WorldConfig::default()
    });
    PbsServer::start(world, PbsOptions::quick())
        .await
        .expect("starts")
}

async fn get(server: &PbsServer, authorization: &str, path: &str) -> Answer {
    let stream = TcpStream::connect(server.addr()).await.expect("it listens");
    let mut stream = anyone::anyone(stream).await.expect("a handshake");
    let request = format!(
        "GET /api2/json{path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: {authorization}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let mut answer = Answer::parse(&bytes);
    if !answer.all("transfer-encoding").is_empty() {
        answer.body = joined(&answer.body);
    }
    answer
}

/// The pieces of a chunked body put together.
fn joined(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&body[..end]).expect("a size");
        let size = usize::from_str_radix(size, 16).expect("a size in hexadecimal");
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
    }
    whole
}

/// Every field of an answer with the types it was seen with; rows of a list are put together.
fn fields(value: &Value, prefix: &str, found: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let word = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(items) => {
            for item in items {
                fields(item, &format!("{prefix}[]"), found);
            }
            "array"
        }
        Value::Object(map) => {
            for (name, item) in map {
                fields(item, &format!("{prefix}.{name}"), found);
            }
            "object"
        }
    };
    found.entry(prefix.to_owned()).or_default().insert(word);
}

fn differences(path: &str, recorded: &Answer, answer: &Answer) -> Vec<String> {
    let mut found = Vec::new();
    if (recorded.status, &recorded.reason) != (answer.status, &answer.reason) {
        return vec![format!("{} instead of {}", answer.status, recorded.status)];
    }
    for name in ["content-type", "transfer-encoding"] {
        if recorded.all(name) != answer.all(name) {
            found.push(format!("{name} is {:?}", answer.all(name)));
        }
    }
    if recorded.status != 200 {
        let text = |answer: &Answer| String::from_utf8_lossy(&answer.body).into_owned();
        if text(recorded) != text(answer) {
            found.push(format!(
                "{:?} instead of {:?}",
                text(answer),
                text(recorded)
            ));
        }
        return found;
    }
    if MAY_DIFFER.iter().any(|(known, _)| path.starts_with(known)) {
        return found;
    }
    let (mut theirs, mut ours) = (BTreeMap::new(), BTreeMap::new());
    fields(&recorded.json(), "", &mut theirs);
    fields(&answer.json(), "", &mut ours);
    for (name, types) in &ours {
        match theirs.get(name) {
            None => found.push(format!("{name} is not in the recorded answer")),
            Some(known) if !types.is_subset(known) => {
                found.push(format!("{name} is {types:?}, recorded as {known:?}"));
            }
            Some(_) => {}
        }
    }
    found
}

fn recorded(set: &str) -> Vec<(String, Answer)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../fixtures")
        .join(set);
    let index = std::fs::read_to_string(folder.join("INDEX.txt")).expect("an index");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "http"))
        .collect();
    files.sort();
    let paths = index.lines().filter_map(|line| line.split_once(" -> "));
    let answers = files
        .iter()
        .map(|file| Answer::parse(&std::fs::read(file).expect("a file")));
    paths
        .map(|(path, _)| path.to_owned())
        .zip(answers)
        .collect()
}

async fn compare(set: &str, role: PbsRole) {
    let server = start().await;
    let mut problems = Vec::new();
    for (path, recorded) in recorded(set) {
        if NOT_COMPARED
            .iter()
            .any(|(known, _)| path.starts_with(known))
        {
            continue;
        }
        let answer = get(&server, &server.token(role).header(), &path).await;
        let found = differences(&path, &recorded, &answer);
        problems.extend(found.into_iter().map(|text| format!("{path}: {text}")));
    }
    assert!(problems.is_empty(), "{set}:\n{}", problems.join("\n"));
}

#[tokio::test]
async fn answers_have_the_recorded_shapes() {
    compare("pbs-3.2.4-auditor", PbsRole::Auditor).await;
}

#[tokio::test]
async fn a_token_without_rights_gets_the_recorded_rest() {
    compare("pbs-3.2.4-noacl", PbsRole::NoAcl).await;
}

#[tokio::test]
async fn a_login_in_the_manner_of_proxmox_ve_is_refused() {
    let server = start().await;
    let token = server.token(PbsRole::Auditor);
    let wrong = format!("PBSAPIToken={}={}", token.id, token.secret);
    let answer = get(&server, &wrong, "/version").await;
    assert_eq!(answer.status, 401);
    assert!(String::from_utf8_lossy(&answer.body).contains("invalid token name"));
}

#[tokio::test]
async fn one_broken_datastore_spoils_the_list_and_not_the_others() {
    let server = start().await;
    server.world().set_datastore_broken("archive", true);
    let header = server.token(PbsRole::Auditor).header();
    let whole = get(&server, &header, "/status/datastore-usage").await;
    assert_eq!((whole.status, whole.reason.as_str()), (400, "Bad Request"));
    let main = get(&server, &header, "/admin/datastore/main/status").await;
    assert!(main.data()["total"].is_number());
    let archive = get(&server, &header, "/admin/datastore/archive/status").await;
    assert_eq!(archive.status, 400);
}

#[tokio::test]
async fn a_fault_says_its_reason_in_the_body() {
    let server = start().await;
    server.set_fault("/admin", Some(Fault::Status(400, "no such thing".into())));
    let header = server.token(PbsRole::Full).header();
    let answer = get(&server, &header, "/admin/gc").await;
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (400, &b"no such thing"[..])
    );
    assert_eq!(get(&server, &header, "/version").await.status, 200);
}
