use std::time::Duration;

use serde_json::json;

use super::*;
use crate::db::Db;
use crate::history;
use crate::model::metric::MetricKey;
use crate::model::observation::Sample;
use crate::model::time::Window;

struct Shop {
    _dir: tempfile::TempDir,
    rules: Rules,
    seen: watch::Receiver<RuleSettings>,
    history: History,
    settings: Settings,
}

const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

async fn shop(pinned: bool) -> Shop {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let db = Db::open(&dir.path().join("test.db")).expect("a fresh database opens");
    let history = History::open(db.clone(), history::Settings::default(), NOW).await;
    let history = history.expect("history opens");
    let (present, seen) = watch::channel(RuleSettings::default());
    let (questions, mut asked) = mpsc::channel::<Question>(1);
    tokio::spawn(async move {
        while let Some(question) = asked.recv().await {
            match question {
                Question::Recall { reply, .. } => drop(reply.send(Recall::default())),
                Question::Waiting { reply } => drop(reply.send(Vec::new())),
            }
        }
    });
    let settings = Settings::new(db);
    let rules = Rules::new(RulesParts {
        settings: settings.clone(),
        present,
        pinned,
        live: Live::new().1,
        history: history.clone(),
        questions,
    });
    Shop {
        _dir: dir,
        rules,
        seen,
        history,
        settings,
    }
}

fn guest() -> ResourceId {
    ResourceId::guest(&"tgt_lab".parse().expect("a target id"), 100)
}

fn cpu(raise: f64, dwell_seconds: u32) -> crate::rules::Limits {
    let limit = json!({"raise": raise, "clear": raise - 0.1, "dwell_seconds": dwell_seconds});
    serde_json::from_value(json!({"warning": limit})).expect("limits")
}

fn scope(limits: crate::rules::Limits, window: Window) -> Scope {
    Scope {
        over: Over::Resource(guest()),
        metric: MetricKey::known("cpu"),
        limits: Some(limits),
        window,
    }
}

impl Shop {
    /// Records the guest's processor every ten seconds from `from` on.
    fn record(&self, from: Timestamp, values: impl IntoIterator<Item = f64>) {
        for (place, value) in values.into_iter().enumerate() {
            let at = from + Duration::from_secs(place as u64 * 10);
            let sample = Sample {
                resource: guest(),
                metric: MetricKey::known("cpu"),
                at,
                value,
            };
            assert_eq!(self.history.append(&[sample], at).stored, 1);
        }
    }
}

#[tokio::test]
async fn a_change_is_kept_and_reaches_those_who_judge() {
    let mut shop = shop(false).await;
    let key = LevelKey::parse("tag", "db").expect("a level");
    let level: Level = serde_json::from_value(json!({"rules": {"guest_off": null}})).expect("one");
    let change = Change::Level(key.clone(), level.clone());
    shop.rules.change(change).await.expect("a change");
    assert!(shop.seen.has_changed().expect("open"));
    assert_eq!(shop.seen.borrow_and_update().level(&key), Some(&level));
    let change = Change::Profile(Profile::Strict);
    shop.rules.change(change).await.expect("a change");
    let kept = stored(&shop.settings).await.expect("stored");
    assert_eq!(
        (kept.profile, kept.level(&key)),
        (Profile::Strict, Some(&level))
    );
}

#[tokio::test]
async fn a_change_with_mistakes_and_one_that_the_file_forbids_change_nothing() {
    let shop = shop(true).await;
    let refused = shop.rules.change(Change::Profile(Profile::Quiet)).await;
    assert!(matches!(refused, Err(RulesError::Pinned)), "{refused:?}");
    let shop = self::shop(false).await;
    let wrong = serde_json::from_value(json!({"kinds": {"node": {"rules": {"no": null}}}}));
    let refused = shop
        .rules
        .change(Change::All(wrong.expect("readable")))
        .await;
    let Err(RulesError::Invalid(mistakes)) = refused else {
        panic!("mistakes are named: {refused:?}");
    };
    assert_eq!(mistakes[0].field, "kinds.node.rules.no");
    assert_eq!(shop.rules.settings(), RuleSettings::default());
}

#[tokio::test]
async fn the_past_is_judged_sample_by_sample() {
    let shop = shop(false).await;
    let quiet = std::iter::repeat_n(0.3, 30);
    let busy = std::iter::repeat_n(0.95, 30);
    shop.record(NOW, quiet.clone().chain(busy).chain(quiet));
    let window = Window {
        from: NOW,
        to: NOW + Duration::from_secs(900),
    };
    let found = shop.rules.backtest(scope(cpu(0.9, 120), window)).await;
    let found = found.expect("a back-test");
    assert_eq!(
        (found.resolution, found.judged, found.times),
        (Resolution::Samples, 1, 1)
    );
    let span = found.resources[0].fired.spans[0];
    assert_eq!(span.from, NOW + Duration::from_secs(300 + 120));
    assert_eq!(span.to, Some(NOW + Duration::from_secs(600)));
    let longer = shop.rules.backtest(scope(cpu(0.9, 600), window)).await;
    assert_eq!(longer.expect("a back-test").times, 0);
}

#[tokio::test]
async fn hours_are_judged_by_their_extremes_where_there_is_too_much() {
    let shop = shop(false).await;
    let hour = NOW.floor_to(Duration::from_secs(3600));
    let calm = std::iter::repeat_n(0.3, 359);
    shop.record(
        hour,
        calm.clone()
            .chain([0.99])
            .chain(std::iter::repeat_n(0.3, 360)),
    );
    let window = Window {
        from: hour - Duration::from_secs(365 * 86_400),
        to: hour + Duration::from_secs(7200),
    };
    let found = shop.rules.backtest(scope(cpu(0.9, 600), window)).await;
    let found = found.expect("a back-test");
    assert_eq!(
        (found.resolution, found.times),
        (Resolution::Hours, 1),
        "{found:?}"
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_its_field() {
    let shop = shop(false).await;
    let week = usual_window(NOW);
    let mut other = scope(cpu(0.9, 0), week);
    other.metric = MetricKey::known("wear");
    let upside_down = Window {
        from: week.to,
        to: week.from,
    };
    let mut wrong = cpu(0.9, 0);
    wrong.critical = cpu(0.5, 0).warning;
    for (scope, expected) in [
        (other, "metric is not a metric of a guest"),
        (scope(cpu(0.9, 0), upside_down), "from must be before to"),
        (
            scope(wrong, week),
            "limits.critical.raise must not be crossed",
        ),
    ] {
        let error = shop.rules.backtest(scope).await.expect_err("refused");
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_explained() {
    let shop = shop(false).await;
    let error = shop.rules.explain(&guest(), None, NOW).await;
    assert!(
        matches!(error, Err(RulesError::NotFound { .. })),
        "{error:?}"
    );
}
