//! Backups and the doctor, as an administrator uses them: by the API beside the running product,
//! by the command line while it stands still.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output};

use reqwest::Method;
use serde_json::{Value, json};
use simulator::Role;

use crate::appliance::{Appliance, Lab, TOKEN};

/// Runs the command line on the lab's installation.
fn run(lab: &Lab, config: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_homepulse"))
        .args(arguments)
        .args(["--config", config.to_str().expect("a path")])
        .args(["--data-dir", lab.data_dir().to_str().expect("a path")])
        .env("API_TOKEN", TOKEN)
        .output()
        .expect("the binary runs")
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

async fn keep(appliance: &Appliance, keep: u32) {
    let (_, mut plan) = appliance.get("api/hp/own-backups/plan").await;
    plan["keep"] = keep.into();
    let answer = appliance
        .request(Method::PUT, "api/hp/own-backups/plan")
        .json(&plan)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_backed_up_beside_the_running_product_comes_back() {
    let lab = Lab::start(1, 2).await;
    let config = lab.config(&[lab.target("home", Role::Auditor)]);
    let appliance = Appliance::start(&config, &lab.data_dir());
    keep(&appliance, 11).await;
    let answer = appliance
        .request(Method::POST, "api/hp/own-backups")
        .json(&json!({ "include_key": true }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 202);
    let name = appliance
        .wait_for("api/hp/own-backups", |list| {
            let job = &list["job"];
            assert_ne!(job["state"], "failed", "{job}");
            (job["state"] == "ok").then(|| job["name"].as_str().map(str::to_owned))?
        })
        .await;
    keep(&appliance, 22).await;

    // What is downloaded is what lies there.
    let path = format!("api/hp/own-backups/{name}/archive");
    let answer = appliance
        .request(Method::GET, &path)
        .send()
        .await
        .expect("an answer");
    let downloaded = lab.directory.path().join("downloaded.tar.gz");
    std::fs::write(&downloaded, answer.bytes().await.expect("a body")).expect("a file");
    let downloaded = downloaded.to_str().expect("a path");
    let (status, _) = appliance
        .get("api/hp/own-backups/..%2Fhomepulse.db/archive")
        .await;
    assert_eq!(status, 404);

    let verified = run(&lab, &config, &["backup", "verify", downloaded]);
    assert!(verified.status.success(), "{}", said(&verified));
    let refused = run(&lab, &config, &["backup", "restore", downloaded]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said(&refused).contains("stop it first"),
        "{}",
        said(&refused)
    );

    assert!(appliance.stop(), "it stops in order");
    let restored = run(&lab, &config, &["backup", "restore", downloaded, "--json"]);
    assert!(restored.status.success(), "{}", said(&restored));
    let told: Value = serde_json::from_slice(&restored.stdout).expect("JSON");
    assert_eq!(told["key"], "restored");

    let appliance = Appliance::start(&config, &lab.data_dir());
    let (_, plan) = appliance.get("api/hp/own-backups/plan").await;
    assert_eq!(plan["keep"], 11);
    appliance
        .wait_for("api/hp/fleet", |fleet| {
            let online = fleet["targets"][0]["state"] == "online";
            online.then_some(())
        })
        .await;
    let (_, list) = appliance.get("api/hp/own-backups").await;
    let reasons: Vec<&Value> = list["backups"]
        .as_array()
        .expect("backups")
        .iter()
        .map(|backup| &backup["reason"])
        .collect();
    assert_eq!(reasons, ["before-restore", "manual"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_tells_scripts_by_its_exit_code_and_gives_no_secret_away() {
    let lab = Lab::start(1, 2).await;
    let config = lab.config(&[lab.target("home", Role::Auditor), lab.mail()]);
    let appliance = Appliance::start(&config, &lab.data_dir());
    appliance
        .wait_for("api/hp/fleet", |fleet| {
            (fleet["targets"][0]["state"] == "online").then_some(())
        })
        .await;

    let asked = run(
        &lab,
        &config,
        &["doctor", "--json", "--url", &appliance.url],
    );
    let report: Value = serde_json::from_slice(&asked.stdout).expect("JSON");
    let of = |id: &str| -> &Value {
        let checks = report["checks"].as_array().expect("checks");
        checks
            .iter()
            .find(|check| check["id"] == id)
            .unwrap_or_else(|| panic!("{id} is missing in {report:#}"))
    };
    assert_eq!(of("database")["verdict"], "ok");
    assert_eq!(of("target")["verdict"], "ok");
    assert_eq!(of("port")["verdict"], "ok");
    // Nobody has confirmed that mail arrives.
    assert_eq!(of("channel")["verdict"], "warning");
    let expected = if report["verdict"] == "problem" { 1 } else { 3 };
    assert_eq!(asked.status.code(), Some(expected), "{report:#}");

    let (status, bundle) = appliance.get("api/hp/support-bundle").await;
    assert_eq!(status, 200);
    let answer = appliance
        .request(Method::GET, "api/hp/support-bundle/archive")
        .send()
        .await
        .expect("an answer");
    let packed = answer.bytes().await.expect("a body");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_string(&mut text)
        .expect("a tar of texts");
    let secret = lab.pve.token(Role::Auditor).secret.clone();
    for text in [bundle.to_string(), text] {
        assert!(text.contains("home"), "{text}");
        assert!(!text.contains(TOKEN) && !text.contains(&secret), "{text}");
        assert!(!text.contains("admin@"), "{text}");
    }

    assert!(appliance.stop(), "it stops in order");
    let outside = run(
        &lab,
        &config,
        &["doctor", "--json", "--listen", "127.0.0.1:0"],
    );
    let report: Value = serde_json::from_slice(&outside.stdout).expect("JSON");
    let checks = report["checks"].as_array().expect("checks");
    let port = checks.iter().find(|check| check["id"] == "port");
    assert_eq!(port.expect("a port")["verdict"], "note", "{report:#}");

    // Damage is found, and scripts hear of it.
    let database = lab.data_dir().join("homepulse.db");
    let mut bytes = std::fs::read(&database).expect("bytes");
    let end = bytes.len();
    bytes[4096..end].fill(0x5a);
    std::fs::write(&database, bytes).expect("damage");
    let ill = run(&lab, &config, &["doctor", "--listen", "127.0.0.1:0"]);
    assert_eq!(ill.status.code(), Some(1), "{}", said(&ill));
    assert!(
        said(&ill).contains("homepulse backup restore latest"),
        "{}",
        said(&ill)
    );
}
