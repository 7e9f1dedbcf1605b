//! What the rotation reads, when, and at what price.

use std::collections::BTreeMap;
use std::time::Duration;

use simulator::{Agent, Fault, GuestKind as Kind, GuestStatus as Status, PveVersion, World};
use simulator::{PveOptions, PveServer, Role, WorldConfig};

use super::{cluster, guests, nodes, source, source_with};
use crate::model::known::{Gap, Known};
use crate::model::resource::{AgentState, DiskKind, FigureSource, Guest, Resource};
use crate::model::time::Timestamp;
use crate::sources::{Look, Source};

/// A look and the rotation after it, ten simulated seconds after the one before.
async fn step(server: &PveServer, source: &mut Box<dyn Source>) -> Look {
    server.world().advance(Duration::from_secs(10));
    let now = Timestamp(server.world().now());
    let look = source.poll(now).await.expect("it answers");
    source.rotate(now).await;
    look
}

async fn steps(server: &PveServer, source: &mut Box<dyn Source>, count: usize) -> Look {
    let mut last = step(server, source).await;
    for _ in 1..count {
        last = step(server, source).await;
    }
    last
}

fn guest(look: &Look, vmid: u32) -> Guest {
    let found = guests(look).into_iter().find(|guest| guest.vmid == vmid);
    found.expect("the guest is there").clone()
}

/// How often paths that end so were asked for.
fn asked(server: &PveServer, end: &str) -> usize {
    let counts = server.request_counts();
    let matching = counts.iter().filter(|(path, _)| path.ends_with(end));
    matching.map(|(_, count)| count).sum()
}

fn small_world(version: PveVersion) -> World {
    World::new(WorldConfig {
        nodes: 2,
        guests: 10,
        version,
        start: Some(1_795_348_800_000),
        ..WorldConfig::default()
    })
}

async fn small(version: PveVersion) -> PveServer {
    let started = PveServer::start(small_world(version), PveOptions::quick()).await;
    started.expect("the simulator starts")
}

#[tokio::test]
async fn ten_nodes_and_five_hundred_guests_cost_at_most_sixty_requests_a_minute() {
    let world = World::new(WorldConfig {
        nodes: 10,
        guests: 500,
        start: Some(1_795_348_800_000),
        ..WorldConfig::default()
    });
    let server = PveServer::start(world, PveOptions::quick())
        .await
        .expect("it starts");
    let mut source = source(&server, Role::BackupAuditor);
    for minute in 0..6 {
        server.clear_request_log();
        for _ in 0..6 {
            let look = step(&server, &mut source).await;
            let requests = &look.summary.requests;
            assert!(requests.last_cycle <= 3, "minute {minute}: {requests:?}");
            assert!(
                requests.last_minute <= requests.limit,
                "minute {minute}: {requests:?}"
            );
        }
        let log = server.request_log();
        assert!(log.len() <= 60, "minute {minute}: {}", log.len());
        assert!(log.len() > 40, "the budget is used: {}", log.len());
    }
}

#[tokio::test]
async fn a_small_cluster_is_known_in_all_its_details_within_minutes() {
    for version in [PveVersion::V8, PveVersion::V9] {
        let server = small(version).await;
        let mut source = source(&server, Role::Full);
        let look = steps(&server, &mut source, 60).await;
        for node in nodes(&look) {
            let facts = &node.facts;
            assert!(
                facts.services.value().is_some_and(|list| list.len() == 5),
                "{version:?}"
            );
            assert!(
                facts
                    .certificates
                    .value()
                    .is_some_and(|list| list.len() == 2)
            );
            assert_eq!(
                facts.subscription.value().map(|s| s.status.as_str()),
                Some("notfound")
            );
            assert!(facts.updates.value().is_some_and(|list| list.len() == 1));
            assert!(facts.disks.value().is_some_and(|count| *count >= 2));
            let expected = (node.name == "pve1").then_some(&Gap::Absent);
            assert_eq!(facts.zfs.gap(), expected, "{}", node.name);
        }
        for guest in guests(&look) {
            assert!(
                guest.facts.config.value().is_some(),
                "{version:?} {}",
                guest.name
            );
            assert!(
                guest.template || guest.facts.snapshots.value().is_some(),
                "{}",
                guest.name
            );
        }
        let told = guest(&look, 100);
        assert_eq!(told.facts.agent, AgentState::Running, "{version:?}");
        assert_eq!(told.disk_source, Some(FigureSource::GuestAgent));
        assert!(told.disk.ratio().is_some());
        let addresses = told.facts.interfaces.value().expect("interfaces");
        assert!(
            addresses
                .iter()
                .any(|one| one.addresses.iter().any(|a| a.ends_with("/16")))
        );
        assert!(
            told.facts
                .os
                .value()
                .is_some_and(|os| os.id.as_deref() == Some("debian"))
        );

        let disks = look.resources.iter().filter_map(|resource| match resource {
            Resource::Disk(disk) => Some(disk),
            _ => None,
        });
        let flash = disks.filter(|disk| disk.kind == DiskKind::Nvme);
        let wear: Vec<_> = flash.map(|disk| disk.wear.expect("flash wears")).collect();
        assert!(
            !wear.is_empty() && wear.iter().all(|wear| (0.0..0.5).contains(wear)),
            "{wear:?}"
        );

        let facts = &look.facts;
        assert_eq!(facts.backup_jobs.value().map(|jobs| jobs.len()), Some(2));
        assert_eq!(
            facts.uncovered.value().map(|list| list.to_vec()),
            Some(vec![102])
        );
        assert!(facts.ha.value().is_some_and(|ha| !ha.services.is_empty()));
        assert_eq!(facts.ceph.gap(), Some(&Gap::Absent));
        assert!(facts.tasks.value().is_some_and(|tasks| !tasks.is_empty()));
        assert!(facts.backups.newest_of(100).is_some());
    }
}

