//! Pulse's own examples against the real binary and a simulated cluster: what its curl lines
//! send, and what its PowerShell and Python programs read. Only host and token differ.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use reqwest::Method;
use serde_json::{Value, json};
use simulator::{PveServer, Role};

use crate::appliance::{Appliance, Lab, TOKEN};

/// A binary with nothing configured, beside a simulated cluster.
async fn bare(nodes: usize, guests: usize) -> (Lab, Appliance) {
    let lab = Lab::start(nodes, guests).await;
    let config = lab.config(&[]);
    let appliance = Appliance::start(&config, &lab.data_dir());
    (lab, appliance)
}

/// Runs `curl` as a reader of the document would, and gives its output back.
fn curl(appliance: &Appliance, path: &str, arguments: &[&str]) -> Value {
    let output = Command::new("curl")
        .args(["-sS", "-H", &format!("X-API-Token: {TOKEN}")])
        .args(arguments)
        .arg(format!("{}{path}", appliance.url))
        .output()
        .expect("curl runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

fn post(appliance: &Appliance, path: &str, body: &Value) -> Value {
    let json = "Content-Type: application/json";
    let body = body.to_string();
    curl(appliance, path, &["-X", "POST", "-H", json, "-d", &body])
}

/// The cluster's auditor, who logs in with a password.
fn auditor(pve: &PveServer) -> (&str, &str) {
    let user = pve.users().iter().find(|user| user.name.ends_with("@pve"));
    let user = user.expect("an auditor");
    (&user.name, &user.password)
}

// Programs are waited for while the simulated cluster answers them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documents_full_example_monitors_a_new_node() {
    let (lab, appliance) = bare(2, 6).await;
    let health = curl(&appliance, "api/health", &[]);
    assert_eq!(health["status"], "healthy");
    let (user, password) = auditor(&lab.pve);
    let tried = post(
        &appliance,
        "api/config/nodes/test-connection",
        &json!({"type": "pve", "host": lab.pve.url(), "user": user, "password": password}),
    );
    assert_eq!(tried["status"], "success", "{tried}");
    let added = post(
        &appliance,
        "api/config/nodes",
        &json!({
            "type": "pve", "name": "pve-node-1", "host": lab.pve.url(), "user": user,
            "password": password, "verifySSL": false,
        }),
    );
    assert_eq!(added["status"], "success", "{added}");
    appliance
        .wait_for("/api/state", |state| {
            (state["nodes"].as_array()?.len() == 2).then_some(())
        })
        .await;
    let state = curl(&appliance, "api/state", &[]);
    let guests = state["vms"].as_array().map_or(0, Vec::len)
        + state["containers"].as_array().map_or(0, Vec::len);
    assert_eq!(guests, 6, "what is left out is watched");
    let charts = curl(&appliance, "api/charts?range=1h", &[]);
    assert_eq!(charts["nodeData"].as_object().map(|all| all.len()), Some(2));
}

/// What the PowerShell example reads: a bare array that is piped, with `name` and `status`.
// Programs are waited for while the simulated cluster answers them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_powershell_example_finds_a_bare_array() {
    let lab = Lab::start(1, 2).await;
    let config = lab.config(&[lab.target("lab", Role::Auditor)]);
    let appliance = Appliance::start(&config, &lab.data_dir());
    appliance
        .wait_for("/api/config/nodes", |nodes| {
            (nodes[0]["status"] == "connected").then_some(())
        })
        .await;
    let nodes = curl(&appliance, "api/config/nodes", &[]);
    let lines: Vec<String> = nodes
        .as_array()
        .expect("a bare array")
        .iter()
        .map(|node| {
            let text = |key: &str| node[key].as_str().expect("a text").to_owned();
            format!("Node: {} - {}", text("name"), text("status"))
        })
        .collect();
    assert_eq!(lines, ["Node: lab - connected"]);
}

/// The calls of the Python example, on the standard library, as `requests` need not be installed.
const PYTHON: &str = r#"
import json, os, urllib.request

API_URL = os.environ["API_URL"]
headers = {"X-API-Token": os.environ["API_TOKEN"]}

def get(path):
    request = urllib.request.Request(f"{API_URL}{path}", headers=headers)
    return json.load(urllib.request.urlopen(request))

health = get("/health")
print(f"Status: {health['status']}")
state = get("/state")
for node in state.get("nodes", []):
    print(f"Node: {node['name']} - {node['status']}")
"#;

