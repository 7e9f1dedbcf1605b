use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use simulator::{Fault, PbsOptions, PbsRole, PbsServer, World, WorldConfig};

use super::KIND;
use crate::model::backup::Verification;
use crate::model::id::TargetId;
use crate::model::job::JobKind;
use crate::model::known::Gap;
use crate::model::resource::{Datastore, DatastoreStatus, Resource};
use crate::model::target::{Failure, FailureKind};
use crate::model::time::Timestamp;
use crate::sources::{Look, Source, TargetConfig};

/// A backup server whose clock moves only when told to: noon, after three nights of backups.
async fn server() -> PbsServer {
    let world = World::new(WorldConfig {
        nodes: 2,
        guests: 12,
        start: Some(1_795_348_800_000),
        ..WorldConfig::default()
    });
    PbsServer::start(world, PbsOptions::quick())
        .await
        .expect("the simulator starts")
}

fn source_with(server: &PbsServer, role: PbsRole, extra: serde_json::Value) -> Box<dyn Source> {
    let token = server.token(role);
    let mut config = json!({ "address": server.url(), "token_id": token.id });
    for (key, value) in extra.as_object().expect("an object") {
        config[key] = value.clone();
    }
    (KIND.open)(TargetConfig {
        id: TargetId::random(),
        name: "vault".into(),
        config,
        secret: Some(SecretString::from(token.secret.clone())),
        past_until: None,
    })
    .expect("the settings are right")
}

fn source(server: &PbsServer, role: PbsRole) -> Box<dyn Source> {
    source_with(server, role, json!({ "fingerprint": server.fingerprint() }))
}

/// A look, and the rotation after it, ten simulated seconds after the one before.
async fn look(server: &PbsServer, source: &mut Box<dyn Source>) -> Result<Look, Failure> {
    server.world().advance(Duration::from_secs(10));
    let now = Timestamp(server.world().now());
    let looked = source.poll(now).await?;
    source.rotate(now).await;
    Ok(looked)
}

/// The last of several looks.
async fn looks(server: &PbsServer, source: &mut Box<dyn Source>, count: usize) -> Look {
    let mut last = look(server, source).await.expect("it answers");
    for _ in 1..count {
        last = look(server, source).await.expect("it answers");
    }
    last
}

fn datastore<'a>(look: &'a Look, name: &str) -> &'a Datastore {
    let datastore = |resource: &'a Resource| match resource {
        Resource::Datastore(datastore) if datastore.name == name => Some(datastore),
        _ => None,
    };
    let found = look.resources.iter().find_map(datastore);
    found.expect("the datastore is there")
}

fn listings(server: &PbsServer) -> usize {
    let counts = server.request_counts();
    let path = "/admin/datastore/main/snapshots";
    counts.get(path).copied().unwrap_or(0)
}

