//! An engine on a socket of its own that says whatever a test needs, failures included.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::engine::{Engine, EngineError};
use super::host::DockerHost;
use super::settings::Settings;
use super::source::DockerSource;
use crate::http::HttpError;
use crate::model::id::TargetId;
use crate::model::resource::{GameAbility, GameServer, GameStatus, Resource};
use crate::model::target::FailureKind;
use crate::model::time::Timestamp;
use crate::sources::games::host::{
    GameHost, HostError, MadeServer, NewPort, NewServer, NewVolume, Progress, StopOrder,
};
use crate::sources::{Source, TargetConfig};

/// What the engine does about a request.
#[derive(Clone)]
enum Said {
    /// Answers.
    Json(u16, Value),
    /// Writes these bytes as they are, and hangs up.
    Raw(String),
    /// Writes these bytes and goes on being connected.
    Open(String),
    /// Nothing, ever.
    Never,
}

type Script = dyn Fn(&str) -> Said + Send + Sync;

struct FakeEngine {
    dir: tempfile::TempDir,
    heard: Arc<Mutex<Vec<String>>>,
}

impl FakeEngine {
    /// `script` gets `METHOD /path`, without the query.
    fn start(script: impl Fn(&str) -> Said + Send + Sync + 'static) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(dir.path().join("s")).expect("a socket");
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let (script, log): (Arc<Script>, _) = (Arc::new(script), Arc::clone(&heard));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&log)));
            }
        });
        Self { dir, heard }
    }

    fn target(&self) -> TargetConfig {
        let socket: PathBuf = self.dir.path().join("s");
        TargetConfig {
            id: TargetId::random(),
            name: "engine".into(),
            config: json!({ "address": format!("unix://{}", socket.display()) }),
            secret: None,
            past_until: None,
        }
    }

    fn host(&self) -> DockerHost {
        DockerHost::open(&self.target()).expect("opens")
    }

    fn engine(&self) -> Engine {
        let target = self.target();
        let settings = Settings::read(&target).expect("reads");
        Engine::new(settings.place(None).expect("a place")).expect("an engine")
    }

    /// What it was asked, as `METHOD /path`, and how often that begins so.
    fn heard(&self, start: &str) -> usize {
        let heard = self.heard.lock().expect("not poisoned");
        heard.iter().filter(|line| line.starts_with(start)).count()
    }
}

async fn serve(mut stream: UnixStream, script: Arc<Script>, heard: Arc<Mutex<Vec<String>>>) {
    let mut buffer = Vec::new();
    loop {
        let Some(asked) = request(&mut stream, &mut buffer).await else {
            return;
        };
        heard.lock().expect("not poisoned").push(asked.clone());
        let said = script(&asked);
        let text = match &said {
            Said::Json(status, body) => {
                let body = body.to_string();
                format!(
                    "HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )
            }
            Said::Raw(text) | Said::Open(text) => text.clone(),
            Said::Never => String::new(),
        };
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
        match said {
            Said::Json(..) => {}
            Said::Raw(_) => return,
            Said::Open(_) | Said::Never => std::future::pending().await,
        }
    }
}

/// Reads one request with its body.
async fn request(stream: &mut UnixStream, buffer: &mut Vec<u8>) -> Option<String> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    while buffer.len() < end + length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    buffer.drain(..end + length);
    let mut words = head.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    let path = path.split('?').next().unwrap_or_default();
    Some(format!("{method} {path}"))
}

fn not_there() -> Said {
    Said::Json(404, json!({"message": "no such thing"}))
}

fn new_server() -> NewServer {
    NewServer {
        name: "survival".into(),
        image: "games/one:1".into(),
        environment: BTreeMap::from([("EULA".to_owned(), "TRUE".into())]),
        ports: vec![NewPort {
            host: None,
            port: 25_565,
            container: 25_565,
            protocol: "tcp",
        }],
        volumes: ["kept", "fresh"]
            .map(|name| NewVolume {
                name: name.into(),
                path: format!("/{name}"),
            })
            .into(),
        labels: BTreeMap::new(),
        memory: None,
        cpus: None,
        stop: StopOrder {
            grace_s: 60,
            signal: None,
        },
    }
}

