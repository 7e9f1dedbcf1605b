//! What a change of the settings would do now: whom it touches, and how much would be wrong.

use std::sync::Arc;

use crate::model::id::ResourceId;
use crate::model::time::Timestamp;
use crate::state::{Fleet, TargetView};

use super::RULES;
use super::index::Index;
use super::judge::Recall;
use super::reading::{Evidence, Reading};
use super::scene::{Scene, Sources};
use super::settings::{Place, RuleBook, RuleSettings, rule_of};

/// What a change of the settings would do now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    /// Resources for which something comes out differently.
    pub touched: usize,
    /// The first of them.
    pub examples: Vec<ResourceId>,
    /// Subjects that are beyond a limit now, by the settings as they are.
    pub beyond_before: usize,
    /// Subjects that would be.
    pub beyond_after: usize,
}

/// The most resources that are named.
const EXAMPLES: usize = 20;

/// Tells what `after` in the place of `before` would do, waiting left aside.
#[must_use]
pub fn preview(
    before: &Arc<RuleSettings>,
    after: &Arc<RuleSettings>,
    fleet: &Fleet,
    recall: &Recall,
    now: Timestamp,
) -> Preview {
    let mut preview = Preview::default();
    let mut books = [
        RuleBook::new(Arc::clone(before)),
        RuleBook::new(Arc::clone(after)),
    ];
    for view in fleet.targets() {
        let target = ResourceId::target(&view.summary.id);
        let resources = view.resources.values();
        let places = resources.map(|resource| Place::of(resource));
        for place in places.chain([Place::bare(&target)]) {
            if differs(&mut books, [before, after], place) {
                preview.touched += 1;
                if preview.examples.len() < EXAMPLES {
                    preview.examples.extend(place.id.cloned());
                }
            }
        }
        let mut index = Index::default();
        index.refresh(&view.facts);
        let [book_before, book_after] = &mut books;
        preview.beyond_before += beyond(view, &target, &index, recall, book_before, now);
        preview.beyond_after += beyond(view, &target, &index, recall, book_after, now);
    }
    preview
}

fn differs(books: &mut [RuleBook; 2], settings: [&Arc<RuleSettings>; 2], place: Place<'_>) -> bool {
    let [before, after] = books;
    let (before, after) = (before.of(place), after.of(place));
    if !before.same_limits(&after) {
        return true;
    }
    RULES.iter().map(|rule| rule.kind()).any(|kind| {
        let of = |settings| rule_of(settings, place, kind).value;
        kind.of.contains(&place.kind) && of(settings[0]) != of(settings[1])
    })
}

/// How many subjects of a target are beyond a limit.
fn beyond(
    view: &TargetView,
    target: &ResourceId,
    index: &Index,
    recall: &Recall,
    book: &mut RuleBook,
    now: Timestamp,
) -> usize {
    let sources = Sources {
        index,
        recent: &recall.recent,
        forecasts: &recall.forecasts,
        now,
    };
    let mut scene = Scene::new(view, target, sources, book, |_| false);
    let mut count = 0;
    for (place, rule) in RULES.iter().enumerate() {
        rule.look(scene.for_rule(place), &mut |reading: Reading<'_>| {
            if let Evidence::Measured { levels, .. } = reading.evidence
                && !levels.are_all_within()
            {
                count += 1;
            }
        });
    }
    count
}
