//! What the public status page shows.

use actix_web::web::{Data, Json};
use actix_web::{get, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, SettingsRead, SettingsWrite};
use crate::api::problem::{Classify, Kind, Problem};
use crate::api::shared::Shared;
use crate::services::status_page::{Item, Setting, StatusPageError};

/// One thing on the page.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct StatusPageItem {
    /// What it is: a node, guest, storage, datastore or game, by our id. Outsiders do not see it.
    resource: String,
    /// What outsiders see it called; 1 to 80 characters.
    name: String,
}

/// What the public status page shows.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct StatusPage {
    /// Whether there is one.
    enabled: bool,
    /// It is at `/status/` and this: 1 to 40 lower-case letters, digits and hyphens.
    slug: String,
    /// What stands above it; 1 to 80 characters.
    title: String,
    /// What is shown, in this order; 50 at most.
    items: Vec<StatusPageItem>,
}

impl From<Setting> for StatusPage {
    fn from(setting: Setting) -> Self {
        let items = setting.items.into_iter().map(|item| StatusPageItem {
            resource: item.resource.to_string(),
            name: item.name,
        });
        Self {
            enabled: setting.enabled,
            slug: setting.slug,
            title: setting.title,
            items: items.collect(),
        }
    }
}

/// What the public status page shows.
#[utoipa::path(tag = "hp", responses((status = 200, body = StatusPage)))]
#[get("/status-page")]
pub(crate) async fn get_status_page_setting(
    _: Allow<Hp, SettingsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, StatusPage> {
    let setting = shared.parts.status_pages.setting().await?;
    Ok(Reply::ok(setting.into()))
}

/// Show something else on the public status page, or switch it on or off.
#[utoipa::path(
    tag = "hp",
    request_body = StatusPage,
    responses((status = 200, body = StatusPage), (status = 400, body = super::errors::Problem)),
)]
#[put("/status-page")]
pub(crate) async fn put_status_page_setting(
    _: Allow<Hp, SettingsWrite>,
    new: Json<StatusPage>,
    shared: Data<Shared>,
) -> Answer<Hp, StatusPage> {
    let new = new.into_inner();
    let items = new.items.into_iter().enumerate().map(|(index, item)| {
        let resource = item.resource.parse().map_err(|_| {
            let text = "give the id of a node, guest, storage, datastore or game";
            let field = format!("items.{index}.resource");
            Problem::new(Kind::Invalid, "invalid_field", text).in_field(field)
        })?;
        Ok(Item {
            resource,
            name: item.name,
        })
    });
    let setting = Setting {
        enabled: new.enabled,
        slug: new.slug,
        title: new.title,
        items: items.collect::<Result<_, Problem>>()?,
    };
    let setting = shared.parts.status_pages.set(setting).await?;
    Ok(Reply::ok(setting.into()))
}

impl Classify for StatusPageError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::NotFound => (Kind::NotFound, "status_page_not_found"),
            Self::Invalid { .. } => (Kind::Invalid, "invalid_field"),
            Self::History(_) => (Kind::Internal, "history"),
            Self::Database(_) => (Kind::Internal, "database"),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Invalid { field, .. } => Some(field.clone()),
            Self::NotFound | Self::History(_) | Self::Database(_) => None,
        }
    }
}
