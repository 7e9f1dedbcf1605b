use std::collections::HashSet;

use super::{CATALOGUE, MetricKey, find};

#[test]
fn keys_are_unique_and_totals_exist() {
    let mut keys = HashSet::new();
    for metric in CATALOGUE {
        assert!(keys.insert(metric.key), "{} stands twice", metric.key);
        assert!(!metric.of.is_empty(), "{} belongs to nothing", metric.key);
        if let Some(total) = metric.total {
            let total = find(total).expect("the whole is in the catalogue");
            assert_eq!(total.unit, metric.unit, "{}", metric.key);
        }
    }
}

#[test]
fn a_key_of_the_catalogue_compares_equal_however_it_was_made() {
    assert_eq!(MetricKey::parse("cpu"), MetricKey::known("cpu"));
    assert_eq!(MetricKey::parse("my.metric").as_str(), "my.metric");
}
