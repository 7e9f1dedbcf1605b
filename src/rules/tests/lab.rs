//! A small home lab: what can be seen in it, and a judge who is told.

use std::time::Duration;

use crate::model::alert::{Alert, AlertState, Finding, Severity, Transition};
use crate::model::facts::Facts;
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::observation::{Coverage, Observation, Outcome};
use crate::model::resource::{
    GameServer, Guest, Node, NodeStatus, Resource, Storage, StorageStatus, Usage,
};
use crate::model::target::{Failure, FailureKind, Reachability, RequestBudget, TargetSummary};
use crate::model::time::Timestamp;
use crate::rules::{Judge, RULES, RuleSettings};
use crate::state::Fleet;

pub(in crate::rules) fn target() -> TargetId {
    "tgt_lab".parse().expect("a target id")
}

pub(in crate::rules) fn summary() -> TargetSummary {
    TargetSummary {
        id: target(),
        name: "homelab".into(),
        kind: "pve".into(),
        address: "https://10.0.0.1:8006".into(),
        reachability: Reachability::Pending,
        cluster: None,
        version: None,
        quorate: None,
        clock_skew_ms: None,
        missing: Vec::new(),
        requests: RequestBudget::default(),
        look_ms: None,
        verifies_certificate: true,
        last_seen: None,
    }
}

pub(in crate::rules) fn guest(cpu: Option<f64>) -> Guest {
    Guest {
        name: "web1".into(),
        cpu,
        cpus: Some(4.0),
        ..Guest::bare(&target(), 100)
    }
}

pub(in crate::rules) fn node(status: NodeStatus) -> Resource {
    Resource::Node(Node {
        status,
        ..Node::bare(&target(), "pve1")
    })
}

pub(in crate::rules) fn storage(used: u64) -> Resource {
    Resource::Storage(Storage {
        id: ResourceId::storage(&target(), "nas", None),
        name: "nas".into(),
        node: None,
        shared: true,
        plugin: "nfs".into(),
        content: Vec::new(),
        status: StorageStatus::Available,
        usage: Usage {
            used: Some(used),
            total: Some(1000),
        },
        nodes: Vec::new(),
    })
}

pub(in crate::rules) fn game() -> GameServer {
    GameServer::new(
        ResourceId::other(ResourceKind::Game, &target(), "world"),
        "world",
    )
}

/// The one thing that was said.
pub(in crate::rules) fn said(transitions: &[Transition]) -> &str {
    let [only] = transitions else {
        panic!("one transition expected: {transitions:?}");
    };
    match only {
        Transition::Fire(finding) | Transition::Update(finding) => &finding.message,
        Transition::Clear { message, .. } => message,
    }
}

/// The alert that a finding became, still open.
pub(in crate::rules) fn open(finding: &Finding) -> Alert {
    Alert {
        id: finding.alert_id(),
        rule: finding.rule.into(),
        subject: finding.subject.clone(),
        resource: finding.resource.clone(),
        resource_name: finding.resource_name.clone(),
        node: finding.node.clone(),
        severity: finding.severity,
        state: AlertState::Firing,
        message: finding.message.clone(),
        value: finding.value,
        limit: finding.limit,
        started_at: finding.since,
        last_seen: finding.at,
        resolved_at: None,
        acknowledged_at: None,
        acknowledged_by: None,
        tags: Vec::new(),
        hold: None,
    }
}

/// The severity of the one alert that began or changed; `None` where it ended.
pub(in crate::rules) fn severity(transitions: &[Transition]) -> Option<Severity> {
    match transitions {
        [Transition::Fire(finding) | Transition::Update(finding)] => Some(finding.severity),
        _ => None,
    }
}

