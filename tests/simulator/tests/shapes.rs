//! Holds the simulator's answers to the shapes of recorded ones: same rows, same fields, same types, same status
//! lines, same `Connection` headers. Values are its own.

#[path = "support/shape.rs"]
mod shape;
mod support;

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use shape::{shapes, without_digits};
use simulator::{
    Agent, Guest, GuestKind, GuestStatus, PveOptions, PveServer, Role, TaskSpec, World, WorldConfig,
};
use support::{Answer, get};

/// Requests the simulator does not know: nothing in the product asks for them.
const NOT_SIMULATED: &[&str] = &["/nodes/pve1/hardware/pci", "/nodes/pve1/vzdump/defaults"];

/// Where the recorded host was not what a normal one is, or had nothing to show. `*` stands for any text at the end
/// of a path and for any field; a kind is named where a whole kind of row is meant.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "/nodes/*/snapshot",
        "parent",
        "an accident of which guest has snapshots",
    ),
    (
        "/nodes/pve1/subscription",
        "*",
        "the recorded host had no working subscription check and answered 500",
    ),
    (
        "/nodes/pve1/services",
        "*",
        "the recorded host listed no services",
    ),
    (
        "/nodes/pve1/status",
        "boot-info.secureboot",
        "only on EFI hosts, the recorded one booted in legacy mode",
    ),
    (
        "/nodes/pve2/status",
        "boot-info.secureboot",
        "only on EFI hosts, the recorded one booted in legacy mode",
    ),
    (
        "/nodes/pve1/dns",
        "search",
        "the recorded host had no search domain",
    ),
    (
        "/nodes/pve1/disks/list",
        "wearout",
        "a number on SSDs, the recorded disk had none",
    ),
    (
        "/nodes/*",
        "balloon",
        "the recorded guests had no balloon statistics",
    ),
    (
        "/nodes/*",
        "ballooninfo*",
        "the recorded guests had no balloon statistics",
    ),
    (
        "/nodes/*",
        "freemem",
        "the recorded guests had no balloon statistics",
    ),
    (
        "/nodes/*",
        "serial",
        "whether a guest has a serial console is its owner's choice",
    ),
    (
        "/nodes/*/lxc",
        "pressure*",
        "numbers under cgroup v2; the recorded host had v1, which gives null",
    ),
    (
        "/nodes/*/lxc/*",
        "pressure*",
        "numbers under cgroup v2; the recorded host had v1, which gives null",
    ),
    ("/nodes/*", "tags", "an accident of which guest has tags"),
    (
        "/nodes/*",
        "agent",
        "an accident of which guest has an agent",
    ),
    (
        "/nodes/*",
        "ha.state",
        "null where the HA manager never ran, as on the recorded host",
    ),
    (
        "/nodes/*/config",
        "*",
        "a configuration holds what its owner chose; types are checked below",
    ),
    ("/cluster/backup", "*", "two jobs of other options"),
    (
        "/cluster/backup-info/not-backed-up",
        "*",
        "empty on the recorded host",
    ),
    (
        "/cluster/resources*",
        "lock",
        "an accident of which guest is locked",
    ),
    (
        "/cluster/resources*",
        "tags",
        "an accident of which guest has tags",
    ),
    (
        "/cluster/resources*",
        "pool",
        "an accident of which guest is in a pool",
    ),
    (
        "/cluster/resources*",
        "hastate",
        "an accident of which guest is managed",
    ),
    (
        "/cluster/tasks",
        "saved",
        "text and number, in one list and not in each",
    ),
    ("/cluster/tasks", "tokenid", "only where a token was used"),
    ("/nodes/*/tasks*", "tokenid", "only where a token was used"),
    (
        "/pools*",
        "members*",
        "an accident of which guests are members",
    ),
    (
        "/storage",
        "*",
        "every plugin has its own options, and another set of storages is configured",
    ),
];

/// Kinds of rows that the recorded answers have and the simulator has not.
const MISSING_KINDS: &[(&str, &str, &str)] = &[
    ("/nodes/*/rrddata*", "gap", "gaps are rare"),
    (
        "/nodes/*/rrddata*",
        "part",
        "every guest ran for the whole time frame",
    ),
];

#[tokio::test]
async fn answers_have_the_recorded_shapes() {
    let server = start().await;
    compare(&server, "pve-9.2.11-auditor", Role::Auditor).await;
}

#[tokio::test]
async fn a_token_without_rights_gets_the_recorded_rest() {
    let server = start().await;
    compare(&server, "pve-9.2.11-noacl", Role::NoAcl).await;
}

