use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use simulator::{Fault, Metric, PveOptions, PveServer, PveVersion, Role, World, WorldConfig};

use crate::model::id::TargetId;
use crate::model::resource::{GuestKind, GuestStatus, NodeStatus, Resource};
use crate::model::target::{Failure, FailureKind};
use crate::model::time::Timestamp;
use crate::sources::{Look, Source, TargetConfig};

mod details;

use super::KIND;

/// A cluster whose clock moves only when told to.
async fn cluster(version: PveVersion) -> PveServer {
    let world = World::new(WorldConfig {
        nodes: 3,
        guests: 40,
        version,
        start: Some(1_795_337_600_000),
        ..WorldConfig::default()
    });
    PveServer::start(world, PveOptions::quick())
        .await
        .expect("the simulator starts")
}

fn source_with(
    server: &PveServer,
    role: Role,
    extra: serde_json::Value,
    past_until: Option<Timestamp>,
) -> Box<dyn Source> {
    let token = server.token(role);
    let mut config = json!({ "address": server.url(), "token_id": token.id });
    for (key, value) in extra.as_object().expect("an object") {
        config[key] = value.clone();
    }
    (KIND.open)(TargetConfig {
        id: TargetId::random(),
        name: "lab".into(),
        config,
        secret: Some(SecretString::from(token.secret.clone())),
        past_until,
    })
    .expect("the settings are right")
}

fn source(server: &PveServer, role: Role) -> Box<dyn Source> {
    source_with(
        server,
        role,
        json!({ "fingerprint": server.fingerprint() }),
        None,
    )
}

fn now(server: &PveServer) -> Timestamp {
    Timestamp(server.world().now())
}

async fn look(server: &PveServer, source: &mut Box<dyn Source>) -> Result<Look, Failure> {
    source.poll(now(server)).await
}

async fn failure(server: &PveServer, source: &mut Box<dyn Source>) -> Failure {
    look(server, source).await.expect_err("the look fails")
}

fn guests(look: &Look) -> Vec<&crate::model::resource::Guest> {
    let guests = look.resources.iter().filter_map(|resource| match resource {
        Resource::Guest(guest) => Some(guest),
        _ => None,
    });
    guests.collect()
}

fn nodes(look: &Look) -> Vec<&crate::model::resource::Node> {
    let nodes = look.resources.iter().filter_map(|resource| match resource {
        Resource::Node(node) => Some(node),
        _ => None,
    });
    nodes.collect()
}

#[tokio::test]
async fn a_healthy_cluster_is_seen_whole_by_an_auditor() {
    for version in [PveVersion::V8, PveVersion::V9] {
        let server = cluster(version).await;
        let mut source = source(&server, Role::Auditor);
        let first = look(&server, &mut source).await.expect("it answers");
        assert_eq!(guests(&first).len(), 40, "{version:?}");
        assert_eq!(first.summary.cluster.as_deref(), Some("homelab"));
        assert_eq!(first.summary.quorate, Some(true));
        let vital = first
            .summary
            .missing
            .iter()
            .filter(|missing| !missing.optional);
        assert_eq!(vital.count(), 0);
        assert_eq!(first.summary.version.as_deref(), Some(version.full()));

        server.world().advance(Duration::from_secs(10));
        let second = look(&server, &mut source).await.expect("it answers");
        for node in nodes(&second) {
            assert_eq!(node.status, NodeStatus::Online);
            assert!(
                node.cpu.is_some() && node.memory.ratio().is_some(),
                "{}",
                node.name
            );
            assert!(
                node.load.is_some() && node.rates.net_in.is_some(),
                "{}",
                node.name
            );
        }
        for guest in guests(&second) {
            let running = guest.status == GuestStatus::Running;
            assert_eq!(
                guest.cpu.is_some(),
                running || guest.status == GuestStatus::Paused,
                "{}",
                guest.name
            );
            assert_eq!(
                guest.rates.net_in.is_some(),
                guest.started_at.is_some(),
                "{}",
                guest.name
            );
            if guest.kind == GuestKind::Vm {
                assert_eq!(
                    guest.disk.used, None,
                    "nobody outside knows the disks of {}",
                    guest.name
                );
            }
        }
    }
}

#[tokio::test]
async fn a_cycle_costs_at_most_three_requests_however_large_the_cluster() {
    let server = cluster(PveVersion::V9).await;
    let mut source = source(&server, Role::Auditor);
    for cycle in 0..9 {
        let look = look(&server, &mut source).await.expect("it answers");
        assert!(
            look.summary.requests.last_cycle <= 3,
            "cycle {cycle}: {:?}",
            look.summary.requests
        );
        server.world().advance(Duration::from_secs(10));
    }
    server.clear_request_log();
    for _ in 0..6 {
        look(&server, &mut source).await.expect("it answers");
        server.world().advance(Duration::from_secs(10));
    }
    assert!(
        server.request_log().len() <= 6 * 3,
        "{:?}",
        server.request_counts()
    );
}