#[tokio::test]
async fn a_healthy_server_is_seen_whole_by_an_auditor() {
    let server = server().await;
    let mut source = source(&server, PbsRole::FullAuditor);
    let seen = looks(&server, &mut source, 14).await;
    assert_eq!(seen.summary.version.as_deref(), Some("3.2.4"));
    assert_eq!(seen.summary.missing, []);

    let main = datastore(&seen, "main");
    assert_eq!(main.status, DatastoreStatus::Available);
    assert!(main.usage.ratio().is_some_and(|share| share > 0.5));
    assert!(main.dedup.is_some_and(|factor| factor > 8.0));
    let namespaces = main.namespaces.value().expect("they were read");
    assert_eq!(namespaces[1].path, "offsite");
    let off = datastore(&seen, "off");
    assert_eq!(off.status, DatastoreStatus::Maintenance);
    assert!(
        off.problem
            .as_ref()
            .is_some_and(|text| text.contains("disk swap"))
    );
    assert_eq!(off.usage.used, None, "nobody knows, so it is not 0");

    let node = seen.resources.iter().find_map(|resource| match resource {
        Resource::Node(node) => Some(node),
        _ => None,
    });
    let node = node.expect("the server itself");
    assert!(node.cpu.is_some() && node.memory.ratio().is_some() && node.load.is_some());
    assert!(
        node.facts
            .services
            .value()
            .is_some_and(|list| list.len() == 3)
    );
    assert_eq!(node.facts.zfs.gap(), Some(&Gap::Absent));

    let guest = seen
        .facts
        .backups
        .newest_of(100)
        .expect("backed up every night");
    assert_eq!(guest.verification, Some(Verification::Ok));
    let groups = seen.facts.groups.value().expect("groups");
    assert!(
        groups
            .iter()
            .any(|group| group.subject == "laptop" && group.namespace == "offsite")
    );
    let kinds: Vec<JobKind> = seen
        .facts
        .jobs
        .value()
        .expect("jobs")
        .iter()
        .map(|j| j.kind)
        .collect();
    for kind in [
        JobKind::GarbageCollection,
        JobKind::Prune,
        JobKind::Sync,
        JobKind::Verify,
    ] {
        assert!(kinds.contains(&kind), "{kind:?} is missing in {kinds:?}");
    }
    assert_eq!(seen.facts.tape.value().map(|drives| drives.len()), Some(1));
    assert!(
        seen.facts
            .tasks
            .value()
            .is_some_and(|tasks| tasks.len() > 20)
    );
}

#[tokio::test]
async fn a_failed_sync_job_tells_why_and_when() {
    let server = server().await;
    let mut source = source(&server, PbsRole::FullAuditor);
    let seen = looks(&server, &mut source, 8).await;
    let jobs = seen.facts.jobs.value().expect("jobs");
    let sync = jobs
        .iter()
        .find(|job| job.kind == JobKind::Sync)
        .expect("a sync job");
    assert_eq!(sync.remote.as_deref(), Some("attic:main"));
    let last = sync.last_run.as_ref().expect("it ran");
    assert!(
        last.outcome.is_failed() && last.ended_at.is_some(),
        "{last:?}"
    );
}

#[tokio::test]
async fn backups_are_listed_again_only_when_something_changed_them() {
    let server = server().await;
    let mut source = source(&server, PbsRole::Auditor);
    looks(&server, &mut source, 18).await;
    server.clear_request_log();
    looks(&server, &mut source, 30).await;
    assert_eq!(
        listings(&server),
        0,
        "nothing happened: {:?}",
        server.request_counts()
    );

    server.world().back_up(101, "backups", true);
    let seen = looks(&server, &mut source, 12).await;
    assert_eq!(listings(&server), 1, "{:?}", server.request_counts());
    let newest = seen.facts.backups.newest_of(101).expect("there");
    assert_eq!(newest.verification, None, "nobody has read it yet");

    server.world().verify_backups(&[101]);
    let seen = looks(&server, &mut source, 24).await;
    let newest = seen.facts.backups.newest_of(101).expect("there");
    assert_eq!(newest.verification, Some(Verification::Failed));
    // The root namespace and the other one: a verification does not say which.
    assert_eq!(listings(&server), 3, "{:?}", server.request_counts());
}

#[tokio::test]
async fn an_unchanged_list_is_shared_between_looks() {
    let server = server().await;
    let mut source = source(&server, PbsRole::Auditor);
    let before = looks(&server, &mut source, 18).await;
    let after = looks(&server, &mut source, 6).await;
    assert!(before.facts.backups.is_same(&after.facts.backups));
}

#[tokio::test]
async fn one_broken_datastore_does_not_hide_the_others() {
    let server = server().await;
    let mut source = source(&server, PbsRole::Auditor);
    looks(&server, &mut source, 6).await;
    server.world().set_datastore_broken("archive", true);
    let seen = looks(&server, &mut source, 6).await;
    let archive = datastore(&seen, "archive");
    assert_eq!(archive.status, DatastoreStatus::Failing);
    assert!(
        archive
            .problem
            .as_ref()
            .is_some_and(|text| text.contains("ENOENT"))
    );
    assert_eq!(archive.usage.used, None);
    assert_eq!(datastore(&seen, "main").status, DatastoreStatus::Available);
    assert_eq!(datastore(&seen, "off").status, DatastoreStatus::Maintenance);
    server.world().set_datastore_broken("archive", false);
    let seen = looks(&server, &mut source, 6).await;
    assert_eq!(
        datastore(&seen, "archive").status,
        DatastoreStatus::Available
    );
}

