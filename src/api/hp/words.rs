//! The legal words of our own API's enumerations, for its schema.

use std::collections::BTreeSet;

use crate::alerts::Event;
use crate::auth::Role;
use crate::model::action::Action;
use crate::model::alert::HoldReason;
use crate::model::game_action::GameAction;
use crate::notify::catalogue::FieldKind;
use crate::notify::outbox::{BreakerState, DeliveryState};
use crate::notify::{ChannelState, Occasion};
use crate::services::changes::EventKind;
use crate::services::silences::Source;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ArrayItems, ObjectBuilder, Schema, Type};

use crate::model::id::ResourceKind;
use crate::model::resource::GameStatus;

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
        "rate_limited",
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
        "rate_limited",
        "server_error",
        "bad_answer",
    ])
}

pub(super) fn doctor_verdict() -> Schema {
    one_of(["ok", "unknown", "note", "warning", "problem"])
}

pub(super) fn own_backup_reason() -> Schema {
    one_of(["scheduled", "manual", "before-restore", "before-update"])
}

pub(super) fn own_backup_key() -> Schema {
    one_of(["included", "sealed", "left_out"])
}

pub(super) fn own_backup_work() -> Schema {
    one_of(["create", "verify"])
}

pub(super) fn own_backup_state() -> Schema {
    one_of(["running", "ok", "failed"])
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

pub(super) fn datastore_status() -> Schema {
    one_of(["available", "maintenance", "failing"])
}

pub(super) fn disk_kind() -> Schema {
    one_of(["hdd", "ssd", "nvme", "usb", "unknown"])
}

pub(super) fn disk_health() -> Schema {
    one_of(["passed", "failed", "unknown"])
}

pub(super) fn game_status() -> Schema {
    one_of(GameStatus::ALL.map(GameStatus::word))
}

pub(super) fn player_trust() -> Schema {
    one_of(["exact", "unreliable", "none"])
}

pub(super) fn game_abilities() -> Schema {
    many(one_of([
        "power", "command", "log", "backup", "update", "delete", "create",
    ]))
}

pub(super) fn task_state() -> Schema {
    one_of(["running", "ok", "warnings", "failed", "unknown"])
}

pub(super) fn agent_state() -> Schema {
    one_of([
        "unknown",
        "not_needed",
        "not_configured",
        "not_running",
        "running",
    ])
}

pub(super) fn coverage() -> Schema {
    one_of(["none", "ok", "unverified", "failed"])
}

pub(super) fn action() -> Schema {
    one_of(Action::WORDS)
}

pub(super) fn game_action() -> Schema {
    let all = GameAction::WORDS.into_iter();
    one_of(all.filter(|word| *word != "create"))
}

pub(super) fn game_backup_reason() -> Schema {
    one_of(["asked", "planned", "safety"])
}

pub(super) fn job_subject() -> Schema {
    one_of(["guest", "game"])
}

pub(super) fn job_action() -> Schema {
    let all: BTreeSet<&str> = Action::WORDS.into_iter().chain(GameAction::WORDS).collect();
    one_of(all)
}

pub(super) fn job_state() -> Schema {
    one_of([
        "asking",
        "running",
        "ok",
        "warnings",
        "failed",
        "cancelled",
        "unknown",
    ])
}

pub(super) fn severity() -> Schema {
    one_of(["info", "warning", "critical"])
}

fn many(of: Schema) -> Schema {
    ArrayBuilder::new()
        .items(ArrayItems::RefOrSchema(Box::new(RefOr::T(of))))
        .into()
}

pub(super) fn severities() -> Schema {
    many(severity())
}

pub(super) fn weekdays() -> Schema {
    many(one_of(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]))
}

pub(super) fn maintenance_source() -> Schema {
    one_of(Source::ALL.map(Source::word))
}

pub(super) fn alert_event() -> Schema {
    one_of(Event::words())
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
    many(resource_kind())
}

pub(super) fn breaker_state() -> Schema {
    one_of(BreakerState::ALL.map(BreakerState::word))
}

pub(super) fn delivery_state() -> Schema {
    one_of(DeliveryState::ALL.map(DeliveryState::word))
}

pub(super) fn occasion() -> Schema {
    one_of(Occasion::ALL.map(Occasion::word))
}

pub(super) fn channel_state() -> Schema {
    one_of(ChannelState::ALL.map(ChannelState::word))
}

pub(super) fn field_kind() -> Schema {
    one_of(FieldKind::ALL.map(FieldKind::word))
}

pub(super) fn text_format() -> Schema {
    one_of(["plain", "mentions", "html", "markdown", "slack"])
}

pub(super) fn change_kind() -> Schema {
    one_of(EventKind::ALL.map(EventKind::word))
}
