use serde_json::json;

use super::*;

fn entry(action: &str, actor: &str) -> NewEntry {
    NewEntry {
        at: Timestamp(1_795_000_000_000),
        actor: actor.into(),
        peer: "127.0.0.1".into(),
        action: action.into(),
        resource: "guest:tgt_a:100".into(),
        resource_name: "web".into(),
        details: json!({ "name": "before" }),
        outcome: Outcome::Ok,
        message: String::new(),
    }
}

async fn audit(dir: &std::path::Path) -> (Audit, Db) {
    let db = Db::open(&dir.join("audit.db")).expect("a database");
    let audit = Audit::new(db.clone());
    for (action, actor) in [
        ("guest.start", "anna"),
        ("guest.stop", "ben"),
        ("target.add", "anna"),
    ] {
        audit.record(entry(action, actor)).await.expect("recorded");
    }
    (audit, db)
}

#[tokio::test]
async fn what_was_entered_is_listed_newest_first_and_by_filter() {
    let dir = tempfile::tempdir().expect("a directory");
    let (audit, _db) = audit(dir.path()).await;
    let actions = |entries: Vec<Entry>| -> Vec<String> {
        entries.into_iter().map(|row| row.entry.action).collect()
    };
    let all = audit.list(Filter::default(), 10).await.expect("rows");
    assert_eq!(all[0].seq, 3);
    assert_eq!(all[0].entry, entry("target.add", "anna"));
    assert_eq!(actions(all), ["target.add", "guest.stop", "guest.start"]);
    let of_anna = Filter {
        actor: Some("anna".into()),
        action: Some("guest.".into()),
        ..Filter::default()
    };
    let rows = audit.list(of_anna, 10).await.expect("rows");
    assert_eq!(actions(rows), ["guest.start"]);
    let before = Filter {
        before: Some(3),
        ..Filter::default()
    };
    let page = audit.list(before, 1).await.expect("rows");
    assert_eq!(actions(page), ["guest.stop"]);
}

#[tokio::test]
async fn the_database_itself_refuses_changes() {
    let dir = tempfile::tempdir().expect("a directory");
    let (audit, db) = audit(dir.path()).await;
    for sql in ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"] {
        let refused: Result<(), DbError> = db
            .writer
            .run(move |tx| Ok(tx.execute(sql, []).map(drop)?))
            .await;
        assert!(refused.is_err(), "{sql}");
    }
    let verdict = audit.verify().await.expect("a verdict");
    assert_eq!((verdict.entries, verdict.broken_at), (3, None));
}

#[tokio::test]
async fn a_row_that_was_changed_or_taken_out_shows() {
    for (sql, broken_at) in [
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 2", 2),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 2", 3),
        ("DELETE FROM audit WHERE seq = 1", 2),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        let (audit, db) = audit(dir.path()).await;
        let forged: Result<(), DbError> = db
            .writer
            .run(move |tx| {
                tx.execute_batch(
                    "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted;",
                )?;
                Ok(tx.execute(sql, []).map(drop)?)
            })
            .await;
        forged.expect("forged");
        let verdict = audit.verify().await.expect("a verdict");
        assert_eq!(verdict.broken_at, Some(broken_at), "{sql}");
    }
}
