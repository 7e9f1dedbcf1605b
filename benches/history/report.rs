//! Lines of the report: what was measured beside what it may be.

use std::time::Instant;

use crate::process;

/// Runs a query a few times and prints the quickest, and how long threads were busy for it: on a
/// machine that does other things the second figure is the truer one.
pub(crate) async fn best<F>(label: &str, target: &str, query: impl Fn() -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    const ROUNDS: u32 = 11;
    query().await?;
    let mut quickest = f64::INFINITY;
    let busy = process::busy_seconds();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        query().await?;
        quickest = quickest.min(begun.elapsed().as_secs_f64() * 1e3);
    }
    let busy = (process::busy_seconds() - busy) / f64::from(ROUNDS) * 1e3;
    row(label, format!("{quickest:.1} ms ({busy:.1} busy)"), target);
    Ok(())
}

/// Bytes for people.
pub(crate) fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / 1_048_576.0)
}

/// One line.
pub(crate) fn row(label: &str, value: impl std::fmt::Display, target: &str) {
    let limit = if target.is_empty() {
        String::new()
    } else {
        format!("(at most {target})")
    };
    println!("  {label:<38} {value:>26}  {limit}");
}
