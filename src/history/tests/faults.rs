//! What history does when the disk is full or bytes are damaged.

use super::*;
use crate::db::DbError;
use crate::history::Recording;

async fn averages(place: &Place, resource: &ResourceId, hours: u64) -> Vec<f64> {
    let span = window(START, seconds(3600 * hours));
    let points = place
        .history
        .range(resource, &CPU, span, 60 * hours as usize)
        .await;
    points.expect("the range is read").avg
}

/// Keeps the database from growing beyond what it has, or lets it grow again.
async fn limit_pages(place: &Place, is_limited: bool) {
    place
        .db
        .writer
        .direct(move |connection| {
            let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
            let most = if is_limited { pages } else { 1 << 30 };
            connection.pragma_update(None, "max_page_count", most)?;
            Ok::<(), DbError>(())
        })
        .await
        .expect("the limit is set");
}

fn fill(place: &Place, minutes: std::ops::Range<u64>) -> u64 {
    let mut stored = 0;
    for minute in minutes {
        let at = START + seconds(60 * minute);
        let samples: Vec<Sample> = (100..140)
            .map(|number| {
                let noise = (u64::from(number) << 32 | minute).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                sample(&guest(number), &CPU, at, (noise >> 50) as f64 / 1000.0)
            })
            .collect();
        stored += place.history.append(&samples, at).stored;
    }
    stored
}

#[tokio::test]
async fn a_full_disk_pauses_recording_and_an_empty_one_resumes_it_with_nothing_lost() {
    let settings = Settings {
        most_waiting: 40 * 120,
        ..Settings::default()
    };
    let place = Place::with(settings).await;
    fill(&place, 0..60);
    place.history.flush().await.expect("it commits");
    let before = averages(&place, &guest(100), 1).await;
    limit_pages(&place, true).await;

    // The hour cannot be sealed, so nothing is committed, and samples wait.
    let stored = fill(&place, 60..220);
    assert_eq!(stored, 40 * 120, "as many as may wait");
    assert_eq!(place.history.stats().counters.samples.refused, 40 * 40);
    place.history.shared.record().await;
    let stats = place.history.stats();
    let Recording::Paused {
        disk_full, reason, ..
    } = stats.recording
    else {
        panic!("it is paused");
    };
    assert!(
        disk_full && reason.ends_with("the disk is full"),
        "{reason}"
    );
    assert_eq!(
        (stats.waiting, stats.counters.failed_commits),
        (40 * 120, 1)
    );
    assert_eq!(
        averages(&place, &guest(100), 1).await,
        before,
        "while it is full"
    );

    limit_pages(&place, false).await;
    place.history.shared.record().await;
    let stats = place.history.stats();
    assert_eq!((stats.recording, stats.waiting), (Recording::Running, 0));
    let all = averages(&place, &guest(139), 3).await;
    assert!(all.iter().all(|value| !value.is_nan()));
    let place = place.reopen(START + seconds(3 * 3600)).await;
    assert_eq!(averages(&place, &guest(139), 3).await, all);
    place
        .db
        .reader
        .run(|connection| -> Result<(), DbError> {
            let word: String =
                connection.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
            assert_eq!(word, "ok");
            Ok(())
        })
        .await
        .expect("it is checked");
}

#[tokio::test]
async fn the_last_room_on_the_disk_is_left_to_alerts() {
    let settings = Settings {
        reserve_bytes: u64::MAX / 2,
        ..Settings::default()
    };
    let place = Place::with(settings).await;
    let Recording::Paused { disk_full, .. } = place.history.stats().recording else {
        panic!("it is paused from the start");
    };
    assert!(disk_full);
    fill(&place, 0..10);
    place.history.shared.record().await;
    assert_eq!(place.history.stats().counters.commits, 0);
    place
        .history
        .flush()
        .await
        .expect("the last commit is made");
    assert_eq!(place.history.stats().waiting, 0);
}

