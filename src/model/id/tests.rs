use super::{ResourceId, ResourceKind, TargetId};

#[test]
fn a_resource_id_reads_back_as_written() {
    let target = TargetId::random();
    for id in [
        ResourceId::own(),
        ResourceId::target(&target),
        ResourceId::node(&target, "pve1"),
        ResourceId::guest(&target, 100),
        ResourceId::storage(&target, "nas", None),
        ResourceId::storage(&target, "local-lvm", Some("pve2")),
        ResourceId::other(ResourceKind::Disk, &target, "pve1@sda"),
    ] {
        assert_eq!(id.as_str().parse(), Ok(id.clone()), "{id}");
    }
}

#[test]
fn a_hostile_local_name_cannot_forge_another_id() {
    let target = TargetId::random();
    let id = ResourceId::node(&target, "a:b/../c\n<x>");
    assert_eq!(id.local(), "a_b_.._c__x_");
}

#[test]
fn foreign_text_is_no_id() {
    for text in [
        "",
        "guest",
        "guest:tgt_x",
        "guest:tgt_x:",
        "wolf:tgt_x:1",
        "guest:nope:1",
    ] {
        assert!(text.parse::<ResourceId>().is_err(), "{text}");
    }
}
