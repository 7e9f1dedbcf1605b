//! What is read more rarely than every look: nodes, guests and backups in full.

use super::*;
use crate::model::backup::{
    Backup, BackupGroup, BackupJob, BackupKind, BackupPlace, Backups, Selection, Verification,
};
use crate::model::facts::{Facts, HaService, HighAvailability};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::known::{Gap, Known};
use crate::model::observation::{Coverage, Outcome};
use crate::model::resource::{
    Certificate, Datastore, DatastoreStatus, Disk, DiskHealth, DiskKind, FileSystem, GuestFacts,
    Namespace, NodeFacts, Snapshot, Usage,
};
use crate::model::shared::Shared;
use crate::model::task::{Task, TaskOutcome};

const AUDIT: &str = "Sys.Audit on /";

fn disk() -> Disk {
    Disk {
        id: ResourceId::other(ResourceKind::Disk, &lab::target(), "S1@pve1"),
        node: "pve1".into(),
        device: "/dev/sda".into(),
        kind: DiskKind::Ssd,
        model: Some("Evo".into()),
        serial: Some("S1".into()),
        size: Some(1 << 40),
        health: DiskHealth::Passed,
        health_word: Some("PASSED".into()),
        wear: Some(0.12),
        used_for: Some("ZFS".into()),
        rpm: None,
    }
}

fn datastore(used: u64) -> Datastore {
    Datastore {
        id: ResourceId::other(ResourceKind::Datastore, &lab::target(), "main"),
        name: "main".into(),
        status: DatastoreStatus::Available,
        problem: None,
        maintenance: None,
        comment: None,
        usage: Usage {
            used: Some(used),
            total: Some(1 << 40),
        },
        full_at: None,
        dedup: Some(12.5),
        garbage: None,
        namespaces: Known::Is(Shared::new(vec![Namespace::default()])),
        backend: None,
        mount: None,
    }
}

fn backup(vmid: u32) -> Backup {
    Backup {
        name: format!("vm/{vmid}/1"),
        kind: BackupKind::Vm,
        subject: vmid.to_string(),
        vmid: Some(vmid),
        at: clock::now() - Duration::from_secs(60),
        size: Some(77),
        format: None,
        verification: Some(Verification::Ok),
        protected: true,
        encrypted: Some(false),
        notes: None,
        owner: None,
    }
}

fn task(id: &str, began: i64, outcome: TaskOutcome) -> Task {
    Task {
        id: id.into(),
        node: Some("pve1".into()),
        kind: "vzdump".into(),
        subject: Some("100".into()),
        user: None,
        began_at: Timestamp(began),
        ended_at: Some(Timestamp(began + 1000)),
        outcome,
    }
}

fn facts() -> Facts {
    Facts {
        backups: Shared::new(Backups {
            places: vec![BackupPlace {
                resource: datastore(0).id,
                name: "main".into(),
                node: None,
                namespace: Some(String::new()),
                read_at: Some(NOON),
                backups: Known::Is(Shared::new(vec![backup(100), backup(999)])),
            }],
        }),
        groups: Known::Is(Shared::new(vec![BackupGroup {
            datastore: datastore(0).id,
            namespace: String::new(),
            kind: BackupKind::Vm,
            subject: "100".into(),
            latest: Some(NOON),
            count: Some(3),
            owner: None,
            comment: None,
        }])),
        backup_jobs: Known::Is(Shared::new(vec![BackupJob {
            id: "backup-1".into(),
            enabled: true,
            schedule: Some("21:00".into()),
            next_run: None,
            storage: Some("main".into()),
            node: None,
            selection: Selection::Guests(vec![100]),
            mode: Some("snapshot".into()),
            keep: Vec::new(),
            comment: None,
        }])),
        uncovered: Known::Is(Shared::new(vec![101])),
        tasks: Known::Is(Shared::new(vec![
            task("UPID:2", 2_000, TaskOutcome::Failed("job errors".into())),
            task("UPID:1", 1_000, TaskOutcome::Ok),
        ])),
        ha: Known::Is(Shared::new(HighAvailability {
            quorum: Some("OK".into()),
            services: vec![HaService {
                id: "vm:100".into(),
                node: Some("pve1".into()),
                state: Some("started".into()),
                wanted: None,
            }],
            ..HighAvailability::default()
        })),
        ceph: Known::Not(Gap::Absent),
        replication: Known::Not(Gap::NotPermitted {
            privilege: AUDIT.into(),
        }),
        ..Facts::default()
    }
}

