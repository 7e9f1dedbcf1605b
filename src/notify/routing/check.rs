//! Taking a routing in from outside: channels by name or id, and every mistake with its field.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Conditions, Hours, Policy, Routing, Telling};
use crate::model::id::ChannelId;
use crate::notify::channels::Channel;

/// Routes at most.
const ROUTES: usize = 100;
/// Entries of any one list at most.
const ENTRIES: usize = 200;
/// Characters of any one text.
const TEXT: usize = 120;
/// Minutes of the longest wait for a reminder or a step.
const WEEK: u32 = 7 * 24 * 60;

/// What is wrong with a routing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct RoutingProblem {
    /// The field that is wrong, such as `routes[2].tell.channels`.
    pub field: String,
    /// What is wrong with it, and what would be right.
    pub problem: String,
}

fn wrong(field: impl Into<String>, problem: impl Into<String>) -> RoutingProblem {
    RoutingProblem {
        field: field.into(),
        problem: problem.into(),
    }
}

/// Reads a routing; channels may be given by id or by name.
///
/// # Errors
/// With the first thing that is wrong with it; an unknown channel is named.
pub fn read(mut given: Value, channels: &[Channel]) -> Result<Routing, RoutingProblem> {
    name_channels(&mut given, channels)?;
    let routing: Routing =
        serde_json::from_value(given).map_err(|error| wrong("routing", error.to_string()))?;
    check(&routing)?;
    Ok(routing)
}

/// Puts ids in the place of names.
fn name_channels(given: &mut Value, channels: &[Channel]) -> Result<(), RoutingProblem> {
    let Some(document) = given.as_object_mut() else {
        return Err(wrong("routing", "must be an object"));
    };
    if let Some(routes) = document.get_mut("routes").and_then(Value::as_array_mut) {
        for (index, route) in routes.iter_mut().enumerate() {
            if let Some(tell) = route.get_mut("tell") {
                name_in_telling(tell, &format!("routes[{index}].tell"), channels)?;
            }
        }
    }
    if let Some(telling) = document.get_mut("default") {
        name_in_telling(telling, "default", channels)?;
    }
    if let Some(policies) = document.get_mut("channels").and_then(Value::as_object_mut) {
        let mut named = Map::new();
        for (key, mut policy) in std::mem::take(policies) {
            let field = format!("channels.{key}");
            let id = id_of(&key, &field, channels)?;
            if let Some(Value::String(name)) = policy.get("fallback") {
                let fallback = id_of(name, &format!("{field}.fallback"), channels)?;
                policy["fallback"] = fallback.as_str().into();
            }
            named.insert(id.to_string(), policy);
        }
        *policies = named;
    }
    Ok(())
}

fn name_in_telling(
    telling: &mut Value,
    field: &str,
    channels: &[Channel],
) -> Result<(), RoutingProblem> {
    name_in_list(
        telling.get_mut("channels"),
        &format!("{field}.channels"),
        channels,
    )?;
    if let Some(steps) = telling.get_mut("escalate").and_then(Value::as_array_mut) {
        for (index, step) in steps.iter_mut().enumerate() {
            let field = format!("{field}.escalate[{index}].channels");
            name_in_list(step.get_mut("channels"), &field, channels)?;
        }
    }
    Ok(())
}

fn name_in_list(
    list: Option<&mut Value>,
    field: &str,
    channels: &[Channel],
) -> Result<(), RoutingProblem> {
    let Some(list) = list.and_then(Value::as_array_mut) else {
        return Ok(());
    };
    for (index, one) in list.iter_mut().enumerate() {
        if let Value::String(name) = one {
            let id = id_of(name, &format!("{field}[{index}]"), channels)?;
            *one = id.as_str().into();
        }
    }
    Ok(())
}

fn id_of(text: &str, field: &str, channels: &[Channel]) -> Result<ChannelId, RoutingProblem> {
    channels
        .iter()
        .find(|channel| channel.id.as_str() == text)
        .or_else(|| channels.iter().find(|channel| channel.name == text))
        .map(|channel| channel.id.clone())
        .ok_or_else(|| {
            let text: String = text.chars().take(TEXT).collect();
            wrong(field, format!("there is no channel '{text}'"))
        })
}

