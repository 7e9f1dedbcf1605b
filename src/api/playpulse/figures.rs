//! Figures over a span. Pure.

/// Which way a series goes: by the sign of its Theil–Sen slope where a Mann–Kendall test is 95 %
/// sure that it goes anywhere.
pub(super) fn trend(values: &[f64]) -> Option<&'static str> {
    let values: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    // Fewer cannot be told from chance.
    if values.len() < 8 {
        return None;
    }
    let (mut score, mut slopes) = (0_i64, Vec::new());
    for (later, value) in values.iter().enumerate() {
        for (earlier, before) in values[..later].iter().enumerate() {
            let change = value - before;
            score += match change {
                change if change > 0.0 => 1,
                change if change < 0.0 => -1,
                _ => 0,
            };
            slopes.push(change / lossy(later - earlier));
        }
    }
    let n = lossy(values.len());
    let spread = (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    let is_sure = lossy_signed(score.abs() - 1) / spread > 1.96;
    let middle = slopes.len() / 2;
    let (_, slope, _) = slopes.select_nth_unstable_by(middle, f64::total_cmp);
    Some(match *slope {
        slope if is_sure && slope > 0.0 => "increasing",
        slope if is_sure && slope < 0.0 => "decreasing",
        _ => "stable",
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn lossy(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn lossy_signed(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::trend;

    #[test]
    fn a_slope_counts_only_where_chance_is_no_explanation() {
        let rising: Vec<f64> = (0..24).map(f64::from).collect();
        let falling: Vec<f64> = rising.iter().rev().copied().collect();
        let restless: Vec<f64> = (0..24).map(|n| f64::from(n * 7 % 5)).collect();
        assert_eq!(trend(&rising), Some("increasing"));
        assert_eq!(trend(&falling), Some("decreasing"));
        assert_eq!(trend(&restless), Some("stable"));
        assert_eq!(trend(&[0.4; 24]), Some("stable"));
    }

    #[test]
    fn too_little_history_has_no_trend_and_gaps_do_not_count() {
        assert_eq!(trend(&[1.0, 2.0, 3.0]), None);
        assert_eq!(trend(&[f64::NAN; 24]), None);
    }
}
