//! The routing's form, for the OpenAPI document: the document itself is read and written by
//! [`crate::notify::routing`].

#![expect(dead_code, reason = "only the schemas are used")]

use std::collections::HashMap;

use utoipa::ToSchema;

use crate::api::hp::words;

/// Who is told of what, and when.
#[derive(ToSchema)]
pub(super) struct Routing {
    /// Tried from the first to the last; the first one that matches decides, unless it says to go
    /// on.
    routes: Vec<Route>,
    /// What holds where no route has matched: every channel, unless it says otherwise.
    default: Telling,
    /// How single channels are treated, by id.
    channels: HashMap<String, ChannelPolicy>,
}

/// Some alerts, and what is done with them.
#[derive(ToSchema)]
pub(super) struct Route {
    /// Its name for people.
    name: String,
    /// Whether it is tried at all.
    enabled: bool,
    /// Which alerts it matches.
    when: RouteConditions,
    /// Whether later routes are tried too where it matches; what they say is added.
    r#continue: bool,
    /// What is done with them.
    tell: Telling,
}

/// Which alerts: each list that is not empty has to contain what the alert has.
#[derive(ToSchema)]
pub(super) struct RouteConditions {
    /// How bad: `info`, `warning`, `critical`.
    severities: Vec<String>,
    /// A tag of the resource.
    tags: Vec<String>,
    /// Ids or names of resources; `*` stands for anything.
    resources: Vec<String>,
    /// Kinds of resources.
    #[schema(schema_with = words::resource_kinds)]
    kinds: Vec<String>,
    /// Names of the nodes that resources are, or are on; `*` stands for anything.
    nodes: Vec<String>,
    /// Ids of configured targets.
    targets: Vec<String>,
    /// Rules, or rules with what they are about, such as `threshold/cpu`.
    rules: Vec<String>,
    /// When it is told.
    hours: Vec<WeekHours>,
}

/// Hours that come back every week.
#[derive(ToSchema)]
pub(super) struct WeekHours {
    /// The days on which they begin, `mon` to `sun`; none means every day.
    days: Vec<String>,
    /// When they begin, such as `22:00`.
    from: String,
    /// When they end: on the next day, unless that is later than their beginning.
    to: String,
    /// Whose time it is, such as `Europe/Berlin`; this machine's where `null`.
    zone: Option<String>,
}

/// Who is told of an alert, and when.
#[derive(ToSchema)]
pub(super) struct Telling {
    /// The channels: all that are enabled where this is `null`, nobody where it is empty.
    channels: Option<Vec<String>>,
    /// How long a calm channel waits for more to tell before it is told, in seconds.
    wait_seconds: u32,
    /// How long after a message news is gathered for the next one, in seconds.
    group_seconds: u32,
    /// Hours in which nobody is told; what happened is told when they end.
    quiet: Vec<WeekHours>,
    /// From which severity on alerts are told in quiet hours all the same; `null` for none.
    quiet_passes: Option<String>,
    /// How often it is told again while nobody takes it on, in minutes.
    remind_minutes: Option<u32>,
    /// Who else is told if nobody takes it on.
    escalate: Vec<EscalationStep>,
}

/// One step of an escalation.
#[derive(ToSchema)]
pub(super) struct EscalationStep {
    /// How long after the alert was first told, in minutes.
    after_minutes: u32,
    /// Exactly who is told then.
    channels: Vec<String>,
}

/// How one channel is treated.
#[derive(ToSchema)]
pub(super) struct ChannelPolicy {
    /// How many messages it takes; `null` for any number.
    rate: Option<ChannelRate>,
    /// Who is told in its place when it cannot be reached.
    fallback: Option<String>,
    /// How long it may be unreachable before its messages go there, in minutes.
    fallback_minutes: u32,
}

/// How many messages a channel takes.
#[derive(ToSchema)]
pub(super) struct ChannelRate {
    /// Messages an hour in the long run, from 1.
    per_hour: u32,
    /// Messages at once after a calm time, from 1.
    burst: u32,
}
