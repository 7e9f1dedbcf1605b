use std::sync::Arc;

use serde_json::json;

use crate::model::alert::Severity;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::time::Timestamp;
use crate::rules::tests::lab::{DAY, Lab, only, said, severity, storage, target};
use crate::rules::{Forecast, Forecasts};

fn full_at(day: Option<i64>) -> Arc<Forecasts> {
    let nas = ResourceId::storage(&target(), "nas", None);
    let forecast = |day: i64| Forecast {
        per_day: 1_073_741_824.0,
        full_at: Timestamp::from_seconds(day * DAY),
        made_at: Timestamp::default(),
    };
    Arc::new(Forecasts {
        filling: day.map(|day| (nas, forecast(day))).into_iter().collect(),
        made_at: Some(Timestamp::default()),
        ..Forecasts::default()
    })
}

#[test]
fn a_storage_that_will_be_full_within_days_is_told_until_it_fills_more_slowly() {
    let values = json!({"warning": 7, "critical": 1});
    let mut lab = Lab::with(only(ResourceKind::Storage, "time_to_full", values), &[]);
    let see = |lab: &mut Lab, seconds| lab.see(seconds, vec![storage(500)]);
    assert!(see(&mut lab, 0).is_empty(), "nobody has worked it out yet");
    lab.judge.foresee(full_at(Some(5)));
    assert!(see(&mut lab, 10).is_empty(), "it has to hold for an hour");
    let told = see(&mut lab, 3610);
    assert_eq!(severity(&told), Some(Severity::Warning));
    assert_eq!(
        said(&told),
        "nas (storage): full in about 4 d 23 h if it goes on like this, growing by 1 GiB a day"
    );
    lab.judge.foresee(full_at(Some(8)));
    assert!(see(&mut lab, 3700).is_empty(), "hardly more");
    lab.judge.foresee(full_at(Some(20)));
    assert!(said(&see(&mut lab, 3800)).contains("fills more slowly"));
    lab.judge.foresee(full_at(None));
    assert!(see(&mut lab, 3900).is_empty());
}
