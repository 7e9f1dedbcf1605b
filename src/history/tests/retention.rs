use super::*;
use crate::history::Keep;
use crate::model::id::ResourceKind;

fn settings() -> Settings {
    Settings {
        keep: Keep {
            days: 30,
            of: vec![(ResourceKind::Node, 2)],
        },
        ..Settings::default()
    }
}

async fn rows(place: &Place, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    place
        .db
        .reader
        .run(move |connection| -> Result<i64, crate::db::DbError> {
            Ok(connection.query_row(&sql, [], |row| row.get(0))?)
        })
        .await
        .expect("it is counted")
}

#[tokio::test]
async fn each_kind_of_resource_is_kept_for_its_own_time() {
    let place = Place::with(settings()).await;
    let node = ResourceId::node(&target(), "pve1");
    for hour in 0..24 * 5 {
        let at = START + seconds(3600 * hour);
        for resource in [&guest(100), &node] {
            place.history.append(&[sample(resource, &CPU, at, 0.5)], at);
        }
        place.history.flush().await.expect("it commits");
    }
    let now = START + seconds(86_400 * 5);
    place
        .history
        .shared
        .keep_house(now)
        .await
        .expect("the house is kept");
    let days = |resource: ResourceId| {
        let history = place.history.clone();
        async move {
            let span = window(START - seconds(36_000), seconds(86_400 * 6));
            let points = history.range(&resource, &CPU, span, 6).await;
            let avg = points.expect("the range is read").avg;
            avg.iter().filter(|value| !value.is_nan()).count()
        }
    };
    assert_eq!(days(guest(100)).await, 6);
    assert_eq!(days(node.clone()).await, 3, "two days and today");
    assert_eq!(place.history.recorded().len(), 2);

    // Much later the guest is gone as well, and nothing is left of either.
    let later = now + seconds(86_400 * 60);
    place.commit(later).await;
    place
        .history
        .shared
        .keep_house(later)
        .await
        .expect("the house is kept");
    assert_eq!(place.history.recorded(), []);
    for table in ["blocks", "summaries", "series", "resources"] {
        assert_eq!(
            rows(&place, &format!("history_{table}")).await,
            0,
            "{table}"
        );
    }
    // A resource of the same name begins anew.
    assert_eq!(
        place
            .history
            .append(&[sample(&node, &CPU, later, 0.1)], later)
            .stored,
        1
    );
    place.history.flush().await.expect("it commits");
}

#[tokio::test]
async fn a_file_that_is_mostly_empty_is_given_back_to_the_disk() {
    let place = Place::with(settings()).await;
    place
        .db
        .writer
        .run(|tx| -> Result<(), crate::db::DbError> {
            tx.execute_batch(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
                 INSERT INTO history_blocks SELECT 99, i, zeroblob(8000) FROM n;
                 DELETE FROM history_blocks;",
            )?;
            Ok(())
        })
        .await
        .expect("it is filled and emptied");
    place
        .history
        .shared
        .keep_house(START)
        .await
        .expect("the house is kept");
    let free: u32 = place
        .db
        .reader
        .run(|connection| -> Result<u32, crate::db::DbError> {
            Ok(connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?)
        })
        .await
        .expect("it is asked");
    assert!(free < 2048, "{free} pages are free");
}

#[tokio::test]
async fn what_a_day_takes_follows_from_the_latest_one() {
    let place = Place::with(settings()).await;
    for index in 0..720 {
        let at = START + seconds(10 * index);
        place
            .history
            .append(&[sample(&guest(100), &CPU, at, (index % 7) as f64)], at);
    }
    let before = place.history.daily_sizes().await.expect("it is read");
    assert_eq!(
        (before[0].kind, before[0].bytes_per_day),
        (ResourceKind::Guest, None)
    );
    place.commit(START + seconds(8000)).await;
    let found = place.history.daily_sizes().await.expect("it is read");
    assert_eq!((found.len(), found[0].resources), (1, 1));
    assert!(found[0].bytes_per_day > Some(1000), "{found:?}");
}

#[tokio::test]
async fn a_shorter_time_to_keep_is_obeyed_with_the_next_commit() {
    let place = Place::with(settings()).await;
    for hour in 0..24 * 5 {
        let at = START + seconds(3600 * hour);
        place
            .history
            .append(&[sample(&guest(100), &CPU, at, 0.5)], at);
        place.history.flush().await.expect("it commits");
    }
    place.history.shared.record().await;
    let before = rows(&place, "history_blocks").await;
    place.history.set_keep(Keep {
        days: 2,
        of: Vec::new(),
    });
    place.history.shared.record().await;
    let after = rows(&place, "history_blocks").await;
    assert!(
        before > 100 && (48..=72).contains(&after),
        "{before} {after}"
    );
}
