//! Which of the figures that were sent are recorded, and as what.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::metric::{self, MetricKey};
use crate::model::observation::Sample;
use crate::model::time::Timestamp;
use crate::sources::push::meaning::{self, Meaning};
use crate::sources::push::{Object, Point};
use crate::state::TargetView;

use super::Taken;
use super::doors::{Door, Series};

/// While the latest look is no older, what looks tell is not recorded again.
const FRESH: Duration = Duration::from_secs(25);
/// Figures that are older are not recorded.
const OLD: Duration = Duration::from_secs(3600);
/// A sender's clock may be ahead by this much; figures from later than that are of now.
const AHEAD: Duration = Duration::from_secs(30);

/// Sorts what was sent by what is known of the target.
pub(super) fn sort(
    points: Vec<Point>,
    target: &TargetId,
    view: Option<&std::sync::Arc<TargetView>>,
    door: &mut Door,
    now: Timestamp,
) -> (Vec<Sample>, Taken) {
    let view = view.map(|view| &**view);
    let mut taken = Taken::default();
    let mut samples = Vec::new();
    // Counters of several interfaces are one traffic.
    let mut sums: BTreeMap<(ResourceId, &'static str, Timestamp), f64> = BTreeMap::new();
    for point in points {
        let Some(at) = moment(point.at, now) else {
            taken.dropped += 1;
            continue;
        };
        match meaning::of(&point) {
            Meaning::Idle => taken.dropped += 1,
            Meaning::Foreign => {
                let series = foreign(target, &point);
                if door.has_room_for(&series) {
                    taken.recorded += 1;
                    samples.push(Sample {
                        metric: MetricKey::parse(&series.metric),
                        resource: series.resource,
                        at,
                        value: point.value,
                    });
                } else {
                    taken.dropped += 1;
                }
            }
            Meaning::Gauge(metric, factor) => {
                match place(target, view, &point.object, metric, now) {
                    Place::New(resource) => {
                        taken.recorded += 1;
                        samples.push(Sample {
                            resource,
                            metric: MetricKey::known(metric),
                            at,
                            value: point.value * factor,
                        });
                    }
                    Place::Known(_) => taken.known += 1,
                    Place::Stranger => taken.dropped += 1,
                }
            }
            Meaning::Counter(metric) => match place(target, view, &point.object, metric, now) {
                Place::New(resource) | Place::Known(resource) => {
                    *sums.entry((resource, metric, at)).or_insert(0.0) += point.value;
                }
                Place::Stranger => taken.dropped += 1,
            },
        }
    }
    for ((resource, metric, at), value) in sums {
        // Followed while looks tell the rate, too, so that it is known at once when they fail.
        let rate = door.counters.rate(&resource, metric, at, value);
        if is_told(view, &resource, metric, now) {
            taken.known += 1;
        } else if let Some(value) = rate {
            taken.recorded += 1;
            samples.push(Sample {
                resource,
                metric: MetricKey::known(metric),
                at,
                value,
            });
        } else {
            taken.dropped += 1;
        }
    }
    (samples, taken)
}

fn moment(at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    match at {
        None => Some(now),
        Some(at) if at > now + AHEAD => Some(now),
        Some(at) if now.since(at) > OLD => None,
        Some(at) => Some(at.min(now)),
    }
}

/// Where a figure belongs.
enum Place {
    /// Nobody told it lately.
    New(ResourceId),
    /// A look told it.
    Known(ResourceId),
    /// Nobody knows such a thing.
    Stranger,
}

fn place(
    target: &TargetId,
    view: Option<&TargetView>,
    object: &Object,
    metric: &str,
    now: Timestamp,
) -> Place {
    let is_there = |id: &ResourceId| view.is_some_and(|view| view.resources.contains_key(id));
    let id = match object {
        Object::Node(name) => ResourceId::node(target, name),
        Object::Guest(vmid) => ResourceId::guest(target, *vmid),
        Object::Storage { node, name } => {
            let shared = ResourceId::storage(target, name, None);
            match is_there(&shared) {
                true => shared,
                false => ResourceId::storage(target, name, Some(node)),
            }
        }
        Object::Other(_) => return Place::Stranger,
    };
    if !is_there(&id) {
        Place::Stranger
    } else if is_told(view, &id, metric, now) {
        Place::Known(id)
    } else {
        Place::New(id)
    }
}

/// Whether a look told a figure lately.
fn is_told(view: Option<&TargetView>, id: &ResourceId, metric: &str, now: Timestamp) -> bool {
    let Some(view) = view else {
        return false;
    };
    let fresh = view.summary.reachability.is_online()
        && view.seen_at.is_some_and(|seen| now.since(seen) <= FRESH);
    let told = || {
        let resource = view.resources.get(id)?;
        (metric::find(metric)?.read)(resource)
    };
    fresh && told().is_some()
}

/// A figure that only the sender knows, under names that are short and plain.
fn foreign(target: &TargetId, point: &Point) -> Series {
    let of = match &point.object {
        Object::Node(name) | Object::Other(name) => name.clone(),
        Object::Guest(vmid) => vmid.to_string(),
        Object::Storage { node, name } => format!("{name}@{node}"),
    };
    let parts = [
        Some(point.measurement.as_str()),
        point.instance.as_deref(),
        Some(point.key.as_str()),
    ];
    let parts: Vec<&str> = parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    let plain = |c: char| match c {
        c if c.is_ascii_alphanumeric() || "._-".contains(c) => c,
        _ => '_',
    };
    // Never the name of a metric of the catalogue, which is the product's own.
    let metric: String = parts.join(".").chars().take(100).map(plain).collect();
    Series {
        resource: ResourceId::other(ResourceKind::Pushed, target, &of),
        metric: match metric::find(&metric) {
            Some(_) => format!("pushed.{metric}"),
            None => metric,
        },
    }
}
