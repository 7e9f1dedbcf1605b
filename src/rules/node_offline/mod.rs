//! A node that its own cluster calls offline.

use std::borrow::Cow;
use std::time::Duration;

use super::reading::{About, Evidence, Level, Levels, Moment, Reading, Scene, Signal};
use super::{Rule, words};
use crate::model::id::ResourceKind;
use crate::model::resource::{NodeStatus, Resource};

/// See the module.
pub(super) struct NodeOffline;

impl Rule for NodeOffline {
    fn name(&self) -> &'static str {
        "node_offline"
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let Some(settings) = scene.settings.node_offline else {
            return;
        };
        let is_fresh = scene.view.summary.reachability.is_online();
        let measured = |signal| Evidence::Measured {
            value: None,
            levels: Levels::only(
                settings.severity,
                Level {
                    signal,
                    dwell: Duration::from_secs(settings.dwell_seconds.into()),
                    limit: None,
                },
            ),
            since: None,
        };
        for resource in scene.view.of_kind(ResourceKind::Node) {
            let Resource::Node(node) = &**resource else {
                continue;
            };
            let evidence = match node.status {
                _ if !is_fresh => Evidence::Unknown,
                NodeStatus::Online => measured(Signal::Within),
                NodeStatus::Offline => measured(Signal::Beyond),
                NodeStatus::Unknown => Evidence::Unknown,
            };
            report(Reading {
                subject: Cow::Borrowed("status"),
                about: About::Resource(resource),
                evidence,
                sentence: &|moment| sentence(resource, &scene.view.summary.name, moment),
            });
        }
    }
}

fn sentence(node: &Resource, target: &str, moment: Moment) -> String {
    let name = words::describe(node);
    let target = words::clean(target);
    match moment {
        Moment::Holds { held, .. } if held.as_secs() == 0 => {
            format!("{name}: {target} calls it offline")
        }
        Moment::Holds { held, .. } => {
            format!(
                "{name}: {target} has called it offline for {}",
                words::span(held)
            )
        }
        Moment::Ended { held } => {
            format!("{name}: online again after {}", words::span(held))
        }
        Moment::Moot { why } => format!("{name}: {why}"),
    }
}
