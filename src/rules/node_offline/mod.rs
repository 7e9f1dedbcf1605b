//! A node that its own cluster calls offline.

use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::{It, Scene, Watched};
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::model::resource::{NodeStatus, Resource};

static KIND: RuleKind = RuleKind {
    name: "node_offline",
    label: "Node offline",
    about: "Warns when a cluster calls one of its nodes offline.",
    of: &[ResourceKind::Node],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Critical; 3]),
        Field::dwell([120.0, 30.0, 0.0]),
    ],
};

/// See the module.
pub(super) struct NodeOffline;

impl Rule for NodeOffline {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Plain>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, settings) in scene.on::<Plain>(ResourceKind::Node) {
            let It::Resource(Resource::Node(node)) = watched.it else {
                continue;
            };
            let measured =
                |is_beyond| Evidence::state(is_beyond, settings.severity, settings.dwell_seconds);
            let evidence = match node.status {
                _ if !scene.is_fresh() => Evidence::Unknown,
                NodeStatus::Online => measured(false),
                NodeStatus::Offline => measured(true),
                NodeStatus::Unknown => Evidence::Unknown,
            };
            report(Reading {
                subject: "status",
                about: watched,
                evidence,
                sentence: &|moment| sentence(watched, &scene.view.summary.name, moment),
            });
        }
    }
}

fn sentence(node: &Watched<'_>, target: &str, moment: Moment) -> String {
    let name = node.describe();
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