// Programs are waited for while the simulated cluster answers them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_example_prints_health_and_nodes() {
    let lab = Lab::start(2, 2).await;
    let config = lab.config(&[lab.target("lab", Role::Auditor)]);
    let appliance = Appliance::start(&config, &lab.data_dir());
    appliance
        .wait_for("/api/state", |state| {
            (state["nodes"].as_array()?.len() == 2).then_some(())
        })
        .await;
    let output = Command::new("python3")
        .args(["-c", PYTHON])
        .env("API_URL", format!("{}api", appliance.url))
        .env("API_TOKEN", TOKEN)
        .output()
        .expect("python3 runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("Status: healthy"));
    let nodes: Vec<&str> = lines.collect();
    assert_eq!(nodes.len(), 2, "{text}");
    assert!(
        nodes.iter().all(|line| line.ends_with(" - online")),
        "{text}"
    );
}

/// A host's commands as the setup script calls them: they note what was asked of them, remember
/// what they were told to make, and know the certificate and the token of the simulated cluster.
const FAKE_PVEUM: &str = r#"#!/bin/sh
echo "pveum $*" >>"$LAB/calls"
case "$1 $2 $3" in
"user list "*) cat "$LAB/users" 2>/dev/null || echo '[{"userid":"root@pam","enable":1}]' ;;
"user add "*) echo '[{"userid":"root@pam"},{"userid":"homepulse@pve","enable":1}]' >"$LAB/users" ;;
"user delete "*) rm -f "$LAB/users" ;;
"user token list") cat "$LAB/tokens" 2>/dev/null || echo '[]' ;;
"user token add")
    echo '[{"tokenid":"monitor","privsep":1}]' >"$LAB/tokens"
    printf '{"full-tokenid":"%s!%s","info":{"privsep":"1"},"value":"%s"}\n' "$4" "$5" "$SECRET"
    ;;
"user token remove") rm -f "$LAB/tokens" ;;
"role list "*) echo '[{"roleid":"PVEAuditor","special":1}]' ;;
esac
"#;

const FAKE_PVENODE: &str = r#"#!/bin/sh
echo "pvenode $*" >>"$LAB/calls"
printf '[{"filename":"pve-root-ca.pem","fingerprint":"00:11"},{"filename":"pve-ssl.pem","fingerprint":"%s","pem":"x"}]\n' "$PRINT"
"#;

const FAKE_PBM: &str = r#"#!/bin/sh
echo "proxmox-backup-manager $*" >>"$LAB/calls"
case "$1 $2" in
"user list") cat "$LAB/users" 2>/dev/null || echo '[ {"userid":"root@pam"} ]' ;;
"user create") echo '[ {"userid":"homepulse@pbs"} ]' >"$LAB/users" ;;
"user list-tokens") echo '[]' ;;
"user generate-token") printf 'Result: {\n  "tokenid": "homepulse@pbs!monitor",\n  "value": "%s"\n}\n' "$SECRET" ;;
"cert info") printf 'Subject: CN=vault\nFingerprint (sha256): %s\n' "$PRINT" ;;
esac
"#;

/// A host on which the script runs: fake commands first in the path.
struct Host<'a> {
    lab: &'a Path,
    secret: String,
    print: String,
}

