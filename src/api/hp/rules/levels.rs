//! One level of the settings: look at it, set it, take it away.

use actix_web::web::{Data, Json, Path};
use actix_web::{delete, get, put};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsRead, Allow, RulesWrite};
use crate::api::hp::errors::Problem;
use crate::api::shared::Shared;
use crate::rules::{Level, LevelKey};
use crate::services::rules::{Change, RulesError};

use super::body::RuleLevel;

/// One level.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct OneLevel {
    /// `kind`, `pool`, `tag` or `resource`.
    pub sort: String,
    /// Which one.
    pub key: String,
    /// What differs there; empty where nothing does.
    #[schema(value_type = RuleLevel)]
    pub level: Level,
}

type Named = Path<(String, String)>;

fn parse(named: &Named) -> Result<LevelKey, RulesError> {
    Ok(LevelKey::parse(&named.0, &named.1)?)
}

fn answer(named: Named, level: Option<&Level>) -> OneLevel {
    let (sort, key) = named.into_inner();
    OneLevel {
        sort,
        key,
        level: level.cloned().unwrap_or_default(),
    }
}

/// What is set at one level.
#[utoipa::path(
    tag = "hp",
    params(
        ("sort" = String, Path, description = "`kind`, `pool`, `tag` or `resource`"),
        ("key" = String, Path, description = "Which one"),
    ),
    responses((status = 200, body = OneLevel), (status = 404, body = Problem)),
)]
#[get("/rules/levels/{sort}/{key}")]
pub(crate) async fn get_level(
    _: Allow<Hp, AlertsRead>,
    named: Named,
    shared: Data<Shared>,
) -> Answer<Hp, OneLevel> {
    let key = parse(&named)?;
    let settings = shared.parts.rules.settings();
    Ok(Reply::ok(answer(named, settings.level(&key))))
}

/// Set one level anew.
#[utoipa::path(
    tag = "hp",
    request_body = RuleLevel,
    params(
        ("sort" = String, Path, description = "`kind`, `pool`, `tag` or `resource`"),
        ("key" = String, Path, description = "Which one"),
    ),
    responses(
        (status = 200, body = OneLevel),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem),
    ),
)]
#[put("/rules/levels/{sort}/{key}")]
pub(crate) async fn put_level(
    _: Allow<Hp, RulesWrite>,
    named: Named,
    level: Json<Level>,
    shared: Data<Shared>,
) -> Answer<Hp, OneLevel> {
    let key = parse(&named)?;
    let change = Change::Level(key.clone(), level.into_inner());
    let settings = shared.parts.rules.change(change).await?;
    Ok(Reply::ok(answer(named, settings.level(&key))))
}

/// Take away what is set at one level.
#[utoipa::path(
    tag = "hp",
    params(
        ("sort" = String, Path, description = "`kind`, `pool`, `tag` or `resource`"),
        ("key" = String, Path, description = "Which one"),
    ),
    responses(
        (status = 204),
        (status = 404, body = Problem),
        (status = 409, body = Problem),
    ),
)]
#[delete("/rules/levels/{sort}/{key}")]
pub(crate) async fn delete_level(
    _: Allow<Hp, RulesWrite>,
    named: Named,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let change = Change::Level(parse(&named)?, Level::default());
    shared.parts.rules.change(change).await?;
    Ok(Reply::empty())
}
