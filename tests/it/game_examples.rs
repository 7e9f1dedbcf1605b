//! The documented examples of the game servers' API against the real binary, a simulated container
//! engine and a simulated panel: word for word but for host and token, in curl, Python and
//! JavaScript.

use std::process::{Command, Output};

use serde_json::json;
use simulator::{EngineServer, PanelGame, PanelKind, PanelServer, WebhookRequest, WebhookSink};

use crate::appliance::{Appliance, PATIENCE, TOKEN};

const EXAMPLES: &str = include_str!("../fixtures/examples/peon.md");

/// A block of the document, with our host and token.
fn example(heading: &str, appliance: &Appliance) -> String {
    let (_, rest) = EXAMPLES
        .split_once(&format!("## {heading}\n"))
        .expect("the heading is there");
    let (_, rest) = rest.split_once("```").expect("a block begins");
    let (_, rest) = rest.split_once('\n').expect("a line ends");
    let (block, _) = rest.split_once("```").expect("a block ends");
    let root = appliance.url.trim_end_matches('/');
    block
        .replace("http://localhost:5000", root)
        .replace("your_api_token", TOKEN)
        .replace("YOUR_TOKEN", TOKEN)
}

struct House {
    appliance: Appliance,
    engine: EngineServer,
    panel: PanelServer,
    _directory: tempfile::TempDir,
}

/// An appliance beside an engine that may make servers and a panel that runs one.
async fn house() -> House {
    let directory = tempfile::tempdir().expect("a directory");
    let engine = EngineServer::start(&directory.path().join("engine.sock")).expect("an engine");
    let games = vec![PanelGame::running("p-1", "Attic", "minecraft-java", 25_565)];
    let panel = PanelServer::start(PanelKind::Crafty, games).await;
    let panel = panel.expect("a panel");
    let config = directory.path().join("homepulse.toml");
    std::fs::write(&config, "poll_interval_seconds = 1\n").expect("a file");
    let appliance = Appliance::start(&config, &directory.path().join("state"));
    for target in [
        json!({ "name": "engine", "kind": "docker", "config": { "address": engine.url(), "control": true } }),
        json!({
            "name": "panel", "kind": "crafty", "secret": PanelServer::KEY,
            "config": { "address": panel.url(), "control": true },
        }),
    ] {
        let asked = appliance.request(reqwest::Method::POST, "/api/hp/targets");
        let answer = asked.json(&target).send().await.expect("an answer");
        let status = answer.status();
        assert!(
            status.is_success(),
            "{}",
            answer.text().await.unwrap_or_default()
        );
    }
    let house = House {
        appliance,
        engine,
        panel,
        _directory: directory,
    };
    house.run_soon(&["Attic"]).await;
    house
}

fn ran(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program} runs: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {errors}");
    output
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl House {
    /// Runs blocks one behind the other; `requests` need not be installed.
    fn python(&self, headings: &[&str], more: &str) -> String {
        self.python_after("", headings, more)
    }

    fn python_after(&self, first: &str, headings: &[&str], more: &str) -> String {
        let blocks: Vec<String> = headings
            .iter()
            .map(|heading| example(heading, &self.appliance))
            .collect();
        let program = format!("{first}\n{}\n{more}", blocks.join("\n"));
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/examples/python"
        );
        let output = Command::new("python3")
            .args(["-c", &program])
            .env("PYTHONPATH", folder)
            .output()
            .expect("python3 runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{errors}\n{}",
            self.appliance.log()
        );
        text(&output)
    }

    /// Waits until the servers of these names on their hosts run.
    async fn run_soon(&self, names: &[&str]) {
        // Not by the documented API, which is paced.
        self.appliance
            .wait_for("/api/hp/games", |answer| {
                let servers = answer["games"].as_array()?;
                let is_up = |name: &&str| {
                    servers.iter().any(|server| {
                        let status = server["status"].as_str();
                        server["name"] == **name && matches!(status, Some("running" | "starting"))
                    })
                };
                names.iter().all(is_up).then_some(())
            })
            .await;
    }
}