impl Host<'_> {
    fn run(&self, script: &str, arguments: &[&str]) -> Output {
        use std::io::Write as _;
        let bin = self.lab.join("bin");
        std::fs::create_dir_all(&bin).expect("a folder");
        for (name, text) in [
            ("pveum", FAKE_PVEUM),
            ("pvenode", FAKE_PVENODE),
            ("proxmox-backup-manager", FAKE_PBM),
            ("id", "#!/bin/sh\necho 0\n"),
        ] {
            use std::os::unix::fs::PermissionsExt as _;
            let path = bin.join(name);
            std::fs::write(&path, text).expect("a command");
            let all = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&path, all).expect("a chmod");
        }
        // The shell itself puts the fake commands first.
        let mut child = Command::new("sh")
            .args(["-c", "PATH=\"$BIN:$PATH\" exec sh -s -- \"$@\"", "sh"])
            .args(arguments)
            .env("BIN", &bin)
            .env("LAB", self.lab)
            .env("SECRET", &self.secret)
            .env("PRINT", &self.print)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sh runs");
        let mut input = child.stdin.take().expect("a pipe");
        input.write_all(script.as_bytes()).expect("a script");
        drop(input);
        child.wait_with_output().expect("it ends")
    }

    fn calls(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.lab.join("calls")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

async fn script(appliance: &Appliance, kind: &str, host: &str) -> String {
    let answer = appliance
        .request(Method::POST, "api/setup-script")
        .json(&json!({"type": kind, "host": host, "backupPerms": true}))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    answer.text().await.expect("a script")
}

// Programs are waited for while the simulated cluster answers them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_setup_script_makes_a_user_registers_runs_again_and_undoes_itself() {
    let (lab, appliance) = bare(1, 2).await;
    let token = lab.pve.token(Role::Auditor);
    let host = Host {
        lab: lab.directory.path(),
        secret: token.secret.clone(),
        print: lab.pve.fingerprint(),
    };
    let text = script(&appliance, "pve", &lab.pve.url()).await;
    let first = host.run(&text, &[]);
    let said = String::from_utf8_lossy(&first.stdout).into_owned();
    let errors = String::from_utf8_lossy(&first.stderr).into_owned();
    assert!(first.status.success(), "{said}\n{errors}");
    assert!(
        said.starts_with("This will"),
        "it says first what it does: {said}"
    );
    let nodes = appliance
        .wait_for("/api/config/nodes", |nodes| {
            (nodes[0]["status"] == "connected").then(|| nodes.clone())
        })
        .await;
    assert_eq!(nodes[0]["tokenName"], "homepulse@pve!monitor");
    assert_eq!(nodes[0]["fingerprint"], lab.pve.fingerprint());
    let calls = host.calls();
    for wanted in [
        "pveum user add homepulse@pve --comment read-only monitoring",
        "pveum acl modify / --users homepulse@pve --roles PVEAuditor,HomepulseBackups",
        "pveum acl modify / --tokens homepulse@pve!monitor --roles PVEAuditor,HomepulseBackups",
    ] {
        assert!(
            calls.iter().any(|call| call == wanted),
            "{wanted}: {calls:#?}"
        );
    }
    assert!(!calls.iter().any(|call| call.contains("Administrator")));
    assert!(!said.contains(&token.secret), "the secret is not printed");

    let second = host.run(&text, &[]);
    assert!(second.status.success(), "{second:?}");
    let added = |calls: &[String]| {
        let adds = calls
            .iter()
            .filter(|call| call.starts_with("pveum user add"));
        adds.count()
    };
    assert_eq!(added(&host.calls()), 1, "the user is made once");
    let (_, nodes) = appliance.get("/api/config/nodes").await;
    assert_eq!(nodes.as_array().map(Vec::len), Some(1), "and is one node");

    let undone = host.run(&text, &["--undo"]);
    assert!(undone.status.success(), "{undone:?}");
    let calls = host.calls();
    assert!(
        calls
            .iter()
            .any(|call| call == "pveum user delete homepulse@pve")
    );
    let wrong = host.run(&text, &["--nonsense"]);
    assert!(!wrong.status.success());
}

// Programs are waited for while the simulated cluster answers them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setup_script_that_cannot_register_says_why_and_ends_badly() {
    let (lab, appliance) = bare(1, 2).await;
    let host = Host {
        lab: lab.directory.path(),
        secret: "00000000-0000-4000-8000-000000000000".into(),
        print: lab.pve.fingerprint(),
    };
    let text = script(&appliance, "pve", &lab.pve.url()).await;
    let output = host.run(&text, &[]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(errors.contains("did not take it (400)"), "{errors}");
    let (_, nodes) = appliance.get("/api/config/nodes").await;
    assert_eq!(nodes, json!([]));
}

// Programs are waited for while the simulated cluster answers them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_setup_script_of_a_backup_server_uses_its_own_commands() {
    use simulator::{PbsOptions, PbsRole, PbsServer};
    let (lab, appliance) = bare(1, 2).await;
    let pbs = PbsServer::start(lab.pve.world().clone(), PbsOptions::quick())
        .await
        .expect("a backup server");
    let token = pbs.token(PbsRole::Auditor);
    let host = Host {
        lab: lab.directory.path(),
        secret: token.secret.clone(),
        print: pbs.fingerprint(),
    };
    let text = script(&appliance, "pbs", &pbs.url()).await;
    let output = host.run(&text, &[]);
    assert!(output.status.success(), "{output:?}");
    appliance
        .wait_for("/api/config/nodes", |nodes| {
            (nodes[0]["status"] == "connected").then_some(())
        })
        .await;
    let calls = host.calls();
    let grant = "proxmox-backup-manager acl update / Audit --auth-id homepulse@pbs!monitor";
    assert!(calls.iter().any(|call| call == grant), "{calls:#?}");
}