#[tokio::test]
async fn what_an_auditor_may_not_see_is_named_instead_of_an_empty_list() {
    let server = small(PveVersion::V8).await;
    let mut source = source(&server, Role::Auditor);
    let look = steps(&server, &mut source, 30).await;
    let missing = &look.summary.missing;
    let named: Vec<&str> = missing.iter().map(|one| one.privilege.as_str()).collect();
    assert_eq!(
        named,
        [
            "VM.Monitor",
            "Sys.Modify",
            "Datastore.AllocateSpace",
            "VM.Backup"
        ]
    );
    assert!(missing.iter().all(|one| one.optional), "{missing:?}");
    let agent = &missing[0].fix;
    assert!(
        agent.contains("pveum role add HomepulseAgent --privs 'VM.Monitor'"),
        "{agent}"
    );
    assert!(agent.contains("pveum acl modify / --tokens"), "{agent}");

    let place = &look.facts.backups.places[0];
    assert!(
        matches!(place.backups.gap(), Some(Gap::NotPermitted { .. })),
        "{place:?}"
    );
    let node = nodes(&look)[0];
    assert!(matches!(
        node.facts.updates.gap(),
        Some(Gap::NotPermitted { .. })
    ));
    let seen = guest(&look, 100);
    assert!(matches!(
        seen.facts.filesystems.gap(),
        Some(Gap::NotPermitted { .. })
    ));
    for end in ["/content", "/apt/update", "/get-fsinfo"] {
        assert_eq!(asked(&server, end), 0, "{end} would only be refused");
    }
}

#[tokio::test]
async fn snapshots_are_read_again_only_when_a_task_changed_them() {
    let server = small(PveVersion::V9).await;
    let mut source = source(&server, Role::Auditor);
    steps(&server, &mut source, 40).await;
    server.clear_request_log();
    steps(&server, &mut source, 40).await;
    assert_eq!(asked(&server, "/snapshot"), 0, "nothing happened");
    server.world().snapshot(101, "before-upgrade");
    let look = steps(&server, &mut source, 6).await;
    assert_eq!(asked(&server, "/snapshot"), 1);
    let guest = guest(&look, 101);
    let snapshots = guest.facts.snapshots.value().expect("they were read");
    assert!(
        snapshots
            .iter()
            .any(|one| one.name == "before-upgrade" && one.at.is_some())
    );
}

#[tokio::test]
async fn backups_are_read_again_only_when_a_task_changed_them() {
    let server = small(PveVersion::V9).await;
    let mut source = source(&server, Role::BackupAuditor);
    steps(&server, &mut source, 40).await;
    server.clear_request_log();
    let before = steps(&server, &mut source, 40).await;
    assert_eq!(
        asked(&server, "/content"),
        0,
        "{:?}",
        server.request_counts()
    );
    server.world().back_up(100, "backups", true);
    let after = steps(&server, &mut source, 6).await;
    let newest = |look: &Look| look.facts.backups.newest_of(100).expect("there").at;
    assert!(newest(&after) > newest(&before));
    let again = asked(&server, "/backups/content");
    assert_eq!(again, 1, "{:?}", server.request_counts());
}

