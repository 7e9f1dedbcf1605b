//! Every sample as text, a piece at a time: memory does not grow with the span.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use serde::Serialize;

use crate::model::csv;
use crate::model::id::ResourceId;
use crate::model::metric::MetricKey;
use crate::model::time::{Timestamp, Window};

use super::import;
use super::scale::Scale;
use super::scan::Scan;
use super::stream::Tick;
use super::{HOUR, History, HistoryError};

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values under a line of names.
    Csv,
    /// One JSON object per line.
    JsonLines,
}

/// Which series are meant.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// These resources, or all.
    pub resources: Option<Vec<ResourceId>>,
    /// These metrics, or all.
    pub metrics: Option<Vec<MetricKey>>,
}

/// An export under way: ask for pieces until there are no more.
pub struct Export {
    history: History,
    window: Window,
    format: Format,
    names: BTreeMap<u32, (ResourceId, MetricKey)>,
    steps: VecDeque<Step>,
}

/// What one piece is made of.
enum Step {
    Head,
    Imports(Vec<(u32, Scale)>),
    Hours {
        group: u32,
        series: Vec<(u32, u32, Scale)>,
        next: i64,
        last: i64,
    },
}

impl History {
    /// Starts to export single samples: imported points first, marked with the distance they
    /// have, then what was measured, hour by hour.
    #[must_use]
    pub fn export(&self, selection: &Selection, window: Window, format: Format) -> Export {
        let (names, groups) = self.shared.head().selected(selection);
        let hours = (
            window.from.seconds().div_euclid(HOUR),
            (window.to.seconds() - 1).div_euclid(HOUR),
        );
        let mut steps = VecDeque::from([Step::Head]);
        for (group, series) in groups {
            steps.push_back(Step::Imports(
                series
                    .iter()
                    .map(|&(number, _, scale)| (number, scale))
                    .collect(),
            ));
            steps.push_back(Step::Hours {
                group,
                series,
                next: hours.0,
                last: hours.1,
            });
        }
        Export {
            history: self.clone(),
            window,
            format,
            names,
            steps,
        }
    }
}

impl Export {
    /// The next piece of text, of some megabytes at most; `None` at the end.
    ///
    /// # Errors
    /// When the database cannot be read. Damaged parts are reported and left out.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, HistoryError> {
        while let Some(step) = self.steps.pop_front() {
            let text = match step {
                Step::Head => match self.format {
                    Format::Csv => "resource,metric,time,at_ms,value,resolution_s\n".into(),
                    Format::JsonLines => String::new(),
                },
                Step::Imports(series) => self.imports(series).await?,
                Step::Hours {
                    group,
                    series,
                    next,
                    last,
                } => self.hour(group, series, next, last).await?,
            };
            if !text.is_empty() {
                return Ok(Some(text.into_bytes()));
            }
        }
        Ok(None)
    }

    async fn imports(&self, series: Vec<(u32, Scale)>) -> Result<String, HistoryError> {
        let history = &self.history.shared;
        let window = self.window;
        let numbers: Vec<u32> = series.iter().map(|series| series.0).collect();
        let (found, spots) = history
            .db
            .reader
            .run(move |connection| import::of_series(connection, &numbers, window))
            .await?;
        history.head().damages.report(spots);
        let mut text = String::new();
        for (number, list) in found {
            let Some((_, scale)) = series.iter().find(|series| series.0 == number) else {
                continue;
            };
            for (at, steps) in list.points {
                if window.contains(Timestamp::from_seconds(at)) {
                    self.line(&mut text, number, at, scale.restore(steps), Some(list.step));
                }
            }
        }
        Ok(text)
    }

    /// The next hour that has samples; puts the rest of the hours back in front.
    async fn hour(
        &mut self,
        group: u32,
        series: Vec<(u32, u32, Scale)>,
        next: i64,
        last: i64,
    ) -> Result<String, HistoryError> {
        let shared = &self.history.shared;
        // Memory first: an hour that moves to the database in between is seen there.
        let in_memory = shared.head().next_hour(&series, next, last);
        let on_disk: Option<i64> = shared
            .db
            .reader
            .run(move |connection| {
                Ok::<_, HistoryError>(connection.query_row(
                    "SELECT min(hour) FROM history_blocks
                     WHERE grp = ?1 AND hour BETWEEN ?2 AND ?3",
                    (group, next, last),
                    |row| row.get(0),
                )?)
            })
            .await?;
        let Some(hour) = in_memory.into_iter().chain(on_disk).min() else {
            return Ok(String::new());
        };
        let scan = Scan {
            group,
            hours: (hour, hour),
            head: shared.head().ticks_of(&series, hour),
            series: series.clone(),
        };
        let (all, spots) = shared
            .db
            .reader
            .run(move |connection| {
                let mut all: Vec<(u32, Scale, Vec<Tick>)> = Vec::new();
                let spots = scan.run(connection, |_, number, scale, ticks| {
                    all.push((number, scale, ticks.to_vec()));
                })?;
                Ok::<_, HistoryError>((all, spots))
            })
            .await?;
        shared.head().damages.report(spots);
        let mut text = String::new();
        let mut all = all;
        all.sort_by_key(|(number, _, _)| *number);
        for (number, scale, ticks) in all {
            for (second, steps) in ticks {
                let at = hour * HOUR + i64::from(second);
                if self.window.contains(Timestamp::from_seconds(at)) {
                    self.line(&mut text, number, at, scale.restore(steps), None);
                }
            }
        }
        self.steps.push_front(Step::Hours {
            group,
            series,
            next: hour + 1,
            last,
        });
        Ok(text)
    }

    fn line(&self, text: &mut String, series: u32, at: i64, value: f64, step: Option<i64>) {
        let Some((resource, metric)) = self.names.get(&series) else {
            return;
        };
        let at = at * 1000;
        // Writing to a string does not fail.
        let _ = match self.format {
            Format::Csv => {
                let step = step.map_or_else(String::new, |step| step.to_string());
                let time = Timestamp(at).rfc3339();
                let _ = write!(text, "{resource},");
                csv::cell(text, metric.as_str());
                writeln!(text, ",{time},{at},{value},{step}")
            }
            Format::JsonLines => {
                let line = serde_json::to_string(&Line {
                    resource: resource.as_str(),
                    metric: metric.as_str(),
                    at,
                    value,
                    resolution_s: step,
                });
                writeln!(text, "{}", line.unwrap_or_default())
            }
        };
    }
}

#[derive(Serialize)]
struct Line<'a> {
    resource: &'a str,
    metric: &'a str,
    at: i64,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution_s: Option<i64>,
}
