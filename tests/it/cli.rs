//! The command line beside a running product: what scripts and people get to see.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use simulator::Role;

use crate::appliance::{Appliance, Lab, TOKEN};

struct Shell<'a> {
    lab: &'a Lab,
    config: &'a Path,
    url: String,
}

impl Shell<'_> {
    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_homepulse"))
            .args(arguments)
            .args(["--config", self.config.to_str().expect("a path")])
            .args(["--data-dir", self.lab.data_dir().to_str().expect("a path")])
            .env("API_TOKEN", TOKEN)
            .env("HOMEPULSE_URL", &self.url)
            .output()
            .expect("the binary runs")
    }

    fn good(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).expect("text")
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.good(arguments)).expect("JSON")
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_alerts_and_the_database_are_handled_from_a_shell() {
    let lab = Lab::start(1, 2).await;
    let config = lab.config(&[lab.mail()]);
    let appliance = Appliance::start(&config, &lab.data_dir());
    let shell = Shell {
        lab: &lab,
        config: &config,
        url: appliance.url.clone(),
    };
    let token = lab.pve.token(Role::Auditor);
    let secret = lab.directory.path().join("secret");
    std::fs::write(&secret, format!("{}\n", token.secret)).expect("a file");
    let (url, pin) = (lab.pve.url(), lab.pve.fingerprint());
    let target = |verb| {
        let secret = secret.to_str().expect("a path").to_owned();
        [
            "target",
            verb,
            "home",
            &url,
            "--token-id",
            &token.id,
            "--secret-file",
        ]
        .map(str::to_owned)
        .into_iter()
        .chain([secret, "--fingerprint".into(), pin.clone()])
        .collect::<Vec<String>>()
    };
    let run = |verb| {
        let arguments = target(verb);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        shell.run(&arguments)
    };
    let tried = run("test");
    assert!(said(&tried).starts_with("it works"), "{}", said(&tried));
    assert_eq!(
        shell.json(&["target", "list", "--json"])["targets"],
        serde_json::json!([])
    );
    let added = run("add");
    assert!(added.status.success(), "{}", said(&added));
    appliance
        .wait_for("api/hp/fleet", |fleet| {
            (fleet["targets"][0]["state"] == "online").then_some(())
        })
        .await;
    assert!(shell.good(&["target", "list"]).contains("home"));
    assert!(shell.good(&["top", "--once"]).contains("1/1 nodes online"));

    // Words of hosts and errors of the API reach people, and scripts get the code.
    let unknown = shell.run(&["target", "remove", "nowhere"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        said(&unknown).contains("there are: home"),
        "{}",
        said(&unknown)
    );
    let unknown = shell.run(&["alert", "ack", "alr_unknown"]);
    assert_eq!(unknown.status.code(), Some(1), "{}", said(&unknown));
    let nothing = shell.run(&["alert", "silence", "--for", "1h"]);
    assert_eq!(nothing.status.code(), Some(2), "{}", said(&nothing));
    assert!(
        said(&nothing).contains("--everything"),
        "{}",
        said(&nothing)
    );
    let nowhere = shell.run(&["alert", "silence", "--node", "nowhere"]);
    assert!(said(&nowhere).contains("there are:"), "{}", said(&nowhere));
    let fleet = shell.good(&["top", "--once"]);
    let guest = fleet
        .lines()
        .skip_while(|line| !line.contains("GUEST"))
        .nth(1);
    let guest = guest
        .and_then(|line| line.split_whitespace().nth(1))
        .expect("a guest");
    let one = shell.good(&["alert", "silence", "--resource", guest]);
    assert!(one.contains("1 resources"), "{one}");

    // What does not work is not added, unless somebody insists.
    let secret = secret.to_str().expect("a path");
    let dead = [
        "dead",
        "https://127.0.0.1:9",
        "--token-id",
        &token.id,
        "--secret-file",
        secret,
    ];
    let failed = shell.run(&[&["target", "add"][..], &dead].concat());
    assert_eq!(failed.status.code(), Some(1));
    assert!(said(&failed).contains("is not added"), "{}", said(&failed));
    assert!(said(&failed).contains("closes port 9"), "{}", said(&failed));
    shell.good(&[&["target", "add", "--untried"][..], &dead].concat());
    shell.good(&["target", "remove", "dead"]);
    let silenced = shell.good(&["alert", "silence", "--everything", "--for", "30m"]);
    assert!(silenced.contains("silenced until"), "{silenced}");
    assert!(shell.good(&["notify", "test", "mail"]).starts_with("sent"));

    let passphrase = lab.directory.path().join("passphrase");
    std::fs::write(&passphrase, "correct horse battery\n").expect("a file");
    let passphrase = passphrase.to_str().expect("a path");
    let export = lab.directory.path().join("export");
    let path = export.to_str().expect("a path");
    shell.good(&["export", "--passphrase-file", passphrase, "--output", path]);
    let sealed = std::fs::read_to_string(&export).expect("the export");
    assert!(!sealed.contains(&token.secret));
    shell.good(&["target", "remove", "home"]);
    let preview = shell.good(&["import", path, "--passphrase-file", passphrase, "--preview"]);
    assert!(
        preview.contains("add") && preview.contains("home"),
        "{preview}"
    );
    shell.good(&["import", path, "--passphrase-file", passphrase]);
    assert!(shell.good(&["target", "list"]).contains("home"));

    let stats = shell.json(&["db", "stats", "--json"]);
    assert_eq!(stats["rows"]["targets"], 1);
    shell.good(&["db", "check"]);
    let busy = shell.run(&["db", "vacuum"]);
    assert!(said(&busy).contains("stop it first"), "{}", said(&busy));
    assert!(appliance.stop(), "it stops in order");
    shell.good(&["db", "vacuum"]);
    let gone = shell.run(&["alert", "list"]);
    assert_eq!(gone.status.code(), Some(1));
    assert!(said(&gone).contains("cannot connect"), "{}", said(&gone));
}

#[test]
fn what_is_wrong_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("a file");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("an address").to_string();
    let (folder, file) = (folder.path().to_str(), file.to_str());
    let (folder, file) = (folder.expect("a path"), file.expect("a path"));
    let cases: [(&[&str], i32, &str); 8] = [
        (
            &["serve", "--data-dir", folder, "--listen", &taken],
            1,
            "ss -ltnp",
        ),
        (
            &["serve", "--data-dir", file, "--listen", "127.0.0.1:0"],
            1,
            "is a file, not a directory",
        ),
        (&["serve", "--log", "a=b=c"], 2, "such as info"),
        (&["demo", "--scenario", "flood"], 2, "node-lost"),
        (&["demo", "--speed", "0"], 2, "0.1 to 1000"),
        (
            &["db", "check", "--data-dir", "nowhere"],
            1,
            "there is no database in nowhere",
        ),
        (
            &["target", "list", "--url", "http://127.0.0.1:9/"],
            1,
            "systemctl start",
        ),
        (&["target", "list", "--token-file", file], 1, "is empty"),
    ];
    for (arguments, code, words) in cases {
        let output = Command::new(env!("CARGO_BIN_EXE_homepulse"))
            .args(arguments)
            .env_remove("API_TOKEN")
            .output()
            .expect("the binary runs");
        let text = said(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?}: {text}");
        assert!(!text.contains("os error"), "{arguments:?}: {text}");
    }
}