#[tokio::test]
async fn what_the_auditor_may_not_see_is_named_with_the_command_that_helps() {
    let server = server().await;
    let mut source = source(&server, PbsRole::Auditor);
    let seen = looks(&server, &mut source, 8).await;
    let named: Vec<&str> = seen
        .summary
        .missing
        .iter()
        .map(|m| m.privilege.as_str())
        .collect();
    assert_eq!(named, ["Remote.Audit", "Tape.Audit"]);
    let fix = &seen.summary.missing[0].fix;
    for who in ["'homepulse@pbs'", "'homepulse@pbs!monitor'"] {
        assert!(
            fix.contains(&format!("acl update /remote RemoteAudit --auth-id {who}")),
            "{fix}"
        );
    }
    assert!(matches!(
        seen.facts.tape.gap(),
        Some(Gap::NotPermitted { .. })
    ));
    let counts = server.request_counts();
    assert!(
        !counts.contains_key("/admin/sync"),
        "an empty list would prove nothing"
    );
}

#[tokio::test]
async fn each_way_to_be_refused_has_its_own_name_and_remedy() {
    let server = server().await;
    let failure = async |source: &mut Box<dyn Source>| {
        look(&server, source).await.expect_err("the look fails")
    };
    let refused = failure(&mut source(&server, PbsRole::Expired)).await;
    assert_eq!(refused.kind, FailureKind::Unauthorized, "{refused}");
    assert!(refused.message.contains("invalid credentials"), "{refused}");

    let refused = failure(&mut source(&server, PbsRole::NoAcl)).await;
    assert_eq!(refused.kind, FailureKind::Forbidden, "{refused}");
    assert!(
        refused
            .fix
            .expect("a fix")
            .contains("proxmox-backup-manager acl update / Audit")
    );

    let refused = failure(&mut source_with(&server, PbsRole::Auditor, json!({}))).await;
    assert_eq!(refused.kind, FailureKind::CertificateUntrusted, "{refused}");
    assert!(
        refused
            .fix
            .expect("a fix")
            .contains("proxmox-backup-manager cert info")
    );

    let mut pinned = source(&server, PbsRole::Auditor);
    server.set_fault("", Some(Fault::WrongCertificate));
    let refused = failure(&mut pinned).await;
    assert_eq!(refused.kind, FailureKind::CertificateChanged, "{refused}");
    server.clear_faults();

    server.stop();
    let refused = failure(&mut source(&server, PbsRole::Auditor)).await;
    assert_eq!(refused.kind, FailureKind::Unreachable, "{refused}");
    assert!(refused.fix.expect("a fix").contains("8007"));
}

#[tokio::test]
async fn answers_that_make_no_sense_are_failures_that_pass() {
    let server = server().await;
    let cases = [
        (
            Fault::Status(400, "something odd".into()),
            FailureKind::BadAnswer,
        ),
        (
            Fault::Status(500, "internal".into()),
            FailureKind::ServerError,
        ),
        (Fault::HalfBody, FailureKind::BadAnswer),
        (Fault::Garbage, FailureKind::BadAnswer),
        (Fault::DeepJson(5_000), FailureKind::BadAnswer),
        (Fault::HugeBody(64 << 20), FailureKind::BadAnswer),
    ];
    for (fault, expected) in cases {
        let mut source = source(&server, PbsRole::Auditor);
        look(&server, &mut source)
            .await
            .expect("it answers at first");
        server.set_fault("/nodes/localhost/status", Some(fault.clone()));
        let refused = look(&server, &mut source)
            .await
            .expect_err("the look fails");
        assert_eq!(refused.kind, expected, "{fault:?}: {refused}");
        server.clear_faults();
        look(&server, &mut source).await.expect("it answers again");
    }
}

