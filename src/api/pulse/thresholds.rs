//! Thresholds in the words of Pulse's document and of Pulse 4.3.

use actix_web::web::{Data, Json};
use actix_web::{get, post, put};
use serde_json::{Map, Value};

use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::guard::{AlertsRead, Allow, RulesWrite};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::model::id::ResourceId;
use crate::rules::RuleSettings;
use crate::services::rules::Change;
use crate::state::Fleet;

use super::alert_config::{self, KEY};
use super::errors::settings_error;
use super::items::pulse_id;
use super::words::Done;

/// An object of the family's own making.
type Object = Json<Map<String, Value>>;

/// Thresholds that hold for guests, nodes and storages.
#[utoipa::path(tag = "pulse", responses((status = 200, body = Object)))]
#[get("/notifications/thresholds")]
pub(crate) async fn get_thresholds(
    _: Allow<Pulse, AlertsRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Map<String, Value>> {
    let settings = shared.parts.rules.settings();
    Ok(Reply::ok(alert_config::defaults(&settings)))
}

/// Change thresholds; those that are left out stay as they are.
#[utoipa::path(tag = "pulse", request_body = Object, responses((status = 200, body = Done), (status = 400), (status = 409)))]
#[post("/notifications/thresholds")]
pub(crate) async fn post_thresholds(
    _: Allow<Pulse, RulesWrite>,
    body: Object,
    shared: Data<Shared>,
) -> Answer<Pulse, Done> {
    let known = ["guestDefaults", "nodeDefaults", "storageDefault"];
    if let Some(other) = body.keys().find(|key| !known.contains(&key.as_str())) {
        let text = format!("{other}: is not known here; give {}", known.join(", "));
        return Err(Problem::new(Kind::Invalid, "invalid_setting", text).into());
    }
    let settings = shared.parts.rules.settings();
    let next = alert_config::with_defaults(&settings, &body)?;
    keep(&shared, next).await?;
    Ok(Reply::ok(Done::SUCCESS))
}

/// Thresholds of single resources, by Pulse's ids.
#[utoipa::path(tag = "pulse", responses((status = 200, body = Object)))]
#[get("/notifications/thresholds/overrides")]
pub(crate) async fn get_overrides(
    _: Allow<Pulse, AlertsRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Map<String, Value>> {
    let settings = shared.parts.rules.settings();
    let fleet = shared.hub.present().fleet.clone();
    let mut all = kept_overrides(&shared).await?;
    all.extend(alert_config::overrides(&settings, |id| name(&fleet, id)));
    Ok(Reply::ok(all))
}

/// Set thresholds of single resources; those that are left out stay, `null` takes one away.
#[utoipa::path(tag = "pulse", request_body = Object, responses((status = 200, body = Done), (status = 400), (status = 409)))]
#[post("/notifications/thresholds/overrides")]
pub(crate) async fn post_overrides(
    _: Allow<Pulse, RulesWrite>,
    body: Object,
    shared: Data<Shared>,
) -> Answer<Pulse, Done> {
    let fleet = shared.hub.present().fleet.clone();
    let settings = shared.parts.rules.settings();
    let resolve = |text: &str| resolve(&fleet, text);
    let (next, unknown) = alert_config::with_overrides(&settings, &body, false, resolve)?;
    if let Some(text) = unknown.keys().next() {
        let text = format!("{text}: there is no such resource");
        return Err(Problem::new(Kind::Invalid, "resource_unknown", text).into());
    }
    keep(&shared, next).await?;
    Ok(Reply::ok(Done::SUCCESS))
}

/// Everything that Pulse called the configuration of alerts.
#[utoipa::path(tag = "pulse", responses((status = 200, body = Object)))]
#[get("/alerts/config")]
pub(crate) async fn get_alert_config(
    _: Allow<Pulse, AlertsRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Value> {
    let fleet = shared.hub.present().fleet.clone();
    let kept = kept(&shared).await?;
    let settings = shared.parts.rules.settings();
    let all = alert_config::whole(&settings, &kept, |id| name(&fleet, id));
    Ok(Reply::ok(all))
}

/// Set everything that Pulse called the configuration of alerts.
#[utoipa::path(tag = "pulse", request_body = Object, responses((status = 200, body = Done), (status = 400), (status = 409)))]
#[put("/alerts/config")]
pub(crate) async fn put_alert_config(
    _: Allow<Pulse, RulesWrite>,
    body: Object,
    shared: Data<Shared>,
) -> Answer<Pulse, Done> {
    let settings = shared.parts.rules.settings();
    let (next, kept) = taken_over(&shared, &settings, &body)?;
    keep(&shared, next).await?;
    let store = &shared.parts.settings;
    store.put(KEY, &kept).await.map_err(settings_error)?;
    Ok(Reply::ok(Done::SUCCESS))
}

/// What `config` makes of the settings, and what is left that they cannot hold.
pub(super) fn taken_over(
    shared: &Shared,
    settings: &RuleSettings,
    config: &Map<String, Value>,
) -> Result<(RuleSettings, Map<String, Value>), Problem> {
    let fleet = shared.hub.present().fleet.clone();
    let mut next = alert_config::with_defaults(settings, config)?;
    let mut kept = alert_config::rest(config);
    match config.get("overrides") {
        None | Some(Value::Null) => {}
        Some(Value::Object(given)) => {
            let resolve = |text: &str| resolve(&fleet, text);
            let (with, unknown) = alert_config::with_overrides(&next, given, true, resolve)?;
            next = with;
            if !unknown.is_empty() {
                kept.insert("overrides".to_owned(), Value::Object(unknown));
            }
        }
        Some(_) => {
            let text = "overrides: must be an object of limits by resource";
            return Err(Problem::new(Kind::Invalid, "invalid_setting", text));
        }
    }
    Ok((next, kept))
}

/// What the rules cannot hold.
pub(super) async fn kept(shared: &Shared) -> Result<Map<String, Value>, Fault<Pulse>> {
    let kept = shared
        .parts
        .settings
        .get(KEY)
        .await
        .map_err(settings_error)?;
    Ok(kept.unwrap_or_default())
}

async fn kept_overrides(shared: &Shared) -> Result<Map<String, Value>, Fault<Pulse>> {
    Ok(match kept(shared).await?.remove("overrides") {
        Some(Value::Object(unknown)) => unknown,
        _ => Map::new(),
    })
}

async fn keep(shared: &Shared, next: RuleSettings) -> Result<(), Fault<Pulse>> {
    shared.parts.rules.change(Change::All(next)).await?;
    Ok(())
}

fn resolve(fleet: &Fleet, text: &str) -> Option<ResourceId> {
    let known = fleet.resolve(text);
    known.or_else(|| text.parse().ok())
}

/// Pulse's id of a resource; our own while it is not there.
pub(super) fn name(fleet: &Fleet, id: &ResourceId) -> String {
    let mut views = fleet.targets();
    let shown = views.find_map(|view| Some(pulse_id(view, view.resources.get(id)?)));
    shown.unwrap_or_else(|| id.to_string())
}
