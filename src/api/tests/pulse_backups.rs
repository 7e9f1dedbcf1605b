//! Storages, backups and snapshots of Pulse: what is known, and what is said not to be.

use serde_json::json;

use crate::model::backup::{Backup, BackupKind, BackupPlace, Backups, Verification};
use crate::model::facts::Facts;
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::job::{Job, JobKind, LastRun};
use crate::model::known::{Gap, Known};
use crate::model::observation::{Coverage, Outcome};
use crate::model::resource::{Datastore, DatastoreStatus, GuestFacts, Namespace, Snapshot, Usage};
use crate::model::target::TargetSummary;
use crate::model::task::{Task, TaskOutcome};

use super::*;

fn backup(name: &str, vmid: u32, at: Timestamp) -> Backup {
    Backup {
        name: name.into(),
        kind: BackupKind::Vm,
        subject: vmid.to_string(),
        vmid: Some(vmid),
        at,
        size: Some(1_000),
        format: Some("vma.zst".into()),
        verification: None,
        protected: true,
        encrypted: None,
        notes: Some("weekly".into()),
        owner: None,
    }
}

fn place(storage: &str, backups: Known<Vec<Backup>>) -> BackupPlace {
    BackupPlace {
        resource: ResourceId::storage(&lab::target(), storage, None),
        name: storage.into(),
        node: Some("pve1".into()),
        namespace: None,
        read_at: Some(NOON),
        backups: backups.map(crate::model::shared::Shared::new),
    }
}

/// The lab with two backups of guest 100, one unreadable storage, a failed job and a snapshot.
fn with_backups() -> Fleet {
    let day = Duration::from_secs(86_400);
    let known = vec![
        backup("nas:backup/vzdump-qemu-100-2.vma.zst", 100, NOON - day),
        backup("nas:backup/vzdump-qemu-100-1.vma.zst", 100, NOON - day * 2),
    ];
    let gap = Gap::NotPermitted {
        privilege: "Datastore.AllocateSpace".into(),
    };
    let facts = Facts {
        backups: crate::model::shared::Shared::new(Backups {
            places: vec![
                place("nas", Known::Is(known)),
                place("local", Known::Not(gap)),
            ],
        }),
        tasks: Known::Is(crate::model::shared::Shared::new(vec![
            task("vzdump", TaskOutcome::Failed("no space left".into())),
            task("qmstart", TaskOutcome::Ok),
        ])),
        ..Facts::default()
    };
    let mut all = resources();
    if let Resource::Guest(guest) = &mut all[1] {
        guest.facts = crate::model::shared::Shared::new(GuestFacts {
            snapshots: Known::Is(vec![Snapshot {
                name: "before-upgrade".into(),
                at: Some(NOON - day),
                parent: None,
                with_memory: true,
                description: None,
                size: None,
            }]),
            ..GuestFacts::default()
        });
    }
    let observation = Observation {
        target: lab::target(),
        at: NOON,
        took: Duration::from_millis(40),
        outcome: Outcome::Seen {
            summary: Box::new(lab::summary()),
            coverage: Coverage::Complete,
            resources: all,
            samples: Vec::new(),
            facts: Box::new(facts),
            past: Vec::new(),
        },
    };
    fleet().merge(observation, NOON).0
}

fn task(kind: &str, outcome: TaskOutcome) -> Task {
    Task {
        id: format!("UPID:pve1:{kind}"),
        node: Some("pve1".into()),
        kind: kind.into(),
        subject: Some("100".into()),
        user: Some("root@pam".into()),
        began_at: NOON - Duration::from_secs(600),
        ended_at: Some(NOON - Duration::from_secs(60)),
        outcome,
    }
}

/// A backup server with one datastore, one backup and one job.
fn with_server(before: &Fleet) -> Fleet {
    let id: TargetId = "tgt_vault".parse().unwrap();
    let summary = TargetSummary::configured(
        id.clone(),
        "vault".into(),
        "pbs",
        "https://vault.lan:8007".into(),
        true,
    );
    let store = ResourceId::other(ResourceKind::Datastore, &id, "main");
    let datastore = Resource::Datastore(Datastore {
        id: store.clone(),
        name: "main".into(),
        status: DatastoreStatus::Available,
        problem: None,
        maintenance: None,
        comment: None,
        usage: Usage {
            used: Some(25),
            total: Some(100),
        },
        full_at: None,
        dedup: Some(12.5),
        garbage: None,
        namespaces: Known::Is(crate::model::shared::Shared::new(vec![
            Namespace::default(),
            Namespace {
                path: "lab/weekly".into(),
                ..Namespace::default()
            },
        ])),
        backend: None,
        mount: None,
    });
    let held = Backup {
        name: "vm/100/1794990000".into(),
        verification: Some(Verification::Ok),
        ..backup("", 100, Timestamp::from_seconds(1_794_990_000))
    };
    let facts = Facts {
        backups: crate::model::shared::Shared::new(Backups {
            places: vec![BackupPlace {
                resource: store.clone(),
                name: "main".into(),
                node: None,
                namespace: Some(String::new()),
                read_at: Some(NOON),
                backups: Known::Is(crate::model::shared::Shared::new(vec![held])),
            }],
        }),
        jobs: Known::Is(crate::model::shared::Shared::new(vec![Job {
            id: "v-1".into(),
            kind: JobKind::Verify,
            datastore: Some(store),
            store: "main".into(),
            namespace: None,
            remote: None,
            schedule: Some("daily".into()),
            disabled: false,
            next_run: None,
            last_run: Some(LastRun {
                ended_at: Some(NOON),
                outcome: TaskOutcome::Warnings(2),
                task: None,
            }),
            comment: None,
        }])),
        ..Facts::default()
    };
    let configured = Observation {
        target: id.clone(),
        at: NOON,
        took: Duration::ZERO,
        outcome: Outcome::Configured {
            summary: Box::new(summary.clone()),
        },
    };
    let seen = Observation {
        target: id,
        at: NOON,
        took: Duration::ZERO,
        outcome: Outcome::Seen {
            summary: Box::new(summary),
            coverage: Coverage::Complete,
            resources: vec![datastore],
            samples: Vec::new(),
            facts: Box::new(facts),
            past: Vec::new(),
        },
    };
    let before = before.merge(configured, NOON).0;
    before.merge(seen, NOON).0
}

