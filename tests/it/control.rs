//! Telling guests what to do, with the real binary: nothing until it is switched on, a typed name
//! for what can do harm, the host's own words, and jobs that a restart does not lose.
//!
//! The simulated host's clock stands still until a test moves it, so that a task is under way for
//! exactly as long as the test wants it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use simulator::{GuestKind, GuestSpec, PveOptions, PveServer, Role, World, WorldConfig};

use crate::appliance::Appliance;

struct House {
    pve: PveServer,
    directory: tempfile::TempDir,
    vm: u32,
}

impl House {
    async fn start() -> Self {
        let world = World::new(WorldConfig {
            nodes: 1,
            guests: 2,
            refresh: Duration::from_secs(1),
            start: Some(homepulse::telemetry::clock::now().millis()),
            ..WorldConfig::default()
        });
        let vm = world.add_guest(GuestSpec::new("web", GuestKind::Vm, "pve1"));
        Self {
            pve: PveServer::start(world, PveOptions::quick())
                .await
                .expect("a cluster"),
            directory: tempfile::tempdir().expect("a directory"),
            vm,
        }
    }

    fn appliance(&self) -> Appliance {
        let config = self.directory.path().join("homepulse.toml");
        let text = "poll_interval_seconds = 1\ncommit_interval_seconds = 1\n";
        std::fs::write(&config, text).expect("a file");
        Appliance::start(&config, &self.directory.path().join("state"))
    }

    /// Adds the cluster as a target and waits until its guest is seen; answers the target's id and
    /// the guest's.
    async fn add(&self, appliance: &Appliance, role: Role) -> (String, String) {
        let token = self.pve.token(role);
        let target = json!({
            "name": "lab", "kind": "pve", "address": self.pve.url(), "token_id": token.id,
            "token_secret": token.secret, "fingerprint": self.pve.fingerprint(),
        });
        let added = send(appliance, Method::POST, "/api/hp/targets", &target).await;
        assert_eq!(added.0, 201, "{}", added.1);
        let guest = appliance
            .wait_for("/api/hp/fleet", |fleet| {
                let mut guests = fleet["guests"].as_array()?.iter();
                let found = guests.find(|guest| guest["vmid"] == self.vm)?;
                Some(found["id"].as_str()?.to_owned())
            })
            .await;
        let target = added.1["id"].as_str().expect("an id").to_owned();
        (target, guest)
    }

    fn pass(&self) {
        self.pve.world().advance(Duration::from_secs(3600));
    }
}

