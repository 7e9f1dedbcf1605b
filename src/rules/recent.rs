//! What is remembered of figures and states that the present does not hold: figures that are only
//! pushed, and which guests ran.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::metric::MetricKey;
use crate::model::observation::Sample;
use crate::model::resource::{GuestStatus, Resource};
use crate::model::target::MissingPrivilege;
use crate::model::time::Timestamp;
use crate::state::TargetView;

/// The most resources whose pushed figures are remembered, and figures of each.
const MOST_RESOURCES: usize = 5_000;
const MOST_FIGURES: usize = 200;

/// The latest figures of one resource, by metric.
pub type Figures = BTreeMap<MetricKey, Figure>;

/// One figure that somebody pushed, or that a source tells beside its resources.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// When it was so.
    pub at: Timestamp,
    /// What it was.
    pub value: f64,
}

/// What is remembered between two looks beside what the judge remembers of alerts.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    figures: BTreeMap<ResourceId, Figures>,
    ran: HashMap<ResourceId, Timestamp>,
    lacking: HashMap<TargetId, HashSet<Privilege>>,
}

/// A privilege and the path it is held on.
type Privilege = (String, String);

impl Recent {
    /// A target's token has had every privilege.
    pub(super) fn was_whole(&mut self, target: &TargetId) {
        self.lacking.insert(target.clone(), HashSet::new());
    }

    /// Whether a privilege that is missing now was there since the program first looked.
    #[must_use]
    pub fn is_lost(&self, target: &TargetId, missing: &MissingPrivilege) -> bool {
        let lacking = self.lacking.get(target);
        lacking.is_some_and(|lacking| !lacking.contains(&privilege(missing)))
    }

    /// Takes figures in that do not stand on the resources.
    pub fn note(&mut self, samples: &[Sample]) {
        for sample in samples.iter().filter(|sample| sample.value.is_finite()) {
            if !self.figures.contains_key(&sample.resource) {
                if self.figures.len() >= MOST_RESOURCES {
                    continue;
                }
                self.figures.insert(sample.resource.clone(), Figures::new());
            }
            let Some(figures) = self.figures.get_mut(&sample.resource) else {
                continue;
            };
            let figure = Figure {
                at: sample.at,
                value: sample.value,
            };
            let has_room = figures.len() < MOST_FIGURES;
            match figures.get_mut(&sample.metric) {
                Some(before) if before.at > figure.at => {}
                Some(before) => *before = figure,
                None if has_room => {
                    figures.insert(sample.metric.clone(), figure);
                }
                None => {}
            }
        }
    }

    /// Takes in which guests run now, and which privileges have not been there yet.
    pub(super) fn see(&mut self, view: &TargetView, now: Timestamp) {
        let missing: HashSet<Privilege> = view.summary.missing.iter().map(privilege).collect();
        match self.lacking.get_mut(&view.summary.id) {
            Some(lacking) => lacking.retain(|privilege| missing.contains(privilege)),
            None => {
                self.lacking.insert(view.summary.id.clone(), missing);
            }
        }
        for resource in view.resources.values() {
            if let Resource::Guest(guest) = &**resource
                && guest.status == GuestStatus::Running
            {
                match self.ran.get_mut(&guest.id) {
                    Some(at) => *at = now,
                    None => {
                        self.ran.insert(guest.id.clone(), now);
                    }
                }
            }
        }
    }

    /// Forgets what is gone.
    pub(super) fn forget(&mut self, gone: &[ResourceId]) {
        for id in gone {
            self.ran.remove(id);
            self.figures.remove(id);
        }
    }

    /// Forgets everything of a target.
    pub(super) fn forget_target(&mut self, target: &TargetId) {
        let stays = |id: &ResourceId| id.target_text() != target.as_str();
        self.ran.retain(|id, _| stays(id));
        self.lacking.remove(target);
        self.figures.retain(|id, _| stays(id));
    }

    /// When a guest was last seen running, since the program started.
    #[must_use]
    pub fn ran(&self, id: &ResourceId) -> Option<Timestamp> {
        self.ran.get(id).copied()
    }

    /// The latest figures of a resource that do not stand on it.
    #[must_use]
    pub fn figures(&self, id: &ResourceId) -> Option<&Figures> {
        if self.figures.is_empty() {
            return None;
        }
        self.figures.get(id)
    }

    /// What pushes figures under a target and is nothing else.
    pub(super) fn pushed_of(&self, target: &TargetId) -> impl Iterator<Item = &ResourceId> {
        self.figures.keys().filter(move |id| {
            id.kind() == ResourceKind::Pushed && id.target_text() == target.as_str()
        })
    }

    /// What is remembered of one resource.
    #[must_use]
    pub fn only(&self, id: &ResourceId) -> Self {
        let figures = self.figures.get_key_value(id);
        let ran = self.ran.get_key_value(id);
        let lacking = self.lacking.iter();
        Self {
            lacking: lacking
                .filter(|(target, _)| target.as_str() == id.target_text())
                .map(|(target, lacking)| (target.clone(), lacking.clone()))
                .collect(),
            figures: figures
                .map(|(id, figures)| (id.clone(), figures.clone()))
                .into_iter()
                .collect(),
            ran: ran.map(|(id, at)| (id.clone(), *at)).into_iter().collect(),
        }
    }
}

fn privilege(missing: &MissingPrivilege) -> Privilege {
    (missing.path.clone(), missing.privilege.clone())
}