#[test]
fn everything_that_is_wrong_with_a_configuration_is_named_before_anything_begins() {
    let folder = tempfile::tempdir().expect("a folder");
    let (config, state) = (
        folder.path().join("config.toml"),
        folder.path().join("state"),
    );
    let text = r#"
        [[targets]]
        name = "lab"
        address = "http://192.0.2.10"
        token_id = "homepulse@pve!monitor"
        token_secret = "x"
        [[channels]]
        name = "post"
        kind = "emial"
        [[channels]]
        name = "mail"
        kind = "email"
        config = { host = "smtp.example.org" }
        [rules]
        profile = "loud"
    "#;
    std::fs::write(&config, text).expect("a file");
    let config = config.to_str().expect("a path");
    for command in ["check-config", "serve"] {
        let output = Command::new(env!("CARGO_BIN_EXE_homepulse"))
            .args([
                command,
                "--listen",
                "127.0.0.1:0",
                "--config",
                config,
                "--data-dir",
            ])
            .arg(&state)
            .output()
            .expect("the binary runs");
        let text = said(&output);
        assert_eq!(output.status.code(), Some(78), "{text}");
        for problem in [
            "targets.lab.address: must begin with https://",
            "channels.post.kind: 'emial' is unknown; give one of:",
            "channels.mail.from: is missing",
            "rules: unknown variant `loud`, expected one of `quiet`",
        ] {
            assert!(text.contains(problem), "{problem}\n{text}");
        }
        assert!(!state.exists(), "{command} has begun");
    }
}

#[test]
fn a_configuration_says_who_set_it_and_a_wrong_one_ends_with_its_own_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "instance_name = 'attic'\n").expect("a file");
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_homepulse"))
            .args(arguments)
            .args(["--config", path.to_str().expect("a path")])
            .env("HOMEPULSE_BASE_PATH", "/pulse/")
            .env("API_TOKEN", TOKEN)
            .output()
            .expect("the binary runs")
    };
    let shown = run(&[
        "config",
        "show",
        "--origin",
        "--json",
        "--listen",
        "127.0.0.1:1",
    ]);
    assert!(shown.status.success(), "{}", said(&shown));
    assert!(!said(&shown).contains(TOKEN));
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    for (key, value, origin) in [
        ("listen", "127.0.0.1:1", "flag --listen"),
        ("base_path", "/pulse/", "environment HOMEPULSE_BASE_PATH"),
        ("api_token", "set", "environment API_TOKEN"),
        ("poll_interval_seconds", "10", "default"),
    ] {
        assert_eq!(shown[key]["value"], value, "{key}");
        assert_eq!(shown[key]["origin"], origin, "{key}");
    }
    assert_eq!(
        shown["instance_name"]["origin"],
        format!("file {}", path.display())
    );

    std::fs::write(&path, "pol_interval_seconds = 5\n").expect("a file");
    for arguments in [&["check-config"][..], &["serve"], &["doctor"]] {
        let wrong = run(arguments);
        assert_eq!(wrong.status.code(), Some(78), "{}", said(&wrong));
        assert!(
            said(&wrong).contains("pol_interval_seconds"),
            "{}",
            said(&wrong)
        );
    }
}
