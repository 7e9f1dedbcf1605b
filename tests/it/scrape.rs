//! What Prometheus' own parser makes of our metrics.

use std::io::Write as _;
use std::process::{Command, Stdio};

use simulator::Role;

use crate::appliance::{Appliance, Lab, QUICK_CPU};

/// The parser's exit status where it cannot be installed.
const SKIPPED: i32 = 77;

/// The names that the parser found; `None` where there is no parser.
fn parsed(text: &str, kind: &str) -> Option<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scrape/read.py");
    let place = concat!(env!("CARGO_TARGET_TMPDIR"), "/prometheus");
    let mut child = Command::new("python3")
        .args([script, kind, place])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take().expect("a pipe");
    // A parser that is not there does not read.
    let _ = input.write_all(text.as_bytes());
    drop(input);
    let done = child.wait_with_output().expect("it ends");
    if done.status.code() == Some(SKIPPED) {
        eprintln!("skipped: {}", String::from_utf8_lossy(&done.stderr));
        return None;
    }
    assert!(
        done.status.success(),
        "{}\n{text}",
        String::from_utf8_lossy(&done.stderr)
    );
    Some(String::from_utf8(done.stdout).expect("text"))
}

#[tokio::test]
async fn prometheus_reads_all_of_it_in_both_formats() {
    let lab = Lab::start(3, 30).await;
    let config = lab.config(&[QUICK_CPU.into(), lab.target("lab", Role::Auditor)]);
    let appliance = Appliance::start(&config, &lab.data_dir());
    let text = appliance
        .wait_for("/metrics", |text| {
            let text = text.as_str()?;
            text.contains("pve_guest_info").then(|| text.to_owned())
        })
        .await;
    for name in [
        "pve_up",
        "pve_node_info",
        "pve_guest_info",
        "pve_storage_info",
        "pve_cpu_usage_ratio",
        "pve_cpu_usage_limit",
        "pve_memory_usage_bytes",
        "pve_memory_size_bytes",
        "pve_disk_usage_bytes",
        "pve_disk_size_bytes",
        "pve_uptime_seconds",
        "homepulse_history_samples_total",
        "process_cpu_seconds_total",
    ] {
        assert!(text.contains(&format!("\n{name}")), "{name} in\n{text}");
    }
    let Some(names) = parsed(&text, "openmetrics") else {
        return;
    };
    assert!(names.contains("\npve_guest_info\n"), "{names}");
    assert!(names.contains("\nprocess_cpu_seconds_total\n"), "{names}");
    let old = appliance
        .request(reqwest::Method::GET, "/metrics")
        .header("accept", "text/plain")
        .send()
        .await
        .expect("an answer");
    let old = old.text().await.expect("a body");
    let names = parsed(&old, "text").expect("the parser was there");
    assert!(names.contains("\npve_guest_info\n"), "{names}");
}