async fn create(engine: &FakeEngine) -> Result<MadeServer, HostError> {
    let (steps, _news) = mpsc::channel(64);
    let progress = Progress::new(steps, CancellationToken::new());
    engine.host().create(&new_server(), &progress).await
}

/// An engine that has the image and the volume `kept`, and does about a new container what `made`
/// says.
fn with_image(made: Said) -> FakeEngine {
    FakeEngine::start(move |asked| match asked {
        "GET /images/games/one:1/json" => Said::Json(200, json!({"Id": "sha256:1"})),
        "GET /volumes/kept" => Said::Json(200, json!({"Name": "kept"})),
        "POST /volumes/create" => Said::Json(201, json!({"Name": "fresh"})),
        "POST /containers/create" => made.clone(),
        asked if asked.starts_with("DELETE ") => Said::Json(204, Value::Null),
        _ => not_there(),
    })
}

#[tokio::test]
async fn a_server_is_made_and_what_was_there_before_is_used() {
    let engine = with_image(Said::Json(201, json!({"Id": "abc"})));
    let made = create(&engine).await.expect("made");
    assert_eq!(
        (&*made.local, &made.volumes[..]),
        ("survival", &["fresh".to_owned()][..])
    );
    assert_eq!(engine.heard("POST /volumes/create"), 1);
    assert_eq!(engine.heard("POST /images/create"), 0);
    assert_eq!(engine.heard("DELETE"), 0);
}

#[tokio::test]
async fn undoing_a_creation_leaves_the_worlds_that_were_there_before() {
    let engine = with_image(Said::Json(201, json!({"Id": "abc"})));
    let made = create(&engine).await.expect("made");
    engine.host().undo_create(&made).await.expect("undone");
    assert_eq!(engine.heard("DELETE /containers/survival"), 1);
    assert_eq!(engine.heard("DELETE /volumes/fresh"), 1);
    assert_eq!(engine.heard("DELETE /volumes/kept"), 0);
}

#[tokio::test]
async fn what_a_failed_creation_has_made_is_taken_away_and_nothing_else() {
    for (made, cut_off) in [
        (Said::Json(500, json!({"message": "no space left"})), false),
        (Said::Raw(String::new()), true),
        (
            Said::Raw("HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{".into()),
            true,
        ),
    ] {
        let engine = with_image(made);
        let error = create(&engine).await.expect_err("fails");
        match cut_off {
            true => assert!(
                matches!(error, HostError::Uncertain(_) | HostError::NotSent(_)),
                "{error:?}"
            ),
            false => assert!(error.to_string().contains("no space left"), "{error}"),
        }
        assert_eq!(engine.heard("DELETE /volumes/fresh"), 1);
        assert_eq!(engine.heard("DELETE /volumes/kept"), 0, "{error}");
        let removed = engine.heard("DELETE /containers/survival");
        assert_eq!(removed, usize::from(cut_off), "{error}");
    }
}

#[tokio::test]
async fn a_pull_that_breaks_off_or_fails_makes_nothing() {
    let begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let step = r#"{"status":"Downloading","id":"a","progressDetail":{"current":5,"total":10}}"#;
    let refused = r#"{"errorDetail":{},"error":"manifest unknown"}"#;
    let chunk = |text: &str| format!("{:x}\r\n{text}\n\r\n", text.len() + 1);
    for (pulled, words) in [
        // Cut off in the middle.
        (format!("{begun}{}", chunk(step)), "games/one:1"),
        // Ended in the middle as if all were well.
        (format!("{begun}{}0\r\n\r\n", chunk(step)), "not there"),
        (
            format!("{begun}{}0\r\n\r\n", chunk(refused)),
            "manifest unknown",
        ),
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 29\r\n\r\n{\"message\":\"pull denied, no\"}"
                .into(),
            "pull denied",
        ),
    ] {
        let engine = FakeEngine::start(move |asked| match asked {
            "POST /images/create" => Said::Raw(pulled.clone()),
            _ => not_there(),
        });
        let error = create(&engine).await.expect_err("fails").to_string();
        assert!(error.contains(words), "{error}");
        assert_eq!(engine.heard("POST /volumes"), 0);
        assert_eq!(engine.heard("POST /containers"), 0);
    }
}

