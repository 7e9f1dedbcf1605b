//! The two frames of our own live connection; both are schemas of the OpenAPI document.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::api::hp::alert::Alert;
use crate::api::hp::job_view::Job;
use crate::api::hp::target::Target;
use crate::api::hp::view::{Datastore, Disk, Game, Guest, Node, Storage};

use super::vitals::{self, Row};

fn full() -> Schema {
    constant("full")
}

fn delta() -> Schema {
    constant("delta")
}

fn constant(word: &str) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some([word]))
        .into()
}

/// Everything there is at one version.
#[derive(Debug, Serialize, ToSchema)]
pub struct FullFrame {
    /// `full`.
    #[serde(rename = "type")]
    #[schema(schema_with = full)]
    pub kind: &'static str,
    /// Version of the present; grows by one with every frame.
    pub version: u64,
    /// When this version was made, in milliseconds.
    pub at: i64,
    /// Random per process: another one means that versions and handles have begun anew.
    pub boot: String,
    /// All targets.
    pub targets: Vec<Target>,
    /// All nodes.
    pub nodes: Vec<Node>,
    /// All guests.
    pub guests: Vec<Guest>,
    /// All storages.
    pub storages: Vec<Storage>,
    /// All datastores of backup servers.
    pub datastores: Vec<Datastore>,
    /// All physical disks.
    pub disks: Vec<Disk>,
    /// All game servers.
    pub games: Vec<Game>,
    /// Alerts that hold.
    pub alerts: Vec<Alert>,
    /// Jobs under way, and those that ended within the last minutes.
    pub jobs: Vec<Job>,
}

/// What differs between two versions. Empty lists are left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeltaFrame {
    /// `delta`.
    #[serde(rename = "type")]
    #[schema(schema_with = delta)]
    pub kind: &'static str,
    /// The version after it.
    pub version: u64,
    /// The version it applies to; a client at another one asks for `resync`.
    pub previous: u64,
    /// When this version was made, in milliseconds.
    pub at: i64,
    /// Targets that are new or differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub targets: Vec<Target>,
    /// Nodes that are new or differ in more than their vitals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub nodes: Vec<Node>,
    /// Guests that are new or differ in more than their vitals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub guests: Vec<Guest>,
    /// Storages that are new or differ in more than their vitals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub storages: Vec<Storage>,
    /// Datastores that are new or differ in more than their vitals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub datastores: Vec<Datastore>,
    /// Physical disks that are new or differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub disks: Vec<Disk>,
    /// Game servers that are new or differ in more than their vitals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub games: Vec<Game>,
    /// Ids of targets and resources that are no longer there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub gone: Vec<String>,
    /// Alerts that began, changed or ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub alerts: Vec<Alert>,
    /// Jobs that began, went on or ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub jobs: Vec<Job>,
    /// Rows of vitals of everything else whose rounded figures differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, schema_with = vitals::rows_schema)]
    pub vitals: Vec<Row>,
}
