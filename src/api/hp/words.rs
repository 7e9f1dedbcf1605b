//! The legal words of our own API's enumerations, for its schema.

use crate::auth::Role;
use crate::model::alert::HoldReason;
use crate::notify::Occasion;
use crate::notify::outbox::DeliveryState;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ArrayItems, ObjectBuilder, Schema, Type};

use crate::model::id::ResourceKind;

fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
        .into()
}

pub(super) fn target_state() -> Schema {
    one_of([
        "pending",
        "online",
        "name_unknown",
        "unreachable",
        "timeout",
        "certificate_untrusted",
        "certificate_changed",
        "unauthorized",
        "forbidden",
        "server_error",
        "bad_answer",
    ])
}

pub(super) fn failure_kind() -> Schema {
    one_of([
        "name_unknown",
        "unreachable",
        "timeout",
        "certificate_untrusted",
        "certificate_changed",
        "unauthorized",
        "forbidden",
        "server_error",
        "bad_answer",
    ])
}

pub(super) fn node_status() -> Schema {
    one_of(["online", "offline", "unknown"])
}

pub(super) fn guest_status() -> Schema {
    one_of(["running", "stopped", "paused", "unknown"])
}

pub(super) fn guest_kind() -> Schema {
    one_of(["vm", "container"])
}

pub(super) fn storage_status() -> Schema {
    one_of(["available", "unknown"])
}

pub(super) fn severity() -> Schema {
    one_of(["info", "warning", "critical"])
}

pub(super) fn alert_state() -> Schema {
    one_of(["firing", "resolved"])
}

pub(super) fn role() -> Schema {
    one_of(Role::ALL.map(Role::word))
}

pub(super) fn hold_reason() -> Schema {
    one_of(HoldReason::ALL.map(HoldReason::word))
}

pub(super) fn unit() -> Schema {
    one_of([
        "ratio",
        "bytes",
        "bytes_per_second",
        "count",
        "seconds",
        "milliseconds",
        "celsius",
        "load",
    ])
}

pub(super) fn metric_kind() -> Schema {
    one_of(["gauge", "rate", "state"])
}

pub(super) fn direction() -> Schema {
    one_of(["higher_is_worse", "lower_is_worse", "neutral"])
}

pub(super) fn resource_kind() -> Schema {
    one_of(ResourceKind::ALL.map(ResourceKind::word))
}

pub(super) fn resource_kinds() -> Schema {
    ArrayBuilder::new()
        .items(ArrayItems::RefOrSchema(Box::new(RefOr::T(resource_kind()))))
        .into()
}

pub(super) fn delivery_state() -> Schema {
    one_of(DeliveryState::ALL.map(DeliveryState::word))
}

pub(super) fn occasion() -> Schema {
    one_of(Occasion::ALL.map(Occasion::word))
}
