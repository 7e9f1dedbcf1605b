use serde_json::json;

use crate::model::id::ResourceKind;
use crate::model::resource::{Resource, StorageStatus};
use crate::model::target::FailureKind;
use crate::rules::tests::lab::{Lab, only, said, storage};

#[test]
fn a_storage_that_nobody_can_use_is_told_after_a_while() {
    let settings = only(
        ResourceKind::Storage,
        "storage_offline",
        json!({"dwell_seconds": 60}),
    );
    let mut lab = Lab::with(settings, &[]);
    let with = |status| {
        let Resource::Storage(mut storage) = storage(1) else {
            panic!("a storage");
        };
        storage.status = status;
        vec![Resource::Storage(storage)]
    };
    assert!(lab.see(0, with(StorageStatus::Available)).is_empty());
    assert!(lab.see(10, with(StorageStatus::Unknown)).is_empty());
    let told = lab.see(70, with(StorageStatus::Unknown));
    assert_eq!(said(&told), "nas (storage): cannot be used for 1 min");
    assert!(lab.fail(80, FailureKind::Timeout).is_empty(), "unknown");
    let told = lab.see(90, with(StorageStatus::Available));
    assert!(said(&told).contains("can be used again"), "{told:?}");
}