#[tokio::test]
async fn a_pull_that_nobody_wants_any_more_is_given_up() {
    let begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let engine = FakeEngine::start(move |asked| match asked {
        "POST /images/create" => Said::Open(begun.into()),
        _ => not_there(),
    });
    let cancel = CancellationToken::new();
    let (steps, mut news) = mpsc::channel(64);
    let progress = Progress::new(steps, cancel.clone());
    let host = engine.host();
    let new = new_server();
    let cancelled = async {
        news.recv().await;
        cancel.cancel();
    };
    let (made, ()) = tokio::join!(host.create(&new, &progress), cancelled);
    assert!(matches!(made, Err(HostError::Cancelled)), "{made:?}");
    assert_eq!(engine.heard("POST /volumes"), 0);
}

#[tokio::test]
async fn an_engine_that_is_silent_lies_or_floods_costs_only_its_time() {
    let engine = FakeEngine::start(|asked| match asked {
        "GET /silent" => Said::Never,
        "GET /short" => Said::Raw("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}".into()),
        "GET /deep" => Said::Json(200, (0..300).fold(json!(1), |inner, _| json!([inner]))),
        _ => Said::Raw(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}",
            " ".repeat(20 << 20)
        )),
    });
    let client = engine.engine();
    let quick = Duration::from_millis(300);
    let long = Duration::from_secs(20);
    let began = Instant::now();
    let silent = client.get::<Value>(&["silent"], &[], quick).await;
    assert!(matches!(
        silent,
        Err(EngineError::Http(HttpError::Timeout { .. }))
    ));
    assert!(began.elapsed() < Duration::from_secs(5));
    let short = client.get::<Value>(&["short"], &[], long).await;
    assert!(matches!(short, Err(EngineError::Http(_))), "{short:?}");
    let deep = client.get::<Value>(&["deep"], &[], long).await;
    assert!(matches!(deep, Err(EngineError::Odd { .. })), "{deep:?}");
    let flood = client.get::<Value>(&["flood"], &[], long).await;
    let too_large = matches!(flood, Err(EngineError::Http(HttpError::TooLarge { .. })));
    assert!(too_large, "{flood:?}");
}

/// One container of a game, as it is listed and looked at.
fn container(state: &str, exit_code: i64) -> (Value, Value) {
    let listed = json!([
        {
            "Id": "aaa", "Names": ["/survival"], "Image": "itzg/minecraft-server:latest",
            "State": state, "Status": "whatever", "Labels": null,
        },
        {"Id": "bbb", "Names": ["/postgres"], "Image": "postgres:17", "State": "running"},
        {"Id": 7, "Names": "odd", "Labels": {"app.homepulse.game": 5}},
    ]);
    let inspected = json!({
        "Id": "aaa", "Name": "/survival", "RestartCount": 2,
        "State": {
            "Status": state, "Running": state == "running", "ExitCode": exit_code,
            "OOMKilled": false, "StartedAt": "2026-11-22T12:00:00Z",
        },
        "Config": {"Image": "itzg/minecraft-server:latest", "Env": ["ENABLE_AUTOPAUSE=FALSE"]},
        "HostConfig": {
            "Memory": 2_147_483_648_u64,
            "PortBindings": {"25565/tcp": [{"HostIp": "", "HostPort": "25570"}]},
        },
        "NetworkSettings": {"Ports": {}, "Networks": {}},
        "Mounts": [],
    });
    (listed, inspected)
}

/// An engine with that container, to which a proxy lets writing requests through or not.
fn with_game(state: &'static str, exit_code: i64, lets_write: bool, events: String) -> FakeEngine {
    let (listed, inspected) = container(state, exit_code);
    FakeEngine::start(move |asked| match asked {
        "GET /version" => Said::Json(
            200,
            json!({"Version": "27.1", "Components": [{"Name": "Engine"}]}),
        ),
        "GET /containers/json" => Said::Json(200, listed.clone()),
        "GET /containers/aaa/json" => Said::Json(200, inspected.clone()),
        "GET /events" => Said::Open(events.clone()),
        asked if !asked.starts_with("GET ") && !lets_write => {
            Said::Raw("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".into())
        }
        _ => not_there(),
    })
}