#[tokio::test]
async fn a_lost_node_looks_as_recorded() {
    let server = start().await;
    server.world().set_node_online("pve2", false);
    server.world().advance(Duration::from_secs(10));
    compare(
        &server,
        "pve-9.2.11-degraded-node-offline-10s",
        Role::Auditor,
    )
    .await;
    server.world().advance(Duration::from_secs(360));
    compare(
        &server,
        "pve-9.2.11-degraded-node-offline-6min",
        Role::Auditor,
    )
    .await;
}

#[tokio::test]
async fn a_lost_majority_looks_as_recorded() {
    let server = start().await;
    server.world().set_node_online("pve2", false);
    server.world().set_node_online("pve3", false);
    server.world().set_quorate(false);
    server.world().advance(Duration::from_secs(60));
    for lost in ["pve2", "pve3"] {
        get(&server, Role::Auditor, &format!("/nodes/{lost}/status")).await;
    }
    compare(&server, "pve-9.2.11-degraded-no-quorum", Role::Auditor).await;
}

#[tokio::test]
async fn text_and_number_are_where_they_belong_in_configurations() {
    let server = start().await;
    for (kind, memory_is_text) in [(GuestKind::Vm, true), (GuestKind::Container, false)] {
        let guest = server
            .world()
            .guests()
            .into_iter()
            .find(|guest| guest.kind == kind)
            .expect("one of each");
        let answer = get(
            &server,
            Role::Auditor,
            &format!("/nodes/{}/{}/config", guest.node, guest.id()),
        )
        .await;
        assert_eq!(
            answer.data()["memory"].is_string(),
            memory_is_text,
            "{kind:?}"
        );
        assert!(answer.data()["cores"].is_number(), "{kind:?}");
    }
}

/// What a guest has to be like.
type Part = fn(&Guest) -> bool;

/// The guests of the recorded cluster, by recorded path, and what they are like.
const CAST: [(&str, Part); 7] = [
    ("/nodes/pve1/qemu/100", |guest| {
        is_vm(guest) && guest.status == GuestStatus::Running && guest.agent == Agent::Running
    }),
    ("/nodes/pve1/qemu/101", |guest| {
        is_vm(guest) && !guest.alive() && !guest.template && guest.ha.is_some()
    }),
    ("/nodes/pve1/qemu/102", |guest| {
        is_vm(guest) && guest.template
    }),
    ("/nodes/pve1/qemu/103", |guest| {
        is_vm(guest) && !guest.alive() && !guest.template && guest.lock.is_some()
    }),
    ("/nodes/pve2/qemu/104", |guest| {
        is_vm(guest) && guest.status == GuestStatus::Paused
    }),
    ("/nodes/pve1/lxc/200", |guest| {
        !is_vm(guest) && !guest.alive()
    }),
    ("/nodes/pve1/lxc/201", |guest| {
        !is_vm(guest) && guest.status == GuestStatus::Running
    }),
];

fn is_vm(guest: &Guest) -> bool {
    guest.kind == GuestKind::Vm
}

/// A world like the recorded one: three nodes, and a guest for every part.
async fn start() -> PveServer {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_millis() as i64;
    let world = World::new(WorldConfig {
        guests: 60,
        start: Some(now),
        ..WorldConfig::default()
    });
    let free = |condition: &dyn Fn(&Guest) -> bool| {
        let guests = world.guests();
        guests
            .into_iter()
            .find(|guest| condition(guest) && !CAST.iter().any(|(_, part)| part(guest)))
            .expect("an extra")
    };
    let managed = free(&|guest| is_vm(guest) && guest.ha.is_some());
    world.set_guest_status(managed.vmid, GuestStatus::Stopped);
    let locked =
        free(&|guest| is_vm(guest) && guest.agent != Agent::Running && guest.lock.is_none());
    world.set_guest_status(locked.vmid, GuestStatus::Stopped);
    world.set_lock(locked.vmid, Some("backup"));
    for (path, part) in CAST {
        let guest = world
            .guests()
            .into_iter()
            .find(part)
            .unwrap_or_else(|| panic!("nobody plays {path}"));
        world.migrate(guest.vmid, &path[7..11]);
    }
    world.add_task(
        TaskSpec::new("pve1", "vzdump", "100")
            .outcome("job errors")
            .lasting(60, 5),
    );
    PveServer::start(world, PveOptions::quick())
        .await
        .expect("starts")
}

