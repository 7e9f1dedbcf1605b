//! Mail through a server that is not ours: aiosmtpd from PyPI. Where it cannot be installed the
//! test is skipped and says so past the test runner's capture.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use serde_json::Value;
use simulator::{GuestStatus, Metric, Role};

use crate::appliance::{Appliance, Lab, PATIENCE, QUICK_CPU};

/// The server, until the test is over.
struct Real {
    child: Child,
    lines: mpsc::Receiver<String>,
    port: u16,
}

impl Drop for Real {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn skip(why: &str) -> Option<Real> {
    let mut stderr = std::io::stderr();
    let _ = writeln!(
        stderr,
        "\nSKIPPED: {why}; `python3 -m pip install aiosmtpd` lets this test run"
    );
    None
}

/// Installs the server beside the test's own files, once, and starts it.
fn start() -> Option<Real> {
    let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aiosmtpd");
    let installed = packages.join("aiosmtpd").exists()
        || Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--target"])
            .arg(&packages)
            .arg("aiosmtpd")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
    if !installed {
        return skip("no aiosmtpd here, and no way to install it");
    }
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/smtp_server.py");
    let mut child = Command::new("python3")
        .arg(script)
        .arg(port.to_string())
        .env("PYTHONPATH", &packages)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("python starts");
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let real = Real { child, lines, port };
    match real.lines.recv_timeout(PATIENCE) {
        Ok(line) if line == "ready" => Some(real),
        other => skip(&format!("aiosmtpd does not start: {other:?}")),
    }
}

impl Real {
    fn mail(&self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("a mail");
        serde_json::from_str(&line).expect("JSON")
    }
}

fn header<'a>(mail: &'a Value, name: &str) -> &'a str {
    let text = mail["text"].as_str().expect("a text");
    let mut lines = text.lines();
    let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    found.unwrap_or_else(|| panic!("no {name} in {text}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_a_real_server_defers_arrives_under_the_same_id() {
    let Some(real) = start() else {
        return;
    };
    let lab = Lab::start(2, 6).await;
    let channel = format!(
        "[[channels]]\nname = 'mail'\nkind = 'email'\n[channels.config]\nhost = '127.0.0.1'\n\
         port = {}\nsecurity = 'none'\nfrom = 'homepulse@example.org'\nto = ['admin@example.org']\n",
        real.port
    );
    let config = lab.config(&[QUICK_CPU.into(), lab.target("lab", Role::Auditor), channel]);
    let appliance = Appliance::start(&config, &lab.data_dir());
    let guests = lab.pve.world().guests();
    let busy = guests
        .iter()
        .find(|guest| guest.status == GuestStatus::Running && !guest.template)
        .expect("a running guest");
    lab.pve
        .world()
        .set_guest_metric(busy.vmid, Metric::Cpu, Some(0.99));
    let (deferred, taken) = tokio::task::block_in_place(|| (real.mail(), real.mail()));
    assert_eq!(
        (&deferred["taken"], &taken["taken"]),
        (&false.into(), &true.into())
    );
    assert_eq!(
        header(&deferred, "Message-ID"),
        header(&taken, "Message-ID")
    );
    assert_eq!(taken["to"], serde_json::json!(["admin@example.org"]));
    let id = appliance
        .wait_for("/api/hp/deliveries?state=sent", |answer| {
            Some(answer["deliveries"][0]["id"].as_str()?.to_owned())
        })
        .await;
    let (_, details) = appliance.get(&format!("/api/hp/deliveries/{id}")).await;
    let attempts = details["attempts"].as_array().expect("a list");
    let outcomes: Vec<_> = attempts
        .iter()
        .map(|attempt| (attempt["outcome"].as_str(), attempt["status"].as_u64()))
        .collect();
    assert_eq!(
        outcomes,
        [(Some("failed"), Some(451)), (Some("sent"), Some(250))]
    );
}
