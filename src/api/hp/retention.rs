//! How long history is kept, and what that takes.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use actix_web::web::{Data, Json, Query};
use actix_web::{get, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, SettingsRead, SettingsWrite};
use crate::api::problem::{Classify, Kind, Problem};
use crate::api::shared::Shared;
use crate::model::id::ResourceKind;
use crate::services::retention::{Class, DAYS, Days, KINDS, RetentionError};
use crate::telemetry::clock;

use super::words;

/// Other days to try.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct RetentionQuery {
    /// What would be with other days, which are not kept: a number for all kinds, or such as
    /// `guest:90,node:730`.
    days: Option<String>,
}

/// Other days to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRetention {
    /// Days per kind of resource, 1 to 3650; kinds that are not named stay as they are.
    days: BTreeMap<String, u32>,
}

/// How long history is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Retention {
    /// One for each kind of resource.
    classes: Vec<RetentionClass>,
    /// Bytes of all that once the days are there; `null` until the first hour is packed.
    bytes: Option<u64>,
    /// Bytes of the database now.
    database_bytes: u64,
    /// Bytes that are free on its disk.
    disk_free_bytes: Option<u64>,
    /// The fewest days that can be set.
    least_days: u32,
    /// The most days that can be set.
    most_days: u32,
}

/// How long history of one kind of resource is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RetentionClass {
    /// Which kind.
    #[schema(schema_with = words::resource_kind)]
    kind: ResourceKind,
    /// Days that are kept.
    days: u32,
    /// Resources of the kind that have history.
    resources: usize,
    /// Bytes that a day takes, from the latest one; `null` until the first hour is packed.
    bytes_per_day: Option<u64>,
    /// Bytes once that many days are there.
    bytes: Option<u64>,
    /// What is older is deleted, in milliseconds.
    keeps_from: i64,
}

/// How long history is kept, or what other days would take.
#[utoipa::path(tag = "hp", params(RetentionQuery), responses((status = 200, body = Retention)))]
#[get("/retention")]
pub(crate) async fn get_retention(
    _: Allow<Hp, SettingsRead>,
    query: Query<RetentionQuery>,
    shared: Data<Shared>,
) -> Answer<Hp, Retention> {
    let tried = query.days.as_deref().map(tried).transpose()?;
    Ok(Reply::ok(read(&shared, &tried.unwrap_or_default()).await?))
}

/// Keep history for other times from now on.
#[utoipa::path(
    tag = "hp",
    request_body = NewRetention,
    responses((status = 200, body = Retention), (status = 400, body = super::errors::Problem)),
)]
#[put("/retention")]
pub(crate) async fn put_retention(
    _: Allow<Hp, SettingsWrite>,
    new: Json<NewRetention>,
    shared: Data<Shared>,
) -> Answer<Hp, Retention> {
    let mut days = Days::new();
    for (kind, count) in &new.days {
        days.insert(kind_of(kind, "days")?, *count);
    }
    shared.parts.retention.change(&days).await?;
    Ok(Reply::ok(read(&shared, &Days::new()).await?))
}

async fn read(shared: &Shared, tried: &Days) -> Result<Retention, RetentionError> {
    let parts = &shared.parts;
    let classes = parts.retention.estimate(tried, clock::now()).await?;
    let known = classes.iter().filter_map(Class::bytes);
    let bytes = known.reduce(|all, bytes| all.saturating_add(bytes));
    Ok(Retention {
        classes: classes.iter().map(RetentionClass::from).collect(),
        bytes,
        database_bytes: parts.footprint.database_bytes(),
        disk_free_bytes: parts.footprint.disk_free_bytes(),
        least_days: *DAYS.start(),
        most_days: *DAYS.end(),
    })
}

impl From<&Class> for RetentionClass {
    fn from(class: &Class) -> Self {
        Self {
            kind: class.kind,
            days: class.days,
            resources: class.resources,
            bytes_per_day: class.bytes_per_day,
            bytes: class.bytes(),
            keeps_from: class.keeps_from.millis(),
        }
    }
}

/// `90`, or `guest:90,node:730`.
fn tried(text: &str) -> Result<Days, Problem> {
    let number = |text: &str| {
        text.trim().parse::<u32>().map_err(|_| {
            let text = "days is a number, or such as guest:90,node:730";
            Problem::new(Kind::Invalid, "invalid_days", text).in_field("days")
        })
    };
    if !text.contains(':') {
        let days = number(text)?;
        return Ok(KINDS.map(|kind| (kind, days)).into());
    }
    text.split(',')
        .map(|part| {
            let (kind, days) = part.split_once(':').unwrap_or((part, ""));
            Ok((kind_of(kind.trim(), "days")?, number(days)?))
        })
        .collect()
}

fn kind_of(word: &str, field: &str) -> Result<ResourceKind, Problem> {
    ResourceKind::from_str(word).map_err(|_| {
        let shown: String = word.chars().take(40).collect();
        let text = format!("there is no kind of resource '{shown}'");
        Problem::new(Kind::Invalid, "kind_unknown", text).in_field(format!("{field}.{shown}"))
    })
}

impl Classify for RetentionError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Days { .. } | Self::Kind { .. } => (Kind::Invalid, "invalid_days"),
            Self::History(_) => (Kind::Internal, "history"),
            Self::Database(_) => (Kind::Internal, "database"),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Days { kind, .. } | Self::Kind { kind } => Some(format!("days.{}", kind.word())),
            Self::History(_) | Self::Database(_) => None,
        }
    }
}
