use serde_json::json;

use crate::model::alert::Severity;
use crate::model::facts::Facts;
use crate::model::id::ResourceKind;
use crate::model::known::Known;
use crate::model::resource::{Node, NodeFacts, NodeStatus, Resource, Usage, ZfsPool};
use crate::model::shared::Shared;
use crate::rules::tests::lab::{Lab, node, only, said, severity, summary};

fn with(health: Option<&str>) -> Vec<Resource> {
    let Resource::Node(node) = node(NodeStatus::Online) else {
        panic!("a node");
    };
    let pool = |health: &str| ZfsPool {
        name: "tank".into(),
        health: health.into(),
        usage: Usage::default(),
        fragmentation: None,
        dedup: None,
    };
    let zfs = health.map_or_else(Known::default, |health| Known::Is(vec![pool(health)]));
    vec![Resource::Node(Node {
        facts: Shared::new(NodeFacts {
            zfs,
            ..NodeFacts::default()
        }),
        ..node
    })]
}

#[test]
fn a_degraded_pool_warns_and_a_faulted_one_is_critical() {
    let mut lab = Lab::with(only(ResourceKind::Node, "zfs_pool", json!({})), &[]);
    let mut see = |seconds, health| lab.look(seconds, summary(), with(health), Facts::default());
    assert!(see(0, None).is_empty());
    assert!(see(10, Some("ONLINE")).is_empty());
    let told = see(20, Some("DEGRADED"));
    assert_eq!(severity(&told), Some(Severity::Warning));
    assert_eq!(
        said(&told),
        "pve1 (node): the ZFS pool tank is DEGRADED for 0 s"
    );
    assert_eq!(
        severity(&see(30, Some("FAULTED"))),
        Some(Severity::Critical)
    );
    assert!(see(40, None).is_empty(), "unknown");
    let told = see(50, Some("ONLINE"));
    assert!(said(&told).contains("whole again"), "{told:?}");
}
