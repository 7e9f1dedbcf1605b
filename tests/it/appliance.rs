//! The built binary, started on a free port with a state directory of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use simulator::{PveOptions, PveServer, Role, SmtpOptions, SmtpSink, World, WorldConfig};

/// How long a condition may take to come true.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running binary; dropping it kills it.
pub(crate) struct Appliance {
    child: Child,
    /// Its address, such as `http://127.0.0.1:40000/`.
    pub(crate) url: String,
    token: String,
    client: reqwest::Client,
    log: std::sync::Arc<std::sync::Mutex<String>>,
}

/// What the tests' configuration calls its token.
pub(crate) const TOKEN: &str = "test-token-0123456789";

impl Appliance {
    /// Starts `serve` with the configuration file `config` and the state directory `data_dir`.
    pub(crate) fn start(config: &Path, data_dir: &Path) -> Self {
        Self::command(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--config",
            config.to_str().expect("a path"),
            "--data-dir",
            data_dir.to_str().expect("a path"),
        ])
    }

    /// Starts the binary with `arguments`; its first line of output is its address.
    pub(crate) fn command(arguments: &[&str]) -> Self {
        Self::command_with_token(arguments, TOKEN)
    }

    /// The same with another token, or with none where it is empty.
    pub(crate) fn command_with_token(arguments: &[&str], token: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_homepulse"))
            .args(arguments)
            .env("API_TOKEN", token)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let log = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
        let mut errors = child.stderr.take().expect("a pipe");
        let sink = std::sync::Arc::clone(&log);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = errors.read(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..read]);
                sink.lock().expect("a lock").push_str(&text);
            }
        });
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let first = lines.next().transpose().expect("readable output");
        let Some(url) = first.filter(|line| line.starts_with("http")) else {
            let _ = child.wait();
            panic!("it did not start:\n{}", log.lock().expect("a lock"));
        };
        // Whatever it prints later must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            child,
            url,
            token: token.into(),
            client: reqwest::Client::builder()
                .tls_backend_preconfigured(tls())
                .build()
                .expect("a client"),
            log,
        }
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("a lock").clone()
    }

    /// A request with the token, if there is one.
    pub(crate) fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{}", self.url, path.trim_start_matches('/'));
        let request = self.client.request(method, url);
        match self.token.as_str() {
            "" => request,
            token => request.header("X-API-Token", token),
        }
    }

    /// The JSON answer to a GET, whatever its status.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self
            .request(reqwest::Method::GET, path)
            .send()
            .await
            .expect("an answer");
        let status = answer.status().as_u16();
        let body = answer.text().await.expect("a body");
        let json = serde_json::from_str(&body).unwrap_or(Value::String(body));
        (status, json)
    }

    /// Asks `path` until `wanted` finds what it looks for.
    pub(crate) async fn wait_for<T>(&self, path: &str, wanted: impl Fn(&Value) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            let (_, last) = self.get(path).await;
            if let Some(found) = wanted(&last) {
                return found;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "{path} never said so; last: {}\nlog:\n{}",
                serde_json::to_string_pretty(&last)
                    .unwrap_or_default()
                    .chars()
                    .take(4000)
                    .collect::<String>(),
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Ends it as systemd does, and tells whether it ended well.
    pub(crate) fn stop(mut self) -> bool {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(asked.is_ok_and(|status| status.success()));
        self.child.wait().expect("it ends").success()
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn tls() -> rustls::ClientConfig {
    rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

/// A simulated lab that refreshes every second, and a configuration that looks at it as often.
pub(crate) struct Lab {
    pub(crate) pve: PveServer,
    pub(crate) smtp: SmtpSink,
    pub(crate) directory: tempfile::TempDir,
}

impl Lab {
    pub(crate) async fn start(nodes: usize, guests: usize) -> Self {
        let world = World::new(WorldConfig {
            nodes,
            guests,
            refresh: Duration::from_secs(1),
            ..WorldConfig::default()
        });
        Self {
            pve: PveServer::start(world, PveOptions::quick())
                .await
                .expect("a cluster"),
            smtp: SmtpSink::start(SmtpOptions::default())
                .await
                .expect("a mail server"),
            directory: tempfile::tempdir().expect("a directory"),
        }
    }

    /// The target's lines in a configuration file.
    pub(crate) fn target(&self, name: &str, role: Role) -> String {
        let token = self.pve.token(role);
        target(
            name,
            &self.pve.url(),
            &token.id,
            &token.secret,
            &self.pve.fingerprint(),
        )
    }

    /// The mail channel's lines in a configuration file.
    pub(crate) fn mail(&self) -> String {
        format!(
            "[[channels]]\nname = 'mail'\nkind = 'email'\n[channels.config]\nhost = '{}'\nport = {}\n\
             security = 'none'\nfrom = 'homepulse@example.org'\nto = ['admin@example.org']\n",
            self.smtp.addr().ip(),
            self.smtp.addr().port()
        )
    }

    /// Writes a configuration file.
    pub(crate) fn config(&self, parts: &[String]) -> PathBuf {
        let path = self.directory.path().join("homepulse.toml");
        let head = "poll_interval_seconds = 1\ncommit_interval_seconds = 1\n";
        std::fs::write(&path, format!("{head}{}", parts.concat())).expect("a file");
        path
    }

    /// The state directory.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.directory.path().join("state")
    }
}

/// A target's lines in a configuration file.
pub(crate) fn target(name: &str, url: &str, id: &str, secret: &str, fingerprint: &str) -> String {
    format!(
        "[[targets]]\nname = '{name}'\naddress = '{url}'\ntoken_id = '{id}'\ntoken_secret = '{secret}'\n\
         fingerprint = '{fingerprint}'\n"
    )
}

/// A quick limit for guests' CPU, in the form of the configuration file's `rules`.
pub(crate) const QUICK_CPU: &str = "[rules.kinds.guest.metrics.cpu.warning]\nraise = 0.9\nclear = 0.8\n\
     dwell_seconds = 2\n";
