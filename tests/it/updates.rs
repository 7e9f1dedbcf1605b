//! Updates against a release server of our own: whatever is offered, monitoring goes on.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::json;

use homepulse::services::updates::{asset_name, current, sha256, statement};

/// A web server for files in memory.
struct Server {
    url: String,
    files: Arc<Mutex<HashMap<String, Vec<u8>>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let files = Arc::new(Mutex::new(HashMap::new()));
        let served = Arc::clone(&files);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &served);
            }
        });
        Self {
            url: format!("http://{address}/"),
            files,
        }
    }

    fn put(&self, name: &str, bytes: impl Into<Vec<u8>>) {
        let mut files = self.files.lock().expect("a lock");
        files.insert(format!("/{name}"), bytes.into());
    }

    fn clear(&self) {
        self.files.lock().expect("a lock").clear();
    }
}

fn answer(mut stream: TcpStream, files: &Mutex<HashMap<String, Vec<u8>>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = first.split(' ').nth(1).unwrap_or_default();
    let found = files.lock().expect("a lock").get(path).cloned();
    let (status, body) = match found {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", Vec::new()),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(&body)
}

/// An installation as `install.sh` makes it, with a service that shell commands start and stop.
struct Installation {
    folder: tempfile::TempDir,
    server: Server,
    key: Ed25519KeyPair,
    port: u16,
}

const NEW: &str = "9.9.9";

impl Installation {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let key = Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a key");
        let port = {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.local_addr().expect("its address").port()
        };
        let this = Self {
            server: Server::start(),
            folder,
            key,
            port,
        };
        let release = this.releases().join(current().to_string());
        std::fs::create_dir_all(&release).expect("folders");
        let program = Path::new(env!("CARGO_BIN_EXE_homepulse"));
        if std::fs::hard_link(program, release.join("homepulse")).is_err() {
            std::fs::copy(program, release.join("homepulse")).expect("a program");
        }
        let target = format!("releases/{}", current());
        std::os::unix::fs::symlink(target, this.path("opt/current")).expect("a link");
        let config = format!(
            "[updates]\nsource = '{}manifest.json'\nkeys = ['{}']\n",
            this.server.url,
            STANDARD.encode(this.key.public_key().as_ref())
        );
        std::fs::write(this.path("config.toml"), config).expect("a file");
        let restarted = Command::new("sh")
            .args(["-c", &this.restart()])
            .status()
            .expect("a shell");
        assert!(restarted.success());
        this.wait_ready();
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn releases(&self) -> PathBuf {
        self.path("opt/releases")
    }

    fn stop(&self) -> String {
        let pid = self.path("pid");
        let pid = pid.display();
        format!(
            "p=$(cat {pid} 2>/dev/null) || exit 0; kill $p 2>/dev/null; \
             for i in $(seq 600); do grep -q '^State:.[^Z]' /proc/$p/status 2>/dev/null || exit 0; \
             sleep 0.05; done; exit 1"
        )
    }

    fn restart(&self) -> String {
        format!(
            "({}) || exit 1; {root}/opt/current/homepulse serve --listen 127.0.0.1:{} \
             --config {root}/config.toml --data-dir {root}/data >>{root}/log 2>&1 </dev/null & \
             echo $! > {root}/pid",
            self.stop(),
            self.port,
            root = self.folder.path().display()
        )
    }

    /// Runs `update` of the release that runs.
    fn update(&self, arguments: &[&str]) -> Output {
        Command::new(self.path("opt/current/homepulse"))
            .arg("update")
            .args(arguments)
            .args([
                "--stop-command",
                &self.stop(),
                "--restart-command",
                &self.restart(),
            ])
            .args(["--url", &format!("http://127.0.0.1:{}/", self.port)])
            .args(if arguments.contains(&"--patience") {
                &[][..]
            } else {
                &["--patience", "20"]
            })
            .args([
                "--config",
                self.path("config.toml").to_str().expect("a path"),
            ])
            .args(["--data-dir", self.path("data").to_str().expect("a path")])
            .output()
            .expect("the program runs")
    }

    fn runs(&self) -> String {
        let link = std::fs::read_link(self.path("opt/current")).expect("a link");
        let name = link.file_name().expect("a version");
        name.to_string_lossy().into_owned()
    }

    fn is_ready(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return false;
        };
        let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let mut line = String::new();
        stream.write_all(request.as_bytes()).is_ok()
            && BufReader::new(stream).read_line(&mut line).is_ok()
            && line.contains(" 200 ")
    }

    fn wait_ready(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        while !self.is_ready() {
            let log = std::fs::read_to_string(self.path("log")).unwrap_or_default();
            assert!(Instant::now() < until, "it is not ready:\n{log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn pid(&self) -> String {
        std::fs::read_to_string(self.path("pid")).expect("a pid")
    }

    /// An archive whose program does what `script` says before it becomes the real one.
    fn archive(&self, version: &str, script: &str) -> Vec<u8> {
        let name = asset_name(&version.parse().expect("a version"));
        let folder = name.strip_suffix(".tar.gz").expect("an archive");
        let real = self
            .releases()
            .join(current().to_string())
            .join("homepulse");
        let text = format!(
            "#!/bin/sh\n[ \"$1\" = --version ] && echo 'homepulse {version}' && exit\n{script}\n\
             exec {} \"$@\"\n",
            real.display()
        );
        let packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(packed);
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o755);
        header
            .set_path(format!("{folder}/homepulse"))
            .expect("a path");
        header.set_cksum();
        tar.append(&header, text.as_bytes()).expect("an entry");
        tar.into_inner().expect("a tar").finish().expect("a gzip")
    }

    fn sign(&self, version: &str, bytes: &[u8]) -> String {
        let version = version.parse().expect("a version");
        let text = statement(&version, &asset_name(&version), &sha256(bytes));
        STANDARD.encode(self.key.sign(text.as_bytes()).as_ref())
    }

    /// Offers `bytes` as `version`, with the check sum of `listed` and with `signature`.
    fn offer(&self, version: &str, bytes: &[u8], listed: &[u8], signature: Option<String>) {
        let name = asset_name(&version.parse().expect("a version"));
        self.server.clear();
        let manifest = json!({ "schema": 1, "releases": [{
            "version": version,
            "notes": "all is new",
            "assets": [{ "name": name, "digest": format!("sha256:{}", sha256(listed)) }],
        }]});
        self.server.put("manifest.json", manifest.to_string());
        self.server.put(&name, bytes);
        if let Some(signature) = signature {
            self.server.put(&format!("{name}.sig"), signature);
        }
    }

    fn offer_good(&self, version: &str, script: &str) {
        let bytes = self.archive(version, script);
        self.offer(version, &bytes, &bytes, Some(self.sign(version, &bytes)));
    }

    fn progress(&self) -> serde_json::Value {
        let path = self.path("data/update-progress.json");
        serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        let _ = Command::new("sh").args(["-c", &self.stop()]).status();
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn a_good_release_is_installed_and_can_be_taken_back_without_a_network() {
    let home = Installation::start();
    home.offer_good(NEW, "");
    let config = home.path("config.toml");
    let config = config.to_str().expect("a path");
    let checked = Command::new(home.path("opt/current/homepulse"))
        .args(["update", "check", "--json", "--config", config])
        .output()
        .expect("the program runs");
    assert!(checked.status.success(), "{}", said(&checked));
    let told: serde_json::Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    assert_eq!(told["newer"], NEW);
    assert_eq!(told["kind"], "managed");

    let applied = home.update(&["apply"]);
    assert!(applied.status.success(), "{}", said(&applied));
    assert_eq!(home.runs(), NEW);
    assert!(home.is_ready());
    assert_eq!(home.progress()["step"], "completed");
    let backups: Vec<_> = std::fs::read_dir(home.path("data/backups"))
        .expect("backups")
        .flatten()
        .filter(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .contains("before-update")
        })
        .collect();
    assert_eq!(backups.len(), 1);

    home.server.clear();
    let back = home.update(&["rollback"]);
    assert!(back.status.success(), "{}", said(&back));
    assert_eq!(home.runs(), current().to_string());
    assert!(home.is_ready());
    let again = home.update(&["rollback"]);
    assert!(
        said(&again).contains("no release to go back to"),
        "{}",
        said(&again)
    );
}

/// What a case is called, archive, signature, and what else it needs and ends in.
type Case<'a> = (&'a str, &'a [u8], &'a [u8], Option<String>, &'a str);

#[test]
fn what_is_not_what_it_claims_to_be_changes_nothing() {
    let home = Installation::start();
    let good = home.archive(NEW, "");
    let signature = home.sign(NEW, &good);
    let mut tampered = good.clone();
    let middle = tampered.len() / 2;
    tampered[middle] ^= 1;
    let cut = &good[..good.len() - 20];
    let older = home.archive("9.9.8", "");
    let stranger = {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let key = Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a key");
        let version = NEW.parse().expect("a version");
        let text = statement(&version, &asset_name(&version), &sha256(&good));
        STANDARD.encode(key.sign(text.as_bytes()).as_ref())
    };
    let unsigned = "is not signed by a key that is known here";
    let cases: [Case<'_>; 8] = [
        (
            "tampered",
            &tampered,
            &good,
            Some(signature.clone()),
            "check sum",
        ),
        (
            "tampered with its sum",
            &tampered,
            &tampered,
            Some(signature.clone()),
            unsigned,
        ),
        ("unsigned", &good, &good, None, unsigned),
        (
            "signed by a stranger",
            &good,
            &good,
            Some(stranger),
            unsigned,
        ),
        (
            "signed with rubbish",
            &good,
            &good,
            Some("rubbish".into()),
            unsigned,
        ),
        (
            "an older one renamed",
            &older,
            &older,
            Some(home.sign("9.9.8", &older)),
            unsigned,
        ),
        ("truncated", cut, &good, Some(signature), "check sum"),
        (
            "cut before it was signed",
            cut,
            cut,
            Some(home.sign(NEW, cut)),
            "damaged or no archive",
        ),
    ];
    let pid = home.pid();
    for (what, bytes, listed, signature, says) in cases {
        home.offer(NEW, bytes, listed, signature);
        let refused = home.update(&["apply"]);
        assert_eq!(refused.status.code(), Some(1), "{what}: {}", said(&refused));
        assert!(said(&refused).contains(says), "{what}: {}", said(&refused));
        assert_eq!(home.runs(), current().to_string(), "{what}");
        assert!(
            !home.releases().join(NEW).join("homepulse").exists(),
            "{what}"
        );
        assert_eq!(home.progress()["step"], "failed", "{what}");
    }

    // Nor does an older release, or one that does not work on these data.
    home.offer_good("0.0.1", "");
    let refused = home.update(&["apply"]);
    assert!(
        said(&refused).contains("there is no newer release"),
        "{}",
        said(&refused)
    );
    let refused = home.update(&["apply", "--release", "0.0.1"]);
    assert!(
        said(&refused).contains("data cannot go back"),
        "{}",
        said(&refused)
    );
    home.offer_good(
        NEW,
        "[ \"$1\" = self-check ] && echo 'no such schema' && exit 1",
    );
    let refused = home.update(&["apply"]);
    assert!(
        said(&refused).contains("no such schema"),
        "{}",
        said(&refused)
    );
    assert!(!home.releases().join(NEW).exists());
    home.server.clear();
    let refused = home.update(&["apply"]);
    assert!(said(&refused).contains("404"), "{}", said(&refused));

    assert!(home.is_ready());
    assert_eq!(home.pid(), pid, "what runs was never touched");
}

#[test]
fn a_release_that_crashes_gives_its_place_back_with_the_data_it_changed() {
    let home = Installation::start();
    // It brings the data to a form that the old release does not know, and dies.
    let database = home.path("data/homepulse.db");
    let script = format!(
        "[ \"$1\" = serve ] && python3 -c \"import sqlite3; \
         sqlite3.connect('{}').execute('PRAGMA user_version = 999')\" && exit 1",
        database.display()
    );
    home.offer_good(NEW, &script);
    let failed = home.update(&["apply", "--patience", "3"]);
    assert_eq!(failed.status.code(), Some(1), "{}", said(&failed));
    let text = said(&failed);
    assert!(
        text.contains("runs again with the data of before"),
        "{text}"
    );
    assert_eq!(home.runs(), current().to_string());
    assert!(home.is_ready(), "monitoring goes on");
    assert_eq!(home.progress()["step"], "rolled-back");
    assert!(!home.releases().join(NEW).exists());
}

#[test]
fn an_installation_of_another_kind_is_told_what_updates_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("homepulse");
    std::fs::copy(env!("CARGO_BIN_EXE_homepulse"), &program).expect("a program");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let output = Command::new(&program)
        .args([
            "update",
            "apply",
            "--data-dir",
            folder.path().to_str().expect("a path"),
        ])
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("updated by other means"),
        "{}",
        said(&output)
    );
}
