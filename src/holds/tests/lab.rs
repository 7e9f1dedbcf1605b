//! Two nodes, a guest on each, a storage of each and a shared one.

use std::time::Duration;

use crate::holds::{Context, Suppressions};
use crate::model::alert::{Alert, AlertState, Hold, HoldReason, Severity, Standing};
use crate::model::facts::Facts;
use crate::model::id::{AlertId, ResourceId, ResourceKind, SilenceId, TargetId};
use crate::model::known::Known;
use crate::model::observation::{Coverage, Observation, Outcome};
use crate::model::resource::{
    GameServer, Guest, GuestConfig, GuestFacts, Node, Resource, Storage, StorageStatus, Usage,
    Volume,
};
use crate::model::shared::Shared;
use crate::model::silence::{Scope, Silence};
use crate::model::target::{Failure, FailureKind, TargetSummary};
use crate::model::task::{Task, TaskOutcome};
use crate::model::time::Timestamp;
use crate::state::Fleet;

pub(super) const NOON: Timestamp = Timestamp(1_795_000_000_000);

pub(super) fn target() -> TargetId {
    "tgt_lab".parse().expect("a target id")
}

pub(super) struct Lab {
    pub(super) fleet: Fleet,
    pub(super) suppressions: Suppressions,
    pub(super) standing: Vec<Standing>,
    pub(super) ended: Vec<Alert>,
    resources: Vec<Resource>,
    facts: Facts,
}

impl Lab {
    /// One that nobody has looked at.
    pub(super) fn unseen() -> Self {
        let mut lab = Self {
            fleet: Fleet::default(),
            suppressions: Suppressions::default(),
            standing: Vec::new(),
            ended: Vec::new(),
            resources: vec![
                node("pve1"),
                node("pve2"),
                guest(100, "pve1", "nas"),
                guest(101, "pve2", "local"),
                shelf("local", Some("pve1")),
                shelf("local", Some("pve2")),
                shelf("nas", None),
                game(100),
            ],
            facts: Facts {
                tasks: Known::Is(Shared::default()),
                ..Facts::default()
            },
        };
        lab.observe(Outcome::Configured {
            summary: Box::new(summary()),
        });
        lab
    }

    pub(super) fn new() -> Self {
        let mut lab = Self::unseen();
        lab.look();
        lab
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context::new(&self.fleet, &self.suppressions, &self.standing, &self.ended)
    }

    fn observe(&mut self, outcome: Outcome) {
        let observation = Observation {
            target: target(),
            at: NOON,
            took: Duration::ZERO,
            outcome,
        };
        self.fleet = self.fleet.merge(observation, NOON).0;
    }

    fn look(&mut self) {
        self.observe(Outcome::Seen {
            summary: Box::new(summary()),
            coverage: Coverage::Complete,
            resources: self.resources.clone(),
            samples: Vec::new(),
            facts: Box::new(self.facts.clone()),
            past: Vec::new(),
        });
    }

    /// Looks again after something changed.
    pub(super) fn see(&mut self, change: impl FnMut(&mut Resource)) {
        self.resources.iter_mut().for_each(change);
        self.look();
    }

    pub(super) fn facts(&mut self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.facts);
        self.look();
    }

    pub(super) fn tasks(&mut self, tasks: Vec<Task>) {
        self.facts(|facts| facts.tasks = Known::Is(Shared::new(tasks)));
    }

    pub(super) fn lock(&mut self, vmid: u32, lock: Option<&str>) {
        self.see(|resource| {
            if let Resource::Guest(guest) = resource
                && guest.vmid == vmid
            {
                guest.lock = lock.map(str::to_owned);
            }
        });
    }

    pub(super) fn fail(&mut self) {
        self.observe(Outcome::Failed {
            failure: Failure {
                kind: FailureKind::Timeout,
                message: "no answer".into(),
                fix: None,
            },
        });
    }

    /// Silences `scope` for an hour around noon.
    pub(super) fn silence(&mut self, scope: Scope) {
        self.suppressions.silences.push(Silence {
            id: SilenceId::random(),
            scope,
            from: NOON - Duration::from_secs(1800),
            until: NOON + Duration::from_secs(1800),
            note: None,
            created_by: "ada".into(),
            created_at: NOON,
        });
    }
}

fn summary() -> TargetSummary {
    let address = "https://10.0.0.1:8006".to_owned();
    TargetSummary::configured(target(), "homelab".into(), "pve", address, true)
}

fn node(name: &str) -> Resource {
    Resource::Node(Node::bare(&target(), name))
}

