//! Programs from npm that tests compare with: `tests/peers` says which, and they are installed below the
//! target directory as its lock file has them.
//!
//! Where that cannot be done the tests are skipped, and say so past the test runner's capture.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::games_judged::Heard;

/// How long an installation may take before it is given up.
const INSTALLING: Duration = Duration::from_secs(120);

/// How long one of the programs may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Programs and locks of ours that lie beside what is installed.
const FILES: [&str; 4] = [
    "ask.mjs",
    "minecraft.mjs",
    "package-lock.json",
    "package.json",
];

static PEERS: OnceLock<Option<Peers>> = OnceLock::new();

/// The programs, installed.
#[derive(Clone)]
pub(crate) struct Peers {
    folder: PathBuf,
}

/// A server to ask, and what the npm `gamedig` calls its protocol.
#[derive(Serialize)]
pub(crate) struct Asked {
    pub(crate) r#type: &'static str,
    pub(crate) port: u16,
}

/// What it heard.
pub(crate) struct Told {
    pub(crate) heard: Heard,
    pub(crate) title: Option<String>,
    pub(crate) version: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Failed {
        error: String,
    },
    Heard {
        name: Option<String>,
        map: Option<String>,
        players: Option<u32>,
        max: Option<u32>,
        version: Option<String>,
        names: Vec<String>,
    },
}

/// A program that ends with the test.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The programs; `None` where they cannot be had, which is said.
pub(crate) fn installed() -> Option<Peers> {
    let peers = PEERS.get_or_init(|| match install() {
        Ok(peers) => Some(peers),
        Err(why) => {
            let mut stderr = std::io::stderr();
            let _ = writeln!(
                stderr,
                "\nSKIPPED: the npm programs of tests/peers cannot be had ({why}); Node 20, npm and a way \
                 to its registry let their tests run"
            );
            None
        }
    });
    peers.clone()
}

fn install() -> Result<Peers, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
    let said = |error: std::io::Error| error.to_string();
    std::fs::create_dir_all(&folder).map_err(said)?;
    let lock = std::fs::read_to_string(ours.join("package-lock.json")).map_err(said)?;
    for name in FILES {
        std::fs::copy(ours.join(name), folder.join(name)).map_err(said)?;
    }
    // Written last, so that an installation that was broken off is none.
    let stamp = folder.join("installed.lock");
    let is_there = std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock);
    let peers = Peers { folder };
    if is_there {
        // Whether there is a Node to run them is seen here, too.
        run(peers.node("--version"), INSTALLING)?;
        return Ok(peers);
    }
    let mut npm = Command::new("npm");
    npm.args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
    ])
    .current_dir(&peers.folder);
    let output = run(npm, INSTALLING)?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let last = text.lines().last().unwrap_or_default();
        return Err(format!("npm ci: {last}"));
    }
    std::fs::write(stamp, lock).map_err(said)?;
    Ok(peers)
}

/// What a program says that ends within `limit`.
fn run(mut command: Command, limit: Duration) -> Result<Output, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let files = [tempfile::tempfile(), tempfile::tempfile()];
    let [mut stdout, mut stderr] = files.map(|file| file.expect("a file"));
    // Files take everything that it says, however late it is read.
    command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone().expect("a file"))
        .stderr(stderr.try_clone().expect("a file"));
    let child = command.spawn();
    let mut running = Running(child.map_err(|error| format!("{program}: {error}"))?);
    let began = Instant::now();
    let status = loop {
        if let Some(status) = running.0.try_wait().expect("a child") {
            break status;
        }
        if began.elapsed() > limit {
            return Err(format!("{program} took too long"));
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    Ok(Output {
        status,
        stdout: text(&mut stdout),
        stderr: text(&mut stderr),
    })
}

fn text(file: &mut std::fs::File) -> Vec<u8> {
    use std::io::{Read as _, Seek as _};
    let mut text = Vec::new();
    file.rewind().expect("a file");
    file.read_to_end(&mut text).expect("a file");
    text
}

impl Peers {
    fn node(&self, argument: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(argument).current_dir(&self.folder);
        command
    }

    /// What the npm `gamedig` hears of each, in order.
    pub(crate) fn ask(&self, asked: &[Asked]) -> Vec<Result<Told, String>> {
        let mut node = self.node("ask.mjs");
        node.arg(serde_json::to_string(asked).expect("JSON"));
        let output = run(node, PATIENCE).expect("node runs");
        let lines: Vec<Line> = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            let text = String::from_utf8_lossy(&output.stderr);
            panic!("gamedig says nothing to be read: {error}\n{text}")
        });
        lines.into_iter().map(told).collect()
    }

    /// A Minecraft server with one player on it, and its port. It ends with what is given back.
    pub(crate) fn minecraft(&self) -> (Running, u16) {
        let mut node = self.node("minecraft.mjs");
        node.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = Running(node.spawn().expect("node runs"));
        let stdout = running.0.stdout.take().expect("a pipe");
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line);
        read.expect("a line");
        let port = line.trim().parse().expect("it starts and says its port");
        (running, port)
    }
}

fn told(line: Line) -> Result<Told, String> {
    match line {
        Line::Failed { error } => Err(error),
        Line::Heard {
            name,
            map,
            players,
            max,
            version,
            names,
        } => Ok(Told {
            heard: Heard {
                players,
                max_players: max,
                map,
                names: (!names.is_empty()).then_some(names),
            },
            title: name,
            version,
        }),
    }
}
