//! What a metric did around an alert, as a small picture for mails.

mod png;

use futures_util::future::BoxFuture;

use crate::model::alert::Alert;
use crate::model::time::{Timestamp, Window};

/// Size of a picture in pixels.
const WIDTH: usize = 560;
const HEIGHT: usize = 160;
/// Pixels around the drawing.
const MARGIN: usize = 8;

/// Colours by their number in the picture.
const PALETTE: [[u8; 3]; 6] = [
    [0xff, 0xff, 0xff],
    [0xe5, 0xe7, 0xeb],
    [0xdb, 0xea, 0xfe],
    [0x25, 0x63, 0xeb],
    [0xb9, 0x1c, 0x1c],
    [0x9c, 0xa3, 0xaf],
];
const GRID: u8 = 1;
const AREA: u8 = 2;
const LINE: u8 = 3;
const LIMIT: u8 = 4;
const MOMENT: u8 = 5;

/// What a metric did.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The span that is shown.
    pub window: Window,
    /// Figures in the metric's unit, in the order of time; a figure that is not there is a gap.
    pub points: Vec<(Timestamp, Option<f64>)>,
}

/// Knows what a metric did.
pub trait Figures: Send + Sync {
    /// The figures that `alert` judged, around its beginning; `None` where there are none.
    fn around<'a>(&'a self, alert: &'a Alert, now: Timestamp) -> BoxFuture<'a, Option<Series>>;
}

/// Draws a series with an alert's limit and beginning as a PNG; `None` where there is nothing to
/// draw.
pub(super) fn draw(series: &Series, alert: &Alert) -> Option<Vec<u8>> {
    let mut canvas = Canvas::new(series, alert)?;
    canvas.grid();
    canvas.figures(series);
    canvas.limit(alert.limit);
    canvas.moment(alert.started_at);
    png::encode(WIDTH, HEIGHT, &PALETTE, &canvas.pixels)
}

struct Canvas {
    pixels: Vec<u8>,
    window: Window,
    least: f64,
    most: f64,
}

impl Canvas {
    fn new(series: &Series, alert: &Alert) -> Option<Self> {
        let figures = series.points.iter().filter_map(|(_, figure)| *figure);
        let figures: Vec<f64> = figures.filter(|figure| figure.is_finite()).collect();
        if figures.len() < 2 || series.window.from >= series.window.to {
            return None;
        }
        let all = figures.iter().copied().chain(alert.limit);
        let most = all.clone().fold(f64::MIN, f64::max);
        // From zero, unless there is something below it.
        let least = all.fold(0.0, f64::min);
        Some(Self {
            pixels: vec![0; WIDTH * HEIGHT],
            window: series.window,
            least,
            most: if most > least { most } else { least + 1.0 },
        })
    }

    fn x(&self, at: Timestamp) -> Option<usize> {
        let whole = (self.window.to.millis() - self.window.from.millis()) as f64;
        let share = (at.millis() - self.window.from.millis()) as f64 / whole;
        let x = share * (WIDTH - 1 - 2 * MARGIN) as f64;
        (0.0..=1.0).contains(&share).then_some(x as usize + MARGIN)
    }

    fn y(&self, figure: f64) -> usize {
        let share = (figure - self.least) / (self.most - self.least);
        let y = (1.0 - share.clamp(0.0, 1.0)) * (HEIGHT - 1 - 2 * MARGIN) as f64;
        y as usize + MARGIN
    }

    fn dot(&mut self, x: usize, y: usize, colour: u8) {
        if let Some(pixel) = self.pixels.get_mut(y * WIDTH + x).filter(|_| x < WIDTH) {
            *pixel = colour;
        }
    }

    fn grid(&mut self) {
        for quarter in 0..=4 {
            let y = MARGIN + quarter * (HEIGHT - 1 - 2 * MARGIN) / 4;
            for x in MARGIN..WIDTH - MARGIN {
                self.dot(x, y, GRID);
            }
        }
    }

    fn figures(&mut self, series: &Series) {
        let mut before: Option<(usize, usize)> = None;
        for (at, figure) in &series.points {
            let figure = figure.filter(|figure| figure.is_finite());
            let (Some(x), Some(figure)) = (self.x(*at), figure) else {
                before = None;
                continue;
            };
            let y = self.y(figure);
            let from = before.unwrap_or((x, y));
            self.segment(from, (x, y));
            before = Some((x, y));
        }
    }

    /// A line two pixels thick, with the area below it filled.
    fn segment(&mut self, from: (usize, usize), to: (usize, usize)) {
        let steps = to.0.saturating_sub(from.0).max(1);
        let mut last = from.1;
        for step in 0..=steps {
            let share = step as f64 / steps as f64;
            let x = from.0 + step.min(to.0.saturating_sub(from.0));
            let y = (from.1 as f64 + (to.1 as f64 - from.1 as f64) * share).round() as usize;
            for below in y..HEIGHT - MARGIN {
                let is_free = self
                    .pixels
                    .get(below * WIDTH + x)
                    .is_some_and(|p| *p <= AREA);
                if is_free {
                    self.dot(x, below, AREA);
                }
            }
            for between in last.min(y)..=last.max(y) + 1 {
                self.dot(x, between, LINE);
            }
            last = y;
        }
    }

    fn limit(&mut self, limit: Option<f64>) {
        if let Some(limit) = limit.filter(|limit| limit.is_finite()) {
            let y = self.y(limit);
            for x in (MARGIN..WIDTH - MARGIN).filter(|x| x % 8 < 5) {
                self.dot(x, y, LIMIT);
            }
        }
    }

    fn moment(&mut self, at: Timestamp) {
        if let Some(x) = self.x(at) {
            for y in (MARGIN..HEIGHT - MARGIN).filter(|y| y % 4 < 2) {
                self.dot(x, y, MOMENT);
            }
        }
    }
}

#[cfg(test)]
mod tests;