#[tokio::test]
async fn each_way_to_be_refused_has_its_own_name_and_remedy() {
    let server = cluster(PveVersion::V9).await;
    let mut wrong_token = source(&server, Role::Expired);
    let refused = failure(&server, &mut wrong_token).await;
    assert_eq!(refused.kind, FailureKind::Unauthorized, "{refused}");

    let mut no_rights = source(&server, Role::NoAcl);
    let refused = failure(&server, &mut no_rights).await;
    assert_eq!(refused.kind, FailureKind::Forbidden, "{refused}");
    assert!(refused.fix.expect("a fix").contains("pveum acl modify / "));

    let mut unpinned = source_with(&server, Role::Auditor, json!({}), None);
    let refused = failure(&server, &mut unpinned).await;
    assert_eq!(refused.kind, FailureKind::CertificateUntrusted, "{refused}");
    assert!(refused.message.contains(&server.fingerprint()), "{refused}");
    assert_eq!(unpinned.presented_fingerprint(), Some(server.fingerprint()));

    let mut pinned = source(&server, Role::Auditor);
    look(&server, &mut pinned).await.expect("it answers");
    server.set_fault("/", Some(Fault::WrongCertificate));
    let mut again = source(&server, Role::Auditor);
    let refused = failure(&server, &mut again).await;
    assert_eq!(refused.kind, FailureKind::CertificateChanged, "{refused}");
    server.clear_faults();

    server.stop();
    let mut dead = source(&server, Role::Auditor);
    let refused = failure(&server, &mut dead).await;
    assert_eq!(refused.kind, FailureKind::Unreachable, "{refused}");
}

#[tokio::test]
async fn an_acl_that_hides_all_guests_is_named_instead_of_an_empty_list() {
    let server = cluster(PveVersion::V9).await;
    let mut source = source(&server, Role::Shadowed);
    let look = look(&server, &mut source).await.expect("it answers");
    assert!(guests(&look).is_empty());
    let missing: Vec<&str> = look
        .summary
        .missing
        .iter()
        .filter(|missing| !missing.optional)
        .map(|m| m.privilege.as_str())
        .collect();
    assert_eq!(missing, ["VM.Audit"]);
}

#[tokio::test]
async fn the_cluster_authority_and_no_check_at_all_are_ways_to_trust() {
    let server = cluster(PveVersion::V9).await;
    for extra in [
        json!({ "ca_pem": server.ca_pem() }),
        json!({ "verify": false }),
    ] {
        let mut source = source_with(&server, Role::Auditor, extra.clone(), None);
        look(&server, &mut source)
            .await
            .unwrap_or_else(|failure| panic!("{extra}: {failure}"));
    }
}

#[tokio::test]
async fn another_node_answers_when_the_configured_one_is_gone() {
    let server = cluster(PveVersion::V9).await;
    let mut source = source(&server, Role::Auditor);
    look(&server, &mut source).await.expect("it answers");
    server.stop_node(0);
    let look = look(&server, &mut source)
        .await
        .expect("another node answers, with its own certificate");
    assert_eq!(guests(&look).len(), 40);
}

#[tokio::test]
async fn answers_that_make_no_sense_are_failures_and_never_empty_fleets() {
    let server = cluster(PveVersion::V9).await;
    let cases = [
        (
            Fault::Status(500, "got no worker upid".into()),
            FailureKind::ServerError,
        ),
        (
            Fault::Status(403, "Permission check failed (/, Sys.Audit)".into()),
            FailureKind::Forbidden,
        ),
        (
            Fault::Status(596, "Connection timed out".into()),
            FailureKind::ServerError,
        ),
        (Fault::HalfBody, FailureKind::BadAnswer),
        (Fault::Garbage, FailureKind::BadAnswer),
        (Fault::DeepJson(5_000), FailureKind::BadAnswer),
        (Fault::HugeBody(64 << 20), FailureKind::BadAnswer),
    ];
    for (fault, expected) in cases {
        let mut source = source(&server, Role::Auditor);
        look(&server, &mut source)
            .await
            .expect("it answers at first");
        server.set_fault("/cluster/resources", Some(fault.clone()));
        let refused = failure(&server, &mut source).await;
        assert_eq!(refused.kind, expected, "{fault:?}: {refused}");
        server.clear_faults();
        look(&server, &mut source).await.expect("it answers again");
    }
}

#[tokio::test]
async fn the_hosts_own_words_reach_the_admin() {
    let server = cluster(PveVersion::V9).await;
    let mut source = source(&server, Role::Auditor);
    server.set_fault(
        "/cluster/resources",
        Some(Fault::Status(500, "cluster not ready - no quorum?".into())),
    );
    let refused = failure(&server, &mut source).await;
    assert!(
        refused.message.contains("cluster not ready - no quorum?"),
        "{refused}"
    );
}

#[tokio::test]
async fn numbers_as_strings_mean_the_same() {
    let server = cluster(PveVersion::V9).await;
    let mut source = source(&server, Role::Auditor);
    let plain = look(&server, &mut source).await.expect("it answers");
    server.set_fault("/", Some(Fault::NumbersAsStrings));
    let odd = look(&server, &mut source).await.expect("it answers");
    let figures = |look: &Look| -> std::collections::BTreeMap<_, _> {
        guests(look)
            .iter()
            .map(|g| (g.vmid, (g.cpu.map(f64::to_bits), g.memory, g.status)))
            .collect()
    };
    assert_eq!(figures(&plain), figures(&odd));
}

