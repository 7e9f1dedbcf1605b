//! Prints what one judgement of everything costs, against the budget of the rule engine.
//!
//! `cargo bench --bench judge` judges 1,000 guests with all rules; arguments choose other numbers.

mod lab;

use std::time::{Duration, Instant};

use homepulse::model::time::Timestamp;
use homepulse::rules::{Judge, RULES, RuleSettings};
use homepulse::state::{Diff, Fleet};

/// Cycles that are measured, after as many that warm up.
const CYCLES: u32 = 200;

fn main() {
    let mut sizes: Vec<u32> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    if sizes.is_empty() {
        sizes = vec![100, 1000];
    }
    for guests in sizes {
        measure(guests);
    }
}

fn measure(guests: u32) {
    println!("\n{guests} guests, {} rules", RULES.len());
    row(
        "quiet, nothing set",
        judge(guests, &RuleSettings::default(), 0),
    );
    let levels = lab::levels();
    row(
        "quiet, levels by tag and resource",
        judge(guests, &levels, 0),
    );
    row(
        "one guest in ten beyond a limit",
        judge(guests, &levels, 10),
    );
}

/// CPU time of one judgement of the whole fleet.
fn judge(guests: u32, settings: &RuleSettings, busy_every: u32) -> Duration {
    let mut judge = Judge::new(settings.clone(), &[]);
    let mut fleet = Fleet::default();
    let (mut spent, mut told) = (Duration::ZERO, 0);
    for cycle in 0..CYCLES * 2 {
        let now = lab::START + Duration::from_secs(u64::from(cycle) * 10);
        let diff = lab::look(&mut fleet, guests, busy_every, cycle, now);
        let begun = Instant::now();
        told += run(&mut judge, &fleet, &diff, now);
        if cycle >= CYCLES {
            spent += begun.elapsed();
        }
    }
    assert!(
        busy_every > 0 || told == 0,
        "nothing is wrong in a quiet lab, but {told} alerts were told"
    );
    spent / CYCLES
}

#[inline(never)]
fn run(judge: &mut Judge, fleet: &Fleet, diff: &Diff, now: Timestamp) -> usize {
    judge.evaluate(fleet, diff, now).len()
}

fn row(what: &str, spent: Duration) {
    println!(
        "  {what:<40} {:>10}   budget 2 ms at 1,000 guests",
        format!("{:.2} ms", spent.as_secs_f64() * 1e3)
    );
}