#[tokio::test]
async fn an_agent_that_does_not_answer_is_left_alone_for_longer_and_longer() {
    let server = small(PveVersion::V9).await;
    server.world().set_agent(100, Agent::Silent);
    let mut source = source(&server, Role::Auditor);
    steps(&server, &mut source, 30).await;
    server.clear_request_log();
    let path = "/qemu/100/agent/get-fsinfo";
    let look = steps(&server, &mut source, 240).await;
    let within_40_minutes = asked(&server, path);
    assert!((1..=3).contains(&within_40_minutes), "{within_40_minutes}");
    let silent = guest(&look, 100);
    assert_eq!(silent.facts.agent, AgentState::NotRunning);
    assert_eq!(silent.facts.filesystems, Known::Not(Gap::AgentNotRunning));
    assert_eq!((silent.disk.used, silent.disk_source), (None, None));

    server.world().set_agent(100, Agent::Running);
    server.world().restart(100);
    let look = steps(&server, &mut source, 20).await;
    assert_eq!(
        guest(&look, 100).facts.agent,
        AgentState::Running,
        "a restart is a new chance"
    );
}

#[tokio::test]
async fn a_guest_that_stops_tells_nothing_any_more_and_says_why() {
    let server = small(PveVersion::V9).await;
    let mut source = source(&server, Role::Auditor);
    let look = steps(&server, &mut source, 40).await;
    assert!(guest(&look, 100).facts.filesystems.value().is_some());
    server.world().set_guest_status(100, Status::Stopped);
    let look = steps(&server, &mut source, 3).await;
    let stopped = guest(&look, 100);
    assert_eq!(stopped.facts.filesystems, Known::Not(Gap::NotRunning));
    assert_eq!(stopped.disk.used, None);
    assert!(
        stopped.facts.config.value().is_some(),
        "its configuration is as it was"
    );
}

#[tokio::test]
async fn without_an_export_the_nodes_themselves_tell_of_load_and_network() {
    let server = small(PveVersion::V8).await;
    let gone = Fault::Status(501, "Method not implemented".into());
    server.set_fault("/cluster/metrics/export", Some(gone));
    let mut source = source(&server, Role::Auditor);
    let look = steps(&server, &mut source, 40).await;
    for node in nodes(&look) {
        assert!(
            node.load.is_some() && node.iowait.is_some(),
            "{}",
            node.name
        );
        assert!(
            node.swap.total.is_some() && node.rates.net_in.is_some(),
            "{}",
            node.name
        );
    }
}

#[tokio::test]
async fn a_container_tells_its_addresses_and_mounts() {
    let server = small(PveVersion::V9).await;
    let mut source = source(&server, Role::Auditor);
    let look = steps(&server, &mut source, 40).await;
    let container = server
        .world()
        .guests()
        .into_iter()
        .find(|guest| guest.kind == Kind::Container && guest.status == Status::Running);
    let seen = guest(&look, container.expect("a running container").vmid);
    assert_eq!(seen.facts.agent, AgentState::NotNeeded);
    let mounts = seen.facts.filesystems.value().expect("mounts");
    assert_eq!(mounts[0].mount, "/");
    assert!(
        seen.facts
            .interfaces
            .value()
            .is_some_and(|list| !list.is_empty())
    );
}

#[tokio::test]
async fn the_hosts_own_past_is_read_once_finest_first_and_without_overlap() {
    let server = small(PveVersion::V9).await;
    let until = Timestamp(server.world().now());
    let mut source = {
        let extra = serde_json::json!({ "fingerprint": server.fingerprint() });
        source_with(&server, Role::Auditor, extra, Some(until))
    };
    let mut past = Vec::new();
    for _ in 0..180 {
        past.extend(step(&server, &mut source).await.past);
    }
    let mut by_series: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for figures in past {
        let series = (figures.resource.clone(), figures.metric.clone());
        by_series.entry(series).or_default().push(figures);
    }
    let kinds: Vec<_> = by_series.keys().map(|(id, _)| id.kind().word()).collect();
    for kind in ["node", "guest", "storage"] {
        assert!(kinds.contains(&kind), "{kind} has no past");
    }
    for ((id, metric), batches) in &by_series {
        let mut before = until;
        for batch in batches {
            let first = batch.points.first().expect("no batch is empty").0;
            let last = batch.points.last().expect("no batch is empty").0;
            assert!(last + batch.resolution <= before, "{id} {metric}");
            before = first;
        }
    }
    server.clear_request_log();
    steps(&server, &mut source, 30).await;
    let again = server
        .request_log()
        .iter()
        .filter(|r| r.path.contains("timeframe=week"))
        .count();
    assert_eq!(again, 0, "the past does not change");
}

#[tokio::test]
async fn an_odd_detail_costs_nothing_but_itself() {
    let server = cluster(PveVersion::V9).await;
    for fault in [Fault::Garbage, Fault::DeepJson(5_000), Fault::HalfBody] {
        server.set_fault("/nodes/", Some(fault));
        let mut source = source(&server, Role::Auditor);
        let look = steps(&server, &mut source, 4).await;
        assert_eq!(guests(&look).len(), 40);
        server.clear_faults();
    }
}