// Programs are waited for while the simulated hosts answer them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_examples_make_and_start_servers() {
    let house = house().await;
    let printed = house.python(
        &[
            "Python Example",
            "Batch Operations",
            "Configuration Templates",
        ],
        "print([server['id'] for server in servers])\n\
         print(create_from_template('competitive_cs2', 'Friday night').json()['id'])",
    );
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "Created server: valheim_001",
            "['valheim_002', 'palworld_001', 'cs2_001']",
            "cs2_002",
        ]
    );
    let names = [
        "my-valheim-server",
        "community-valheim-server",
        "community-palworld-server",
        "community-cs2-server",
        "friday-night",
    ];
    house.run_soon(&names).await;
    let variable = |server: &str, name: &str| house.engine.variable(server, name);
    assert_eq!(
        variable("my-valheim-server", "SERVER_PASS").as_deref(),
        Some("vikings123")
    );
    assert_eq!(
        variable("friday-night", "CS2_STARTMAP").as_deref(),
        Some("de_dust2")
    );
    let (_, list) = house.appliance.get("/api/v1/servers").await;
    let shown = list["servers"].as_array().expect("servers");
    let titled = shown.iter().find(|server| server["id"] == "cs2_002");
    assert_eq!(titled.expect("it is listed")["name"], "Friday night");
    assert_eq!(list["total"], 6);
    assert_eq!(list["data"]["total"], 6, "enveloped and bare alike");
}

/// Lets a program's sleep end it, after its first round.
const ONE_ROUND: &str = "\
class Enough(Exception): pass
def enough(seconds):
    raise Enough(seconds)
time.sleep = enough
";

// Programs are waited for while the simulated hosts answer them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_examples_watch_meet_errors_and_wait_their_turn() {
    let house = house().await;
    house
        .panel
        .change("p-1", |game| game.state = "crashed".into());
    house
        .appliance
        .wait_for("/api/hp/games", |answer| {
            (answer["games"][0]["status"] == "crashed").then_some(())
        })
        .await;
    let base = format!(
        "import requests\nAPI_BASE = '{}api/v1'\nheaders = {{'Authorization': 'Bearer {TOKEN}'}}\n",
        house.appliance.url
    );
    let told = house.python_after(
        &base,
        &["Monitoring and Alerts"],
        &format!("{ONE_ROUND}send_alert = print\ntry:\n    monitor_servers()\nexcept Enough: pass"),
    );
    assert_eq!(told.trim(), "Server Attic has errors!");
    let told = house.python_after(
        &base,
        &["Common Error Scenarios"],
        "url = f'{API_BASE}/servers'\n\
         safe_api_call('GET', f'{url}/none_001', headers=headers)\n\
         safe_api_call('POST', url, headers=headers, json={'name': 'x', 'game': 'chess'})\n\
         one = {'name': 'Midgard', 'game': 'valheim'}\n\
         print(safe_api_call('POST', url, headers=headers, json=one)['status'])\n\
         safe_api_call('POST', url, headers=headers, json=one)",
    );
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "Server not found");
    assert!(lines[1].starts_with("Validation failed: "), "{told}");
    assert!(
        lines[1].contains("'INVALID_GAME'") && lines[1].contains("'palworld'"),
        "{told}"
    );
    assert_eq!(lines[2..], ["creating", "Server already exists"], "{told}");
    let told = house.python_after(
        &base,
        &["Rate Limiting"],
        &format!(
            "{ONE_ROUND}try:\n    while True:\n        \
             rate_limited_request(f'{{API_BASE}}/system/health', headers=headers)\n\
             except Enough as wait: print(0 < wait.args[0] <= 60)"
        ),
    );
    assert!(told.starts_with("Rate limited. Waiting "), "{told}");
    assert!(told.trim().ends_with("True"), "{told}");
}