async fn send(appliance: &Appliance, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let request = appliance.request(method, path).json(body);
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a body");
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

async fn switch_on(appliance: &Appliance, target: &str) {
    let path = format!("/api/hp/targets/{target}/control");
    let on = send(appliance, Method::PUT, &path, &json!({"enabled": true})).await;
    assert_eq!(on.0, 200, "{}", on.1);
}

async fn act(appliance: &Appliance, guest: &str, action: Value) -> (u16, Value) {
    let path = format!("/api/hp/guests/{guest}/actions");
    send(appliance, Method::POST, &path, &action).await
}

/// The job that an action became.
async fn begun(appliance: &Appliance, guest: &str, action: Value) -> String {
    let (status, job) = act(appliance, guest, action).await;
    assert_eq!(status, 202, "{job}");
    job["id"].as_str().expect("a job").to_owned()
}

async fn until(appliance: &Appliance, job: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/api/hp/jobs/{job}");
    appliance
        .wait_for(&path, |job| wanted(job).then(|| job.clone()))
        .await
}

fn is_over(job: &Value) -> bool {
    job["ended_at"].is_number()
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_are_told_what_to_do_once_their_owner_allows_it() {
    let house = House::start().await;
    let world = house.pve.world();
    let appliance = house.appliance();
    let (target, guest) = house.add(&appliance, Role::Full).await;

    let (status, off) = act(&appliance, &guest, json!({"action": "start"})).await;
    assert_eq!(status, 403, "{off}");
    assert_eq!(off["error"]["code"], "control_off");
    let how = off["error"]["message"].as_str().expect("a text");
    assert!(how.contains("set control to true"), "{how}");
    switch_on(&appliance, &target).await;

    for confirm in [Value::Null, json!("another")] {
        let action = json!({"action": "shutdown", "confirm": confirm});
        let (status, refused) = act(&appliance, &guest, action).await;
        assert_eq!(status, 400, "{refused}");
        assert_eq!(refused["error"]["code"], "confirmation_missing");
        assert_eq!(refused["error"]["field"], "confirm");
    }
    let job = begun(
        &appliance,
        &guest,
        json!({"action": "shutdown", "confirm": "web"}),
    )
    .await;
    let running = until(&appliance, &job, |job| job["state"] == "running").await;
    assert!(
        running["task"]
            .as_str()
            .is_some_and(|task| task.starts_with("UPID:"))
    );
    house.pass();
    let over = until(&appliance, &job, is_over).await;
    assert_eq!(over["state"], "ok", "{over}");
    let last = over["log"].as_array().and_then(|lines| lines.last());
    assert_eq!(last, Some(&json!("TASK OK")), "{over}");

    for (action, params) in [
        ("start", json!({})),
        ("snapshot", json!({"name": "before"})),
    ] {
        let action = json!({"action": action, "params": params});
        let job = begun(&appliance, &guest, action).await;
        house.pass();
        let over = until(&appliance, &job, is_over).await;
        assert_eq!(over["state"], "ok", "{over}");
    }
    let seen = world.guest(house.vm).expect("the guest");
    assert_eq!(seen.snapshots[0].name, "before");

    // The host's own words.
    world.set_lock(house.vm, Some("backup"));
    let stop = json!({"action": "stop", "confirm": house.vm.to_string()});
    let job = begun(&appliance, &guest, stop).await;
    house.pass();
    let failed = until(&appliance, &job, is_over).await;
    assert_eq!(failed["state"], "failed", "{failed}");
    let why = failed["message"].as_str().expect("a reason");
    assert!(why.contains("VM is locked (backup)"), "{why}");

    let (_, audit) = appliance.get("/api/hp/audit").await;
    let entries = audit["entries"].as_array().expect("entries");
    let trail: Vec<(&str, &str)> = entries
        .iter()
        .rev()
        .filter_map(|entry| Some((entry["action"].as_str()?, entry["outcome"].as_str()?)))
        .filter(|(action, _)| action.starts_with("guest."))
        .collect();
    let failed = ("guest.shutdown", "failed");
    let expected = [
        ("guest.start", "denied"),
        failed,
        failed,
        ("guest.shutdown", "asked"),
        ("guest.shutdown", "ok"),
        ("guest.start", "asked"),
        ("guest.start", "ok"),
        ("guest.snapshot", "asked"),
        ("guest.snapshot", "ok"),
        ("guest.stop", "asked"),
        ("guest.stop", "failed"),
    ];
    assert_eq!(trail, expected);

    // Commands cost the host requests like looks do, and are shown beside them.
    appliance
        .wait_for("/api/hp/diagnostics", |all| {
            let classes = all["targets"][0]["by_endpoint"].as_array()?;
            let total = |endpoint: &str| {
                let class = classes.iter().find(|class| class["endpoint"] == endpoint)?;
                class["total"].as_u64()
            };
            let shutdown = total("/nodes/{node}/qemu/{vmid}/status/shutdown")?;
            let log = total("/nodes/{node}/tasks/{upid}/log")?;
            (shutdown == 1 && log >= 4).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_the_right_is_told_which_one_and_nothing_is_sent() {
    let house = House::start().await;
    let appliance = house.appliance();
    let (target, guest) = house.add(&appliance, Role::Auditor).await;
    switch_on(&appliance, &target).await;
    house.pve.clear_request_log();
    let action = json!({"action": "shutdown", "confirm": "web"});
    let (status, refused) = act(&appliance, &guest, action).await;
    assert_eq!(status, 403, "{refused}");
    assert_eq!(refused["error"]["code"], "privilege_missing");
    let how = refused["error"]["message"].as_str().expect("a text");
    assert!(
        how.contains("VM.PowerMgmt") && how.contains("pveum"),
        "{how}"
    );
    let log = house.pve.request_log();
    assert!(log.iter().all(|request| request.method == "GET"), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_followed_to_its_end_through_a_power_cut() {
    let house = House::start().await;
    let first = house.appliance();
    let (target, guest) = house.add(&first, Role::Full).await;
    switch_on(&first, &target).await;
    let shutdown = json!({"action": "shutdown", "confirm": "web"});
    let job = begun(&first, &guest, shutdown.clone()).await;
    until(&first, &job, |job| job["state"] == "running").await;
    let (status, twice) = act(&first, &guest, shutdown).await;
    assert_eq!(status, 409, "it is under way: {twice}");
    first.kill();

    let second = house.appliance();
    let again = until(&second, &job, |job| job["state"] == "running").await;
    assert_eq!(again["action"], "shutdown");
    house.pass();
    let over = until(&second, &job, is_over).await;
    assert_eq!(over["state"], "ok", "{over}");
    assert_eq!(
        over["log"].as_array().and_then(|log| log.last()),
        Some(&json!("TASK OK"))
    );
    let log = house.pve.request_log();
    let sent = log.iter().filter(|request| request.method == "POST");
    assert_eq!(sent.count(), 1, "a command is sent once");
}