/// Changes the stored bytes of one row.
async fn damage(place: &Place, table: &'static str, change: fn(&mut Vec<u8>)) {
    place
        .db
        .writer
        .run(move |tx| -> Result<(), DbError> {
            let mut data: Vec<u8> =
                tx.query_row(&format!("SELECT data FROM {table} LIMIT 1"), [], |row| {
                    row.get(0)
                })?;
            change(&mut data);
            let first = match table {
                "history_blocks" => "hour = (SELECT min(hour) FROM history_blocks)",
                "history_frames" => "segment = (SELECT min(segment) FROM history_frames)",
                _ => "id = (SELECT min(id) FROM history_summaries)",
            };
            tx.execute(
                &format!("UPDATE {table} SET data = ?1 WHERE {first}"),
                [data],
            )?;
            Ok(())
        })
        .await
        .expect("it is damaged");
}

#[tokio::test]
async fn a_flipped_bit_in_a_chunk_costs_that_chunk_only() {
    let place = Place::new().await;
    fill(&place, 0..180);
    place.commit(START + seconds(3 * 3600)).await;
    let sound = averages(&place, &guest(100), 3).await;
    let resources: Vec<ResourceId> = (100..132).map(guest).collect();
    // The last byte belongs to the page of the last guest of the first group.
    damage(&place, "history_blocks", |data| {
        if let Some(byte) = data.last_mut() {
            *byte ^= 4;
        }
    })
    .await;
    assert_eq!(averages(&place, &guest(100), 3).await, sound);
    let mut damaged = Vec::new();
    for resource in resources {
        let all = averages(&place, &resource, 3).await;
        if all.iter().any(|value| value.is_nan()) {
            assert!(
                all[..60].iter().all(|value| value.is_nan()),
                "its first hour"
            );
            assert!(
                all[60..].iter().all(|value| !value.is_nan()),
                "not the others"
            );
            damaged.push(resource);
        }
    }
    assert_eq!(damaged, [guest(131)]);
    assert_eq!(
        place.history.stats().counters.damaged,
        1,
        "and it is reported once"
    );
}

#[tokio::test]
async fn a_damaged_block_costs_its_hour_and_a_cut_one_its_end() {
    let place = Place::new().await;
    fill(&place, 0..180);
    place.commit(START + seconds(3 * 3600)).await;
    damage(&place, "history_blocks", |data| {
        data.truncate(data.len() * 9 / 10)
    })
    .await;
    let first = averages(&place, &guest(100), 3).await;
    assert!(first.iter().all(|value| !value.is_nan()), "before the cut");
    damage(&place, "history_blocks", |data| data[14] ^= 1).await;
    let first = averages(&place, &guest(100), 3).await;
    assert!(first[..60].iter().all(|value| value.is_nan()));
    assert!(first[60..].iter().all(|value| !value.is_nan()));
}

#[tokio::test]
async fn a_damaged_journal_costs_the_frames_behind_the_damage() {
    let place = Place::new().await;
    for minute in 0..10 {
        fill(&place, minute..minute + 1);
        place.history.flush().await.expect("it commits");
    }
    // Somewhere in the second half of what is written.
    damage(&place, "history_frames", |data| {
        let used = data.iter().rposition(|byte| *byte != 0).unwrap_or(0);
        data[used * 3 / 4] ^= 1;
    })
    .await;
    let place = place.reopen(START + seconds(600)).await;
    let kept = averages(&place, &guest(100), 1).await;
    let kept = kept.iter().filter(|value| !value.is_nan()).count();
    assert!((5..10).contains(&kept), "{kept}");
    // Recording goes on, and what is recorded then is read again.
    fill(&place, 10..20);
    place.history.flush().await.expect("it commits");
    let before = averages(&place, &guest(100), 1).await;
    let place = place.reopen(START + seconds(1200)).await;
    let after = averages(&place, &guest(100), 1).await;
    assert_eq!(format!("{after:?}"), format!("{before:?}"));
}
