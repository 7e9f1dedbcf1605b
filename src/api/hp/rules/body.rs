//! The form of settings, for the schema; the rules themselves read and check them.
#![expect(
    dead_code,
    reason = "these types describe what the rules read, nobody makes one"
)]

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};

/// A map whose values are of some schema, or `null`.
fn or_null(value: RefOr<Schema>) -> Schema {
    let null: Schema = ObjectBuilder::new().schema_type(Type::Null).into();
    let either: Schema = OneOfBuilder::new().item(null).item(value).into();
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(RefOr::T(either)))
        .into()
}

fn limits_or_null() -> Schema {
    or_null(RefOr::Ref(Ref::from_schema_name("MetricLimits")))
}

fn values_or_null() -> Schema {
    let object: Schema = ObjectBuilder::new().schema_type(Type::Object).into();
    or_null(RefOr::T(object))
}

/// Everything that can be set about what counts as wrong. What is nearer to a resource wins: the
/// resource itself, its tags, its pool, its kind, the profile.
#[derive(ToSchema)]
pub(in crate::api::hp) struct RuleSettings {
    /// `quiet`, `balanced` or `strict`.
    #[schema(required = false)]
    profile: String,
    /// What differs for a kind of resource.
    #[schema(required = false)]
    kinds: BTreeMap<String, RuleLevel>,
    /// What differs for guests in a pool.
    #[schema(required = false)]
    pools: BTreeMap<String, RuleLevel>,
    /// What differs for guests with a tag.
    #[schema(required = false)]
    tags: BTreeMap<String, RuleLevel>,
    /// What differs for one resource.
    #[schema(required = false)]
    resources: BTreeMap<String, RuleLevel>,
}

/// What differs at one level.
#[derive(ToSchema)]
pub(in crate::api::hp) struct RuleLevel {
    /// Limits by metric; `null` switches one off.
    #[schema(required = false, schema_with = limits_or_null)]
    metrics: BTreeMap<String, Option<MetricLimits>>,
    /// Settings by rule; `null` switches one off, an object on.
    #[schema(required = false, schema_with = values_or_null)]
    rules: BTreeMap<String, Option<Value>>,
    /// Which tag wins where a guest has several: the higher one.
    #[schema(required = false)]
    priority: i32,
}

/// The limits of one metric.
#[derive(ToSchema)]
pub(in crate::api::hp) struct MetricLimits {
    /// When to look soon.
    #[schema(required = false)]
    warning: Option<RuleLimit>,
    /// When to act now.
    #[schema(required = false)]
    critical: Option<RuleLimit>,
    /// When to look soon because the figure is too low.
    #[schema(required = false)]
    low_warning: Option<RuleLimit>,
    /// When to act now because the figure is too low.
    #[schema(required = false)]
    low_critical: Option<RuleLimit>,
}

/// When an alert begins and when it ends, in the unit the metric is judged in.
#[derive(ToSchema)]
pub(in crate::api::hp) struct RuleLimit {
    /// It begins at or beyond this.
    raise: f64,
    /// It ends on the good side of this.
    clear: f64,
    /// How long the figure has to stay beyond before it begins; five minutes unless told.
    #[schema(required = false)]
    dwell_seconds: u32,
}
