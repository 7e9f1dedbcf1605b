//! What the rotation reads about guests.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::sources::lenient::{List, Text, Truth, Whole};

/// `/nodes/{node}/{qemu|lxc}/{vmid}/config`: keys of which many end in a number.
pub(in crate::sources::pve) type Config = BTreeMap<String, Text>;

/// One row of `…/snapshot`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct SnapshotRow {
    pub(in crate::sources::pve) name: Text,
    pub(in crate::sources::pve) snaptime: Whole,
    pub(in crate::sources::pve) parent: Text,
    pub(in crate::sources::pve) vmstate: Truth,
    pub(in crate::sources::pve) description: Text,
}

/// What a guest agent answers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct AgentAnswer<T: Default> {
    pub(in crate::sources::pve) result: T,
}

/// One row of `…/agent/get-fsinfo`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(in crate::sources::pve) struct FileSystemRow {
    pub(in crate::sources::pve) name: Text,
    pub(in crate::sources::pve) mountpoint: Text,
    #[serde(rename = "type")]
    pub(in crate::sources::pve) kind: Text,
    pub(in crate::sources::pve) used_bytes: Whole,
    pub(in crate::sources::pve) total_bytes: Whole,
}

/// One row of `…/agent/network-get-interfaces` or of a container's `…/interfaces`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(in crate::sources::pve) struct InterfaceRow {
    pub(in crate::sources::pve) name: Text,
    pub(in crate::sources::pve) hardware_address: Text,
    /// What containers called it before version 9.
    pub(in crate::sources::pve) hwaddr: Text,
    pub(in crate::sources::pve) ip_addresses: List<AddressRow>,
    /// What containers wrote before `ip-addresses`, with the prefix length.
    pub(in crate::sources::pve) inet: Text,
    pub(in crate::sources::pve) inet6: Text,
}

/// An address of an interface.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(in crate::sources::pve) struct AddressRow {
    pub(in crate::sources::pve) ip_address: Text,
    pub(in crate::sources::pve) prefix: Whole,
}

/// `…/agent/get-osinfo`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(in crate::sources::pve) struct OsInfo {
    pub(in crate::sources::pve) id: Text,
    pub(in crate::sources::pve) name: Text,
    pub(in crate::sources::pve) pretty_name: Text,
    pub(in crate::sources::pve) version_id: Text,
    pub(in crate::sources::pve) kernel_release: Text,
}

/// `…/status/current` of a machine, as far as only it tells: whether its balloon driver reports.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::sources::pve) struct CurrentStatus {
    pub(in crate::sources::pve) freemem: Whole,
}