// Programs are waited for while the simulated hosts answer them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_curl_and_javascript_examples_make_and_start_servers() {
    let house = house().await;
    let output = ran("bash", &["-c", &example("cURL Examples", &house.appliance)]);
    let answers = text(&output);
    assert!(answers.contains("Pal Paradise"), "{answers}");
    assert!(!answers.contains("\"success\":false"), "{answers}");
    let program = format!(
        "{}\ncreateServer();",
        example("JavaScript Example", &house.appliance)
    );
    let output = ran("node", &["-e", &program]);
    assert_eq!(text(&output).trim(), "Server created: palworld_002");
    house.run_soon(&["pal-paradise", "node-js-server"]).await;
    let running = house.engine.containers();
    assert_eq!(running["pal-paradise"], "running");
}

// Programs are waited for while the simulated hosts answer them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_tell_of_servers_and_verify_as_documented() {
    let house = house().await;
    let sink = WebhookSink::start().await.expect("a sink");
    let channel = json!({
        "kind": "webhook", "name": "panel of ours",
        "config": {
            "url": sink.url("/peon-webhook"),
            "server_events": "server.stopped server.status_changed",
        },
        "secrets": { "signing_secret": "webhook_secret_key" },
    });
    let asked = house
        .appliance
        .request(reqwest::Method::POST, "/api/hp/channels");
    let answer = asked.json(&channel).send().await.expect("an answer");
    let status = answer.status();
    let refused = answer.text().await.unwrap_or_default();
    assert!(status.is_success(), "{refused}");
    house
        .panel
        .change("p-1", |game| game.state = "offline".into());
    let is_stop = |request: &WebhookRequest| request.json()["event"] == "server.stopped";
    // Until then it may have come up, in words of its own.
    let is_change = |request: &WebhookRequest| {
        let body = request.json();
        body["event"] == "server.status_changed" && body["data"]["current_status"] == "offline"
    };
    let both = |requests: &Vec<WebhookRequest>| {
        requests.iter().any(is_stop) && requests.iter().any(is_change)
    };
    let requests = sink.wait_until(both, PATIENCE).await;
    let requests = requests.unwrap_or_else(|| panic!("told: {}", house.appliance.log()));
    let find = |is: &dyn Fn(&WebhookRequest) -> bool| {
        let found = requests.iter().find(|request| is(request));
        found.expect("it was waited for")
    };
    let stopped = find(&is_stop);
    let data = &stopped.json()["data"];
    assert_eq!(
        (&data["server_id"], &data["name"], &data["status"]),
        (
            &json!("minecraft-java_001"),
            &json!("Attic"),
            &json!("stopped")
        )
    );
    let changed = find(&is_change);
    let data = &changed.json()["data"];
    assert!(
        data["server_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("srv_")),
        "{data}"
    );
    assert!(data["previous_status"].is_string(), "{data}");
    // One finds the signature in a header, the other in the body.
    let program = format!(
        "{}
const [whole, header, inside] = process.argv.slice(1);
const {{ signature, ...rest }} = JSON.parse(inside);
const secret = 'webhook_secret_key';
console.log(
  verifyWebhook(whole, header, secret),
  verifyWebhook(JSON.stringify(rest), signature, secret),
  verifyWebhook(JSON.stringify(rest), signature, 'another'),
);",
        example("Webhook Verification", &house.appliance)
    );
    let body = |request: &WebhookRequest| String::from_utf8(request.body.clone()).expect("text");
    let header = stopped.header("x-webhook-signature").expect("a signature");
    let output = ran(
        "node",
        &["-e", &program, &body(stopped), header, &body(changed)],
    );
    assert_eq!(text_of(&output), "true true false");
}

fn text_of(output: &Output) -> String {
    text(output).trim().to_owned()
}
