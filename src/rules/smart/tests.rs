use serde_json::json;

use crate::model::facts::Facts;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::resource::{Disk, DiskHealth, DiskKind, Resource};
use crate::rules::RuleSettings;
use crate::rules::tests::lab::{Lab, only, said, summary, target};

fn disk(health: DiskHealth, wear: Option<f64>) -> Vec<Resource> {
    vec![Resource::Disk(Disk {
        id: ResourceId::other(ResourceKind::Disk, &target(), "S1"),
        node: "pve1".into(),
        device: "/dev/sda".into(),
        kind: DiskKind::Ssd,
        model: Some("Evo".into()),
        serial: Some("S1".into()),
        size: None,
        health,
        health_word: None,
        wear,
        used_for: None,
        rpm: None,
    })]
}

#[test]
fn a_disk_that_says_it_fails_is_told() {
    let mut lab = Lab::with(only(ResourceKind::Disk, "smart", json!({})), &[]);
    let mut see =
        |seconds, health| lab.look(seconds, summary(), disk(health, None), Facts::default());
    assert!(see(0, DiskHealth::Unknown).is_empty());
    assert!(see(10, DiskHealth::Passed).is_empty());
    assert_eq!(
        said(&see(20, DiskHealth::Failed)),
        "/dev/sda in pve1 (disk), Evo, says that it is failing; replace it"
    );
    assert!(see(30, DiskHealth::Unknown).is_empty());
    assert!(said(&see(40, DiskHealth::Passed)).contains("well"));
}

#[test]
fn a_worn_disk_is_told_by_its_limits() {
    let mut lab = Lab::with(RuleSettings::default(), &[]);
    let mut see = |seconds, wear| {
        let disk = disk(DiskHealth::Passed, Some(wear));
        lab.look(seconds, summary(), disk, Facts::default())
    };
    assert!(see(0, 0.5).is_empty());
    let told = see(10, 0.86);
    assert_eq!(
        said(&told),
        "/dev/sda in pve1 (disk): Wear-out at 86 %, limit 85 %"
    );
}
