//! Every command in the documents: each block of shell is run against a real appliance on a
//! simulated lab, or, where it needs root, systemd or a Proxmox host, read as far as that goes: its
//! syntax, every `homepulse` command with its options, every path of the API. A block that is
//! neither fails.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use simulator::Role;

use crate::appliance::{Appliance, Lab, TOKEN};
use crate::docs::{Block, Document, documents, root};

/// What shell blocks are called.
const SHELLS: [&str; 4] = ["bash", "console", "sh", "shell"];

/// What a block names that cannot be had here, and is only read therefore.
const ELSEWHERE: [&str; 20] = [
    "/etc/",
    "/games/ID/",
    "/usr/share/",
    "apt-get ",
    "docker ",
    "game-door",
    "homepulse demo",
    "homepulse serve",
    "install.sh",
    "journalctl ",
    "make ",
    "proxmox-backup-manager ",
    "proxmox-lxc.sh",
    "pvenode ",
    "pveum ",
    "setup.sh",
    "sudo ",
    "systemctl ",
    "tar xzf",
    "wget ",
];

/// Programs that stand in blocks which are only read, beside `homepulse`, `curl` and `make`.
const KNOWN: [&str; 18] = [
    "apt-get",
    "cd",
    "cp",
    "docker",
    "install",
    "journalctl",
    "less",
    "mc-router",
    "mkdir",
    "openssl",
    "proxmox-backup-manager",
    "pvenode",
    "pveum",
    "sh",
    "sudo",
    "systemctl",
    "tar",
    "wget",
];

/// One command: its words, without redirections.
type Words = Vec<String>;

/// The commands of a script: quotes and continued lines as a shell reads them, nothing expanded.
fn commands(script: &str) -> Vec<Words> {
    let mut all = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut letters = script.chars().peekable();
    let mut quote = None;
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some('\''), _) => word.get_or_insert_default().push(letter),
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (_, '\\') => match letters.next() {
                Some('\n') | None => {}
                Some(next) => word.get_or_insert_default().push(next),
            },
            (Some(_), _) => word.get_or_insert_default().push(letter),
            (None, '#') if word.is_none() => {
                while letters.next_if(|next| *next != '\n').is_some() {}
            }
            (None, ' ' | '\t' | '\n' | ';' | '|' | '&' | '(' | ')') => {
                let last = all.last_mut().expect("one at least");
                last.extend(word.take());
                if !matches!(letter, ' ' | '\t') && !last.is_empty() {
                    all.push(Vec::new());
                }
            }
            (None, _) => word.get_or_insert_default().push(letter),
        }
    }
    all.last_mut().expect("one at least").extend(word);
    for words in &mut all {
        while let Some(at) = words.iter().position(|word| word.starts_with(['<', '>'])) {
            let is_apart = words[at].len() == 1;
            words.drain(at..(at + 1 + usize::from(is_apart)).min(words.len()));
        }
        // What is set before a command is none.
        while words.first().is_some_and(|word| is_assignment(word)) {
            words.remove(0);
        }
    }
    all.retain(|words| !words.is_empty());
    all
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// The API's paths with their methods, from the program's own document.
fn api() -> BTreeSet<(String, Vec<String>)> {
    let output = program(&["openapi"]);
    let document: Value = serde_json::from_slice(&output.stdout).expect("a document");
    let paths = document["paths"].as_object().expect("paths");
    let of = |(path, methods): (&String, &Value)| {
        let segments = path.trim_matches('/').split('/').map(str::to_owned);
        let segments: Vec<String> = segments.collect();
        let methods = methods.as_object().expect("methods").keys();
        let all = methods.map(move |method| (method.clone(), segments.clone()));
        all.collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_homepulse"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

/// What is wrong with a block that is only read.
fn read(block: &Block, api: &BTreeSet<(String, Vec<String>)>) -> Vec<String> {
    let mut wrong = Vec::new();
    let script = block.text.replace(" …", "");
    let syntax = Command::new("bash").args(["-n", "-c", &script]).output();
    let syntax = syntax.expect("bash");
    if !syntax.status.success() {
        wrong.push(String::from_utf8_lossy(&syntax.stderr).into_owned());
    }
    for words in commands(&script) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[0] {
            "homepulse" => {
                // Whatever stands before it has been understood when help is shown.
                let asked: Vec<&str> = words[1..].iter().copied().chain(["--help"]).collect();
                let output = program(&asked);
                if !output.status.success() {
                    wrong.push(String::from_utf8_lossy(&output.stderr).into_owned());
                }
            }
            "curl" => wrong.extend(unknown_paths(&words, api)),
            "make" => {
                let makefile = std::fs::read_to_string(root().join("Makefile")).expect("a file");
                let has = |target: &&str| {
                    makefile
                        .lines()
                        .any(|line| line.starts_with(&format!("{target}:")))
                };
                wrong.extend(
                    words[1..]
                        .iter()
                        .filter(|target| !has(target))
                        .map(|target| format!("the Makefile has no {target}")),
                );
            }
            known if KNOWN.contains(&known) => {}
            other => wrong.push(format!("'{other}' is in no class")),
        }
    }
    wrong
}

/// The addresses in a call of curl that the API does not have with that method.
fn unknown_paths(words: &[&str], api: &BTreeSet<(String, Vec<String>)>) -> Vec<String> {
    let after = |flag: &str| {
        let at = words.iter().position(|word| *word == flag)?;
        words.get(at + 1).copied()
    };
    let usual = if words.contains(&"-d") { "POST" } else { "GET" };
    let method = after("-X").unwrap_or(usual).to_lowercase();
    let addresses = words.iter().filter(|word| word.contains(":7655/api"));
    addresses
        .filter(|address| {
            let path = address.split_once(":7655/").map_or("", |(_, path)| path);
            let path = path.split('?').next().unwrap_or_default();
            let asked: Vec<&str> = path.trim_matches('/').split('/').collect();
            !api.iter().any(|(known, segments)| {
                let fits = |(segment, asked): (&String, &&str)| {
                    segment == asked || (segment.starts_with('{') && !asked.is_empty())
                };
                *known == method
                    && segments.len() == asked.len()
                    && segments.iter().zip(&asked).all(fits)
            })
        })
        .map(|address| format!("the API has no {method} {address}"))
        .collect()
}

/// A running appliance that a document's commands are run against, one after the other.
struct Stage {
    token: &'static str,
    appliance: Appliance,
    folder: tempfile::TempDir,
    replaced: Vec<(&'static str, String)>,
}

const PASSWORD: &str = "correct horse battery staple";

/// `homepulse` is the program under test, a password comes from standard input where one is asked
/// for, and what curl is refused is a failure.
const PRELUDE: &str = r#"
homepulse() {
    case "$1" in
        user) printf '%s\n' "$PASSWORD" | command homepulse "$@" ;;
        doctor) command homepulse "$@" || [ $? -ne 2 ] ;;
        *) command homepulse "$@" ;;
    esac
}
curl() { command curl -fsS --max-time 60 "$@"; }
"#;

