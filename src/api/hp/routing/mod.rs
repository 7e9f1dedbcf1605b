//! Who is told of what, and when; and trying that with an alert.

mod schema;

use actix_web::web::{Data, Json};
use actix_web::{get, post, put};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, ChannelsRead, RoutingWrite};
use crate::api::problem::{Kind, Problem as Wrong};
use crate::api::shared::Shared;
use crate::model::alert::Severity;
use crate::model::id::{AlertId, ResourceId};
use crate::model::resource::Resource;
use crate::model::time::Timestamp;
use crate::notify::Channel;
use crate::notify::routing::Routing;
use crate::services::routing::{Forecast, MadeUp, Sample};
use crate::telemetry::clock;

use super::errors::Problem;
use super::words;

/// The routing as it is, channels by their ids.
#[utoipa::path(tag = "hp", responses((status = 200, body = schema::Routing)))]
#[get("/routing")]
pub(super) async fn get_routing(
    _: Allow<Hp, ChannelsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, Routing> {
    Ok(Reply::ok(shared.parts.routing.get()))
}

/// Another routing in its place, which holds at once; channels may be named by id or by name.
#[utoipa::path(
    tag = "hp",
    request_body = schema::Routing,
    responses((status = 200, body = schema::Routing), (status = 400, body = Problem)),
)]
#[put("/routing")]
pub(super) async fn put_routing(
    _: Allow<Hp, RoutingWrite>,
    given: Json<Value>,
    shared: Data<Shared>,
) -> Answer<Hp, Routing> {
    let put = shared.parts.routing.put(given.into_inner(), clock::now());
    Ok(Reply::ok(put.await?))
}

/// What to try the routing with: an alert of the ledger, or one that is made up.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Simulate {
    /// An alert of the ledger.
    #[schema(value_type = Option<String>)]
    alert: Option<AlertId>,
    /// The resource of one that is made up: its id, or one the UI, peers or people call it by.
    resource: Option<String>,
    /// Its rule; `threshold` where it is missing.
    rule: Option<String>,
    /// What about the resource; `cpu` where it is missing.
    subject: Option<String>,
    /// How bad it is; `warning` where it is missing.
    #[schema(schema_with = words::severity)]
    severity: Option<Severity>,
    /// The resource's tags; those it has where they are missing.
    tags: Option<Vec<String>>,
    /// The node it is on; the one it is on where it is missing.
    node: Option<String>,
    /// When it is told, in milliseconds; now where it is missing.
    at: Option<i64>,
    /// The routing to try; the one that holds where it is missing.
    #[schema(value_type = Option<Object>)]
    routing: Option<Value>,
}

/// What one route said.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RouteVerdict {
    /// Its name; `default` for what holds where no route matches.
    route: String,
    /// Whether it matched.
    matched: bool,
    /// Why, in words.
    why: String,
}

/// A channel by its id and name.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NamedChannel {
    /// Stable id.
    id: String,
    /// The name somebody gave it.
    name: String,
}

impl From<Channel> for NamedChannel {
    fn from(channel: Channel) -> Self {
        Self {
            id: channel.id.to_string(),
            name: channel.name,
        }
    }
}

/// One channel that is told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChannelForecast {
    /// The channel.
    channel: NamedChannel,
    /// When, at the earliest, in milliseconds.
    at: i64,
    /// Why then, in words.
    why: String,
    /// The end of the quiet hours that it waits for, in milliseconds.
    quiet_until: Option<i64>,
    /// How often it is told again while nobody takes it on, in minutes.
    remind_minutes: Option<u64>,
    /// The name of the channel that would stand in for it.
    fallback: Option<String>,
}

/// One step of the escalation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StepForecast {
    /// How long after the alert was first told, in minutes.
    after_minutes: u32,
    /// When that is, at the earliest, in milliseconds.
    at: Option<i64>,
    /// Exactly who is told.
    channels: Vec<NamedChannel>,
}

/// What the routing would do with an alert.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoutingForecast {
    /// What each route said that was tried.
    routes: Vec<RouteVerdict>,
    /// What keeps everybody from being told now.
    held: Option<String>,
    /// Who is told, and when.
    channels: Vec<ChannelForecast>,
    /// Who is told later, if nobody takes it on.
    escalation: Vec<StepForecast>,
}

impl From<Forecast> for RoutingForecast {
    fn from(forecast: Forecast) -> Self {
        let routes = forecast.verdicts.into_iter().map(|verdict| RouteVerdict {
            route: verdict.route,
            matched: verdict.matched,
            why: verdict.why,
        });
        let channels = forecast.told.into_iter().map(|told| ChannelForecast {
            channel: told.channel.into(),
            at: told.at.millis(),
            why: told.why,
            quiet_until: told.quiet.map(|quiet| quiet.to.millis()),
            remind_minutes: told.remind_minutes,
            fallback: told.fallback,
        });
        let escalation = forecast.steps.into_iter().map(|step| StepForecast {
            after_minutes: step.after_minutes,
            at: step.at.map(Timestamp::millis),
            channels: step.channels.into_iter().map(Into::into).collect(),
        });
        Self {
            routes: routes.collect(),
            held: forecast.held,
            channels: channels.collect(),
            escalation: escalation.collect(),
        }
    }
}

/// What the routing, or a draft of it, would do with an alert: which routes match and why, who is
/// told when, and who after that.
#[utoipa::path(
    tag = "hp",
    request_body = Simulate,
    responses(
        (status = 200, body = RoutingForecast),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
    ),
)]
#[post("/routing/simulate")]
pub(super) async fn simulate_routing(
    _: Allow<Hp, ChannelsRead>,
    given: Json<Simulate>,
    shared: Data<Shared>,
) -> Answer<Hp, RoutingForecast> {
    let given = given.into_inner();
    let at = given.at.map_or_else(clock::now, Timestamp);
    let sample = match &given.alert {
        Some(id) => Sample::Alert(id.clone()),
        None => Sample::MadeUp(Box::new(made_up(&given, &shared)?)),
    };
    let routing = &shared.parts.routing;
    let forecast = routing.simulate(&sample, given.routing, at).await?;
    Ok(Reply::ok(forecast.into()))
}

/// The alert that somebody made up, with what is known of its resource.
fn made_up(given: &Simulate, shared: &Shared) -> Result<MadeUp, Wrong> {
    let wrong =
        |text: String| Wrong::new(Kind::Invalid, "invalid_sample", text).in_field("resource");
    let text = given
        .resource
        .as_deref()
        .ok_or_else(|| wrong("give an alert, or the resource of one that is made up".into()))?;
    let present = shared.hub.present();
    let id = present.fleet.resolve(text);
    let known = id.and_then(|id| present.fleet.resource(&id));
    let (resource, name, node, tags): (ResourceId, _, _, _) = match known {
        Some(resource) => (
            resource.id().clone(),
            resource.label(),
            resource.node().map(str::to_owned),
            match &**resource {
                Resource::Guest(guest) => guest.tags.clone(),
                _ => Vec::new(),
            },
        ),
        None => {
            let id: ResourceId = text
                .parse()
                .map_err(|_| wrong(format!("there is no resource '{text}'")))?;
            (id.clone(), id.local().to_owned(), None, Vec::new())
        }
    };
    Ok(MadeUp {
        severity: given.severity.unwrap_or(Severity::Warning),
        rule: given.rule.clone().unwrap_or_else(|| "threshold".into()),
        subject: given.subject.clone().unwrap_or_else(|| "cpu".into()),
        resource,
        name,
        node: given.node.clone().or(node),
        tags: given.tags.clone().unwrap_or(tags),
    })
}