#[tokio::test]
async fn a_missing_export_costs_load_and_network_only() {
    let server = cluster(PveVersion::V9).await;
    server.set_fault(
        "/cluster/metrics/export",
        Some(Fault::Status(501, "Method not implemented".into())),
    );
    let mut source = source(&server, Role::Auditor);
    let look = look(&server, &mut source).await.expect("it answers");
    assert!(
        nodes(&look)
            .iter()
            .all(|node| node.cpu.is_some() && node.rates.net_in.is_none())
    );
}

#[tokio::test]
async fn guests_of_a_dead_node_are_unknown_at_once_and_keep_their_names() {
    let server = cluster(PveVersion::V9).await;
    let mut source = source(&server, Role::Auditor);
    look(&server, &mut source).await.expect("it answers");
    server.world().set_node_online("pve2", false);
    server.world().advance(Duration::from_secs(20));
    let look = look(&server, &mut source).await.expect("the others answer");
    let lost: Vec<_> = guests(&look)
        .into_iter()
        .filter(|guest| guest.node == "pve2")
        .collect();
    assert!(!lost.is_empty());
    for guest in lost {
        assert_eq!(guest.status, GuestStatus::Unknown, "{}", guest.name);
        assert_eq!(
            (guest.cpu, guest.memory.used),
            (None, None),
            "{}",
            guest.name
        );
    }
}

#[tokio::test]
async fn rates_survive_restart_and_migration_without_a_spike() {
    let server = cluster(PveVersion::V9).await;
    let mut source = source(&server, Role::Auditor);
    let first = look(&server, &mut source).await.expect("it answers");
    let guest = guests(&first)
        .into_iter()
        .find(|g| g.status == GuestStatus::Running && g.node == "pve1" && g.kind == GuestKind::Vm)
        .expect("a running machine");
    let (vmid, id) = (guest.vmid, guest.id.clone());
    let mut seen = Vec::new();
    for step in 0..8 {
        match step {
            3 => server.world().restart(vmid),
            5 => server.world().migrate(vmid, "pve3"),
            _ => {}
        }
        server.world().advance(Duration::from_secs(10));
        let look = look(&server, &mut source).await.expect("it answers");
        let guest = guests(&look)
            .into_iter()
            .find(|g| g.vmid == vmid)
            .expect("still there")
            .clone();
        assert_eq!(guest.id, id, "the id is the same on every node");
        seen.push(guest.rates.net_in);
    }
    let largest = seen.iter().flatten().fold(0.0_f64, |a, b| a.max(*b));
    assert!(seen.iter().flatten().count() >= 4, "{seen:?}");
    assert!(
        largest < 1e9 && seen.iter().flatten().all(|rate| *rate >= 0.0),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_clock_that_is_off_is_measured() {
    let server = cluster(PveVersion::V9).await;
    let mut source = source(&server, Role::Auditor);
    server.set_fault("/", Some(Fault::ClockSkew(-3_600)));
    let look = look(&server, &mut source).await.expect("it answers");
    // The simulated clock stands still, so only the shift that the fault adds is certain.
    assert!(look.summary.clock_skew_ms.expect("measured") < -3_000_000);
}

#[tokio::test]
async fn a_driven_guest_reads_what_it_was_driven_to() {
    let server = cluster(PveVersion::V9).await;
    let mut source = source(&server, Role::Auditor);
    let before = look(&server, &mut source).await.expect("it answers");
    let vmid = guests(&before)
        .into_iter()
        .find(|g| g.status == GuestStatus::Running)
        .expect("a running guest")
        .vmid;
    server
        .world()
        .set_guest_metric(vmid, Metric::Cpu, Some(0.93));
    server.world().advance(Duration::from_secs(10));
    let after = look(&server, &mut source).await.expect("it answers");
    let guest = guests(&after)
        .into_iter()
        .find(|g| g.vmid == vmid)
        .expect("still there");
    assert!(
        (guest.cpu.expect("known") - 0.93).abs() < 0.02,
        "{:?}",
        guest.cpu
    );
}

#[tokio::test]
async fn what_was_announced_is_read_by_the_next_look() {
    let server = cluster(PveVersion::V9).await;
    let mut source = source(&server, Role::Auditor);
    for _ in 0..2 {
        look(&server, &mut source).await.expect("it answers");
    }
    for (kind, path) in [("vzdump", "/cluster/tasks"), ("fencing", "/cluster/status")] {
        let hint = crate::sources::Hint {
            kind: kind.into(),
            node: Some("pve1".into()),
        };
        source.hint(&hint, now(&server));
        server.clear_request_log();
        look(&server, &mut source).await.expect("it answers");
        let asked = server.request_counts();
        assert_eq!(asked.get(path), Some(&1), "{kind}: {asked:?}");
        assert!(server.request_log().len() <= 3, "{asked:?}");
    }
}