impl Stage {
    /// Sets one up that asks for `token`, or for none where that is empty.
    async fn set(lab: &Lab, token: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("homepulse.toml");
        let text = format!(
            "poll_interval_seconds = 1\ncommit_interval_seconds = 1\n{}control = true\n{}",
            lab.target("lab", Role::Full),
            lab.mail()
        );
        std::fs::write(&config, text).expect("a file");
        let auditor = lab.pve.token(Role::Auditor);
        for (name, content) in [
            ("ada.password", PASSWORD),
            ("secret", auditor.secret.as_str()),
            ("homepulse_0.2.0_linux_amd64.tar.gz", "a release"),
        ] {
            std::fs::write(folder.path().join(name), content).expect("a file");
        }
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--config"];
        let state = folder.path().join("state");
        let mut arguments: Vec<&str> = arguments.to_vec();
        arguments.extend(config.to_str());
        arguments.push("--data-dir");
        arguments.extend(state.to_str());
        let appliance = Appliance::command_with_token(&arguments, token);
        let vmid = appliance
            .wait_for("/api/hp/fleet", |fleet| {
                let guests = fleet["guests"].as_array()?;
                let running = guests.iter().find(|guest| guest["status"] == "running")?;
                running["vmid"].as_u64()
            })
            .await;
        let address = appliance
            .url
            .trim_start_matches("http://")
            .trim_end_matches('/');
        let address = address.to_owned();
        let target = format!("{} --fingerprint {}", lab.pve.url(), lab.pve.fingerprint());
        let replaced = vec![
            ("127.0.0.1:7655", address.clone()),
            ("localhost:7655", address.clone()),
            ("homepulse.lan:7655", address.clone()),
            ("homepulse:7655", address),
            ("https://pve1.lan:8006", target),
            ("homepulse@pve!monitor", format!("'{}'", auditor.id)),
            ("/root/ada.password", "ada.password".to_owned()),
            ("guests/101/", format!("guests/{vmid}/")),
            ("\"confirm\": \"101\"", format!("\"confirm\": \"{vmid}\"")),
            ("resource=100&", format!("resource={vmid}&")),
            ("from=1795305600000", "from=0".to_owned()),
            ("…", "x".to_owned()),
        ];
        Self {
            token,
            appliance,
            folder,
            replaced,
        }
    }

    /// Sees to what a block needs: a backup that is there, and none that is being made.
    async fn prepare(&mut self, block: &Block) {
        if !block.text.contains("backup") {
            return;
        }
        let is_there = self.replaced.iter().any(|(word, _)| *word == "/NAME/");
        if !is_there {
            let made = self
                .appliance
                .request(reqwest::Method::POST, "/api/hp/own-backups")
                .json(&serde_json::json!({"include_key": true}))
                .send()
                .await
                .expect("an answer");
            assert_eq!(made.status(), 202);
        }
        let name = self
            .appliance
            .wait_for("/api/hp/own-backups", |all| {
                let is_done = all["job"]["state"] == "ok";
                let archive = all["backups"].as_array()?.first()?;
                archive["name"]
                    .as_str()
                    .filter(|_| is_done)
                    .map(str::to_owned)
            })
            .await;
        self.replaced.retain(|(word, _)| *word != "/NAME/");
        self.replaced.push(("/NAME/", format!("/{name}/")));
    }