/// Settings in which only `rule` is on, with `values` for `kind`.
pub(in crate::rules) fn only(
    kind: ResourceKind,
    rule: &str,
    values: serde_json::Value,
) -> RuleSettings {
    let mut settings = RuleSettings::default();
    for other in RULES.iter().map(|rule| rule.kind()) {
        for of in other.of {
            let level = settings.kinds.entry(*of).or_default();
            let is_it = other.name == rule && *of == kind;
            let values = is_it.then(|| values.as_object().cloned().unwrap_or_default());
            level.rules.insert(other.name.to_owned(), values);
        }
    }
    settings.validate().expect("settings without mistakes");
    settings
}

/// A day in seconds.
pub(in crate::rules) const DAY: i64 = 86_400;

/// A fleet, a judge and the seconds that pass.
pub(in crate::rules) struct Lab {
    pub(in crate::rules) fleet: Fleet,
    pub(in crate::rules) judge: Judge,
}

impl Lab {
    pub(in crate::rules) fn new() -> Self {
        Self::with(RuleSettings::default(), &[])
    }

    pub(in crate::rules) fn with(settings: RuleSettings, open: &[Alert]) -> Self {
        let mut lab = Self {
            fleet: Fleet::default(),
            judge: Judge::new(settings, open),
        };
        let configured = Outcome::Configured {
            summary: Box::new(summary()),
        };
        assert_eq!(lab.observe(0, configured), []);
        lab
    }

    pub(in crate::rules) fn observe(&mut self, seconds: i64, outcome: Outcome) -> Vec<Transition> {
        let at = Timestamp::from_seconds(seconds);
        let observation = Observation {
            target: target(),
            at,
            took: Duration::from_millis(5),
            outcome,
        };
        let (fleet, diff) = self.fleet.merge(observation, at);
        self.fleet = fleet;
        self.judge.evaluate(&self.fleet, &diff, at)
    }

    pub(in crate::rules) fn see(
        &mut self,
        seconds: i64,
        resources: Vec<Resource>,
    ) -> Vec<Transition> {
        self.observe(
            seconds,
            Outcome::Seen {
                summary: Box::new(summary()),
                coverage: Coverage::Complete,
                resources,
                samples: Vec::new(),
                facts: Box::default(),
                past: Vec::new(),
            },
        )
    }

    /// A good look at resources, lists beyond them and the target as a whole.
    pub(in crate::rules) fn look(
        &mut self,
        seconds: i64,
        summary: TargetSummary,
        resources: Vec<Resource>,
        facts: Facts,
    ) -> Vec<Transition> {
        self.observe(
            seconds,
            Outcome::Seen {
                summary: Box::new(summary),
                coverage: Coverage::Complete,
                resources,
                samples: Vec::new(),
                facts: Box::new(facts),
                past: Vec::new(),
            },
        )
    }

    /// The same, with a guest only.
    pub(in crate::rules) fn see_facts(
        &mut self,
        seconds: i64,
        guest: Guest,
        facts: Facts,
    ) -> Vec<Transition> {
        self.look(seconds, summary(), vec![Resource::Guest(guest)], facts)
    }

    /// The same, with the lists only.
    pub(in crate::rules) fn see_target(
        &mut self,
        seconds: i64,
        summary: TargetSummary,
        facts: Facts,
    ) -> Vec<Transition> {
        self.look(seconds, summary, Vec::new(), facts)
    }

    pub(in crate::rules) fn see_cpu(&mut self, seconds: i64, cpu: f64) -> Vec<Transition> {
        self.see(seconds, vec![Resource::Guest(guest(Some(cpu)))])
    }

    pub(in crate::rules) fn fail(&mut self, seconds: i64, kind: FailureKind) -> Vec<Transition> {
        let failure = Failure {
            kind,
            message: "401 no such token".into(),
            fix: Some("Enter the token again.".into()),
        };
        self.observe(seconds, Outcome::Failed { failure })
    }

    /// The guest's CPU alert fires after five minutes above its limit.
    pub(in crate::rules) fn set_on_fire(&mut self) {
        assert!(self.see_cpu(0, 0.93).is_empty());
        assert_eq!(self.see_cpu(300, 0.93).len(), 1);
    }
}
