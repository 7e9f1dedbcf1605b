use serde_json::json;

use super::date;
use crate::model::facts::Facts;
use crate::model::id::ResourceKind;
use crate::model::known::Known;
use crate::model::resource::{Node, NodeFacts, NodeStatus, Resource, Subscription};
use crate::model::shared::Shared;
use crate::rules::tests::lab::{DAY, Lab, node, only, said, summary};

fn with(status: &str, due: Option<&str>) -> Vec<Resource> {
    let Resource::Node(node) = node(NodeStatus::Online) else {
        panic!("a node");
    };
    let subscription = Subscription {
        status: status.into(),
        product: None,
        next_due: due.map(str::to_owned),
    };
    vec![Resource::Node(Node {
        facts: Shared::new(NodeFacts {
            subscription: Known::Is(subscription),
            ..NodeFacts::default()
        }),
        ..node
    })]
}

#[test]
fn one_that_ends_soon_or_has_ended_is_told_and_none_at_all_is_fine() {
    let settings = only(ResourceKind::Node, "subscription", json!({"warning": 21}));
    let mut lab = Lab::with(settings, &[]);
    let due = date("2027-05-01").expect("a date").seconds();
    let mut see = |days: i64, status: &str, date: Option<&str>| {
        lab.look(
            due - days * DAY,
            summary(),
            with(status, date),
            Facts::default(),
        )
    };
    assert!(see(200, "notfound", None).is_empty());
    assert!(
        see(100, "active", None).is_empty(),
        "nobody says when it ends"
    );
    assert!(see(30, "active", Some("2027-05-01")).is_empty());
    assert_eq!(
        said(&see(20, "active", Some("2027-05-01"))),
        "pve1 (node): its subscription ends in 20 d"
    );
    assert!(said(&see(10, "active", Some("2028-05-01"))).ends_with("renewed"));
    assert!(said(&see(5, "expired", None)).ends_with("no longer valid"));
    assert!(said(&see(4, "notfound", None)).ends_with("it has no subscription"));
}