/// The lab with everything that the rotation reads.
fn known(used: u64) -> Fleet {
    let mut node = lab::node();
    node.facts = Shared::new(NodeFacts {
        arc: Some(1 << 30),
        disks: Known::Is(1),
        certificates: Known::Is(vec![Certificate {
            file: "pve-ssl.pem".into(),
            subject: None,
            issuer: None,
            fingerprint: None,
            expires_at: Some(NOON),
        }]),
        updates: Known::Not(Gap::NotPermitted {
            privilege: "Sys.Modify on /nodes".into(),
        }),
        ..NodeFacts::default()
    });
    let mut machine = guest(100);
    machine.facts = Shared::new(GuestFacts {
        filesystems: Known::Is(vec![FileSystem {
            mount: "/".into(),
            kind: Some("ext4".into()),
            device: None,
            usage: Usage {
                used: Some(1),
                total: Some(2),
            },
        }]),
        snapshots: Known::Is(vec![Snapshot {
            name: "before".into(),
            at: Some(NOON),
            parent: None,
            with_memory: false,
            description: None,
            size: None,
        }]),
        ..GuestFacts::default()
    });
    let resources = vec![
        Resource::Node(node),
        Resource::Guest(machine),
        Resource::Guest(guest(101)),
        Resource::Disk(disk()),
        Resource::Datastore(datastore(used)),
    ];
    let observation = Observation {
        target: lab::target(),
        at: NOON,
        took: Duration::ZERO,
        outcome: Outcome::Seen {
            summary: Box::new(lab::summary()),
            coverage: Coverage::Complete,
            resources,
            samples: Vec::new(),
            facts: Box::new(facts()),
            past: Vec::new(),
        },
    };
    fleet().merge(observation, NOON).0
}

async fn house() -> House {
    let house = House::open().await;
    house.show(known(1 << 30), &[]);
    house
}

#[actix_web::test]
async fn a_node_shows_what_is_known_and_why_the_rest_is_not() {
    let house = house().await;
    let answered = house.ask(get("/api/hp/nodes/node:tgt_home:pve1")).await;
    let body = &answered.body;
    assert_eq!(answered.status, 200);
    assert_eq!(body["node"]["name"], "pve1");
    assert_eq!(body["memory_without_arc"], 7_u64 << 30);
    assert_eq!(body["disks"]["value"][0]["serial"], "S1");
    assert_eq!(
        body["certificates"]["value"][0]["expires_at"],
        NOON.millis()
    );
    assert_eq!(body["updates"]["known"], false);
    assert_eq!(body["updates"]["reason"], "not_permitted");
    let message = body["updates"]["message"].as_str().unwrap();
    assert!(message.contains("Sys.Modify on /nodes"), "{message}");
    assert_eq!(body["services"]["reason"], "not_asked_yet");
    for path in ["/api/hp/nodes/pve9", "/api/hp/nodes/guest:tgt_home:100"] {
        let answered = house.ask(get(path)).await;
        assert_eq!(answered.status, 404, "{path}");
        assert_eq!(answered.body["error"]["code"], "resource_not_found");
    }
}

#[actix_web::test]
async fn a_guest_shows_its_file_systems_snapshots_and_agent() {
    let house = house().await;
    let body = house.ask(get("/api/hp/guests/100")).await.body;
    assert_eq!(body["guest"]["id"], "guest:tgt_home:100");
    assert_eq!(body["filesystems"]["value"][0]["usage"]["used"], 1);
    assert_eq!(body["snapshots"]["value"][0]["taken_at"], NOON.millis());
    assert_eq!(body["snapshots"]["value"][0]["size"], Value::Null);
    let other = house.ask(get("/api/hp/guests/101")).await.body;
    assert_eq!(other["agent"]["state"], "unknown");
    assert_eq!(other["agent"]["reason"], "not asked yet");
    assert_eq!(other["filesystems"]["known"], false);
}

