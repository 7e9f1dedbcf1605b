//! What the judge remembers of one resource, handed out so that somebody else can explain it.

use std::sync::Arc;

use super::{Judge, Waiting};
use crate::model::id::ResourceId;
use crate::rules::forecast::Forecasts;
use crate::rules::memory::Memory;
use crate::rules::recent::Recent;

/// What is remembered of one subject.
#[derive(Clone, Debug)]
pub struct Note {
    /// The rule.
    pub rule: &'static str,
    /// About what.
    pub subject: String,
    /// What is remembered.
    pub memory: Memory,
}

/// What the judge remembers of one resource.
#[derive(Clone, Debug, Default)]
pub struct Recall {
    /// By rule and subject; what is within its limits is not among them.
    pub notes: Vec<Note>,
    /// Figures and states that the present does not hold.
    pub recent: Recent,
    /// When spaces will be full.
    pub forecasts: Arc<Forecasts>,
}

impl Judge {
    /// Everything that is beyond a limit and is not told yet, the next to fire first.
    #[must_use]
    pub fn waiting(&self) -> Vec<Waiting> {
        let entries = self.entries.values().flatten();
        let waiting = entries.filter_map(|entry| entry.waiting.as_deref().cloned());
        let mut waiting: Vec<Waiting> = waiting.collect();
        waiting.sort_by(|one, other| {
            let place = |waiting: &Waiting| (waiting.fires_at, waiting.finding.resource.clone());
            place(one).cmp(&place(other))
        });
        waiting
    }

    /// What is remembered of a resource; of everything where `None`, and then without the notes.
    #[must_use]
    pub fn recall(&self, of: Option<&ResourceId>) -> Recall {
        let forecasts = Arc::clone(&self.forecasts);
        let Some(id) = of else {
            return Recall {
                notes: Vec::new(),
                recent: self.recent.clone(),
                forecasts,
            };
        };
        let entries = self.entries.get(id).map_or(&[][..], Vec::as_slice);
        let notes = entries.iter().map(|entry| Note {
            rule: entry.rule_name(),
            subject: entry.subject.to_string(),
            memory: entry.memory.clone(),
        });
        Recall {
            notes: notes.collect(),
            recent: self.recent.only(id),
            forecasts,
        }
    }
}
