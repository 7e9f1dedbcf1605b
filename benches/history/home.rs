//! A made-up home lab that is noisier than most: every figure wanders by itself, some guests work
//! by day, a few are always busy; sizes stay as they are.

use homepulse::model::id::{ResourceId, TargetId};
use homepulse::model::metric::MetricKey;
use homepulse::model::observation::Sample;
use homepulse::model::time::Timestamp;

use crate::Source;

const GIB: f64 = 1_073_741_824.0;

pub(crate) struct Home {
    random: Random,
    series: Vec<Series>,
    samples: Vec<Sample>,
}

struct Series {
    shape: Shape,
    /// How busy the resource is, 0 to 1.
    busy: f64,
    level: f64,
    burst: u32,
}

#[derive(Clone, Copy)]
enum Shape {
    Cpu,
    Memory { total: f64 },
    Filling,
    Rate,
    SeldomRate,
    Load,
    Constant,
}

impl Home {
    pub(crate) fn new(count: u32) -> Self {
        let target: TargetId = "tgt_home".parse().expect("an id");
        let mut home = Self {
            random: Random(0x9e37_79b9_7f4a_7c15),
            series: Vec::new(),
            samples: Vec::new(),
        };
        for number in 0..count {
            let guest = ResourceId::guest(&target, 100 + number);
            let total = f64::from(1 << (home.random.next() * 5.0) as u32) * GIB;
            home.add(&guest, GUEST, total);
        }
        let nodes = 5.max(count / 50);
        for number in 0..nodes {
            let node = ResourceId::node(&target, &format!("pve{number}"));
            home.add(&node, NODE, 64.0 * GIB);
            for name in ["local", "local-lvm"] {
                let storage = ResourceId::storage(&target, name, Some(&format!("pve{number}")));
                home.add(&storage, STORAGE, 500.0 * GIB);
            }
        }
        home.add(
            &ResourceId::storage(&target, "nas", None),
            STORAGE,
            20_000.0 * GIB,
        );
        home
    }

    fn add(&mut self, resource: &ResourceId, metrics: &[(&'static str, Shape)], total: f64) {
        let busy = self.random.next().powi(3);
        for &(metric, shape) in metrics {
            let (shape, level) = match shape {
                Shape::Memory { .. } => (
                    Shape::Memory { total },
                    total * (0.2 + 0.6 * self.random.next()),
                ),
                Shape::Filling => (shape, total * (0.1 + 0.6 * self.random.next())),
                Shape::Constant => (shape, total),
                _ => (shape, 0.0),
            };
            self.series.push(Series {
                shape,
                busy,
                level,
                burst: 0,
            });
            self.samples.push(Sample {
                resource: resource.clone(),
                metric: MetricKey::known(metric),
                at: Timestamp(0),
                value: 0.0,
            });
        }
    }
}

impl Source for Home {
    fn look(&mut self, now: Timestamp) -> &[Sample] {
        let hour = (now.seconds() % 86_400) as f64 / 3600.0;
        let day = 0.5 - 0.5 * (hour / 24.0 * std::f64::consts::TAU).cos();
        for (series, sample) in self.series.iter_mut().zip(&mut self.samples) {
            sample.at = now;
            sample.value = series.next(&mut self.random, day);
        }
        &self.samples
    }
}

impl Series {
    fn next(&mut self, random: &mut Random, day: f64) -> f64 {
        let work = self.busy * (0.3 + 0.7 * day);
        match self.shape {
            Shape::Cpu => {
                self.level +=
                    0.2 * (work * 0.5 - self.level) + random.bell() * (0.002 + 0.03 * work);
                (0.004 + self.level.abs() + self.burst(random, 0.001, 0.4)).min(1.0)
            }
            Shape::Memory { total } => {
                self.level += random.bell() * (0.2 + 8.0 * work) * 1_048_576.0;
                self.level = self.level.clamp(total * 0.05, total * 0.97);
                self.level
            }
            Shape::Filling => {
                if random.next() < 0.02 {
                    self.level += random.next() * 4.0 * 1_048_576.0;
                }
                self.level
            }
            Shape::Rate => {
                self.level += 0.3 * (work * 8.0 - self.level) + random.bell() * 0.4;
                (self.level + self.burst(random, 0.002, 4.0)).exp() * 512.0
            }
            Shape::SeldomRate => {
                if random.next() < 0.7 - 0.5 * work {
                    0.0
                } else {
                    (random.bell() + 2.0 + work * 5.0).exp() * 1024.0
                }
            }
            Shape::Load => {
                self.level += 0.1 * (work * 8.0 - self.level) + random.bell() * 0.05;
                self.level.abs()
            }
            Shape::Constant => self.level,
        }
    }

    fn burst(&mut self, random: &mut Random, chance: f64, height: f64) -> f64 {
        if self.burst > 0 {
            self.burst -= 1;
            height * (0.8 + 0.4 * random.next())
        } else {
            if random.next() < chance {
                self.burst = 6 + (random.next() * 30.0) as u32;
            }
            0.0
        }
    }
}

const SIZE: Shape = Shape::Memory { total: 0.0 };

const GUEST: &[(&str, Shape)] = &[
    ("cpu", Shape::Cpu),
    ("memory", SIZE),
    ("memory_total", Shape::Constant),
    ("disk", Shape::Filling),
    ("disk_total", Shape::Constant),
    ("net_in", Shape::Rate),
    ("net_out", Shape::Rate),
    ("disk_read", Shape::SeldomRate),
    ("disk_write", Shape::SeldomRate),
];

const NODE: &[(&str, Shape)] = &[
    ("cpu", Shape::Cpu),
    ("memory", SIZE),
    ("memory_total", Shape::Constant),
    ("disk", Shape::Filling),
    ("disk_total", Shape::Constant),
    ("net_in", Shape::Rate),
    ("net_out", Shape::Rate),
    ("load", Shape::Load),
    ("iowait", Shape::Cpu),
    ("swap", Shape::Filling),
    ("swap_total", Shape::Constant),
];

const STORAGE: &[(&str, Shape)] = &[("disk", Shape::Filling), ("disk_total", Shape::Constant)];

/// Xorshift: quick, and the same in every run.
struct Random(u64);

impl Random {
    /// Even between 0 and 1.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Around 0 with a deviation of 1.
    fn bell(&mut self) -> f64 {
        2.0 * (self.next() + self.next() + self.next() - 1.5)
    }
}