    fn run(&self, block: &Block) -> Output {
        let mut script = block.text.clone();
        for (documented, real) in &self.replaced {
            script = script.replace(documented, real);
        }
        let folder = self.folder.path();
        let program = Path::new(env!("CARGO_BIN_EXE_homepulse"));
        let programs = program.parent().expect("a folder").display();
        Command::new("timeout")
            .args(["120", "bash", "-euo", "pipefail", "-c"])
            .arg(format!("PATH='{programs}':\"$PATH\"\n{PRELUDE}{script}"))
            .current_dir(folder)
            .env("HOMEPULSE_CONFIG", folder.join("homepulse.toml"))
            .env("HOMEPULSE_DATA_DIR", folder.join("state"))
            .env("HOMEPULSE_URL", &self.appliance.url)
            .env("PASSWORD", PASSWORD)
            .env("TOKEN", self.token)
            .env("HOMEPULSE_TOKEN", self.token)
            .env_remove("API_TOKEN")
            .output()
            .expect("a shell")
    }
}

fn shell_blocks() -> Vec<(PathBuf, Vec<Block>)> {
    let mut found = Vec::new();
    documents(root(), &mut found);
    found.sort();
    let blocks = |path: PathBuf| {
        let blocks = Document::read(&path).blocks.into_iter().filter(|block| {
            let name = block.info.split(' ').next().unwrap_or_default();
            SHELLS.contains(&name)
        });
        let blocks: Vec<Block> = blocks.collect();
        (!blocks.is_empty()).then_some((path, blocks))
    };
    found.into_iter().filter_map(blocks).collect()
}

fn is_elsewhere(block: &Block) -> bool {
    ELSEWHERE.iter().any(|word| block.text.contains(word))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shell_block_runs_or_is_at_least_understood() {
    let api = api();
    let lab = Lab::start(1, 4).await;
    let (mut ran, mut only_read) = (0, 0);
    let mut failed = String::new();
    for (path, blocks) in shell_blocks() {
        let mut stage: Option<Stage> = None;
        // A document that shows a token is for those who have set one up.
        let shows_token = blocks.iter().any(|block| block.text.contains("$TOKEN"));
        let token = if shows_token { TOKEN } else { "" };
        for block in blocks {
            let place = format!("{}:{}", path.display(), block.line);
            if is_elsewhere(&block) {
                only_read += 1;
                for wrong in read(&block, &api) {
                    let _ = writeln!(failed, "{place}: {wrong}");
                }
                continue;
            }
            ran += 1;
            let stage = match &mut stage {
                Some(stage) => stage,
                None => stage.insert(Stage::set(&lab, token).await),
            };
            stage.prepare(&block).await;
            let output = stage.run(&block);
            if !output.status.success() {
                let (said, errors) = (&output.stdout, &output.stderr);
                let _ = writeln!(
                    failed,
                    "{place}: {}\n{}{}",
                    output.status,
                    String::from_utf8_lossy(said),
                    String::from_utf8_lossy(errors)
                );
            }
        }
    }
    assert!(failed.is_empty(), "{failed}");
    assert!(
        ran > 10 && only_read > 10,
        "{ran} ran, {only_read} were read"
    );
}

#[test]
fn what_is_wrong_with_a_block_that_is_only_read_is_found() {
    let api = api();
    let found = |text: &str| {
        let block = Block {
            line: 1,
            info: "sh".to_owned(),
            text: text.to_owned(),
        };
        read(&block, &api)
    };
    for good in [
        "systemctl restart homepulse   # as root; then\nhomepulse user add bob --role viewer\n",
        "curl -X PUT localhost:7655/api/hp/games/ID/schedule -d '{\n  \"a\": \"b; c\"}'\n",
        "curl -H \"X-API-Token: $TOKEN\" \\\n  'http://127.0.0.1:7655/api/hp/fleet?x=1' > out\n",
        "make test\nA=1 homepulse doctor --json | less\n",
    ] {
        assert_eq!(found(good), Vec::<String>::new(), "{good}");
    }
    for bad in [
        "systemctl restart 'homepulse\n",
        "homepulse user invite bob\n",
        "homepulse user add bob --rank viewer\n",
        "curl -X DELETE localhost:7655/api/hp/fleet\n",
        "curl localhost:7655/api/hp/nonsense\n",
        "make nonsense\n",
        "unheard-of --now\n",
    ] {
        assert_eq!(found(bad).len(), 1, "{bad}: {:?}", found(bad));
    }
}