/// The path that asks the simulator for what a recorded path asked for.
fn translate(world: &World, path: &str) -> String {
    let guests = world.guests();
    for (recorded, part) in CAST {
        if let Some(rest) = path.strip_prefix(recorded) {
            let node = &recorded[7..11];
            let guest = guests
                .iter()
                .find(|guest| guest.node == node && part(guest))
                .expect("was put there");
            return format!("/nodes/{node}/{}{rest}", guest.id());
        }
    }
    if path.starts_with("/nodes/pve2/qemu/100") {
        let elsewhere = guests
            .iter()
            .find(|guest| guest.node != "pve2")
            .expect("a guest elsewhere");
        return path.replace("100", &elsewhere.vmid.to_string());
    }
    if let Some(rest) = path.strip_prefix("/nodes/pve3/qemu/105") {
        let stopped = guests
            .iter()
            .find(|guest| guest.node == "pve3" && is_vm(guest))
            .expect("one on pve3");
        world.set_guest_status(stopped.vmid, GuestStatus::Stopped);
        return format!("/nodes/pve3/{}{rest}", stopped.id());
    }
    path.replace("/storage/nas", "/storage/old-nas")
}

async fn compare(server: &PveServer, set: &str, role: Role) {
    let mut problems = Vec::new();
    for (path, recorded) in recorded(set) {
        if NOT_SIMULATED.contains(&path.as_str()) {
            continue;
        }
        let asked = translate(server.world(), &path);
        let answer = get(server, role, &asked).await;
        problems.extend(
            differences(&path, &recorded, &answer)
                .into_iter()
                .map(|text| format!("{path}: {text}")),
        );
    }
    assert!(problems.is_empty(), "{set}:\n{}", problems.join("\n"));
}

fn differences(path: &str, recorded: &Answer, answer: &Answer) -> Vec<String> {
    if excepted(EXCEPTIONS, path, "") {
        return Vec::new();
    }
    let line = |answer: &Answer| {
        format!(
            "{} {}",
            answer.status,
            without_digits(&answer.reason).replace("old-nas", "nas")
        )
    };
    let mut found = Vec::new();
    if path.starts_with("/nodes/pve1/storage/nas/content")
        && recorded.status == 500
        && answer.status == 500
    {
        return found;
    }
    if line(recorded) != line(answer) {
        return vec![format!("{} instead of {}", line(answer), line(recorded))];
    }
    // The test asks with `Connection: close`, the recording client did not.
    let hops = |answer: &Answer| answer.all("connection").len();
    if hops(recorded) != hops(answer) {
        found.push(format!(
            "{:?} instead of {:?}",
            answer.all("connection"),
            recorded.all("connection")
        ));
    }
    for name in ["content-type", "server", "cache-control", "pragma"] {
        if recorded.all(name) != answer.all(name) {
            found.push(format!(
                "{name} is {:?} instead of {:?}",
                answer.all(name),
                recorded.all(name)
            ));
        }
    }
    let (theirs, ours) = (shapes(path, &recorded.json()), shapes(path, &answer.json()));
    for (kind, shape) in &theirs {
        match ours.get(kind) {
            Some(our) => {
                let may_differ = |field: &str| excepted(EXCEPTIONS, path, field);
                found.extend(
                    shape
                        .differences(our, may_differ)
                        .into_iter()
                        .map(|text| format!("{kind}: {text}")),
                );
            }
            None if excepted(MISSING_KINDS, path, kind) => {}
            None => found.push(format!("no rows of kind {kind}, only {:?}", ours.keys())),
        }
    }
    found
}

fn excepted(table: &[(&str, &str, &str)], path: &str, field: &str) -> bool {
    table
        .iter()
        .any(|(paths, fields, _)| matches(paths, path) && matches(fields, field))
}

/// `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(part) = last.replace(part) {
            let Some(at) = rest.find(part) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

/// The recorded answers of a set with their paths, in the order they were asked for.
fn recorded(set: &str) -> Vec<(String, Answer)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../fixtures")
        .join(set);
    let index = std::fs::read_to_string(folder.join("INDEX.txt")).expect("an index");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "http"))
        .collect();
    files.sort();
    let paths = index
        .lines()
        .filter_map(|line| line.split_once(" -> "))
        .map(|(path, _)| path.to_owned());
    let answers = files
        .iter()
        .map(|file| Answer::parse(&std::fs::read(file).expect("a file")));
    let all: Vec<_> = paths.zip(answers).collect();
    assert_eq!(all.len(), files.len(), "{set}: one line per file");
    assert!(all.iter().all(|(_, answer)| answer.body.is_empty()
        || serde_json::from_slice::<Value>(&answer.body).is_ok()));
    all
}