fn check(routing: &Routing) -> Result<(), RoutingProblem> {
    if routing.routes.len() > ROUTES {
        return Err(wrong("routes", format!("must be {ROUTES} at most")));
    }
    for (index, route) in routing.routes.iter().enumerate() {
        let field = format!("routes[{index}]");
        let name = format!("{field}.name");
        if route.name.trim().is_empty() || route.name.chars().count() > TEXT {
            let problem = format!("must have 1 to {TEXT} characters");
            return Err(wrong(name, problem));
        }
        if route.name.chars().any(char::is_control) {
            return Err(wrong(name, "must be one line"));
        }
        let earlier = &routing.routes[..index];
        if earlier.iter().any(|other| other.name == route.name) {
            return Err(wrong(name, "another route has that name"));
        }
        conditions(&route.when, &format!("{field}.when"))?;
        telling(&route.tell, &format!("{field}.tell"))?;
    }
    telling(&routing.default, "default")?;
    policies(&routing.channels)
}

fn conditions(when: &Conditions, field: &str) -> Result<(), RoutingProblem> {
    let lists = [
        ("tags", &when.tags),
        ("resources", &when.resources),
        ("nodes", &when.nodes),
        ("rules", &when.rules),
    ];
    for (name, list) in lists {
        let field = format!("{field}.{name}");
        if list.len() > ENTRIES {
            return Err(wrong(field, format!("must be {ENTRIES} at most")));
        }
        for (index, text) in list.iter().enumerate() {
            if text.trim().is_empty() || text.chars().count() > 2 * TEXT {
                let field = format!("{field}[{index}]");
                let problem = format!("must have 1 to {} characters", 2 * TEXT);
                return Err(wrong(field, problem));
            }
        }
    }
    if when.targets.len() > ENTRIES {
        let field = format!("{field}.targets");
        return Err(wrong(field, format!("must be {ENTRIES} at most")));
    }
    hours(&when.hours, &format!("{field}.hours"))
}

fn hours(all: &[Hours], field: &str) -> Result<(), RoutingProblem> {
    if all.len() > 20 {
        return Err(wrong(field, "must be 20 at most"));
    }
    for (index, hours) in all.iter().enumerate() {
        if !hours.has_known_zone() {
            let field = format!("{field}[{index}].zone");
            let name = hours.zone.as_deref().unwrap_or_default();
            let name: String = name.chars().take(TEXT).collect();
            let problem = format!("there is no time zone '{name}'; give one as Europe/Berlin");
            return Err(wrong(field, problem));
        }
    }
    Ok(())
}

fn telling(telling: &Telling, field: &str) -> Result<(), RoutingProblem> {
    within(
        telling.wait_seconds,
        0,
        600,
        &format!("{field}.wait_seconds"),
    )?;
    within(
        telling.group_seconds,
        0,
        3600,
        &format!("{field}.group_seconds"),
    )?;
    if let Some(minutes) = telling.remind_minutes {
        within(minutes, 1, WEEK, &format!("{field}.remind_minutes"))?;
    }
    hours(&telling.quiet, &format!("{field}.quiet"))?;
    if telling.escalate.len() > 10 {
        return Err(wrong(format!("{field}.escalate"), "must be 10 at most"));
    }
    for (index, step) in telling.escalate.iter().enumerate() {
        let field = format!("{field}.escalate[{index}]");
        within(
            step.after_minutes,
            1,
            WEEK,
            &format!("{field}.after_minutes"),
        )?;
        if step.channels.is_empty() {
            let problem = "must name the channels that are told";
            return Err(wrong(format!("{field}.channels"), problem));
        }
        let earlier = &telling.escalate[..index];
        if earlier
            .iter()
            .any(|other| other.after_minutes == step.after_minutes)
        {
            let problem = "another step comes at that time; put its channels together";
            return Err(wrong(format!("{field}.after_minutes"), problem));
        }
    }
    Ok(())
}

fn policies(policies: &BTreeMap<ChannelId, Policy>) -> Result<(), RoutingProblem> {
    for (id, policy) in policies {
        let field = format!("channels.{id}");
        if let Some(rate) = policy.rate {
            within(rate.per_hour, 1, 36_000, &format!("{field}.rate.per_hour"))?;
            within(rate.burst, 1, 1000, &format!("{field}.rate.burst"))?;
        }
        if policy.fallback.as_ref() == Some(id) {
            let problem = "a channel cannot stand in for itself";
            return Err(wrong(format!("{field}.fallback"), problem));
        }
        within(
            policy.fallback_minutes,
            1,
            WEEK,
            &format!("{field}.fallback_minutes"),
        )?;
    }
    Ok(())
}

fn within(value: u32, least: u32, most: u32, field: &str) -> Result<(), RoutingProblem> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let problem = format!("must be a whole number from {least} to {most}");
    Err(wrong(field, problem))
}