fn guest(vmid: u32, node: &str, storage: &str) -> Resource {
    let config = GuestConfig {
        volumes: vec![Volume {
            key: "scsi0".into(),
            storage: Some(storage.into()),
            mount: None,
            size: None,
            backed_up: true,
        }],
        ..GuestConfig::default()
    };
    let is_web = vmid == 100;
    Resource::Guest(Guest {
        node: node.into(),
        tags: if is_web {
            vec!["web".into()]
        } else {
            Vec::new()
        },
        pool: is_web.then(|| "home".into()),
        facts: Shared::new(GuestFacts {
            config: Known::Is(config),
            ..GuestFacts::default()
        }),
        ..Guest::bare(&target(), vmid)
    })
}

/// A game server in a guest.
fn game(vmid: u32) -> Resource {
    let id = ResourceId::other(ResourceKind::Game, &target(), "world");
    let mut game = GameServer::new(id, "world");
    game.guest = Some(ResourceId::guest(&target(), vmid));
    Resource::Game(game)
}

fn shelf(name: &str, node: Option<&str>) -> Resource {
    Resource::Storage(Storage {
        id: ResourceId::storage(&target(), name, node),
        name: name.into(),
        node: node.map(str::to_owned),
        shared: node.is_none(),
        plugin: "dir".into(),
        content: Vec::new(),
        status: StorageStatus::Available,
        usage: Usage::default(),
        nodes: Vec::new(),
    })
}

fn standing(rule: &str, subject: &str, resource: ResourceId, node: Option<&str>) -> Standing {
    Standing {
        alert: Alert {
            id: AlertId::random(),
            rule: rule.into(),
            subject: subject.into(),
            resource_name: resource.local().into(),
            resource,
            node: node.map(str::to_owned),
            severity: Severity::Warning,
            state: AlertState::Firing,
            message: "something is wrong".into(),
            value: None,
            limit: None,
            started_at: NOON,
            last_seen: NOON,
            resolved_at: None,
            acknowledged_at: None,
            acknowledged_by: None,
            tags: Vec::new(),
            hold: None,
        },
        entered_at: NOON,
        expires_at: None,
        starts: vec![NOON],
        was_flapping: false,
    }
}

fn home(vmid: u32) -> &'static str {
    if vmid == 100 { "pve1" } else { "pve2" }
}

pub(super) fn cpu(vmid: u32) -> Standing {
    let id = ResourceId::guest(&target(), vmid);
    standing("threshold", "cpu", id, Some(home(vmid)))
}

pub(super) fn off(vmid: u32) -> Standing {
    let id = ResourceId::guest(&target(), vmid);
    standing("guest_off", "power", id, Some(home(vmid)))
}

pub(super) fn game_silent() -> Standing {
    let id = ResourceId::other(ResourceKind::Game, &target(), "world");
    standing("game_offline", "answer", id, None)
}

pub(super) fn game_backup_late() -> Standing {
    let id = ResourceId::other(ResourceKind::Game, &target(), "world");
    standing("game_backup_overdue", "backup", id, None)
}

pub(super) fn node_off(name: &str) -> Standing {
    let id = ResourceId::node(&target(), name);
    standing("node_offline", "status", id, Some(name))
}

pub(super) fn node_cpu(name: &str) -> Standing {
    let id = ResourceId::node(&target(), name);
    standing("threshold", "cpu", id, Some(name))
}

pub(super) fn storage(local: &str) -> Standing {
    let (name, node) = match local.split_once('@') {
        Some((name, node)) => (name, Some(node)),
        None => (local, None),
    };
    let id = ResourceId::storage(&target(), name, node);
    standing("threshold", "latency", id, node)
}

pub(super) fn unreachable() -> Standing {
    let id = ResourceId::target(&target());
    standing("unreachable", "reachability", id, None)
}

pub(super) fn held(reason: HoldReason, by: &str) -> Option<Hold> {
    Some(Hold {
        reason,
        by: by.into(),
        since: NOON,
        until: None,
    })
}

/// A task of a person's that began a minute ago on the first node.
pub(super) fn task(kind: &str, subject: Option<&str>, outcome: TaskOutcome) -> Task {
    let is_running = outcome == TaskOutcome::Running;
    Task {
        id: format!("UPID:pve1:{kind}"),
        node: Some("pve1".into()),
        kind: kind.into(),
        subject: subject.map(str::to_owned),
        user: Some("ada@pve".into()),
        began_at: NOON - Duration::from_secs(60),
        ended_at: (!is_running).then_some(NOON),
        outcome,
    }
}
