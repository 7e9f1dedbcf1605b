//! How often limits would have fired over the stored past.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use super::{Rules, RulesError};
use crate::history::Points;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::{self, Metric, MetricKey};
use crate::model::resource::Resource;
use crate::model::time::{Timestamp, Window};
use crate::rules::{Fired, Level, Limits, Place, Replay, RuleBook, RuleSettings, SettingsError};
use crate::state::Fleet;

/// The most resources that one back-test reads.
const MOST_RESOURCES: usize = 2_000;

/// The most samples that are read one by one. Where there are more, hours are judged by their
/// extremes first, and samples are read only of resources that could have fired.
const MOST_SAMPLES: u64 = 3_000_000;

/// How long a back-test may take.
const LONGEST: Duration = Duration::from_secs(30);

/// The longest span.
const LONGEST_SPAN: Duration = Duration::from_secs(366 * 86_400);

const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3_600);
const TICK: Duration = Duration::from_secs(10);

/// Whose past is judged.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// One resource's, even one that is gone.
    Resource(ResourceId),
    /// That of every resource of a kind, or of those of them with a tag.
    Kind(ResourceKind, Option<String>),
}

/// What is tested.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Whose past.
    pub over: Over,
    /// Which metric.
    pub metric: MetricKey,
    /// By which limits; by those that hold for each resource unless told.
    pub limits: Option<Limits>,
    /// Over which span.
    pub window: Window,
}

/// What was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Every sample.
    Samples,
    /// The largest and smallest figure of every hour, as if it had stood for all of it: the true
    /// numbers are these at most.
    Hours,
}

/// What would have been, for one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtested {
    /// Which one.
    pub resource: ResourceId,
    /// Its name, where it is still there.
    pub name: Option<String>,
    /// What was judged.
    pub resolution: Resolution,
    /// What would have been.
    pub fired: Fired,
}

/// What would have been.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtest {
    /// Over which span.
    pub window: Window,
    /// What was judged: hours where that is so for any resource that would have fired.
    pub resolution: Resolution,
    /// The resources that would have fired, the busiest first.
    pub resources: Vec<Backtested>,
    /// How many resources were judged.
    pub judged: usize,
    /// How many were left out because there were too many.
    pub left_out: usize,
    /// How often altogether.
    pub times: usize,
    /// For how long altogether.
    pub total: Duration,
}

impl Rules {
    /// Judges the past by limits. It is given up when the future is dropped.
    ///
    /// # Errors
    /// When what is asked makes no sense, another test is running, or it takes too long.
    pub async fn backtest(&self, scope: Scope) -> Result<Backtest, RulesError> {
        check(&scope)?;
        let _place = self.tests.try_acquire().map_err(|_| RulesError::Busy)?;
        let run = tokio::time::timeout(LONGEST, self.run(scope));
        run.await.unwrap_or(Err(RulesError::TooLong {
            seconds: LONGEST.as_secs(),
        }))
    }

    async fn run(&self, scope: Scope) -> Result<Backtest, RulesError> {
        let fleet = self.parts.live.fleet();
        let (mut chosen, total) = choose(&scope, &fleet);
        chosen.truncate(MOST_RESOURCES);
        let left_out = total - chosen.len();
        let row = metric::find(scope.metric.as_str());
        let each = scope.window.length().as_secs() / TICK.as_secs();
        let is_small = each.saturating_mul(chosen.len() as u64) <= MOST_SAMPLES;
        let mut left = MOST_SAMPLES;
        let mut book = RuleBook::new(self.settings().into());
        let mut found = Backtest {
            window: scope.window,
            resolution: Resolution::Samples,
            resources: Vec::new(),
            judged: 0,
            left_out,
            times: 0,
            total: Duration::ZERO,
        };
        for resource in chosen {
            let present = fleet.resource(&resource);
            let held = || {
                let place = present.map_or_else(|| Place::bare(&resource), |it| Place::of(it));
                let set = book.of(place);
                let mut limits = set.limits.iter();
                let entry = limits.find(|entry| entry.key == scope.metric)?;
                Some(entry.limits)
            };
            let Some(limits) = scope.limits.or_else(held) else {
                continue;
            };
            found.judged += 1;
            let test = Test {
                scope: &scope,
                resource: &resource,
                row,
                limits,
            };
            let mut resolution = Resolution::Samples;
            let mut fired = None;
            if !is_small {
                // Hours cannot fire less often than their samples do.
                let hourly = self.replay(&test, Resolution::Hours).await?;
                if hourly.times == 0 {
                    continue;
                }
                if left < each {
                    resolution = Resolution::Hours;
                    found.resolution = resolution;
                    fired = Some(hourly);
                }
                left = left.saturating_sub(each);
            }
            let fired = match fired {
                Some(fired) => fired,
                None => self.replay(&test, Resolution::Samples).await?,
            };
            found.times += fired.times;
            found.total += fired.total;
            if fired.times > 0 {
                found.resources.push(Backtested {
                    name: present.map(|resource| resource.label()),
                    resource,
                    resolution,
                    fired,
                });
            }
        }
        found
            .resources
            .sort_by_key(|one| Reverse((one.fired.times, one.fired.total)));
        Ok(found)
    }