#[actix_web::test]
async fn backups_tell_what_is_known_and_name_what_is_not() {
    let house = House::open().await;
    house.show(with_server(&with_backups()), &[]);
    let all = house.ask(get("/api/backups")).await.body;
    insta::assert_json_snapshot!(all);
    let unified = house.ask(get("/api/backups/unified")).await.body;
    assert_eq!(all, unified);
    let pve = house.ask(get("/api/backups/pve")).await.body;
    assert_eq!(pve["backups"], all["storageBackups"]);
    assert_eq!(pve["complete"], false);
    let servers = house.ask(get("/api/backups/pbs")).await.body;
    insta::assert_json_snapshot!(servers);
    let snapshots = house.ask(get("/api/snapshots")).await.body;
    assert_eq!(snapshots["snapshots"], all["guestSnapshots"]);
    assert_eq!(snapshots["gaps"][0]["what"], "snapshots of 101");
}

#[actix_web::test]
async fn the_state_holds_backups_too() {
    let house = House::open().await;
    house.show(with_server(&with_backups()), &[]);
    let state = house.ask(get("/api/state")).await.body;
    let yesterday = NOON - Duration::from_secs(86_400);
    assert_eq!(state["vms"][0]["lastBackup"], yesterday.rfc3339());
    assert_eq!(state["containers"][0]["lastBackup"], Value::Null);
    assert_eq!(state["pbs"][0]["id"], "pbs-vault");
    assert_eq!(state["pbsBackups"].as_array().map(Vec::len), Some(1));
    let kept = &state["pveBackups"]["storageBackups"];
    assert_eq!(kept.as_array().map(Vec::len), Some(2));
    assert_eq!(state["connectionHealth"]["pbs-vault"], true);
}

#[actix_web::test]
async fn nothing_asked_yet_is_not_the_same_as_no_backups() {
    let house = House::open().await;
    let empty = house.ask(get("/api/backups")).await.body;
    assert_eq!(empty["complete"], true, "no instance, nothing to know");
    house.show(fleet(), &[]);
    let early = house.ask(get("/api/backups")).await.body;
    assert_eq!(early["complete"], false);
    assert_eq!(early["storageBackups"], json!([]));
}

#[actix_web::test]
async fn storage_is_found_by_its_own_id_or_by_its_nodes() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let all = house.ask(get("/api/storage/")).await.body;
    assert_eq!(all[0]["id"], "home-shared-nas");
    for id in ["home-shared-nas", "storage:tgt_home:nas"] {
        let one = house.ask(get(&format!("/api/storage/{id}"))).await.body;
        assert_eq!(one["data"], all[0], "{id}");
        assert!(one["timestamp"].is_i64());
    }
    for id in ["home-pve1", "pve1"] {
        let of_node = house.ask(get(&format!("/api/storage/{id}"))).await.body;
        assert_eq!(of_node["data"], all, "{id}");
    }
    let none = house.ask(get("/api/storage/none")).await;
    assert_eq!(none.status, 404);
    assert_eq!(none.body["error"], "there is no storage or node none");
}

#[actix_web::test]
async fn storage_charts_reach_as_far_back_as_asked() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let chart = house.ask(get("/api/storage-charts")).await.body;
    let nas = &chart["home-shared-nas"];
    assert_eq!(nas["usage"][0]["value"], 25.0, "now, as nothing was kept");
    assert_eq!(nas["avail"][0]["value"], 3_221_225_472.0);
    assert!(nas["used"][0]["timestamp"].as_str().unwrap().ends_with('Z'));
    let wrong = house.ask(get("/api/storage-charts?range=soon")).await;
    assert_eq!(wrong.status, 400);
}

#[actix_web::test]
async fn seven_days_of_charts_are_seven_days() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let six_days = clock::now() - Duration::from_secs(6 * 86_400);
    let step = Duration::from_secs(300);
    let points: Vec<(Timestamp, f64)> = (0..100).map(|n| (six_days + step * n, 0.5)).collect();
    let (history, id) = (&house.shared.parts.history, guest(100).id);
    house.record("cpu", &[(clock::now(), 0.5)]);
    let key = MetricKey::known("cpu");
    let laid = history.import(&id, &key, step, &points).await.unwrap();
    assert!(laid > 0);
    let oldest = |body: &Value| body["data"]["home-pve1-100"]["cpu"][0]["timestamp"].as_i64();
    let week = house.ask(get("/api/charts?range=7d")).await.body;
    let begun = oldest(&week).unwrap();
    assert!(begun < (six_days + Duration::from_secs(6 * 3_600)).millis());
    let day = house.ask(get("/api/charts?range=24h")).await.body;
    assert!(oldest(&day).unwrap() > six_days.millis());
}
