//! Series that others have measured: one line for each, its name and its figures.

use std::path::Path;

use homepulse::model::id::{ResourceId, ResourceKind, TargetId};
use homepulse::model::metric::MetricKey;
use homepulse::model::observation::Sample;
use homepulse::model::time::Timestamp;

use crate::Source;

/// The series of one data set, told side by side as if they were measured every 10 s.
pub(crate) struct DataSet {
    pub(crate) name: String,
    columns: Vec<Vec<f64>>,
    place: usize,
    samples: Vec<Sample>,
}

/// Reads the data sets that `public_series.py` has written: `set,series,figure,figure,…`.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<DataSet>> {
    let target: TargetId = "tgt_public".parse()?;
    let text = std::fs::read_to_string(path)?;
    let mut sets: Vec<DataSet> = Vec::new();
    for line in text.lines() {
        let mut fields = line.split(',');
        let (Some(set), Some(series)) = (fields.next(), fields.next()) else {
            continue;
        };
        if sets.last().is_none_or(|last| last.name != set) {
            sets.push(DataSet {
                name: set.to_owned(),
                columns: Vec::new(),
                place: 0,
                samples: Vec::new(),
            });
        }
        if let Some(last) = sets.last_mut() {
            // An empty field is a gap.
            let figures = fields.map(|figure| figure.parse().unwrap_or(f64::NAN));
            last.columns.push(figures.collect());
            last.samples.push(Sample {
                resource: ResourceId::other(ResourceKind::Pushed, &target, set),
                metric: MetricKey::parse(series),
                at: Timestamp(0),
                value: f64::NAN,
            });
        }
    }
    Ok(sets)
}

impl Source for DataSet {
    fn look(&mut self, now: Timestamp) -> &[Sample] {
        let mut is_over = true;
        for (sample, column) in self.samples.iter_mut().zip(&self.columns) {
            sample.at = now;
            sample.value = column.get(self.place).copied().unwrap_or(f64::NAN);
            is_over &= self.place >= column.len();
        }
        self.place += 1;
        if is_over { &[] } else { &self.samples }
    }
}