async fn look(source: &mut DockerSource) -> Vec<GameServer> {
    let now = Timestamp(1_795_350_000_000);
    let look = source.poll(now).await.expect("a look");
    let games = look.resources.into_iter().map(|resource| match resource {
        Resource::Game(game) => game,
        other => panic!("{other:?}"),
    });
    games.collect()
}

#[tokio::test]
async fn games_are_found_by_their_images_and_a_crash_is_told_from_an_end() {
    for (state, code, status) in [
        ("exited", 1, GameStatus::Crashed),
        ("exited", 0, GameStatus::Stopped),
        ("exited", 143, GameStatus::Stopped),
        ("restarting", 1, GameStatus::Crashed),
        ("created", 0, GameStatus::Stopped),
        ("paused", 0, GameStatus::Sleeping),
        ("no such word", 0, GameStatus::Unknown),
    ] {
        let engine = with_game(state, code, true, String::new());
        let mut source = DockerSource::open(engine.target()).expect("opens");
        let games = look(&mut source).await;
        assert_eq!(games.len(), 1, "postgres is no game");
        let game = &games[0];
        assert_eq!(game.status, status, "{state} {code}");
        assert_eq!(game.game.as_deref(), Some("minecraft-java"));
        let port = game
            .ports
            .first()
            .map(|port| (port.role.as_str(), port.port));
        assert_eq!(port, Some(("game", 25_570)));
        let runtime = game.runtime.as_ref().expect("a runtime");
        assert_eq!(runtime.restarts, Some(2));
        assert!(game.can.contains(&GameAbility::Power));
    }
}

#[tokio::test]
async fn behind_a_proxy_that_only_lets_reads_through_nothing_else_is_offered() {
    let engine = with_game("exited", 0, false, String::new());
    let mut source = DockerSource::open(engine.target()).expect("opens");
    let games = look(&mut source).await;
    assert_eq!(*games[0].can, [GameAbility::Log]);
    let look = source.poll(Timestamp(1_795_350_010_000)).await;
    let missing = look.expect("it answers").summary.missing;
    let kept_back: Vec<&str> = missing.iter().map(|one| one.privilege.as_str()).collect();
    let all = ["containers.power", "containers.exec", "containers.create"];
    assert_eq!(kept_back, all);
    assert!(
        missing.iter().all(|one| one.optional),
        "it is watched all the same"
    );
}

#[tokio::test]
async fn an_end_is_announced_and_what_is_known_is_asked_only_once() {
    let event = json!({"Type": "container", "Action": "die", "Actor": {"ID": "aaa"}, "time": 5});
    let event = format!("{event}\n");
    let events = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{event}\r\n",
        event.len()
    );
    let engine = with_game("exited", 137, true, events);
    let mut source = DockerSource::open(engine.target()).expect("opens");
    let before = look(&mut source).await;
    assert_eq!(before[0].status, GameStatus::Stopped, "nobody watched");
    look(&mut source).await;
    assert_eq!(engine.heard("GET /containers/aaa/json"), 1);
    source.rotate(Timestamp(1_795_350_000_000)).await;
    tokio::time::timeout(Duration::from_secs(10), source.announced())
        .await
        .expect("announced");
    let after = look(&mut source).await;
    assert_eq!(
        after[0].status,
        GameStatus::Crashed,
        "nobody told it to end"
    );
    assert_eq!(engine.heard("GET /containers/aaa/json"), 2);
}

#[tokio::test]
async fn an_engine_that_is_not_there_says_what_to_do() {
    let mut target = FakeEngine::start(|_| Said::Never).target();
    target.config = json!({"address": "unix:///nowhere/docker.sock"});
    let mut source = DockerSource::open(target).expect("opens");
    let failure = source.poll(Timestamp(0)).await.expect_err("fails");
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert!(failure.fix.expect("a fix").contains("group docker"));
}