#[actix_web::test]
async fn backups_are_told_by_guest_and_day_and_orphans_apart() {
    let house = house().await;
    let body = house.ask(get("/api/hp/backups?days=3")).await.body;
    assert_eq!(body["days"].as_array().unwrap().len(), 3);
    assert_eq!(body["total"], 2);
    let [first, second] = &body["guests"].as_array().unwrap()[..] else {
        panic!("two guests: {body}");
    };
    assert_eq!(first["jobs"], serde_json::json!(["backup-1"]));
    assert_eq!(
        (&first["covered"], &second["covered"]),
        (&true.into(), &false.into())
    );
    let ok = first["days"].as_array().unwrap().iter();
    assert_eq!(ok.filter(|day| day["state"] == "ok").count(), 1);
    assert_eq!(body["orphans"][0]["subject"], "999");
    assert_eq!(body["orphans"][0]["reason"], "no_such_guest");
    assert_eq!(body["targets"][0]["tape"]["reason"], "not_asked_yet");
    let found = house
        .ask(get("/api/hp/backups?search=101&limit=5"))
        .await
        .body;
    assert_eq!(found["total"], 1);
    let copies = house.ask(get("/api/hp/guests/100/backups")).await.body;
    assert_eq!(copies["total"], 1);
    assert_eq!(copies["backups"][0]["protected"], true);
    assert_eq!(copies["backups"][0]["locations"][0]["place"], "main");
    let groups = house
        .ask(get("/api/hp/backups/groups?namespace="))
        .await
        .body;
    assert_eq!(
        (&groups["total"], &groups["groups"][0]["count"]),
        (&1.into(), &3.into())
    );
    let wrong = house.ask(get("/api/hp/backups?days=many")).await;
    assert_eq!(wrong.status, 400);
}

#[actix_web::test]
async fn tasks_are_filtered_and_paged() {
    let house = house().await;
    let all = house.ask(get("/api/hp/tasks")).await.body;
    assert_eq!(
        (&all["total"], &all["tasks"][0]["id"]),
        (&2.into(), &"UPID:2".into())
    );
    let failed = house.ask(get("/api/hp/tasks?state=failed")).await.body;
    assert_eq!(failed["total"], 1);
    assert_eq!(failed["tasks"][0]["error"], "job errors");
    let second = house.ask(get("/api/hp/tasks?offset=1&limit=1")).await.body;
    assert_eq!(
        (&second["total"], &second["tasks"][0]["id"]),
        (&2.into(), &"UPID:1".into())
    );
    let none = house.ask(get("/api/hp/tasks?node=pve2")).await.body;
    assert_eq!(none["total"], 0);
}

#[actix_web::test]
async fn what_a_cluster_does_not_tell_has_a_reason() {
    let house = house().await;
    let ha = house.ask(get("/api/hp/ha")).await.body;
    assert_eq!(ha["targets"][0]["value"]["services"][0]["id"], "vm:100");
    let ceph = house.ask(get("/api/hp/ceph")).await.body;
    assert_eq!(ceph["targets"][0]["reason"], "absent");
    let replication = house.ask(get("/api/hp/replication")).await.body;
    assert_eq!(replication["targets"][0]["reason"], "not_permitted");
    assert_eq!(replication["targets"][0]["value"], Value::Null);
}

#[actix_web::test]
async fn datastores_and_disks_are_in_the_full_frame() {
    let house = house().await;
    let frame = house.ask(get("/api/hp/fleet")).await.body;
    assert_eq!(frame["datastores"][0]["dedup"], 12.5);
    assert_eq!(frame["datastores"][0]["namespaces"]["value"][0]["path"], "");
    assert_eq!(frame["disks"][0]["health"], "passed");
    let handle = frame["datastores"][0]["handle"].as_u64().unwrap();
    assert!(handle > 0);
}

#[actix_web::test]
async fn diagnostics_tell_requests_by_endpoint() {
    let house = House::open().await;
    let mut summary = lab::summary();
    summary.requests.limit = 60;
    summary.requests.by_endpoint = vec![crate::model::target::EndpointRequests {
        endpoint: "/cluster/resources".into(),
        last_minute: 6,
        total: 600,
    }];
    let configured = Observation {
        target: lab::target(),
        at: NOON,
        took: Duration::ZERO,
        outcome: Outcome::Configured {
            summary: Box::new(summary),
        },
    };
    house.show(Fleet::default().merge(configured, NOON).0, &[]);
    let body = house.ask(get("/api/hp/diagnostics")).await.body;
    assert_eq!(body["targets"][0]["requests_limit"], 60);
    assert_eq!(body["targets"][0]["by_endpoint"][0]["last_minute"], 6);
}
