//! What can be explained by what: a lock explains a busy disk, never a full one.

use crate::model::alert::{Alert, Severity};
use crate::model::id::ResourceKind;

/// The rule that compares metrics with limits; its subject is the metric.
const THRESHOLD: &str = "threshold";

/// Metrics that work on a guest's disks drives up, or that stand still while a guest does.
const BUSY: &[&str] = &[
    "cpu",
    "memory",
    "disk_read",
    "disk_write",
    "net_in",
    "net_out",
    "load",
    "iowait",
    "pressure_cpu",
    "pressure_io",
    "pressure_memory",
    "latency",
];

/// Metrics that suffer from a storage that others work on.
const DISK_WORK: &[&str] = &["disk_read", "disk_write", "iowait", "load", "pressure_io"];

/// Rules about whether something runs and answers.
const ABSENCE: &[&str] = &[
    "game_crashed",
    "game_offline",
    "guest_off",
    "storage_offline",
];

/// Whether `alert` is about something that does not run or answer.
pub(super) fn is_absence(alert: &Alert) -> bool {
    ABSENCE.contains(&alert.rule.as_str())
}

/// Whether a lock on the guest explains `alert` about it.
pub(super) fn by_lock(alert: &Alert) -> bool {
    is_absence(alert) || alert.rule == THRESHOLD && BUSY.contains(&alert.subject.as_str())
}

/// Whether a backup that runs on a node explains `alert` about that node.
pub(super) fn by_backup_on_node(alert: &Alert) -> bool {
    alert.resource.kind() == ResourceKind::Node
        && alert.rule == THRESHOLD
        && DISK_WORK.contains(&alert.subject.as_str())
}

/// Whether `alert` may explain others.
pub(super) fn is_cause(alert: &Alert) -> bool {
    is_target_down(alert) || is_node_down(alert) || is_guest_down(alert) || is_storage_down(alert)
}

/// Whether `alert` says that its whole target cannot be looked at.
pub(super) fn is_target_down(alert: &Alert) -> bool {
    alert.resource.kind() == ResourceKind::Target && alert.rule == "unreachable"
}

/// Whether `alert` says that its whole node is gone.
pub(super) fn is_node_down(alert: &Alert) -> bool {
    alert.resource.kind() == ResourceKind::Node && alert.rule == "node_offline"
}

/// Whether `alert` says that its guest is off, though nobody switched it off.
pub(super) fn is_guest_down(alert: &Alert) -> bool {
    alert.resource.kind() == ResourceKind::Guest && alert.rule == "guest_off"
}

/// Whether `alert` says that its storage cannot be used, or that nothing fits on it any more.
pub(super) fn is_storage_down(alert: &Alert) -> bool {
    alert.resource.kind() == ResourceKind::Storage && (is_absence(alert) || is_full(alert))
}

fn is_full(alert: &Alert) -> bool {
    alert.rule == THRESHOLD && alert.subject == "disk" && alert.severity == Severity::Critical
}

/// Whether a storage that is down explains `alert` about a guest with disks on it.
pub(super) fn by_storage(alert: &Alert) -> bool {
    is_absence(alert) || alert.rule == THRESHOLD && DISK_WORK.contains(&alert.subject.as_str())
}