#[tokio::test]
async fn a_detail_that_fails_once_leaves_what_was_known() {
    let server = server().await;
    let mut source = source(&server, PbsRole::Auditor);
    let before = looks(&server, &mut source, 18).await;
    let count = before.facts.backups.all().count();
    server.set_fault("/admin/", Some(Fault::Status(400, "busy".into())));
    server.world().back_up(101, "backups", true);
    let after = looks(&server, &mut source, 40).await;
    assert_eq!(after.facts.backups.all().count(), count);
}

#[tokio::test]
async fn a_minute_holds_at_most_thirty_requests() {
    let server = server().await;
    let mut source = source(&server, PbsRole::FullAuditor);
    for minute in 0..10 {
        server.clear_request_log();
        let seen = looks(&server, &mut source, 6).await;
        let asked = server.request_log().len();
        assert!(
            asked <= 30,
            "minute {minute}: {asked}, {:?}",
            server.request_counts()
        );
        assert!(
            seen.summary.requests.last_cycle <= 3,
            "{:?}",
            seen.summary.requests
        );
    }
}

#[tokio::test]
async fn the_servers_own_past_and_traffic_are_read() {
    let server = server().await;
    let token = server.token(PbsRole::Auditor);
    let until = Timestamp(server.world().now());
    let config = json!({
        "address": server.url(), "token_id": token.id, "fingerprint": server.fingerprint(),
    });
    let mut source = (KIND.open)(TargetConfig {
        id: TargetId::random(),
        name: "vault".into(),
        config,
        secret: Some(SecretString::from(token.secret.clone())),
        past_until: Some(until),
    })
    .expect("the settings are right");
    let mut past = Vec::new();
    let mut net_in = None;
    for _ in 0..150 {
        let seen = look(&server, &mut source).await.expect("it answers");
        past.extend(seen.past);
        net_in = seen.resources.iter().find_map(|resource| match resource {
            Resource::Node(node) => node.rates.net_in,
            _ => None,
        });
    }
    assert_eq!(net_in, Some(10.5));
    let mut seen = std::collections::HashMap::new();
    for figures in &past {
        let key = (figures.resource.clone(), figures.metric.clone());
        let before: &mut Vec<Timestamp> = seen.entry(key).or_default();
        for (at, _) in &figures.points {
            assert!(*at < until && !before.contains(at), "{at:?} comes twice");
            before.push(*at);
        }
    }
    let of = |kind: &str, metric: &str| {
        let mut keys = seen.keys();
        keys.any(|(id, key)| id.kind().word() == kind && key.as_str() == metric)
    };
    assert!(of("node", "cpu") && of("node", "net_in") && of("datastore", "disk"));
    let longest = seen.values().filter_map(|times| times.iter().min());
    let first = longest.min().expect("something");
    assert!(
        until.since(*first) > Duration::from_secs(300 * 86_400),
        "a year"
    );
}

#[tokio::test]
async fn a_users_password_is_exchanged_for_a_ticket_once() {
    let server = server().await;
    let user = server.user();
    let open = |password: &str| {
        let config = json!({
            "address": server.url(),
            "user": user.id,
            "fingerprint": server.fingerprint(),
        });
        (KIND.open)(TargetConfig {
            id: TargetId::random(),
            name: "vault".into(),
            config,
            secret: Some(SecretString::from(password)),
            past_until: None,
        })
        .expect("the settings are right")
    };
    let mut source = open(&user.secret);
    let seen = looks(&server, &mut source, 3).await;
    assert!(!seen.resources.is_empty());
    let asked = server.request_counts().get("/access/ticket").copied();
    assert_eq!(asked, Some(1), "the ticket lasts");
    let mut wrong = open("not the password");
    let failure = look(&server, &mut wrong).await.expect_err("refused");
    assert_eq!(failure.kind, FailureKind::Unauthorized);
}
