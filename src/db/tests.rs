use super::{Db, DbError};

fn fresh() -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let db = Db::open(&dir.path().join("test.db")).expect("a fresh database opens");
    (dir, db)
}

fn put(key: &'static str) -> impl FnOnce(&rusqlite::Connection) -> Result<(), DbError> {
    move |tx| {
        tx.execute("INSERT INTO settings VALUES (?1, 'true')", [key])?;
        Ok(())
    }
}

async fn keys(db: &Db) -> Vec<String> {
    db.reader
        .run(|connection| -> Result<_, DbError> {
            let mut statement = connection.prepare("SELECT key FROM settings ORDER BY key")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<Vec<String>, _>>()?)
        })
        .await
        .expect("the query runs")
}

#[tokio::test]
async fn a_failing_job_takes_nothing_of_its_neighbours_with_it() {
    let (_dir, db) = fresh();
    let failing = db.writer.run(|tx| -> Result<(), DbError> {
        tx.execute("INSERT INTO settings VALUES ('b', 'true')", [])?;
        Err(DbError::Corrupt {
            what: "on purpose".into(),
        })
    });
    let (first, failed, last) =
        tokio::join!(db.writer.run(put("a")), failing, db.writer.run(put("c")));
    first.expect("the job before is kept");
    failed.expect_err("the job itself fails");
    last.expect("the job after is kept");
    assert_eq!(keys(&db).await, ["a", "c"]);
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening() {
    let (dir, db) = fresh();
    db.writer.run(put("kept")).await.expect("the job runs");
    db.writer.stop();
    let again = Db::open(&dir.path().join("test.db")).expect("it opens again");
    assert_eq!(keys(&again).await, ["kept"]);
}

#[test]
fn a_file_of_a_newer_release_is_refused_with_an_explanation() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("test.db");
    let connection = rusqlite::Connection::open(&path).expect("a file");
    connection
        .pragma_update(None, "user_version", 9999)
        .expect("a newer schema");
    drop(connection);
    let error = Db::open(&path).err().expect("it is refused");
    assert!(error.to_string().contains("newer release"), "{error}");
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let (_dir, db) = fresh();
    db.reader
        .run(|connection| -> Result<(), DbError> {
            connection.execute("INSERT INTO settings VALUES ('x', '1')", [])?;
            Ok(())
        })
        .await
        .expect_err("the connection is read-only");
}
