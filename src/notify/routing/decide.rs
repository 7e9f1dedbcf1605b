//! What the routing means for one alert at one moment. Pure.

use std::time::Duration;

use serde::Serialize;

use super::{Conditions, Routing, Telling, hours};
use crate::model::alert::{Alert, Severity};
use crate::model::id::{ChannelId, ResourceId, ResourceKind};
use crate::model::time::{Timestamp, Window};

/// What an alert is routed by.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// How bad it is.
    pub severity: Severity,
    /// The rule that judged.
    pub rule: &'a str,
    /// What about the resource.
    pub subject: &'a str,
    /// Whose.
    pub resource: &'a ResourceId,
    /// The resource's name.
    pub name: &'a str,
    /// The node it is on.
    pub node: Option<&'a str>,
    /// The resource's tags.
    pub tags: &'a [String],
}

impl<'a> Facts<'a> {
    /// Those of an alert.
    #[must_use]
    pub fn of(alert: &'a Alert) -> Self {
        Self {
            severity: alert.severity,
            rule: &alert.rule,
            subject: &alert.subject,
            resource: &alert.resource,
            name: &alert.resource_name,
            node: alert.node.as_deref(),
            tags: &alert.tags,
        }
    }
}

/// What one route said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Its name; `default` for what holds where no route matches.
    pub route: String,
    /// Whether it matched.
    pub matched: bool,
    /// Why, in words.
    pub why: String,
}

/// How one channel is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Which channel.
    pub channel: ChannelId,
    /// How long a calm channel waits for more to tell.
    pub wait: Duration,
    /// How long after a message news is gathered for the next one.
    pub group: Duration,
    /// The quiet hours that it has to wait for.
    pub quiet: Option<Window>,
    /// How often it is told again.
    pub remind: Option<Duration>,
}

impl Plan {
    /// How a channel is told that no route names: of the end of an alert that it knows of.
    #[must_use]
    pub fn plain(channel: ChannelId) -> Self {
        let telling = Telling::default();
        Self {
            channel,
            wait: seconds(telling.wait_seconds),
            group: seconds(telling.group_seconds),
            quiet: None,
            remind: None,
        }
    }
}

/// One step of the escalation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How long after the alert was first told, in minutes; also the step's name.
    pub after_minutes: u32,
    /// Exactly who is told then.
    pub channels: Vec<ChannelId>,
    /// The quiet hours that it has to wait for.
    pub quiet: Option<Window>,
}

/// Everything that the routing says about an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// What each route said that was tried.
    pub verdicts: Vec<Verdict>,
    /// Who is told, in the order of the routes.
    pub plans: Vec<Plan>,
    /// What comes if nobody takes it on, the soonest first.
    pub steps: Vec<Step>,
}

