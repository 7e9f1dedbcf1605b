//! A real engine runs a real game server in a container, all of it through the HTTP API of the
//! built binary: made, asked, measured, backed up, broken, restored, deleted.
//!
//! Debian's engine is started on a socket of its own, with everything it keeps in a folder of its
//! own; the image is made of programs that are installed here. Where that cannot be, the test is
//! skipped and says so past the test runner's capture.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::appliance::Appliance;

/// How long anything may take: the engine, the image, and questions that are half a minute apart.
const LONG: Duration = Duration::from_secs(150);

const IMAGE: &str = "homepulse-test/mumble:1";

/// The program, the driver that it loads by itself, and a shell for it and for clearing up.
const PROGRAMS: [&str; 3] = [
    "/usr/sbin/murmurd",
    "/usr/lib/x86_64-linux-gnu/qt5/plugins/sqldrivers/libqsqlite.so",
    "/bin/busybox",
];

fn skip(why: &str) {
    let _ = writeln!(
        std::io::stderr(),
        "\nSKIPPED: {why}; `apt-get install --no-install-recommends docker.io busybox-static \
         mumble-server` as root lets this test run"
    );
}

/// An engine that runs until the test is over.
struct Engine {
    child: Child,
    dir: tempfile::TempDir,
    had_bridge: bool,
    client: reqwest::Client,
}