    /// Judges one resource's past, a day of samples or a month of hours at a time.
    async fn replay(&self, test: &Test<'_>, resolution: Resolution) -> Result<Fired, RulesError> {
        let Test {
            scope,
            resource,
            row,
            limits,
        } = *test;
        let mut replay = Replay::new(row, limits);
        let (step, piece) = match resolution {
            Resolution::Samples => (TICK, DAY),
            Resolution::Hours => (HOUR, DAY * 31),
        };
        let mut metrics = vec![scope.metric.clone()];
        let total = row.filter(|row| row.of.contains(&resource.kind()));
        metrics.extend(total.and_then(|row| row.total).map(MetricKey::known));
        let mut from = scope.window.from.floor_to(step);
        while from < scope.window.to {
            let to = (from + piece).min(scope.window.to.floor_to(step) + step);
            let window = Window { from, to };
            #[expect(clippy::cast_possible_truncation, reason = "a piece has few steps")]
            let points = (window.length().as_secs() / step.as_secs()) as usize;
            let history = &self.parts.history;
            let read = history.range_of_resource(resource, &metrics, window, points);
            let read = read.await?;
            match (resolution, &read[..]) {
                (Resolution::Samples, [points, rest @ ..]) => {
                    for place in 0..points.at.len() {
                        replay.figure(points.at[place], share(points.avg[place], rest, place));
                    }
                }
                (Resolution::Hours, [points, rest @ ..]) => hours(&mut replay, points, rest),
                (_, []) => {}
            }
            from = to;
        }
        Ok(replay.finish())
    }
}

/// One resource's part of a back-test.
struct Test<'a> {
    scope: &'a Scope,
    resource: &'a ResourceId,
    row: Option<&'static Metric>,
    limits: Limits,
}

/// The share of the whole, where there is one.
fn share(value: f64, whole: &[Points], place: usize) -> f64 {
    match whole.first().map(|whole| whole.avg[place]) {
        None => value,
        Some(whole) if whole > 0.0 => value / whole,
        Some(_) => f64::NAN,
    }
}

/// Judges hours as if the worse of their extremes had stood from their beginning to their end.
fn hours(replay: &mut Replay, points: &Points, whole: &[Points]) {
    for place in 0..points.at.len() {
        let most = share(points.max[place], whole, place);
        let least = share(points.min[place], whole, place);
        let worst = replay.worse_of(most, least);
        replay.figure(points.at[place], worst);
        replay.figure(points.at[place] + (HOUR - Duration::from_secs(1)), worst);
    }
}

/// The resources that are meant, and how many there are.
fn choose(scope: &Scope, fleet: &Fleet) -> (Vec<ResourceId>, usize) {
    let chosen: Vec<ResourceId> = match &scope.over {
        Over::Resource(id) => vec![id.clone()],
        Over::Kind(kind, tag) => {
            let resources = fleet
                .resources()
                .filter(|resource| resource.kind() == *kind);
            let has_tag = |resource: &Resource| match (tag, resource) {
                (None, _) => true,
                (Some(tag), Resource::Guest(guest)) => guest.tags.contains(tag),
                (Some(_), _) => false,
            };
            resources
                .filter(|resource| has_tag(resource))
                .map(|resource| resource.id().clone())
                .collect()
        }
    };
    let total = chosen.len();
    (chosen, total)
}

fn check(scope: &Scope) -> Result<(), RulesError> {
    let wrong = |field, problem: &str| RulesError::Test {
        field,
        problem: problem.to_owned(),
    };
    let kind = match &scope.over {
        Over::Resource(id) => id.kind(),
        Over::Kind(kind, _) => *kind,
    };
    if kind == ResourceKind::Target {
        return Err(wrong("kind", "has no figures"));
    }
    let row = metric::find(scope.metric.as_str());
    let fits = row.is_some_and(|row| row.of.contains(&kind)) || kind == ResourceKind::Pushed;
    if !fits {
        let problem = format!("is not a metric of a {} with a past", kind.word());
        return Err(wrong("metric", &problem));
    }
    if scope.window.from >= scope.window.to {
        return Err(wrong("from", "must be before to"));
    }
    if scope.window.length() > LONGEST_SPAN {
        return Err(wrong("from", "must be within a year of to"));
    }
    if let Some(limits) = scope.limits {
        let mut level = Level::default();
        level.metrics.insert(scope.metric.clone(), Some(limits));
        let settings = RuleSettings {
            kinds: BTreeMap::from([(kind, level)]),
            ..RuleSettings::default()
        };
        let mistakes = settings.validate();
        let path = format!("kinds.{}.metrics.{}", kind.word(), scope.metric);
        return mistakes.map_err(|mistakes| {
            let named = mistakes.into_iter().map(|mistake| SettingsError {
                field: mistake.field.replacen(&path, "limits", 1),
                ..mistake
            });
            RulesError::Invalid(named.collect())
        });
    }
    Ok(())
}

/// The latest week.
#[must_use]
pub fn usual_window(now: Timestamp) -> Window {
    Window::ending_at(now, DAY * 7)
}
