use serde_json::json;

use crate::model::facts::Facts;
use crate::model::known::{Gap, Known};
use crate::model::resource::{FileSystem, Guest, GuestFacts, Usage};
use crate::model::shared::Shared;
use crate::rules::RuleSettings;
use crate::rules::tests::lab::{Lab, guest, said};

fn volume(mount: &str, kind: &str, device: &str, used: u64) -> FileSystem {
    FileSystem {
        mount: mount.into(),
        kind: Some(kind.into()),
        device: Some(device.into()),
        usage: Usage {
            used: Some(used),
            total: Some(100),
        },
    }
}

fn with(filesystems: Known<Vec<FileSystem>>) -> Guest {
    let usage = Usage {
        used: Some(95),
        total: Some(200),
    };
    Guest {
        disk: usage,
        facts: Shared::new(GuestFacts {
            filesystems,
            ..GuestFacts::default()
        }),
        ..guest(None)
    }
}

fn lab() -> Lab {
    let settings: RuleSettings = serde_json::from_value(json!({"kinds": {"guest": {"metrics": {
        "disk": {"warning": {"raise": 0.9, "clear": 0.8, "dwell_seconds": 0}},
        "disk:/boot": null,
    }}}}))
    .expect("settings");
    settings.validate().expect("no mistakes");
    Lab::with(settings, &[])
}

#[test]
fn each_file_system_of_its_own_is_judged_by_itself() {
    let mut lab = lab();
    let all = |srv| {
        Known::Is(vec![
            volume("/", "ext4", "sda1", 20),
            volume("/boot", "ext4", "sda2", 99),
            volume("/snap", "squashfs", "loop0", 100),
            volume("/srv", "btrfs", "sdb", srv),
            volume("/srv/again", "btrfs", "sdb", srv),
        ])
    };
    assert!(lab.see_facts(0, with(all(50)), Facts::default()).is_empty());
    assert_eq!(
        said(&lab.see_facts(10, with(all(95)), Facts::default())),
        "web1 (guest 100 on pve1): File system /srv at 95 %, limit 90 %"
    );
    let silent = Known::Not(Gap::AgentNotRunning);
    let told = lab.see_facts(20, with(silent), Facts::default());
    assert!(told.is_empty(), "nobody can tell: {told:?}");
    let told = lab.see_facts(30, with(all(50)), Facts::default());
    assert!(said(&told).contains("/srv at 50 % again"), "{told:?}");
}

#[test]
fn a_file_system_that_is_unmounted_ends_its_alert() {
    let mut lab = lab();
    let both = Known::Is(vec![
        volume("/", "ext4", "sda1", 20),
        volume("/srv", "btrfs", "sdb", 95),
    ]);
    assert_eq!(lab.see_facts(0, with(both), Facts::default()).len(), 1);
    let one = Known::Is(vec![volume("/", "ext4", "sda1", 20)]);
    let told = lab.see_facts(10, with(one), Facts::default());
    assert!(
        said(&told).ends_with("no longer watched for this"),
        "{told:?}"
    );
}
