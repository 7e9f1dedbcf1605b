//! A node's subscription that ends soon, or has ended. Having none is no alert.

use super::kind::{self, Field, Pair, Parsed, Preset, RuleKind, Values};
use super::reading::{Evidence, Level, Levels, Moment, Reading};
use super::scene::{It, Scene};
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::model::resource::{Resource, Subscription};
use crate::model::time::Timestamp;

static KIND: RuleKind = RuleKind {
    name: "subscription",
    label: "Subscription ends",
    about: "Warns when a node's subscription ends within so many days or is no longer valid. A \
            node without one is no alert.",
    of: &[ResourceKind::Node],
    on: [true; 3],
    fields: &[
        Field::limit(
            "warning",
            "Warn when it ends within",
            "days",
            [0.0, 3650.0],
            [
                Preset::Number(7.0),
                Preset::Number(21.0),
                Preset::Number(45.0),
            ],
        ),
        Field::limit(
            "critical",
            "Critical when it ends within",
            "days",
            [0.0, 3650.0],
            [Preset::Off, Preset::Off, Preset::Number(7.0)],
        ),
    ],
};

/// See the module.
pub(super) struct SubscriptionEnds;

impl Rule for SubscriptionEnds {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Pair>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, pair) in scene.on::<Pair>(ResourceKind::Node) {
            let It::Resource(Resource::Node(node)) = watched.it else {
                continue;
            };
            let evidence = match node.facts.subscription.value() {
                Some(subscription) if scene.is_fresh() => judge(subscription, *pair, scene.now),
                _ => Evidence::Unknown,
            };
            report(Reading {
                subject: "subscription",
                about: watched,
                evidence,
                sentence: &|moment| {
                    let name = watched.describe();
                    match (moment, evidence.value()) {
                        (Moment::Holds { .. }, Some(left)) if left > 0.0 => {
                            format!("{name}: its subscription ends in {}", words::days(left))
                        }
                        (Moment::Holds { .. }, _) => {
                            format!("{name}: its subscription is no longer valid")
                        }
                        (Moment::Ended { .. }, _) => {
                            format!("{name}: its subscription was renewed")
                        }
                        (Moment::Moot { why }, _) => format!("{name}: {why}"),
                    }
                },
            });
        }
    }
}

fn judge(subscription: &Subscription, pair: Pair, now: Timestamp) -> Evidence {
    match &*subscription.status.to_ascii_lowercase() {
        "notfound" | "new" | "" => Evidence::Moot {
            why: "it has no subscription",
        },
        "expired" | "invalid" | "suspended" => Evidence::Measured {
            value: None,
            levels: Levels::only(Severity::Warning, Level::state(true, 0)),
            since: None,
        },
        _ => {
            let due = subscription.next_due.as_deref().and_then(date);
            match due {
                None => Evidence::Unknown,
                Some(due) => Evidence::below(now.days_until(due), pair, 1.0, 0),
            }
        }
    }
}

/// The first moment of a date such as `2027-05-01`, in UTC.
fn date(text: &str) -> Option<Timestamp> {
    let date: jiff::civil::Date = text.get(..10)?.parse().ok()?;
    let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests;
