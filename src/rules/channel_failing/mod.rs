//! A channel whose messages do not arrive: who relies on it does not know that nobody tells them.

use super::inward::{ChannelHealth, Inward, OwnHealth};
use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::Scene;
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;

/// Characters of an error that are repeated.
const ERROR_LENGTH: usize = 240;

static KIND: RuleKind = RuleKind {
    name: "channel_failing",
    label: "Channel failing",
    about: "Warns on the other channels when the messages to one do not arrive.",
    of: &[ResourceKind::Target],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Warning; 3]),
        // A message is tried again after 5, 20 and 80 s: one bad minute is no failure.
        Field::dwell([900.0, 180.0, 60.0]),
    ],
};

/// See the module.
pub(super) struct ChannelFailing;

impl Rule for ChannelFailing {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Plain>(values)
    }

    /// No target is to blame.
    fn look(&self, _: &Scene<'_>, _: &mut dyn FnMut(Reading<'_>)) {}

    fn look_inward(&self, scene: &Inward<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let Some(settings) = scene.settings::<Plain>() else {
            return;
        };
        for channel in scene.own.channels.as_deref().unwrap_or_default() {
            let is_failing = channel.error.is_some();
            report(Reading {
                subject: channel.id.as_str(),
                about: scene.about,
                evidence: Evidence::state(is_failing, settings.severity, settings.dwell_seconds),
                sentence: &|moment| sentence(channel, moment),
            });
        }
    }

    fn can_tell_inward(&self, own: &OwnHealth) -> bool {
        own.channels.is_some()
    }

    fn is_inward(&self) -> bool {
        true
    }
}

fn sentence(channel: &ChannelHealth, moment: Moment) -> String {
    let name = words::clean(&channel.name);
    match (moment, &channel.error) {
        (Moment::Holds { held, .. }, Some(error)) => {
            let held = match held.as_secs() {
                0 => String::new(),
                _ => format!(" for {}", words::span(held)),
            };
            let error = words::shorten(error, ERROR_LENGTH);
            let waiting = match channel.waiting {
                0 => String::new(),
                1 => "; 1 message waits for it or was given up".to_owned(),
                count => format!("; {count} messages wait for it or were given up"),
            };
            format!(
                "homepulse: messages to the channel {name} do not arrive{held} — {error}{waiting}"
            )
        }
        (Moment::Ended { held }, _) => format!(
            "homepulse: messages to the channel {name} arrive again after {}",
            words::span(held)
        ),
        (Moment::Holds { .. } | Moment::Moot { .. }, _) => {
            format!("homepulse: messages to the channel {name} do not arrive")
        }
    }
}

#[cfg(test)]
mod tests;