impl Engine {
    async fn start() -> Option<Self> {
        let daemon = Path::new("/usr/sbin/dockerd");
        if !daemon.exists() {
            skip("there is no dockerd");
            return None;
        }
        if let Some(missing) = PROGRAMS.iter().find(|path| !Path::new(path).exists()) {
            skip(&format!("there is no {missing}"));
            return None;
        }
        let dir = tempfile::tempdir().expect("a folder");
        let at = |name: &str| dir.path().join(name).display().to_string();
        let had_bridge = Path::new("/sys/class/net/docker0").exists();
        let log = std::fs::File::create(dir.path().join("log")).expect("a log");
        let child = Command::new(daemon)
            .args(["--host", &format!("unix://{}", at("s"))])
            .args(["--data-root", &at("data")])
            .args(["--exec-root", &at("exec")])
            .args(["--pidfile", &at("pid")])
            // Ports are opened by a program of the engine's: the host's firewall stays as it is.
            .args(["--iptables=false", "--bip", "172.29.77.1/24"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("it starts");
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(crate::appliance::tls())
            .unix_socket(dir.path().join("s"))
            .build()
            .expect("a client");
        let mut engine = Self {
            child,
            dir,
            had_bridge,
            client,
        };
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(40) {
            if let Ok(answer) = engine.client.get("http://engine/_ping").send().await
                && answer.status().is_success()
            {
                return Some(engine);
            }
            if engine.child.try_wait().expect("a child").is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let log = std::fs::read_to_string(engine.dir.path().join("log")).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(3).collect();
        skip(&format!("no engine can start here: {last:?}"));
        None
    }

    fn address(&self) -> String {
        format!("unix://{}", self.dir.path().join("s").display())
    }

    /// Asks the engine itself.
    async fn ask(&self, method: Method, path: &str, body: Vec<u8>) -> (u16, Value) {
        let url = format!("http://engine{path}");
        let request = self.client.request(method, url).body(body);
        let request = request.header("content-type", "application/x-tar");
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    /// Makes the image.
    async fn import(&self) {
        let changes = "CMD%20%5B%22%2Fstart%22%5D";
        let path =
            format!("/images/create?fromSrc=-&repo=homepulse-test/mumble&tag=1&changes={changes}");
        let (status, body) = self.ask(Method::POST, &path, image()).await;
        assert_eq!(status, 200, "{body}");
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        // It ends its containers and unmounts before it goes.
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.child.wait();
        if !self.had_bridge {
            let removed = Command::new("ip")
                .args(["link", "delete", "docker0"])
                .stderr(Stdio::null())
                .status();
            let _ = removed;
        }
    }
}

/// A root file system with the server, its libraries, a shell and the script that starts it.
fn image() -> Vec<u8> {
    let mut files: BTreeSet<PathBuf> = BTreeSet::new();
    for program in PROGRAMS {
        files.insert(program.into());
        let told = Command::new("ldd").arg(program).output().expect("ldd");
        let text = String::from_utf8_lossy(&told.stdout).into_owned();
        let paths = text.split_ascii_whitespace();
        files.extend(
            paths
                .filter(|word| word.starts_with('/'))
                .map(PathBuf::from),
        );
    }
    let mut tar = tar::Builder::new(Vec::new());
    for file in files {
        let inside = file.strip_prefix("/").expect("absolute");
        tar.append_path_with_name(&file, inside).expect("a file");
    }
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    link.set_mode(0o777);
    for name in ["sh", "rm", "cat"] {
        let path = format!("bin/{name}");
        tar.append_link(&mut link, path, "/bin/busybox")
            .expect("a link");
    }
    let script = "#!/bin/sh\n\
        echo \"welcometext=$MUMBLE_CONFIG_WELCOMETEXT\" > /tmp/ini\n\
        echo \"port=${MUMBLE_CONFIG_PORT:-64738}\" >> /tmp/ini\n\
        echo \"users=${MUMBLE_CONFIG_USERS:-10}\" >> /tmp/ini\n\
        echo \"database=/data/murmur.sqlite\" >> /tmp/ini\n\
        exec /usr/sbin/murmurd -fg -ini /tmp/ini\n";
    let mut add = |name: &str, mode: u32, text: &str| {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(mode);
        let written = tar.append_data(&mut header, name, text.as_bytes());
        written.expect("a file");
    };
    add("start", 0o755, script);
    add("tmp/keep", 0o644, "");
    add("etc/passwd", 0o644, "root:x:0:0:root:/:/bin/sh\n");
    tar.into_inner().expect("an image")
}

/// A tar with one file that is no database.
fn junk() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    let text = b"this is no database, whatever its name says\n".repeat(100);
    header.set_size(text.len() as u64);
    header.set_mode(0o600);
    tar.append_data(&mut header, "murmur.sqlite", &text[..])
        .expect("a file");
    tar.into_inner().expect("a tar")
}

/// A tar with a file that the game does not know.
fn marker() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    let text = b"of the first server\n";
    header.set_size(text.len() as u64);
    header.set_mode(0o600);
    tar.append_data(&mut header, "marker", &text[..])
        .expect("a file");
    tar.into_inner().expect("a tar")
}

/// Puts a backup of the first server into one that is made for it, by the documented API, and
/// deletes that one again.
async fn restored_to_another(app: &Appliance, engine: &Engine, first: &Value, backup: &str) {
    let mut twin = first.clone();
    twin["name"] = json!("twin");
    twin["ports"] = json!({ "voice": free_port() });
    let job = done(app, "/api/hp/games", twin).await;
    let game = format!("/api/hp/games/{}", job["resource"].as_str().expect("an id"));
    wait(app, &game, answers).await;
    let marker = "/containers/twin/archive?path=/data/marker";
    assert_eq!(engine.ask(Method::GET, marker, Vec::new()).await.0, 404);
    let restore = format!("/api/v3/backups/{backup}/restore");
    let wanted = json!({ "target_server_id": "twin", "restore_type": "full" });
    let (status, begun) = send(app, Method::POST, &restore, wanted).await;
    assert_eq!(status, 202, "{begun:#}");
    let id = begun["data"]["restore_id"].as_str().expect("an id");
    let job = wait(app, &format!("/api/hp/jobs/{id}"), |job| {
        let state = job["state"].as_str()?;
        (!matches!(state, "asking" | "running")).then(|| job.clone())
    })
    .await;
    assert_eq!(job["state"], "ok", "{job:#}\n{}", app.log());
    wait(app, &game, answers).await;
    assert_eq!(engine.ask(Method::GET, marker, Vec::new()).await.0, 200);
    let (_, kept) = app.get(&format!("{game}/backups")).await;
    assert_eq!(kept["backups"][0]["reason"], "safety", "{kept:#}");
    assert_eq!(
        kept["backups"].as_array().map(Vec::len),
        Some(1),
        "its own only"
    );
    let actions = format!("{game}/actions");
    done(app, &actions, json!({ "action": "stop" })).await;
    let delete = json!({
        "action": "delete", "params": { "data": true }, "confirm": "twin with all worlds",
    });
    done(app, &actions, delete).await;
}

/// Asks until `wanted` finds what it looks for.
async fn wait<T>(app: &Appliance, path: &str, wanted: impl Fn(&Value) -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        let (_, last) = app.get(path).await;
        if let Some(found) = wanted(&last) {
            return found;
        }
        if began.elapsed() >= LONG {
            let (_, printed) = app.get(&format!("{path}/log")).await;
            panic!(
                "{path} never said so; last: {last:#}\nit printed: {printed:#}\nlog:\n{}",
                app.log()
            );
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn send(app: &Appliance, method: Method, path: &str, body: Value) -> (u16, Value) {
    let answer = app.request(method, path).json(&body).send().await;
    let answer = answer.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a body");
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

/// Begins something and waits until its job has ended well.
async fn done(app: &Appliance, path: &str, body: Value) -> Value {
    let (status, job) = send(app, Method::POST, path, body.clone()).await;
    assert_eq!(status, 202, "{path} {body}: {job:#}");
    let id = job["id"].as_str().expect("an id");
    let job = wait(app, &format!("/api/hp/jobs/{id}"), |job| {
        let state = job["state"].as_str()?;
        (!matches!(state, "asking" | "running")).then(|| job.clone())
    })
    .await;
    assert_eq!(job["state"], "ok", "{body}: {job:#}\n{}", app.log());
    job
}

fn free_port() -> u16 {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|socket| socket.local_addr())
        .expect("a free port")
        .port()
}

fn answers(detail: &Value) -> Option<Value> {
    let game = &detail["game"];
    let is_there = game["status"] == "running" && game["players"].is_number();
    is_there.then(|| game.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_lives_its_whole_life_on_a_real_engine() {
    let Some(engine) = Engine::start().await else {
        return;
    };
    engine.import().await;
    let home = tempfile::tempdir().expect("a folder");
    let config = home.path().join("config.toml");
    std::fs::write(&config, "").expect("a file");
    let app = Appliance::start(&config, &home.path().join("state"));

    // Nothing is changed on a host whose owner has not switched that on.
    let target = json!({
        "name": "games", "kind": "docker", "config": { "address": engine.address() },
    });
    let (status, target) = send(&app, Method::POST, "/api/hp/targets", target).await;
    assert_eq!(status, 201, "{target}");
    let id = target["id"].as_str().expect("an id").to_owned();
    let port = free_port();
    let new = json!({
        "target": id, "game": "mumble", "name": "voices", "image": IMAGE,
        "config": { "welcome": "Hello", "users": 7 },
        "ports": { "voice": port }, "bind": "127.0.0.1", "memory_mb": 256,
    });
    let (status, refused) = send(&app, Method::POST, "/api/hp/games", new.clone()).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (403, &json!("control_off"))
    );
    let control = format!("/api/hp/targets/{id}/control");
    let (status, _) = send(&app, Method::PUT, &control, json!({ "enabled": true })).await;
    assert_eq!(status, 200);

    // Made, asked, measured.
    let job = done(&app, "/api/hp/games", new.clone()).await;
    let game = format!("/api/hp/games/{}", job["resource"].as_str().expect("an id"));
    let seen = wait(&app, &game, answers).await;
    assert_eq!(seen["players_max"], 7, "{seen:#}");
    let measured = wait(&app, &game, |detail| {
        let game = &detail["game"];
        (game["cpu"].is_number() && game["memory"]["used"].is_number()).then(|| game.clone())
    })
    .await;
    assert_eq!(measured["memory"]["total"], 256 << 20, "{measured:#}");
    let (status, log) = app.get(&format!("{game}/log?lines=50")).await;
    assert_eq!(status, 200);
    assert!(
        log["lines"]
            .as_array()
            .is_some_and(|lines| !lines.is_empty()),
        "{log}"
    );

    // Neither its name nor its port can be taken a second time.
    let (status, taken) = send(&app, Method::POST, "/api/hp/games", new.clone()).await;
    assert_eq!(
        (status, &taken["error"]["field"]),
        (409, &json!("name")),
        "{taken}"
    );
    let mut other = new.clone();
    other["name"] = json!("others");
    let (status, taken) = send(&app, Method::POST, "/api/hp/games", other).await;
    let field = &taken["error"]["field"];
    assert_eq!((status, field), (409, &json!("ports.voice")), "{taken}");

    // A file that no other server has, to be known again.
    let (status, body) = engine
        .ask(
            Method::PUT,
            "/containers/voices/archive?path=/data",
            marker(),
        )
        .await;
    assert_eq!(status, 200, "{body}");

    // Backed up, sealed and read through; the server runs again afterwards.
    let plan = json!({ "encrypt": true, "zone": "Europe/Berlin", "keep": 2 });
    let (status, plan) = send(&app, Method::PUT, &format!("{game}/schedule"), plan).await;
    assert_eq!(status, 200, "{plan}");
    let actions = format!("{game}/actions");
    done(&app, &actions, json!({ "action": "backup" })).await;
    let (_, kept) = app.get(&format!("{game}/backups")).await;
    let backup = kept["backups"][0].clone();
    assert_eq!(
        (&backup["good"], &backup["encrypted"]),
        (&json!(true), &json!(true)),
        "{kept:#}"
    );
    wait(&app, &game, answers).await;

    // Broken: it cannot start on what is there now.
    done(&app, &actions, json!({ "action": "stop" })).await;
    let (status, body) = engine
        .ask(Method::PUT, "/containers/voices/archive?path=/data", junk())
        .await;
    assert_eq!(status, 200, "{body}");
    let (status, _) = send(&app, Method::POST, &actions, json!({ "action": "start" })).await;
    assert_eq!(status, 202);
    wait(&app, &game, |game| {
        (game["game"]["status"] == "crashed").then_some(())
    })
    .await;
    wait(&app, "/api/hp/jobs?state=running", |jobs| {
        (jobs["total"] == 0).then_some(())
    })
    .await;

    // Restored: what is there is kept, and the server answers again.
    let restore = |confirm: &str| {
        json!({
            "action": "restore", "params": { "backup": backup["id"] }, "confirm": confirm,
        })
    };
    let (status, refused) = send(&app, Method::POST, &actions, restore("no")).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (400, &json!("confirmation_missing"))
    );
    done(&app, &actions, restore("voices")).await;
    let seen = wait(&app, &game, answers).await;
    assert_eq!(seen["players_max"], 7);
    let (_, kept) = app.get(&format!("{game}/backups")).await;
    let reasons: Vec<&Value> = kept["backups"]
        .as_array()
        .expect("backups")
        .iter()
        .map(|one| &one["reason"])
        .collect();
    assert_eq!(reasons, [&json!("safety"), &json!("asked")], "{kept:#}");

    restored_to_another(&app, &engine, &new, backup["id"].as_str().expect("an id")).await;

    // Deleted, and nothing is left.
    done(&app, &actions, json!({ "action": "stop" })).await;
    let delete = json!({
        "action": "delete", "params": { "data": true }, "confirm": "voices with all worlds",
    });
    done(&app, &actions, delete).await;
    assert_eq!(app.get(&game).await.0, 404);
    let (_, containers) = engine
        .ask(Method::GET, "/containers/json?all=1", Vec::new())
        .await;
    assert_eq!(containers, json!([]));
    let (_, volumes) = engine.ask(Method::GET, "/volumes", Vec::new()).await;
    assert!(
        volumes["Volumes"].as_array().is_none_or(Vec::is_empty),
        "{volumes}"
    );

    // A game that no image can be had of leaves nothing either.
    let missing = json!({
        "target": id, "game": "mumble", "name": "never", "image": "localhost:1/nothing:1",
    });
    let (status, job) = send(&app, Method::POST, "/api/hp/games", missing).await;
    assert_eq!(status, 202, "{job}");
    let path = format!("/api/hp/jobs/{}", job["id"].as_str().expect("an id"));
    wait(&app, &path, |job| (job["state"] == "failed").then_some(())).await;
    let (_, volumes) = engine.ask(Method::GET, "/volumes", Vec::new()).await;
    assert!(
        volumes["Volumes"].as_array().is_none_or(Vec::is_empty),
        "{volumes}"
    );

    // Who did what is in the audit.
    let (_, audit) = app.get("/api/hp/audit?limit=100").await;
    let text = audit.to_string();
    for word in ["game.create", "game.backup", "game.restore", "game.delete"] {
        assert!(text.contains(word), "{word}: {audit:#}");
    }
    assert!(app.stop(), "it stops in order");
}
