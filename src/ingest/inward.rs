//! What rules are to know of the product itself.

use std::collections::VecDeque;

use crate::history::{Accepted, Recording};
use crate::model::time::Timestamp;
use crate::notify::{ChannelState, ChannelStatus};
use crate::rules::{ChannelHealth, Lost, OwnHealth, Pause};

/// What the ingest task knows of the product itself.
#[derive(Default)]
pub(super) struct Inward {
    /// `None` where nobody could be asked.
    channels: Option<Vec<ChannelHealth>>,
    /// What was lost, by the minute.
    lost: VecDeque<(i64, Lost)>,
}

impl Inward {
    /// Takes down what became of samples.
    pub(super) fn note(&mut self, accepted: Accepted, now: Timestamp) {
        let lost = Lost {
            refused: accepted.refused,
            untimely: accepted.late.saturating_add(accepted.future),
        };
        if lost.count() == 0 {
            return;
        }
        let minute = minute(now);
        match self.lost.back_mut() {
            Some((latest, sum)) if *latest == minute => *sum += lost,
            _ => self.lost.push_back((minute, lost)),
        }
        self.forget(minute);
    }

    /// Takes down how the channels are doing.
    pub(super) fn note_channels(&mut self, all: &[ChannelStatus]) {
        let told = all
            .iter()
            .filter(|status| status.state() != ChannelState::Disabled);
        let health = told.map(|status| ChannelHealth {
            id: status.channel.id.clone(),
            name: status.channel.name.clone(),
            error: status.last_error.clone(),
            waiting: status.health.waiting.saturating_add(status.health.dead),
        });
        self.channels = Some(health.collect());
    }

    /// What rules are to know at `now`.
    pub(super) fn health(&mut self, recording: &Recording, now: Timestamp) -> OwnHealth {
        self.forget(minute(now));
        let mut lost = Lost::default();
        for (_, sum) in &self.lost {
            lost += *sum;
        }
        OwnHealth {
            paused: paused(recording),
            channels: self.channels.clone(),
            lost,
        }
    }

    fn forget(&mut self, minute: i64) {
        let span = Lost::SPAN_MINUTES.cast_signed();
        // After a step back of the clock nothing is ahead of it.
        self.lost
            .retain(|(at, _)| (minute - span..=minute).contains(at));
    }
}

const fn minute(at: Timestamp) -> i64 {
    at.seconds().div_euclid(60)
}

fn paused(recording: &Recording) -> Option<Pause> {
    match recording {
        Recording::Running => None,
        Recording::Paused {
            since,
            disk_full,
            reason,
        } => Some(Pause {
            since: *since,
            disk_full: *disk_full,
            reason: reason.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lost_counts_for_ten_minutes() {
        let mut inward = Inward::default();
        let at = |seconds| Timestamp::from_seconds(seconds);
        let few = Accepted {
            refused: 2,
            late: 1,
            duplicate: 50,
            ..Accepted::default()
        };
        inward.note(few, at(0));
        inward.note(few, at(30));
        inward.note(few, at(300));
        let mut lost = |seconds| {
            let health = inward.health(&Recording::Running, at(seconds));
            health.lost.count()
        };
        assert_eq!(lost(300), 9, "what came twice is not lost");
        assert_eq!(lost(659), 9);
        assert_eq!(lost(660), 3);
        assert_eq!(lost(960), 0);
    }
}
