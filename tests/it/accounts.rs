//! People and tokens from the outside: the set-up code, the command line beside a running server,
//! and what a crash leaves of it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use crate::appliance::{Appliance, PATIENCE};

const PASSWORD: &str = "correct horse battery";

struct House {
    directory: tempfile::TempDir,
    appliance: Appliance,
}

fn config(directory: &Path) -> PathBuf {
    let path = directory.join("homepulse.toml");
    // A proxy may be on this machine, so that coming from it is no sign of anything.
    std::fs::write(&path, "trusted_proxies = ['127.0.0.1']\n").expect("a file");
    path
}

fn serve(directory: &Path) -> Appliance {
    let (config, state) = (config(directory), directory.join("state"));
    let arguments = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--config",
        config.to_str().expect("a path"),
        "--data-dir",
        state.to_str().expect("a path"),
    ];
    Appliance::command_with_token(&arguments, "")
}

impl House {
    fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let appliance = serve(directory.path());
        Self {
            directory,
            appliance,
        }
    }

    /// Cuts the power, and starts again.
    fn crash(self) -> Self {
        self.appliance.kill();
        let appliance = serve(self.directory.path());
        Self {
            appliance,
            directory: self.directory,
        }
    }

    /// Runs a command on the same state, with `input` piped in.
    fn run(&self, arguments: &[&str], input: &str) -> (bool, String, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_homepulse"))
            .args(arguments)
            .arg("--data-dir")
            .arg(self.directory.path().join("state"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut pipe = child.stdin.take().expect("a pipe");
        let _ = pipe.write_all(input.as_bytes());
        drop(pipe);
        let output = child.wait_with_output().expect("it ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        (
            output.status.success(),
            text(&output.stdout),
            text(&output.stderr),
        )
    }

    fn well(&self, arguments: &[&str], input: &str) -> String {
        let (is_well, out, error) = self.run(arguments, input);
        assert!(is_well, "{arguments:?}: {error}");
        out
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Option<String>, Value) {
        let answer = self
            .appliance
            .request(Method::POST, path)
            .json(body)
            .send()
            .await
            .expect("an answer");
        let status = answer.status().as_u16();
        let cookie = answer.headers().get("set-cookie");
        let cookie = cookie.and_then(|value| value.to_str().ok()?.split(';').next());
        let cookie = cookie.map(str::to_owned);
        let body = answer.json().await.unwrap_or(Value::Null);
        (status, cookie, body)
    }

    async fn log_in(&self, name: &str, password: &str) -> (u16, Option<String>) {
        let body = json!({ "name": name, "password": password });
        let (status, cookie, _) = self.post("/api/hp/session", &body).await;
        (status, cookie)
    }

    async fn status(&self, method: Method, path: &str, header: (&str, &str)) -> u16 {
        let request = self.appliance.request(method, path);
        let answer = request.header(header.0, header.1).send().await;
        answer.expect("an answer").status().as_u16()
    }

    /// Asks until the answer is `wanted`: a running server follows the command line within seconds.
    async fn until(&self, path: &str, header: (&str, &str), wanted: u16) {
        let began = Instant::now();
        loop {
            let status = self.status(Method::GET, path, header).await;
            if status == wanted {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{path} is still {status}");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn the_set_up_code_makes_the_first_account_once_and_a_crash_changes_nothing() {
    let house = House::start();
    let (status, _) = house.appliance.get("/api/hp/fleet").await;
    assert_eq!(status, 401, "nobody passes freely where a proxy may be");
    let shown = house.well(&["setup", "--json"], "");
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    let code = shown["setup_code"].as_str().expect("a code").to_owned();
    assert!(
        house.appliance.log().contains(&code),
        "the log tells it too"
    );

    let body = |code: &str| json!({ "name": "ada", "password": PASSWORD, "code": code });
    assert_eq!(house.post("/api/hp/setup", &body("AAAA-AAAA")).await.0, 403);
    let (status, cookie, _) = house.post("/api/hp/setup", &body(&code)).await;
    assert_eq!(status, 200);
    let cookie = cookie.expect("a cookie");

    let house = house.crash();
    let mine = ("cookie", cookie.as_str());
    assert_eq!(house.status(Method::GET, "/api/hp/users", mine).await, 200);
    assert_eq!(house.post("/api/hp/setup", &body(&code)).await.0, 409);
    assert!(!house.run(&["setup"], "").0, "there is no code any more");

    let request = house.appliance.request(Method::GET, "/api/hp/audit/verify");
    let verdict = request.header("cookie", &cookie).send().await;
    let verdict: Value = verdict.expect("an answer").json().await.expect("JSON");
    assert_eq!(verdict["broken_at"], Value::Null, "{verdict}");
    let secret = cookie.split_once('=').expect("a value").1;
    for hidden in [PASSWORD, secret] {
        assert!(!house.appliance.log().contains(hidden));
    }
}

#[tokio::test]
async fn the_command_line_manages_people_and_tokens_beside_a_running_server() {
    let house = House::start();
    let piped = format!("{PASSWORD}\n");
    house.well(&["setup", "--user", "ada"], &piped);
    house.well(&["user", "add", "bob", "--role", "viewer"], &piped);
    let (is_well, _, error) = house.run(&["user", "add", "eve"], "short\n");
    assert!(!is_well && error.contains("10 characters"), "{error}");
    let listed: Value =
        serde_json::from_str(&house.well(&["user", "list", "--json"], "")).expect("JSON");
    assert_eq!(listed[1]["role"], "viewer");
    assert!(!listed.to_string().contains("argon2"));

    let (status, cookie) = house.log_in("bob", PASSWORD).await;
    assert_eq!(status, 200);
    let cookie = cookie.expect("a cookie");
    let bob = ("cookie", cookie.as_str());
    assert_eq!(house.status(Method::GET, "/api/hp/fleet", bob).await, 200);
    let write = house.status(Method::POST, "/api/hp/users", bob).await;
    assert_eq!(write, 403, "a viewer changes nothing");

    house.well(&["user", "passwd", "bob"], "another long one\n");
    house.until("/api/hp/fleet", bob, 401).await;
    assert_eq!(house.log_in("bob", PASSWORD).await.0, 401);
    assert_eq!(house.log_in("bob", "another long one").await.0, 200);

    let make = ["token", "create", "grafana", "--scope", "fleet:read"];
    let secret = house.well(&make, "");
    let token = ("x-api-token", secret.as_str());
    house.until("/api/hp/fleet", token, 200).await;
    assert_eq!(house.status(Method::GET, "/api/hp/users", token).await, 403);
    house.well(&["token", "revoke", "grafana"], "");
    house.until("/api/hp/fleet", token, 401).await;

    let (is_well, _, error) = house.run(&["user", "remove", "ada"], "");
    assert!(!is_well && error.contains("last admin"), "{error}");
    house.well(&["user", "remove", "bob"], "");
    assert_eq!(house.log_in("bob", "another long one").await.0, 401);
    assert!(house.appliance.stop(), "it stops in order");
}