impl Decision {
    /// How `channel` is told, if it is.
    #[must_use]
    pub fn plan(&self, channel: &ChannelId) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.channel == *channel)
    }

    fn add(&mut self, telling: &Telling, facts: &Facts<'_>, all: &[ChannelId], at: Timestamp) {
        let passes = telling
            .quiet_passes
            .is_some_and(|least| facts.severity >= least);
        let quiet = if passes {
            None
        } else {
            hours::around(&telling.quiet, at)
        };
        let chosen = telling.channels.as_deref().unwrap_or(all);
        for channel in chosen.iter().filter(|channel| all.contains(channel)) {
            self.merge(Plan {
                channel: channel.clone(),
                wait: seconds(telling.wait_seconds),
                group: seconds(telling.group_seconds),
                quiet,
                remind: telling.remind_minutes.map(minutes),
            });
        }
        for step in &telling.escalate {
            self.steps.push(Step {
                after_minutes: step.after_minutes,
                channels: step
                    .channels
                    .iter()
                    .filter(|channel| all.contains(channel))
                    .cloned()
                    .collect(),
                quiet,
            });
        }
    }

    /// A channel that two routes name is told as the more eager one says.
    fn merge(&mut self, plan: Plan) {
        let known = self
            .plans
            .iter_mut()
            .find(|known| known.channel == plan.channel);
        let Some(known) = known else {
            self.plans.push(plan);
            return;
        };
        known.wait = known.wait.min(plan.wait);
        known.group = known.group.min(plan.group);
        known.quiet = match (known.quiet, plan.quiet) {
            (Some(one), Some(other)) if other.to < one.to => Some(other),
            (Some(one), Some(_)) => Some(one),
            (None, _) | (_, None) => None,
        };
        known.remind = match (known.remind, plan.remind) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

fn minutes(count: u32) -> Duration {
    Duration::from_secs(60 * u64::from(count))
}

impl Routing {
    /// Who of `all` enabled channels is told of an alert with these facts that is told at `at`.
    #[must_use]
    pub fn decide(&self, facts: &Facts<'_>, all: &[ChannelId], at: Timestamp) -> Decision {
        let mut decision = Decision::default();
        let mut is_decided = false;
        for route in self.routes.iter().filter(|route| route.enabled) {
            let misfit = misfit(&route.when, facts, at);
            let matched = misfit.is_none();
            decision.verdicts.push(Verdict {
                route: route.name.clone(),
                matched,
                why: misfit.unwrap_or_else(|| fits(route.goes_on).to_owned()),
            });
            if matched {
                is_decided = true;
                decision.add(&route.tell, facts, all, at);
                if !route.goes_on {
                    break;
                }
            }
        }
        if !is_decided {
            decision.verdicts.push(Verdict {
                route: "default".into(),
                matched: true,
                why: "no route has matched".into(),
            });
            decision.add(&self.default, facts, all, at);
        }
        decision.steps.sort_by_key(|step| step.after_minutes);
        decision
    }
}

const fn fits(goes_on: bool) -> &'static str {
    if goes_on {
        "it matches, and later routes are tried too"
    } else {
        "it matches, and no later route is tried"
    }
}

/// The first condition that an alert does not meet, in words.
fn misfit(when: &Conditions, facts: &Facts<'_>, at: Timestamp) -> Option<String> {
    let lacks = |what: &str, has: &str| Some(format!("{what} {has} is not among its {what}s"));
    if !when.severities.is_empty() && !when.severities.contains(&facts.severity) {
        return Some(format!(
            "the severity {} is not among its severities",
            facts.severity.word()
        ));
    }
    let is_tagged = |tag: &String| facts.tags.iter().any(|own| own.eq_ignore_ascii_case(tag));
    if !when.tags.is_empty() && !when.tags.iter().any(is_tagged) {
        return Some("the resource has none of its tags".into());
    }
    let is_named = |pattern: &String| {
        fits_pattern(pattern, facts.resource.as_str()) || fits_pattern(pattern, facts.name)
    };
    if !when.resources.is_empty() && !when.resources.iter().any(is_named) {
        return lacks("resource", facts.name);
    }
    let kind = facts.resource.kind();
    if !when.kinds.is_empty() && !when.kinds.contains(&kind) {
        return lacks("kind", kind.word());
    }
    let own = (kind == ResourceKind::Node).then(|| facts.resource.local());
    let node = facts.node.or(own);
    let is_there = |pattern: &String| node.is_some_and(|node| fits_pattern(pattern, node));
    if !when.nodes.is_empty() && !when.nodes.iter().any(is_there) {
        return match node {
            Some(node) => lacks("node", node),
            None => Some("it is on no node".into()),
        };
    }
    let target = facts.resource.target_text();
    if !when.targets.is_empty() && !when.targets.iter().any(|one| one.as_str() == target) {
        return lacks("target", target);
    }
    let about = format!("{}/{}", facts.rule, facts.subject);
    let is_ruled = |rule: &String| *rule == facts.rule || *rule == about;
    if !when.rules.is_empty() && !when.rules.iter().any(is_ruled) {
        return lacks("rule", &about);
    }
    if !when.hours.is_empty() && hours::around(&when.hours, at).is_none() {
        return Some("it is outside its hours".into());
    }
    None
}

/// Whether a text is as a pattern says, in which `*` stands for anything; case does not matter.
fn fits_pattern(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
