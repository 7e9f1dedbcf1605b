use serde_json::json;

use crate::model::alert::Severity;
use crate::model::facts::Facts;
use crate::model::id::ResourceKind;
use crate::model::known::Known;
use crate::model::resource::{Certificate, Node, NodeFacts, NodeStatus, Resource};
use crate::model::shared::Shared;
use crate::model::time::Timestamp;
use crate::rules::tests::lab::{DAY, Lab, node, only, said, severity, summary};

fn with(ends: Option<i64>) -> Vec<Resource> {
    let Resource::Node(node) = node(NodeStatus::Online) else {
        panic!("a node");
    };
    let certificate = |day: i64| Certificate {
        file: "pve-ssl.pem".into(),
        subject: None,
        issuer: None,
        fingerprint: None,
        expires_at: Some(Timestamp::from_seconds(day * DAY)),
    };
    let certificates = ends.map_or_else(Known::default, |day| Known::Is(vec![certificate(day)]));
    vec![Resource::Node(Node {
        facts: Shared::new(NodeFacts {
            certificates,
            ..NodeFacts::default()
        }),
        ..node
    })]
}

#[test]
fn it_warns_days_before_gets_critical_and_ends_when_renewed() {
    let settings = only(
        ResourceKind::Node,
        "certificate_expiry",
        json!({"warning": 14, "critical": 3}),
    );
    let mut lab = Lab::with(settings, &[]);
    let mut see = |day: i64, ends| lab.look(day * DAY, summary(), with(ends), Facts::default());
    assert!(see(50, None).is_empty());
    assert!(see(85, Some(100)).is_empty());
    let told = see(86, Some(100));
    assert_eq!(severity(&told), Some(Severity::Warning));
    assert_eq!(
        said(&told),
        "pve1 (node): the certificate pve-ssl.pem ends in 14 d"
    );
    assert_eq!(severity(&see(97, Some(100))), Some(Severity::Critical));
    assert!(see(98, None).is_empty(), "unknown");
    assert!(said(&see(101, Some(100))).ends_with("has ended"));
    assert!(said(&see(102, Some(465))).ends_with("was renewed"));
}
